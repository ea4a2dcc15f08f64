"""A run between its approval and its end: the exchange, as this instance's half of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Refusal
from linli.foundation.events.recording import record
from linli.foundation.lifecycle.state_table import Undeclared
from linli.foundation.privacy.joint.actions import APPROVAL_LIVES, check_run, locked, move, step, terms_of
from linli.foundation.privacy.joint.exchange import secured
from linli.foundation.privacy.joint.exchange.counting import count
from linli.foundation.privacy.joint.exchange.frames import Breach, Broken, Call, Channel, Stopped
from linli.foundation.privacy.joint.exchange.sides import Outcome, Side
from linli.foundation.privacy.joint.journal import finished_counts, head, note, own_keys
from linli.foundation.privacy.joint.keys import Card, PartyKeys
from linli.foundation.privacy.joint.members import numbers_of
from linli.foundation.privacy.joint.models import JointPartner, JointRun, State
from linli.foundation.privacy.joint.rules.bands import BANDS, band_of
from linli.foundation.privacy.joint.rules.terms import BadTerms
from linli.foundation.registry.rules.identity import birth_date_of
from linli.foundation.security.outgoing import may_be_private
from linli.foundation.tenancy import active_community_id

LEFT_BEHIND = timedelta(hours=1)
"""A run that is still running after this time was left by a process that was killed."""


def call(run_id: int) -> bool:
    """Call the partner about an approved run; ``False`` when it is not there yet and the run waits on."""
    run = JointRun.objects.select_related("partner").filter(pk=run_id, state=State.APPROVED).first()
    if run is None or not run.partner.address:
        return False
    keys, peer = own_keys(), Card.from_text(run.partner.card)
    host, _port = secured.parts(run.partner.address)
    try:
        # Staff typed the address in: it leads into our own network only where the operator says so.
        channel = Channel(secured.call(run.partner.address, keys, peer, private=may_be_private(host)))
    except Broken:
        return False
    with channel.connection:
        channel.send(Call(run.run))
        return carry_out(run.pk, channel, keys, peer)


def carry_out(run_id: int, channel: Channel, keys: PartyKeys, peer: Card) -> bool:
    """The exchange over a connection to the partner; whether it came to a result.

    Whatever goes wrong is logged, and the run's secrets are gone with this call. It is tried again only when the line
    broke before anything could be learnt.
    """
    system = Actor.for_system("joint", active_community_id())
    run = _begin(run_id, system)
    spent: list[bool] = []
    try:
        check_run(run)
        numbers = numbers_of(run)
        outcome = count(channel, _side(run, keys, peer, spent), terms_of(run), _groups(run, numbers))
    except Exception as trouble:
        code = code_of(trouble)
        channel.stop(code)
        _stop(run.pk, code, system, again=code == "broken" and not spent)
        if not isinstance(trouble, Breach | Broken | Stopped | BadTerms | Refusal):
            raise
        return False
    try:
        _finish(run.pk, outcome, system)
    except Undeclared:
        # Given up for dead meanwhile; the log says what both sides signed.
        return False
    return True


def end_left_behind() -> int:
    """Runs that a killed process left running, and approved ones that nobody answered; returns how many.

    A run whose log says that it finished is done: only its last step is missing.
    """
    now = clock.now()
    # How long a process works is the machine's time: a clock that runs sixty times as fast gives it sixty times as long.
    left_behind = LEFT_BEHIND * max(1.0, clock.reading()["speed"])
    system = Actor.for_system("joint", active_community_id())
    left = JointRun.objects.filter(state=State.RUNNING, started_at__lt=now - left_behind)
    late = JointRun.objects.filter(state=State.APPROVED, approved_at__lt=now - APPROVAL_LIVES)
    ended = [(pk, "killed") for pk in left.values_list("pk", flat=True)]
    ended += [(pk, "no_answer") for pk in late.values_list("pk", flat=True)]
    for pk, code in ended:
        counts = finished_counts(JointRun.objects.get(pk=pk).run)
        if counts is None:
            _stop(pk, code, system, again=False)
        else:
            _end(pk, system, counts=counts)
    return len(ended)


def code_of(trouble: BaseException) -> str:
    """One word for why a run ended."""
    if isinstance(trouble, Breach | Stopped | Refusal):
        return trouble.code
    if isinstance(trouble, BadTerms):
        return "list_size" if str(trouble) == "list_size" else "terms"
    return "broken" if isinstance(trouble, Broken | OSError) else "fault"


@transaction.atomic
def _begin(run_id: int, system: Actor) -> JointRun:
    run = locked(run_id, system)
    move(run, step(run, "start", system), started_at=clock.now(), percent=1, code="")
    return run


def _finish(run_id: int, outcome: Outcome, system: Actor) -> None:
    _end(
        run_id,
        system,
        counts=list(outcome.counts),
        ours=outcome.ours,
        theirs=outcome.theirs,
        sent=outcome.sent,
        received=outcome.received,
    )


@transaction.atomic
def _end(run_id: int, system: Actor, **found: object) -> None:
    run = locked(run_id, system)
    move(run, step(run, "finish", system), ended_at=clock.now(), percent=100, **found)
    record("joint.counted", run, actor=system)


@transaction.atomic
def _stop(run_id: int, code: str, system: Actor, *, again: bool) -> None:
    run = locked(run_id, system)
    verb = "try_again" if again else "stop"
    move(run, step(run, verb, system), code=code, percent=0, **({} if again else {"ended_at": clock.now()}))
    note(run.run, "stopped", {"code": code, "again": again})
    record("joint.stopped", run, actor=system, code=code, again=again)


def _side(run: JointRun, keys: PartyKeys, peer: Card, spent: list[bool]) -> Side:
    def spend() -> None:
        # Another run with this partner may have spent since this one began: one after the other, each by what is left.
        with transaction.atomic():
            list(JointPartner.objects.select_for_update().filter(fingerprint=peer.fingerprint).values("pk"))
            check_run(run)
            JointRun.objects.filter(pk=run.pk).update(spent_at=clock.now())
            note(run.run, "spent", {"epsilon": run.epsilon, "partner": peer.fingerprint}, keys=keys)
        spent.append(True)

    def write(kind: str, facts: dict[str, Any]) -> None:
        note(run.run, kind, facts, keys=keys)

    return Side(
        keys=keys,
        peer=peer,
        proposed_by=_named(run.proposed_by),
        approved_by=_named(run.approved_by),
        note=write,
        log_head=head,
        spend=spend,
        progress=_progress(run.pk),
    )


def _progress(pk: int) -> Callable[[int], None]:
    def show(percent: int) -> None:
        JointRun.objects.filter(pk=pk).update(percent=percent)

    return show


def _groups(run: JointRun, numbers: frozenset[str]) -> list[list[str]]:
    if not run.banded:
        return [sorted(numbers)]
    groups: list[list[str]] = [[] for _ in BANDS]
    for number in numbers:
        band = band_of(birth_date_of(number), run.on)
        if band is not None:
            groups[band].append(number)
    return groups


def _named(account: Any) -> str:
    return (account.display_name if account is not None else "")[:64]
