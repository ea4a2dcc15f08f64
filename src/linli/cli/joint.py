"""``linli joint``: counting together with a partner, for whoever has no Linli instance of its own.

A health station installs the same wheel and keeps one folder: its keys, the partners' cards, the people who may propose and
approve, and the signed log. Nothing here needs a database or a running instance.
"""

from __future__ import annotations

import json
import socket
import sqlite3
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from linli.foundation.privacy.joint.exchange.sides import Outcome
    from linli.foundation.privacy.joint.station.book import Book, Run

joint = typer.Typer(
    no_args_is_help=True, help="Count how many people are on two lists without either side seeing the other's."
)

Folder = Annotated[Path, typer.Option(help="where this party keeps its keys and its log")]
By = Annotated[str, typer.Option(help="who does this; asked for the PIN")]
Pin = Annotated[
    str, typer.Option(prompt="PIN", hide_input=True, envvar="LINLI_JOINT_PIN", help="asked for when missing")
]
SHORTEST_PIN = 6


@joint.command()
def init(
    name: Annotated[str, typer.Argument(help="of this party, as its partner will read it")],
    folder: Folder,
    sm2: Annotated[bool, typer.Option("--sm2", help="sign with SM2 instead of Ed25519")] = False,
) -> None:
    """Make this party's keys, and the card to hand to the partner."""
    from linli.foundation.privacy.joint.keys import PartyKeys

    try:
        keys = PartyKeys.make(folder, name, "sm2" if sm2 else "ed25519")
    except FileExistsError:
        _fail("there are keys in this folder already")
    except ValueError as error:
        _fail(str(error))
    (folder / "card.json").write_text(keys.card.as_text())
    _show_card(folder / "card.json", keys.card.spoken)


@joint.command()
def partner(
    card: Annotated[Path, typer.Argument(help="the card that the partner handed over")],
    folder: Folder,
    address: Annotated[str, typer.Option(help="host:port where the partner answers; empty when it calls us")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="the fingerprint was compared by telephone")] = False,
) -> None:
    """Keep a partner's card, after comparing its fingerprint by telephone."""
    from linli.foundation.privacy.joint.exchange.secured import parts
    from linli.foundation.privacy.joint.keys import BadCard, Card

    try:
        found = Card.from_text(card.read_text())
        if address:
            parts(address)
    except (BadCard, ValueError, OSError) as error:
        _fail(str(error))
    typer.echo(f"{found.name}: {found.spoken}")
    if not yes:
        typer.confirm("Does the partner read the same from its own screen?", abort=True)
    with _open(folder) as book:
        book.keep_partner(found, address)


@joint.command()
def person(name: Annotated[str, typer.Argument(help="who may propose or approve")], folder: Folder, pin: Pin) -> None:
    """Name somebody who may propose or approve, with a PIN of its own."""
    from argon2 import PasswordHasher

    if len(pin) < SHORTEST_PIN or not 1 <= len(name) <= 64:
        _fail(f"a name, and a PIN of at least {SHORTEST_PIN} characters")
    with _open(folder) as book:
        if book.pin_of(name) is not None:
            _fail(f"{name} has a PIN already")
        book.keep_person(name, PasswordHasher().hash(pin))


@joint.command()
def propose(
    list: Annotated[Path, typer.Argument(help="Excel or CSV with a column of identity numbers")],
    question: Annotated[str, typer.Option(help="what is to be counted, in words")],
    folder: Folder,
    by: By,
    pin: Pin,
    with_: Annotated[str, typer.Option("--with", help="the partner's name")] = "",
    bands: Annotated[bool, typer.Option("--bands", help="counts by age band; needs people's separate consent")] = False,
    on: Annotated[str, typer.Option(help="the day on which ages count, YYYY-MM-DD; today by default")] = "",
) -> None:
    """Propose a run as the one who counts, and write the invitation to hand to the partner."""
    from linli.foundation.privacy.joint.invitation import invitation, new_run
    from linli.foundation.privacy.joint.rules.terms import BadTerms, Terms

    with _open(folder) as book:
        _check_pin(book, by, pin)
        cards = [card for card, _address in book.partners() if not with_ or card.name == with_]
        if len(cards) != 1:
            _fail("say which partner with --with NAME")
        day = on or datetime.now(UTC).astimezone().date().isoformat()
        terms = Terms(new_run(), question, book.keys.card.fingerprint, cards[0].fingerprint, bands, day)
        try:
            terms.check()
        except BadTerms as error:
            _fail(str(error))
        _add(book, terms, cards[0], list, by)
        paper = folder / f"{terms.run[:8]}.invitation.json"
        paper.write_text(invitation(terms, book.keys))
    typer.echo(f"run {terms.run[:8]}: hand {paper} to {cards[0].name}; a second person here approves it")


@joint.command()
def accept(
    paper: Annotated[Path, typer.Argument(help="the invitation that the partner handed over")],
    list: Annotated[Path, typer.Argument(help="Excel or CSV with a column of identity numbers")],
    folder: Folder,
    by: By,
    pin: Pin,
) -> None:
    """Take up an invitation with our own list."""
    from linli.foundation.privacy.joint.invitation import invited
    from linli.foundation.privacy.joint.rules.terms import BadTerms

    with _open(folder) as book:
        _check_pin(book, by, pin)
        try:
            cards = [card for card, _address in book.partners()]
            terms, who = invited(paper.read_text(), cards, book.keys.card.fingerprint)
        except (BadTerms, OSError) as error:
            _fail(f"this invitation cannot be used: {error}")
        _add(book, terms, who, list, by)
    typer.echo(f"run {terms.run[:8]} by {who.name}: {terms.question}; a second person here approves it")


@joint.command()
def approve(run: Annotated[str, typer.Argument(help="its first letters")], folder: Folder, by: By, pin: Pin) -> None:
    """Approve a run as a second person: not the one who proposed it."""
    with _open(folder) as book:
        _check_pin(book, by, pin)
        found = _run(book, run)
        if found.state != "proposed":
            _fail(f"this run is {found.state}")
        if found.proposed_by == by:
            _fail("somebody else than the proposer approves")
        book.note(found.id, "approved", {"proposed_by": found.proposed_by, "by": by, "list": found.list_digest})
        book.move(found.id, "approved", approved_by=by)
    typer.echo(f"run {found.id[:8]} is approved")


@joint.command()
def ask(
    run: Annotated[str, typer.Argument(help="its first letters")],
    folder: Folder,
    address: Annotated[str, typer.Option(help="host:port, when it differs from the one on record")] = "",
) -> None:
    """Call the partner, who is waiting, and carry the run out."""
    from linli.foundation.privacy.joint.station import running

    with _open(folder) as book:
        found = _run(book, run)
        if found.state != "approved":
            _fail(f"this run is {found.state}")
        try:
            outcome = running.ask(book, found, address, _say)
        except Exception as trouble:
            _fail(f"stopped: {running.code_of(trouble)}; {trouble}")
        typer.echo(_result(found, outcome))


@joint.command()
def serve(
    folder: Annotated[Path | None, typer.Option(help="of a party without an instance")] = None,
    home: Annotated[Path | None, typer.Option(help="of a Linli instance: its approved runs are answered")] = None,
    listen: Annotated[str, typer.Option(help="address to listen at, host:port")] = "127.0.0.1:8443",
    community: Annotated[str, typer.Option(help="code of the community, when the instance has several")] = "",
    once: Annotated[bool, typer.Option("--once", help="end after the first run")] = False,
) -> None:
    """Wait for partners to call, and carry out the runs that were approved here; until interrupted."""
    from linli.foundation.privacy.joint.exchange.secured import parts

    if (folder is None) == (home is None):
        _fail("say either --folder or --home")
    if folder is not None:
        with _open(folder) as book:
            book.end_interrupted()
    try:
        server = socket.create_server(parts(listen))
    except (ValueError, OSError) as error:
        _fail(f"cannot listen at {listen}: {error}")
    _say(f"waiting at {server.getsockname()[0]}:{server.getsockname()[1]}")
    with server:
        if folder is not None:
            _serve_folder(folder, server, once=once)
        else:
            _serve_instance(home, community, server, once=once)


@joint.command()
def runs(folder: Folder) -> None:
    """All runs, newest first."""
    with _open(folder) as book:
        for one in book.runs():
            result = "" if one.result is None else f" {one.result}"
            typer.echo(f"{one.id[:8]} {one.state}{result} {one.people} people; {one.terms.question}")


@joint.command()
def log(
    folder: Folder,
    check: Annotated[bool, typer.Option("--check", help="verify every signature and link; exit 1 on a fault")] = False,
) -> None:
    """The signed log, one JSON line an entry."""
    from linli.foundation.privacy.joint.rules.chain import first_fault

    with _open(folder) as book:
        entries = book.log()
        if check:
            fault = first_fault(entries, book.keys.card.verifies)
            typer.echo(f"{len(entries)} entries" + ("" if fault is None else f", wrong from entry {fault}"))
            raise typer.Exit(0 if fault is None else 1)
        for entry in entries:
            typer.echo(json.dumps(asdict(entry), ensure_ascii=False))


def _serve_folder(folder: Path, server: socket.socket, *, once: bool) -> None:
    from linli.foundation.privacy.joint.station import running

    while True:
        plain, _where = server.accept()
        with _open(folder) as book:
            try:
                outcome = running.take_call(book, plain, _say)
            except Exception as trouble:
                _say(f"stopped: {running.code_of(trouble)}; {trouble}")
                outcome = None
            if outcome is not None:
                typer.echo(json.dumps({"counts": outcome.counts, "transcript": outcome.transcript}))
                if once:
                    return


def _serve_instance(home: Path | None, code: str, server: socket.socket, *, once: bool) -> None:
    from linli.cli.runtime import set_up

    set_up(home=home)
    from django.db import close_old_connections

    from linli.foundation.privacy.joint.serving import take_call
    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope

    found = list(Community.objects.filter(code=code) if code else Community.objects.all()[:2])
    if len(found) != 1:
        _fail("say which community with --community CODE")
    while True:
        plain, _where = server.accept()
        close_old_connections()
        with community_scope(found[0]):
            counted = take_call(plain, _say)
        if counted and once:
            return


def _open(folder: Path) -> Book:
    from django.conf import settings

    if not settings.configured:
        # Reading a list speaks to people by Django's translations; nothing else of it is needed here.
        settings.configure(LANGUAGE_CODE="zh-hans", USE_I18N=False)
    from linli.foundation.privacy.joint.station.book import Book

    try:
        return Book(folder)
    except FileNotFoundError:
        _fail(f"no keys in {folder}: run  linli joint init NAME --folder {folder}  first")


def _run(book: Book, beginning: str) -> Run:
    found = book.run(beginning)
    if found is None:
        _fail("no run begins so, or several do")
    return found


def _add(book: Book, terms, who, path: Path, by: str) -> None:
    from linli.foundation.errors import Refusal
    from linli.foundation.privacy.joint.rules.terms import BadTerms, check_size
    from linli.foundation.privacy.joint.station.lists import read_list

    try:
        members = read_list(path, date.fromisoformat(terms.on))
        check_size(len(members.numbers))
    except (OSError, Refusal) as error:
        _fail(f"{path}: {error}")
    except BadTerms:
        _fail(f"{len(members.numbers)} usable numbers: a list has at least 100, or it would tell about single people")
    for line, code in members.found.wrong[:20]:
        _say(f"line {line}: {code}")
    _say(
        f"{len(members.numbers)} people; {len(members.found.wrong)} lines left out as wrong, {members.found.twice} "
        f"named twice, {members.children} under 14"
    )
    try:
        book.add_run(terms, who, path.absolute(), members.digest, len(members.numbers), by, datetime.now(UTC))
    except sqlite3.IntegrityError:
        _fail("this run is on record already")
    book.note(terms.run, "proposed", {"terms": terms.digest, "by": by, "list": members.digest})


def _check_pin(book: Book, name: str, pin: str) -> None:
    from argon2 import PasswordHasher
    from argon2.exceptions import VerificationError

    try:
        PasswordHasher().verify(book.pin_of(name) or "", pin)
    except (VerificationError, ValueError):
        _fail("no such person, or another PIN")


def _result(run: Run, outcome: Outcome) -> str:
    from linli.foundation.privacy.joint.rules.bands import shown
    from linli.foundation.privacy.joint.rules.noise import error95

    total, counts = shown(outcome.counts)
    facts = {"total": total, "bands": counts if run.terms.banded else None, "give_or_take": error95(run.terms.epsilon)}
    return json.dumps({**facts, "sent": outcome.sent, "received": outcome.received})


def _show_card(path: Path, spoken: str) -> None:
    typer.echo(f"card: {path}\nfingerprint, to read out over the telephone: {spoken}")


def _say(words: str) -> None:
    typer.echo(words, err=True)


def _fail(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(1)
