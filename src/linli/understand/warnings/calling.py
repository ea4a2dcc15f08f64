"""叫应: people are called about a warning, rung by rung, until one of them answers, and again when nobody arrives.

The climb is rows: a worker that is killed goes on where it was. Whoever answers acknowledges the warning, in the
workbench, by the link in the message, by its code sent back, or by a key pressed on the telephone. From then on they have
a term to be at the place; past it they are reminded, then the next rung is called.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils import translation

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.holders import holders
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import GRID_STAFF, Role
from linli.foundation.events.recording import record
from linli.foundation.notices.actions import can_send, ring, send
from linli.foundation.notices.browsers import browsers_of
from linli.understand.warnings.call_links import call_path, call_url
from linli.understand.warnings.call_plan import plan_in_force, quiet_until
from linli.understand.warnings.call_words import staff_text, street_text, who_goes
from linli.understand.warnings.climbing import AGAIN, BEGINNING, EMPTY_ROUND, At, Rung, after, asking_after, next_first
from linli.understand.warnings.keeping_back import maintained_until
from linli.understand.warnings.models import Call, Ladder, Warning
from linli.understand.warnings.shipped import shipped_rules
from linli.understand.warnings.staff_messages import LONGEST, number_of

log = logging.getLogger(__name__)

AT_ONCE = 200
AFTER_A_FAILURE = timedelta(minutes=1)


def start_climb(warning_id: int, *, given_back_by: int | None = None) -> Ladder | None:
    """Call the first rung now, or, for what is not P0, when the quiet hours are over. Once while a climb goes on.

    After somebody who said that they go and do not (the account ``given_back_by``), the rung above theirs is the first. A term
    of somebody who went for an earlier trigger ends with that. Where somebody is still expected, another press of
    a button is no reason to wait for the end of their term.

    While somebody works on its device nobody is called; if it is still open when that is over, people are. ``None`` for a
    warning about which nobody is called.
    """
    with transaction.atomic():
        rows = Ladder.objects.select_for_update(of=("self",)).filter(warning=warning_id, ended_at=None)
        known = rows.select_related("warning").first()
        warning = Warning.objects.select_for_update(of=("self",)).filter(pk=warning_id).first()
        if warning is None or warning.state != Warning.State.OPEN:
            if warning is not None and warning.awaits_arrival:
                _hurry(warning)
            return None
        if known is not None and not known.asks_after:
            return known
        if known is not None:
            _settle(known, None, clock.now())
        rungs = plan_in_force().ladder(warning.kind, warning.level)
        now = clock.now()
        if not rungs:
            return None
        if given_back_by is not None:
            answered, _role = _stood_on(warning, given_back_by, rungs)
            rungs = next_first(rungs, answered)
        worked_on = maintained_until(warning.device_id, now) if warning.device_id is not None else None
        begins = worked_on or now
        ladder = Ladder.objects.create(
            warning=warning, rungs=[asdict(one) for one in rungs], started_at=now,
            due_at=quiet_until(warning.level, begins) or begins,
        )  # fmt: skip
        if ladder.due_at <= now:
            _climb(ladder, now)
    return ladder


def _hurry(warning: Warning) -> None:
    """A button was pressed again while somebody is on the way: they are asked now whether they are there."""
    rule = shipped_rules().get(warning.kind)
    if rule is None or warning.level != "P0" or "again_minutes" not in rule.configured.settings:
        return
    now = clock.now()
    waits = Ladder.objects.filter(warning=warning, ended_at=None, rung=BEGINNING.rung, round=BEGINNING.round)
    waits.filter(due_at__gt=now, said_at__lt=warning.last_triggered_at).update(due_at=now)


def await_arrival(warning_id: int, *, by: int | None, at: datetime) -> Ladder | None:
    """The account ``by`` said at ``at`` that they go: nobody else is called until their term has passed without an arrival.

    Once for one answer. ``None`` where nobody is called about the warning, or it is no longer waited for.
    """
    with transaction.atomic():
        for going in Ladder.objects.select_for_update(of=("self",)).filter(warning=warning_id, ended_at=None):
            if (going.said_at or going.started_at) <= at and (going.said_at, going.said_by_id) != (at, by):
                _settle(going, by, at)
        warning = Warning.objects.select_for_update(of=("self",)).filter(pk=warning_id).first()
        if warning is None or not warning.awaits_arrival or warning.acknowledged_by_id != by:
            return None
        if Ladder.objects.filter(warning=warning).filter(Q(ended_at=None) | Q(said_at=at, said_by=by)).exists():
            return None
        term = _term_of(warning, by, at)
        if term is None:
            return None
        ladder = Ladder.objects.create(warning=warning, said_by_id=by, said_at=at, **term)
        told = {"by": by, "arrive_by": term["arrive_by"].isoformat()}
        record("warnings.arrival_expected", warning, actor=system_of(ladder), **told)
    return ladder


def _term_of(warning: Warning, by: int | None, at: datetime) -> dict[str, Any] | None:
    """What a climb holds that asks after ``by``, who said at ``at`` that they go; ``None`` where nobody is called about it."""
    plan = plan_in_force()
    rungs, term = plan.ladder(warning.kind, warning.level), plan.arrival(warning.kind, warning.level)
    if not rungs:
        return None
    answered, role = _stood_on(warning, by, rungs)
    arrive_by = at + timedelta(minutes=term.within)
    return {
        "rungs": [asdict(one) for one in asking_after(rungs, answered, role, term.grace)], "started_at": at,
        "arrive_by": arrive_by, "due_at": quiet_until(warning.level, arrive_by) or arrive_by,
    }  # fmt: skip


def hand_on_term(warning_id: int, *, to: int, before: int | None, at: datetime) -> Ladder | None:
    """The account ``to`` goes since ``at`` instead of ``before``: by the same moment, and whoever is called next is called when
    they would have been. Where the term has passed already, ``to`` is asked at once.

    Once for one hand-over. ``None`` where nobody is called about the warning, or ``to`` no longer goes.
    """
    with transaction.atomic():
        terms = Ladder.objects.select_for_update(of=("self",)).filter(warning=warning_id, arrive_by__isnull=False)
        known = terms.filter(Q(ended_at=None) | Q(ended_at__gte=at)).order_by("-pk").first()
        warning = Warning.objects.select_for_update(of=("self",)).filter(pk=warning_id).first()
        if warning is None or not warning.awaits_arrival or warning.acknowledged_by_id != to:
            return None
        if terms.filter(said_at=at, said_by=to).exists():
            return None
        known = known or _word_of(warning, before, at)
        if known is None:
            return None
        before = known.said_by_id
        end_climb(known, Ladder.End.HANDED, at)
        _answered, role = _stood_on(warning, to, [Rung(**one) for one in known.rungs[1:]])
        ladder = Ladder.objects.create(
            warning=warning, rungs=[{**known.rungs[0], "role": role}, *known.rungs[1:]], round=known.round, rung=known.rung,
            started_at=at, said_by_id=to, said_at=at, arrive_by=known.arrive_by, due_at=known.due_at, handed_from_id=before,
        )  # fmt: skip
        now = clock.now()
        if known.rung > BEGINNING.rung and quiet_until(warning.level, now) is None:
            _call_rung(ladder, At(known.round, 0), Rung(**ladder.rungs[0]), now)
    return ladder


def _word_of(warning: Warning, who: int | None, until: datetime) -> Ladder | None:
    """The term of ``who``, who said that they go, where their word was handed on before it had begun one."""
    said = min(warning.acknowledged_at or until, until)
    term = _term_of(warning, who, said)
    if term is None:
        return None
    for climb in Ladder.objects.select_for_update(of=("self",)).filter(warning=warning, ended_at=None):
        _settle(climb, who, until)
    ended = {"ended_at": until, "end": Ladder.End.HANDED}
    ladder, _new = Ladder.objects.get_or_create(warning=warning, said_by_id=who, said_at=said, defaults=term | ended)
    return ladder


def await_unasked() -> int:
    """Terms for P0 of which somebody said that they go while nobody kept any; returns how many."""
    rows = Warning.objects.filter(state=Warning.State.ACKNOWLEDGED, level="P0", arrived_at=None)
    kept = Ladder.objects.filter(warning=OuterRef("pk")).filter(Q(ended_at=None) | Q(arrive_by__isnull=False))
    unasked = rows.filter(~Exists(kept), acknowledged_at__isnull=False)
    found = list(unasked.values_list("pk", "acknowledged_by_id", "acknowledged_at")[:AT_ONCE])
    return sum(await_arrival(pk, by=by, at=at) is not None for pk, by, at in found if at is not None)


def climb_due() -> int:
    """Call the next rung of every climb whose time has come; returns how many. Each in a transaction of its own, and one
    that fails is tried again after a minute and keeps nobody else from being called."""
    now = clock.now()
    due = Ladder.objects.filter(ended_at=None, due_at__lte=now).order_by("due_at").values_list("pk", flat=True)
    called = 0
    for pk in list(due[:AT_ONCE]):
        try:
            called += _climb_one(pk, now)
        except Exception:
            log.exception("climb %d failed; it is tried again", pk)
            Ladder.objects.filter(pk=pk, ended_at=None).update(due_at=now + AFTER_A_FAILURE)
    return called


def stop_climb(warning: Warning, *, by: int | None, at: datetime) -> None:
    """Somebody has seen to the warning at ``at`` (the account ``by``), or it is over by itself: nobody else is called.

    What began later is about what came later: this may be told late.
    """
    with transaction.atomic():
        rows = Ladder.objects.filter(warning=warning, ended_at=None, started_at__lte=at)
        ladder = rows.select_for_update(of=("self",)).first()
        if ladder is not None:
            _settle(ladder, by, at)


@dataclass(frozen=True)
class Asked:
    """A warning about which somebody is being called: to go, to take over from ``late``, or (``reminded``) whether they
    have arrived. ``since`` is when they were called first."""

    warning: Warning
    since: datetime
    reminded: bool
    late: str

    @property
    def verb(self) -> str:
        if self.reminded:
            return "arrive"
        return "take_over" if self.late else "acknowledge"


def calls_of(warning: Warning) -> list[Ladder]:
    """The climbs of a warning, newest first, with their calls in order."""
    rows = Ladder.objects.filter(warning=warning).order_by("-pk")
    return list(
        rows.select_related("said_by", "handed_from").prefetch_related(
            "calls__account", "calls__notice", "calls__ladder"
        )
    )


def calling_now(actor: Actor) -> list[Asked]:
    """Warnings about which this very person is being called and nobody has answered, or nobody has arrived."""
    if actor.account_id is None or not actor.is_staff:
        return []
    places = ("grid", "building__estate", "home__entrance__building__estate", "facility")
    seen = Warning.objects.visible_to(actor)
    climbs = Ladder.objects.filter(ended_at=None, calls__account=actor.account_id, warning__in=seen)
    rows = climbs.annotate(since=Min("calls__called_at")).select_related(
        "said_by", *(f"warning__{one}" for one in places)
    )
    return [
        Asked(
            row.warning, row.since, row.asks_after and row.said_by_id == actor.account_id,
            who_goes(row) if row.asks_after and row.said_by_id != actor.account_id else "",
        )
        for row in rows.order_by("warning__level", "warning__opened_at")
        if goes_on(row, row.warning)
    ]  # fmt: skip


def _climb_one(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        due = Ladder.objects.filter(pk=pk, ended_at=None, due_at__lte=now)
        ladder = due.select_for_update(skip_locked=True, of=("self",)).select_related("warning").first()
        if ladder is None:
            return False
        _climb(ladder, now)
    return True


def _climb(ladder: Ladder, now: datetime) -> None:
    """One rung up; over rungs on which nobody stands, though not over a whole round of them at once. Ends where the warning
    is seen to or nobody is left; of a P0 that still sounds it begins anew after a while.

    The warning is locked until the calls are written: whoever writes a finding meanwhile is not called after it.
    """
    ladder.warning = warning = Warning.objects.select_for_update(of=("self",)).get(pk=ladder.warning_id)
    if not goes_on(ladder, warning):
        seen = warning.acknowledged_at is not None and warning.acknowledged_at >= ladder.started_at
        taken = warning.awaits_arrival if ladder.asks_after else seen
        _settle(ladder, warning.acknowledged_by_id if taken else None, now)
        return
    sounds = warning.sounds
    at, passed = At(ladder.round, ladder.rung), 0
    if at.rung == BEGINNING.rung and at.round > BEGINNING.round and not sounds:
        end_climb(ladder, Ladder.End.NOBODY, now)
        return
    while (up := after(at, len(ladder.rungs))) is not None:
        rung = Rung(**ladder.rungs[up.rung])
        called = _call_rung(ladder, up, rung, now)
        ladder.round, ladder.rung = up.round, up.rung
        if called:
            next_at = now + timedelta(minutes=rung.minutes)
            ladder.due_at = quiet_until(warning.level, next_at) or next_at
            ladder.save()
            return
        at, passed = up, passed + 1
        if passed >= len(ladder.rungs) and after(at, len(ladder.rungs)) is not None:
            ladder.due_at = quiet_until(warning.level, now + EMPTY_ROUND) or now + EMPTY_ROUND
            ladder.save()
            return
    record("warnings.nobody_answered", ladder.warning, actor=system_of(ladder), rounds=ladder.round)
    if not sounds:
        end_climb(ladder, Ladder.End.NOBODY, now)
        return
    ladder.round, ladder.rung, ladder.due_at = ladder.round + 1, BEGINNING.rung, now + AGAIN
    ladder.save()


def goes_on(ladder: Ladder, warning: Warning) -> bool:
    """Whether what the climb asks for has not come: somebody who goes, or somebody who is there."""
    if ladder.asks_after:
        return warning.awaits_arrival and warning.acknowledged_by_id == ladder.said_by_id
    return warning.state == Warning.State.OPEN


def _stood_on(warning: Warning, by: int | None, rungs: Sequence[Rung]) -> tuple[int, str]:
    """The rung of who answered and the role in which they were called; -1 for somebody who is on none."""
    called = Call.objects.filter(ladder__warning=warning, account=by).order_by("-pk").values_list("role", flat=True)
    roles = list(called[:1]) if by is not None else []
    if by is not None and not roles:
        roles = [one.role for one in rungs if _people(Role(one.role), warning).filter(pk=by).exists()]
    role = roles[0] if roles else ""
    return next((n for n, one in enumerate(rungs) if one.role == role), -1), role or rungs[0].role


def next_with_people(ladder: Ladder) -> Role | None:
    """Whom the climb calls next when nobody answers: the first rung from here on which somebody stands now, in this round
    or a later one; ``None`` after the last."""
    at = after(At(ladder.round, ladder.rung), len(ladder.rungs))
    stood: dict[str, bool] = {}
    while at is not None:
        role = ladder.rungs[at.rung]["role"]
        if ladder.asks_after and at.rung == 0:
            stands = ladder.said_by is not None and ladder.said_by.is_active
        else:
            if role not in stood:
                people = _people(Role(role), ladder.warning).values_list("pk", flat=True)
                stood[role] = any(pk != ladder.said_by_id for pk in people) if ladder.asks_after else bool(people)
            stands = stood[role]
        if stands:
            return Role(role)
        at = after(at, len(ladder.rungs))
    return None


def _people(role: Role, warning: Warning) -> QuerySet[Account]:
    return holders(role, grids=warning.covers() if role in GRID_STAFF else None)


def _settle(ladder: Ladder, by: int | None, at: datetime) -> None:
    """Nobody else is called; who took the warning in the workbench has answered by that, if they were called."""
    if by is not None and not ladder.calls.filter(answered_at__isnull=False).exclude(role=Role.STREET_OFFICE).exists():
        mine = ladder.calls.filter(account_id=by, way=Call.Way.APP).order_by("-pk").values_list("pk", flat=True).first()
        if mine is not None:
            Call.objects.filter(pk=mine).update(answered_at=at, answer=Call.Answer.APP)
    here = ladder.asks_after and ladder.warning.arrived_at is not None
    end_climb(ladder, Ladder.End.ARRIVED if here else Ladder.End.ANSWERED if by is not None else Ladder.End.OVER, at)


def _call_rung(ladder: Ladder, at: At, rung: Rung, now: datetime) -> int:
    """Everybody on the rung, each in every way there is; returns how many people."""
    role = Role(rung.role)
    held = people = list(_people(role, ladder.warning))
    if ladder.asks_after:
        if at.rung == 0:
            held = [ladder.said_by] if ladder.said_by is not None and ladder.said_by.is_active else []
        people = [one for one in held if at.rung == 0 or one.pk != ladder.said_by_id]
    common = {"ladder": ladder, "round": at.round, "rung": at.rung, "role": role, "called_at": now}
    if not held and not Call.objects.filter(ladder=ladder, rung=at.rung, account=None).exists():
        Call.objects.create(**common, account=None, way=Call.Way.APP, nonce="", code="", nobody=True)
    for account in people:
        Call.objects.create(**common, account=account, way=Call.Way.APP, nonce="", code="")
        number, readable = number_of(account, f"warning:{ladder.warning_id}")
        if not readable and can_send():
            Call.objects.create(**common, account=account, way=Call.Way.SMS, nonce="", code="")
        for way in (Call.Way.SMS, Call.Way.VOICE):
            if number is not None and can_send(way) and (rung.voice or way != Call.Way.VOICE):
                call = Call.objects.create(
                    **common, account=account, way=way, nonce=secrets.token_urlsafe(9), code=f"{secrets.randbelow(10000):04d}"
                )  # fmt: skip
                _tell(call, account, number)
        if can_send(Call.Way.PUSH) and browsers_of(account.pk).exists():
            call = Call.objects.create(
                **common, account=account, way=Call.Way.PUSH, nonce=secrets.token_urlsafe(9), code=""
            )
            _tell(call, account)
    names = [account.pk for account in people]
    record("warnings.called", ladder.warning, actor=system_of(ladder), role=role.value, round=at.round, accounts=names)
    return len(people)


def _tell(call: Call, account: Account, number: str = "") -> None:
    """By telephone to ``number``, or to the browsers of the account."""
    warning = call.ladder.warning
    with translation.override(account.language):
        link = call_url(call)
        text = street_text(call, link) if call.role == Role.STREET_OFFICE else staff_text(call, account, link)
    text, key, about, where = text[:LONGEST], f"call:{call.pk}", f"warning:{warning.pk}", call.community_id
    if call.way == Call.Way.PUSH:
        call.notice = ring(account, text, key, about, where, link=call_path(call))
    else:
        call.notice = send(number, text, key, about, where, channel=call.way)
    call.save(update_fields=["notice"])


def end_climb(ladder: Ladder, how: Ladder.End, at: datetime) -> None:
    ladder.ended_at, ladder.end = at, how
    ladder.save()


def system_of(ladder: Ladder) -> Actor:
    return Actor.for_system("calling", ladder.community_id)
