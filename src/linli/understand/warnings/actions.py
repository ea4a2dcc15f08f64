"""Every write to a warning. Detectors raise and end; people acknowledge, handle, clear and dismiss."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.understand.warnings.call_plan import plan_in_force
from linli.understand.warnings.causes import groups
from linli.understand.warnings.keeping_back import (
    AFTER_THE_GROUP,
    Found,
    Kept,
    lesser_of_same,
    one_cause,
    why_kept,
)
from linli.understand.warnings.models import LONGEST_NOTE, WORKFLOW, Ladder, Warning
from linli.understand.warnings.places import Place

log = logging.getLogger(__name__)

RELEASED_AT_ONCE = 200
AFTER_A_FAILURE = timedelta(minutes=5)
NOT_TRUE = frozenset(Warning.Finding) - {Warning.Finding.TRUE}


def raise_warning(
    kind: str,
    *,
    source: str,
    level: str,
    place: Place,
    evidence: dict[str, Any],
    actor: Actor,
    device_id: int | None = None,
) -> Warning:
    """Open a warning, or trigger the one of the same ``source`` and ``kind`` that has not ended again: never two.

    One that has a reason to wait (its home is away, one thing is behind many) is kept back instead, and enough open ones
    with one cause become parts of one. Records ``warnings.opened``, ``warnings.held`` or ``warnings.retriggered``. Only for
    Linli's own parts; raises :class:`NotAllowed`.
    """
    if not actor.system:
        raise NotAllowed()
    with transaction.atomic():
        known = _active(source, kind)
        if known is None:
            try:
                with transaction.atomic():
                    return _open(kind, source, level, place, evidence, actor, device_id)
            except IntegrityError:
                known = _active(source, kind)
                if known is None:
                    raise
        return _retrigger(known, evidence, actor)


def end_condition(kind: str, *, source: str, at: datetime, actor: Actor) -> None:
    """The detector no longer sees what it warned of; a warning that was handled is cleared by that."""
    if not actor.system:
        raise NotAllowed()
    with transaction.atomic():
        warning = _active(source, kind)
        if warning is None or warning.condition_ended_at is not None:
            return
        warning.condition_ended_at = at
        warning.save(update_fields=["condition_ended_at"])
        _record("warnings.condition_ended", warning, actor)
        if warning.state == Warning.State.HANDLED:
            _end(warning, "clear", actor)
        elif warning.state == Warning.State.HELD:
            _end_held(warning, actor)


def release(warning: Warning, *, actor: Actor) -> Warning:
    """Ask about it on its own after all: somebody has to look, as if it had been raised now."""
    with transaction.atomic():
        warning = _held(warning, actor)
        _release(warning, actor)
    return warning


def release_due() -> int:
    """Open what waited for a reason that is gone though its condition is not; returns how many. Each in a transaction of
    its own: one that fails is looked at again in some minutes and keeps no other waiting."""
    now = clock.now()
    due = Warning.objects.filter(state=Warning.State.HELD, held_until__lte=now).order_by("held_until", "pk")
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:RELEASED_AT_ONCE]):
        try:
            done += _release_one(pk, now)
        except Exception:
            log.exception("warning %d could not be released; it is tried again", pk)
            Warning.objects.filter(pk=pk, state=Warning.State.HELD).update(held_until=now + AFTER_A_FAILURE)
    return done


def _release_one(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        rows = Warning.objects.filter(pk=pk, state=Warning.State.HELD, held_until__lte=now)
        row = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return False
        again = why_kept(row.kind, row.level, place_of_warning(row), row.device_id, now)
        if again is None:
            _release(row, Actor.for_system("warnings", row.community_id))
            return True
        row.held_for, row.held_until, row.part_of = again.why, again.until, again.part_of
        row.save()
    return False


def acknowledge(warning: Warning, *, actor: Actor, by_case: bool = False) -> Warning:
    """Somebody has seen it and is on the way. Saying so again changes nothing.

    ``by_case``, here and below: its case has let the actor do this, who may be of another grid.
    """
    with transaction.atomic():
        warning = _held(warning, actor, by_case)
        if warning.taken_by(actor.account_id):
            return warning
        warning.state = WORKFLOW.transition(warning.state, "acknowledge").target(warning.state)
        _note_who(warning, actor)
        warning.acknowledged_by_id = actor.account_id
        warning.save()
        _record("warnings.acknowledged", warning, actor, by=actor.account_id)
    return warning


def take_over(warning: Warning, *, actor: Actor) -> Warning:
    """Somebody else goes than who said so first. Saying it again changes nothing; raises :class:`Conflict`
    ``somebody_is_there`` once somebody has arrived."""
    with transaction.atomic():
        warning = _held(warning, actor)
        if warning.taken_by(actor.account_id):
            return warning
        warning.state = WORKFLOW.transition(warning.state, "take_over").target(warning.state)
        if warning.arrived_at is not None:
            raise Conflict(_("已经有人到现场了。"), code="somebody_is_there")
        before, warning.acknowledged_by_id = warning.acknowledged_by_id, actor.account_id
        warning.save()
        _record("warnings.taken_over", warning, actor, by=actor.account_id, before=before)
    return warning


def hand_to(warning: Warning, *, account_id: int, actor: Actor) -> Warning:
    """The account goes instead of whoever said that they do, by the same moment: the case of the warning was handed to them.

    Changes nothing where nobody goes, where somebody is there, or where they go already. For its case, which has checked
    who may.
    """
    with transaction.atomic():
        warning = _held(warning, actor, by_case=True)
        if not warning.awaits_arrival or warning.taken_by(account_id):
            return warning
        warning.state = WORKFLOW.transition(warning.state, "hand_to").target(warning.state)
        before, warning.acknowledged_by_id = warning.acknowledged_by_id, account_id
        warning.save()
        _record("warnings.handed_to", warning, actor, to=account_id, before=before, by=actor.account_id)
    return warning


def give_back(warning: Warning, *, actor: Actor, by: int | None = None) -> Warning:
    """Whoever said that they go does not, and nothing was found: it is open again, and people are called about it again,
    beginning above the account ``by`` that gave it back. For its case, which has checked who may."""
    with transaction.atomic():
        warning = _held(warning, actor, by_case=True)
        warning.state = WORKFLOW.transition(warning.state, "give_back").target(warning.state)
        before, warning.acknowledged_by_id = warning.acknowledged_by_id, None
        warning.acknowledged_at = warning.arrived_at = None
        warning.save()
        _record("warnings.given_back", warning, actor, before=before, given_back_by=by)
    return warning


def arrive(warning: Warning, *, actor: Actor, by_case: bool = False) -> Warning:
    """Somebody is at the place, and from now on it is theirs to say what was found, whoever said that they go. Saying so again
    changes nothing: who came first has it."""
    with transaction.atomic():
        warning = _held(warning, actor, by_case)
        if warning.state == Warning.State.ACKNOWLEDGED and warning.arrived_at is not None:
            return warning
        before = warning.acknowledged_by_id
        if warning.state == Warning.State.OPEN or actor.account_id is not None:
            warning.acknowledged_by_id = actor.account_id
        warning.state = WORKFLOW.transition(warning.state, "arrive").target(warning.state)
        _note_who(warning, actor)
        warning.arrived_at, warning.asked_for_finding = clock.now(), 0
        warning.save()
        _record("warnings.arrived", warning, actor, by=actor.account_id, before=before)
    return warning


def handle(
    warning: Warning,
    *,
    actor: Actor,
    finding: str = Warning.Finding.TRUE,
    note: str = "",
    on_site: bool = False,
    by_case: bool = False,
) -> Warning:
    """Somebody was there: what was found. Clears the warning too when its condition has already ended.

    Of a P0 that still holds and at which nobody has arrived only who was ``on_site`` says it, whatever it is (:class:`Invalid`
    on that field); ``on_site`` too as for :func:`dismiss`, where the finding is not ``true``.
    """
    with transaction.atomic():
        warning = _held(warning, actor, by_case)
        step = WORKFLOW.transition(warning.state, "handle")
        _write_finding(warning, finding, note, frozenset(Warning.Finding))
        _must_be_seen(warning, actor, on_site)
        if on_site and warning.arrived_at is None:
            warning.arrived_at = clock.now()
        warning.state = step.target(warning.state)
        _note_who(warning, actor)
        warning.save()
        _record("warnings.handled", warning, actor, finding=finding, by=actor.account_id)
        if warning.condition_ended_at is not None:
            _end(warning, "clear", actor)
    return warning


def clear(warning: Warning, *, actor: Actor, on_site: bool = False, by_case: bool = False) -> Warning:
    """It is over. Of a P0 that still holds only who was ``on_site`` says so; raises :class:`Invalid` on that field.

    ``by_case``: it goes with its case, which has its own result.
    """
    with transaction.atomic():
        warning = _held(warning, actor, by_case)
        WORKFLOW.transition(warning.state, "clear")
        if not on_site and not by_case and must_be_there(warning, actor):
            raise Invalid(_("设备还在报警。到现场看过了，才能解除。"), field="on_site")
        _end(warning, "clear", actor)
    return warning


def dismiss(
    warning: Warning,
    *,
    actor: Actor,
    finding: str = Warning.Finding.FALSE,
    note: str = "",
    on_site: bool = False,
    by_case: bool = False,
) -> Warning:
    """There was nothing to warn of: ``finding`` is false, technical, away or refused, and counts in the record.

    A P0 warning that still holds needs the ``note`` and ``on_site``: a person was there and it was still sounding. Raises
    :class:`Invalid` with ``note`` or ``on_site`` as its field.
    """
    with transaction.atomic():
        warning = _held(warning, actor, by_case)
        WORKFLOW.transition(warning.state, "dismiss")
        _write_finding(warning, finding, note, NOT_TRUE)
        _must_be_seen(warning, actor, on_site)
        _note_who(warning, actor)
        _end(warning, "dismiss", actor)
    return warning


VERBS = {
    "acknowledge": acknowledge, "arrive": arrive, "take_over": take_over, "handle": handle, "clear": clear,
    "dismiss": dismiss, "release": release,
}  # fmt: skip

BEFORE_ARRIVAL = frozenset({"arrive", "take_over"})
"""Verbs that change nothing, or are refused, once somebody is at the place."""


def may_work_on(warning: Warning, actor: Actor) -> bool:
    """Staff of the community, grid staff of every grid that the warning covers, and whoever of the staff goes: its case may have
    been sent to another grid."""
    goes = actor.is_staff and actor.account_id is not None and warning.acknowledged_by_id == actor.account_id
    if goes and warning.state in Warning.TAKEN:
        return True
    if actor.system or actor.is_community_staff or warning.grid_id in actor.grid_ids:
        return True
    return bool(actor.grid_ids) and not warning.covers().isdisjoint(actor.grid_ids)


def must_be_there(warning: Warning, actor: Actor) -> bool:
    """Whether only somebody at the place may say that it is over or was not true: danger to life that the device still tells."""
    return not actor.system and warning.sounds


def _active(source: str, kind: str) -> Warning | None:
    rows = Warning.objects.filter(source=source, kind=kind, state__in=Warning.LIVE)
    return rows.select_for_update(of=("self",)).first()


def _held(warning: Warning, actor: Actor, by_case: bool = False) -> Warning:
    """The row as it is now, locked. Raises :class:`NotFound` or :class:`NotAllowed`."""
    row = Warning.objects.select_for_update(of=("self",)).filter(pk=warning.pk).first()
    if row is None:
        raise NotFound()
    if not (by_case or may_work_on(row, actor)):
        raise NotAllowed()
    return row


def _open(
    kind: str,
    source: str,
    level: str,
    place: Place,
    evidence: dict[str, Any],
    actor: Actor,
    device_id: int | None,
) -> Warning:
    now = clock.now()
    kept = why_kept(kind, level, place, device_id, now)
    warning = Warning.objects.create(
        kind=kind,
        source=source,
        level=level,
        grid_id=place.grid_id,
        building_id=place.building_id,
        home_id=place.home_id,
        facility_id=place.facility_id,
        device_id=device_id,
        evidence=evidence,
        opened_at=now,
        last_triggered_at=now,
        **(_kept_fields(kept) if kept else {}),
    )
    if kept is not None:
        if kept.part_of is not None and kept.part_of.kind in groups():
            _count_parts(kept.part_of, now)
        _record("warnings.held", warning, actor, why=kept.why)
        return warning
    _record("warnings.opened", warning, actor)
    _fold(lesser_of_same(warning), warning, actor)
    if (found := one_cause(warning, now)) is not None:
        _gather(found, warning, actor)
        warning.refresh_from_db()
    return warning


def _kept_fields(kept: Kept) -> dict[str, Any]:
    return {"state": Warning.State.HELD, "held_for": kept.why, "held_until": kept.until, "part_of": kept.part_of}


def _gather(found: Found, newest: Warning, actor: Actor) -> None:
    """One warning takes the place of several that are open; what somebody is already on the way for stays as it is."""
    place = Place(newest.grid_id, newest.building_id)
    whole = raise_warning(
        found.group.key, source=found.source, level=found.group.level, place=place, evidence=found.evidence, actor=actor
    )
    _fold(found.members, whole, actor)


def _fold(members: list[Warning], whole: Warning, actor: Actor) -> None:
    for one in members:
        one.part_of = whole
        if one.state == Warning.State.OPEN:
            one.state = WORKFLOW.transition(one.state, "hold").target(one.state)
            one.held_for = Warning.Held.GROUP
            _record("warnings.folded", one, actor, whole=whole.pk)
        one.save()


def _count_parts(whole: Warning, now: datetime) -> None:
    """The sentence of the group counts whoever came after it; nobody is told again."""
    parts = list(whole.parts.all())
    whole.evidence = whole.evidence | {"n": len({one.home_id or one.source for one in parts})}
    whole.last_triggered_at = now
    whole.condition_ended_at = None
    whole.save()


def _release(warning: Warning, actor: Actor) -> None:
    warning.state = WORKFLOW.transition(warning.state, "release").target(warning.state)
    warning.held_for, warning.held_until, warning.part_of = "", None, None
    warning.opened_at = clock.now()
    warning.save()
    _record("warnings.opened", warning, actor)


def _end_held(warning: Warning, actor: Actor) -> None:
    """It is over before anybody was asked. With the last of its parts the condition of a group ends too."""
    away = warning.held_for == Warning.Held.AWAY
    warning.finding = Warning.Finding.AWAY if away else Warning.Finding.TECHNICAL
    _end(warning, "dismiss", actor)
    whole = warning.part_of
    if (
        whole is not None
        and whole.kind in groups()
        and whole.state in Warning.ACTIVE
        and not whole.parts.live().exists()
    ):
        end_condition(whole.kind, source=whole.source, at=clock.now(), actor=actor)


def place_of_warning(warning: Warning) -> Place:
    return Place(warning.grid_id, warning.building_id, warning.home_id, warning.facility_id)


def _retrigger(warning: Warning, evidence: dict[str, Any], actor: Actor) -> Warning:
    verb, before = "reopen" if _nobody_comes_for(warning) else "retrigger", warning.state
    warning.state = WORKFLOW.transition(before, verb).target(before)
    if warning.state == Warning.State.OPEN != before:
        warning.reopened_at, warning.arrived_at = clock.now(), None
    warning.evidence = evidence
    warning.triggers += 1
    warning.last_triggered_at = clock.now()
    warning.condition_ended_at = None
    warning.save()
    _record("warnings.retriggered", warning, actor, triggers=warning.triggers)
    return warning


def _nobody_comes_for(warning: Warning) -> bool:
    """Whether people are called about the taken ``warning`` and whoever took it comes for the last trigger, not for a new
    one: the condition had ended, somebody was there longer ago than it takes to get there, or nobody is asked after any more."""
    plan = plan_in_force()
    if warning.state != Warning.State.ACKNOWLEDGED or not plan.ladder(warning.kind, warning.level):
        return False
    if warning.arrived_at is not None:
        term = timedelta(minutes=plan.arrival(warning.kind, warning.level).within)
        return clock.now() - warning.arrived_at > term
    if warning.condition_ended_at is not None:
        return True
    return not Ladder.objects.filter(warning=warning, ended_at=None).exists()


def _write_finding(warning: Warning, finding: str, note: str, allowed: frozenset[str]) -> None:
    if finding not in allowed:
        raise Invalid(_("请选择发现了什么。"), field="finding", allowed=sorted(allowed))
    if len(note) > LONGEST_NOTE:
        raise Invalid(_("说明最多 %(most)d 个字。") % {"most": LONGEST_NOTE}, field="note")
    warning.finding, warning.finding_note = finding, note


def _must_be_seen(warning: Warning, actor: Actor, on_site: bool) -> None:
    """Nobody ends danger to life from a chair while the device goes on saying it, nor calls it untrue."""
    if not must_be_there(warning, actor):
        return
    untrue = warning.finding in NOT_TRUE
    if untrue and not warning.finding_note.strip():
        raise Invalid(_("设备还在报警。要说不是真的，请写下为什么。"), field="note")
    if on_site:
        return
    if not untrue and warning.sounds_unseen:
        raise Invalid(
            _("设备还在报警，还没有人说到了现场。到现场看过了，才能写发现。"), code="must_be_there", field="on_site"
        )
    if untrue:
        raise Invalid(_("设备还在报警。到现场看过了，才能说不是真的。"), field="on_site")


def _note_who(warning: Warning, actor: Actor) -> None:
    """The first person who took notice."""
    if warning.acknowledged_at is None:
        warning.acknowledged_at = clock.now()
        warning.acknowledged_by_id = actor.account_id


def _end(warning: Warning, verb: str, actor: Actor) -> None:
    warning.state = WORKFLOW.transition(warning.state, verb).target(warning.state)
    warning.ended_at = clock.now()
    warning.save()
    kind = "warnings.cleared" if verb == "clear" else "warnings.dismissed"
    _record(kind, warning, actor, finding=warning.finding, by=actor.account_id)
    warning.parts.filter(state=Warning.State.HELD).update(held_until=clock.now() + AFTER_THE_GROUP)


def _record(kind: str, warning: Warning, actor: Actor, **more: Any) -> None:
    facts = {"warning_id": warning.pk, "kind": warning.kind, "level": warning.level, "source": warning.source}
    record(kind, warning, actor=actor, **facts, **more)
