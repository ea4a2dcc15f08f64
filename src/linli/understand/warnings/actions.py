"""Every write to a warning. Detectors raise and end; people acknowledge, handle, clear and dismiss."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.understand.warnings.models import LONGEST_NOTE, WORKFLOW, Warning
from linli.understand.warnings.places import Place

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
    """Open a warning, or trigger the active one of the same ``source`` and ``kind`` again: never two.

    Records ``warnings.opened`` or ``warnings.retriggered``. Only for Linli's own parts; raises :class:`NotAllowed`.
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


def acknowledge(warning: Warning, *, actor: Actor) -> Warning:
    """Somebody has seen it and is on the way."""
    with transaction.atomic():
        warning = _held(warning, actor)
        warning.state = WORKFLOW.transition(warning.state, "acknowledge").target(warning.state)
        _note_who(warning, actor)
        warning.save()
        _record("warnings.acknowledged", warning, actor, by=actor.account_id)
    return warning


def handle(warning: Warning, *, actor: Actor, finding: str = Warning.Finding.TRUE, note: str = "") -> Warning:
    """Somebody was there: what was found. Clears the warning too when its condition has already ended."""
    with transaction.atomic():
        warning = _held(warning, actor)
        step = WORKFLOW.transition(warning.state, "handle")
        _write_finding(warning, finding, note, frozenset(Warning.Finding))
        warning.state = step.target(warning.state)
        _note_who(warning, actor)
        warning.save()
        _record("warnings.handled", warning, actor, finding=finding, by=actor.account_id)
        if warning.condition_ended_at is not None:
            _end(warning, "clear", actor)
    return warning


def clear(warning: Warning, *, actor: Actor) -> Warning:
    """It is over."""
    with transaction.atomic():
        warning = _held(warning, actor)
        _end(warning, "clear", actor)
    return warning


def dismiss(warning: Warning, *, actor: Actor, finding: str = Warning.Finding.FALSE, note: str = "") -> Warning:
    """There was nothing to warn of: ``finding`` is false, technical, away or refused, and counts in the record."""
    with transaction.atomic():
        warning = _held(warning, actor)
        WORKFLOW.transition(warning.state, "dismiss")
        _write_finding(warning, finding, note, NOT_TRUE)
        _note_who(warning, actor)
        _end(warning, "dismiss", actor)
    return warning


VERBS = {"acknowledge": acknowledge, "handle": handle, "clear": clear, "dismiss": dismiss}


def may_work_on(warning: Warning, actor: Actor) -> bool:
    """Staff of the community, and grid staff in their own grid."""
    return actor.system or actor.is_community_staff or warning.grid_id in actor.grid_ids


def _active(source: str, kind: str) -> Warning | None:
    rows = Warning.objects.filter(source=source, kind=kind, state__in=Warning.ACTIVE)
    return rows.select_for_update(of=("self",)).first()


def _held(warning: Warning, actor: Actor) -> Warning:
    """The row as it is now, locked. Raises :class:`NotFound` or :class:`NotAllowed`."""
    row = Warning.objects.select_for_update(of=("self",)).filter(pk=warning.pk).first()
    if row is None:
        raise NotFound()
    if not may_work_on(row, actor):
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
    )
    _record("warnings.opened", warning, actor)
    return warning


def _retrigger(warning: Warning, evidence: dict[str, Any], actor: Actor) -> Warning:
    warning.state = WORKFLOW.transition(warning.state, "retrigger").target(warning.state)
    warning.evidence = evidence
    warning.triggers += 1
    warning.last_triggered_at = clock.now()
    warning.condition_ended_at = None
    warning.save()
    _record("warnings.retriggered", warning, actor, triggers=warning.triggers)
    return warning


def _write_finding(warning: Warning, finding: str, note: str, allowed: frozenset[str]) -> None:
    if finding not in allowed:
        raise Invalid(_("请选择发现了什么。"), field="finding", allowed=sorted(allowed))
    if len(note) > LONGEST_NOTE:
        raise Invalid(_("说明最多 %(most)d 个字。") % {"most": LONGEST_NOTE}, field="note")
    warning.finding, warning.finding_note = finding, note


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


def _record(kind: str, warning: Warning, actor: Actor, **more: Any) -> None:
    facts = {"warning_id": warning.pk, "kind": warning.kind, "level": warning.level, "source": warning.source}
    record(kind, warning, actor=actor, **facts, **more)
