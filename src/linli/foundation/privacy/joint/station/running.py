"""One run of a partner without an instance, as either half, and what its end leaves behind."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, date, datetime

from linli.foundation.errors import Refusal
from linli.foundation.privacy.joint.exchange import secured
from linli.foundation.privacy.joint.exchange.answering import answer
from linli.foundation.privacy.joint.exchange.counting import count
from linli.foundation.privacy.joint.exchange.frames import Breach, Broken, Call, Channel, Stopped
from linli.foundation.privacy.joint.exchange.sides import Outcome, Side
from linli.foundation.privacy.joint.keys import Card
from linli.foundation.privacy.joint.rules.limits import TooOften, check_change, check_often
from linli.foundation.privacy.joint.rules.terms import BadTerms, Terms
from linli.foundation.privacy.joint.station.book import Book, Run
from linli.foundation.privacy.joint.station.lists import in_bands, read_list

Say = Callable[[str], None]


class NotNow(Exception):
    """The run cannot begin; the words say why."""


def ask(book: Book, run: Run, address: str, say: Say) -> Outcome:
    """Call the partner and carry the run out. Raises :class:`NotNow`, and what :func:`carry_out` raises."""
    peer, known = book.partner(run.partner)
    if not (address or known):
        raise NotNow("no address is known for this partner: give --address host:port")
    channel = Channel(secured.call(address or known, book.keys, peer, private=True))
    with channel.connection:
        channel.send(Call(run.id))
        return carry_out(book, run, channel, peer, say)


def take_call(book: Book, plain: socket.socket, say: Say) -> Outcome | None:
    """Answer one connection: find the approved run it is about. ``None`` when nobody here approved such a run."""
    connection, peer = secured.receive(plain, book.keys, [card for card, _address in book.partners()])
    channel = Channel(connection)
    with connection:
        wanted = channel.receive(Call).run
        run = next((one for one in book.runs() if one.id == wanted and one.partner == peer.fingerprint), None)
        if run is None or run.state != "approved":
            channel.stop("not_approved")
            say(f"{peer.name}: asked for a run that nobody here approved")
            return None
        return carry_out(book, run, channel, peer, say)


def carry_out(book: Book, run: Run, channel: Channel, peer: Card, say: Say) -> Outcome:
    """The exchange itself. Whatever goes wrong is logged and the run's secrets are gone; it may be tried again only when
    the line broke before anything could be learnt."""
    spent: list[bool] = []
    try:
        numbers = read_approved(book, run)
        book.move(run.id, "running")
        side = _side(book, run, peer, numbers, spent)
        say(f"{peer.name}: running {run.id[:8]}")
        if run.terms.counter == book.keys.card.fingerprint:
            groups = in_bands(numbers, _day(run.terms), run.terms.groups) if run.terms.banded else [sorted(numbers)]
            outcome = count(channel, side, run.terms, groups)
        else:
            outcome = answer(channel, side, run.terms, numbers)
    except BaseException as trouble:
        code = code_of(trouble)
        channel.stop(code)
        book.note(run.id, "stopped", {"code": code})
        again = code == "broken" and not spent
        book.move(run.id, "approved" if again else "stopped", result=code)
        raise
    book.move(run.id, "done", result=list(outcome.counts))
    return outcome


def code_of(trouble: BaseException) -> str:
    """One word for why a run ended."""
    if isinstance(trouble, Breach | Stopped | TooOften | Refusal):
        return trouble.code
    if isinstance(trouble, Broken | OSError):
        return "broken"
    if isinstance(trouble, BadTerms):
        return str(trouble) if str(trouble) in {"list_size", "groups"} else "terms"
    return "refused" if isinstance(trouble, NotNow) else "fault"


def read_approved(book: Book, run: Run) -> frozenset[str]:
    """The list as it was approved, within the limits. Raises :class:`NotNow`, :class:`TooOften`."""
    try:
        members = read_list(run.list, _day(run.terms))
    except OSError as error:
        raise NotNow(f"the list is not where it was: {run.list}") from error
    if members.digest != run.list_digest:
        raise NotNow("the list was changed after it was proposed: propose it again")
    check_often(book.spent_with(run.partner), run.terms.epsilon, datetime.now(UTC))
    check_change(book.marks(members.numbers), book.members_before(run.partner, run.id))
    return members.numbers


def _side(book: Book, run: Run, peer: Card, numbers: frozenset[str], spent: list[bool]) -> Side:
    def spend() -> None:
        spent.append(True)
        book.note(run.id, "spent", {"epsilon": run.terms.epsilon, "partner": peer.fingerprint})
        book.keep_members(run.id, numbers)

    return Side(
        keys=book.keys,
        peer=peer,
        proposed_by=run.proposed_by,
        approved_by=run.approved_by,
        note=lambda kind, facts: book.note(run.id, kind, facts),
        log_head=book.head,
        spend=spend,
    )


def _day(terms: Terms) -> date:
    return date.fromisoformat(terms.on)
