"""The answerer's half: it sends its own points under its scalar, and the counter's back under both, in another order."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
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
    points_of,
    receive_points,
    send_points,
    unpacked,
    what_is_signed,
)
from linli.foundation.privacy.joint.rules.group import NotAnElement, new_scalar
from linli.foundation.privacy.joint.rules.terms import MOST_ON_A_LIST, BadTerms, Terms, check_size, padded


def answer(channel: Channel, side: Side, terms: Terms, members: Iterable[str]) -> Outcome:
    """One run as the answerer.

    Raises :class:`Broken`, :class:`Breach`, :class:`Stopped`, and :class:`BadTerms` before anything is sent.
    """
    numbers = sorted(set(members))
    check_size(len(numbers))
    hello = channel.receive(Hello)
    if hello.terms != asdict(terms):
        raise Breach("other_terms")
    _check_lengths(hello, terms)
    people = max(SHORTEST_GROUP, padded(len(numbers)))
    channel.send(
        Welcome(terms.digest, people, side.proposed_by, side.approved_by, side.log_head(), secrets.token_bytes(16))
    )
    side.note(
        "started",
        {
            "terms": terms.digest,
            "as": "answerer",
            "partner": side.peer.fingerprint,
            "ours": people,
            "theirs": hello.people,
            "proposed_by": side.proposed_by,
            "approved_by": side.approved_by,
            "their_proposed_by": hello.proposed_by,
            "their_approved_by": hello.approved_by,
            "their_log": hello.log_head,
        },
    )
    secret = new_scalar()
    ours = filled(points_of(numbers))
    for number in range(terms.groups):
        ours += chosen(invented(terms, number, "answerer"), side.drawn(terms.epsilon))
        ours += invented(terms, number, "counter")
    side.progress(30)
    theirs = []
    for number, length in enumerate(hello.groups):
        theirs.append(receive_points(channel, "ours", number, length + 2 * terms.pool))
        side.note(
            "received", {"what": "theirs", "group": number, "points": len(theirs[-1]), "digest": digest_of(theirs[-1])}
        )
    side.progress(50)
    side.spend()
    digest = send_points(channel, "yours", 0, ours, secret)
    side.note("sent", {"what": "ours", "group": 0, "points": len(ours), "digest": digest})
    side.progress(80)
    try:
        for number, group in enumerate(theirs):
            digest = send_points(channel, "back", number, group, secret)
            side.note("sent", {"what": "back", "group": number, "points": len(group), "digest": digest})
    except NotAnElement as error:
        raise Breach("not_an_element") from error
    side.progress(95)
    transcript = channel.transcript
    result = channel.receive(Result)
    counts = unpacked(result.counts, terms.groups)
    signed = what_is_signed(terms, transcript, counts)
    if result.transcript != transcript or not side.peer.verifies(signed, result.signature):
        raise Breach("signature")
    bound = min(hello.people, people) + terms.pool
    if any(not -terms.pool <= one <= bound for one in counts):
        raise Breach("counts")
    # Logged before the last message: a side that is killed after it knows from its log that it had finished.
    side.note(
        "finished",
        {"counts": counts, "transcript": transcript, "their_signature": result.signature,
         "sent": channel.sent, "received": channel.received},
    )  # fmt: skip
    channel.send(Receipt(side.keys.sign(signed)))
    return Outcome(tuple(counts), people, hello.people, channel.sent, channel.received, transcript)


def _check_lengths(hello: Hello, terms: Terms) -> None:
    fits = (
        len(hello.groups) == terms.groups
        and all(SHORTEST_GROUP <= one <= MOST_ON_A_LIST and one == padded(one) for one in hello.groups)
        and hello.people == padded(hello.people)
        and hello.people <= sum(hello.groups)
    )
    try:
        check_size(hello.people)
    except BadTerms:
        fits = False
    if not fits:
        raise Breach("list_size")
