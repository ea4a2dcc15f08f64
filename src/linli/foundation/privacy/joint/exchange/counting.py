"""The counter's half: it proposes, holds the ages, counts what meets and tells the result.

Private set intersection cardinality by Diffie–Hellman (Meadows 1986; De Cristofaro, Gasti, Tsudik 2012): our points under
our scalar go out, come back under both scalars in an order we do not know, and are compared with the other side's points
under both scalars. Each side mixes in a secret number of invented people that both lists hold (see ``rules/noise.py``),
so that what we count is already noisy.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from linli.foundation.privacy.joint.exchange.frames import Breach, Channel, Hello, Receipt, Result, Welcome
from linli.foundation.privacy.joint.exchange.sides import (
    SHORTEST_GROUP,
    Outcome,
    Side,
    chosen,
    digest_of,
    filled,
    invented,
    packed,
    points_of,
    receive_points,
    send_points,
    what_is_signed,
)
from linli.foundation.privacy.joint.rules.group import new_scalar, raised
from linli.foundation.privacy.joint.rules.terms import BadTerms, Terms, check_size, padded


def count(channel: Channel, side: Side, terms: Terms, groups: Sequence[Iterable[str]]) -> Outcome:
    """One run as the counter; ``groups`` are our canonical identity numbers, a person in one group only.

    Raises :class:`Broken`, :class:`Breach`, :class:`Stopped`, and :class:`BadTerms` before anything is sent.
    """
    lists = [sorted(set(group)) for group in groups]
    people = sum(map(len, lists))
    if len(lists) != terms.groups or len(set().union(*lists)) != people:
        raise BadTerms("groups")
    check_size(people)
    lengths = [max(SHORTEST_GROUP, padded(len(one))) for one in lists]
    channel.send(
        Hello(
            asdict(terms),
            padded(people),
            lengths,
            side.proposed_by,
            side.approved_by,
            side.log_head(),
            secrets.token_bytes(16),
        )
    )
    welcome = channel.receive(Welcome)
    if welcome.digest != terms.digest:
        raise Breach("other_terms")
    _check_length(welcome.people)
    side.note(
        "started",
        {
            "terms": terms.digest,
            "as": "counter",
            "partner": side.peer.fingerprint,
            "ours": padded(people),
            "theirs": welcome.people,
            "proposed_by": side.proposed_by,
            "approved_by": side.approved_by,
            "their_proposed_by": welcome.proposed_by,
            "their_approved_by": welcome.approved_by,
            "their_log": welcome.log_head,
        },
    )
    secret = new_scalar()
    for number, members in enumerate(lists):
        ours = filled(points_of(members))
        ours += chosen(invented(terms, number, "counter"), side.drawn(terms.epsilon))
        ours += invented(terms, number, "answerer")
        digest = send_points(channel, "ours", number, ours, secret)
        side.note("sent", {"what": "ours", "group": number, "points": len(ours), "digest": digest})
        side.progress(5 + 35 * (number + 1) // len(lists))
    met: set[bytes] = set()
    theirs = receive_points(
        channel,
        "yours",
        0,
        welcome.people + 2 * terms.pool * terms.groups,
        lambda part: met.update(raised(part, secret)),
    )
    side.note("received", {"what": "theirs", "group": 0, "points": len(theirs), "digest": digest_of(theirs)})
    side.progress(70)
    back = []
    for number, length in enumerate(lengths):
        back.append(receive_points(channel, "back", number, length + 2 * terms.pool))
        side.note("received", {"what": "back", "group": number, "points": len(back[-1]), "digest": digest_of(back[-1])})
    side.progress(90)
    side.spend()
    counts = [len(met.intersection(group)) - terms.pool for group in back]
    transcript = channel.transcript
    signed = what_is_signed(terms, transcript, counts)
    channel.send(Result(packed(counts), transcript, side.keys.sign(signed)))
    receipt = channel.receive(Receipt)
    if not side.peer.verifies(signed, receipt.signature):
        raise Breach("receipt")
    side.note(
        "finished",
        {"counts": counts, "transcript": transcript, "their_signature": receipt.signature,
         "sent": channel.sent, "received": channel.received},
    )  # fmt: skip
    return Outcome(tuple(counts), padded(people), welcome.people, channel.sent, channel.received, transcript)


def _check_length(people: int) -> None:
    try:
        check_size(people)
    except BadTerms as error:
        raise Breach("list_size") from error
