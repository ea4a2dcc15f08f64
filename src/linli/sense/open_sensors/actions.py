"""Opening a device to everybody: one of the staff proposes, another approves; anybody of the staff closes at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow, is_community_staff, is_director, is_oversight, require
from linli.foundation.accounts.persons import same_person
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.sense.open_sensors.models import WORKFLOW, OpenSensor, State
from linli.sense.open_sensors.queries import opens, stands_where_it_was
from linli.sense.telemetry.models import Device

MOST_AT_ONCE = 500

allow("open_sensors.see", is_community_staff | is_oversight)
allow("open_sensors.propose", is_community_staff)
allow("open_sensors.approve", is_director | is_oversight)
allow("open_sensors.close", is_community_staff | is_oversight)


@transaction.atomic
def propose(device_ids: Sequence[int], *, actor: Actor) -> list[OpenSensor]:
    """Ask that these devices be open, all or none; nothing is open yet.

    Raises :class:`NotAllowed`, :class:`Invalid` (``none_chosen``, ``too_many``, ``cannot_open``: it stands in a home, tells of
    people, or measures nothing that may be open), :class:`NotFound`, :class:`Conflict` (``open_already``).
    """
    require(actor, "open_sensors.propose")
    if actor.account_id is None:
        raise NotAllowed()
    wanted = sorted(set(device_ids))
    if not wanted:
        raise Invalid(_("请至少选一个设备。"), code="none_chosen", field="device")
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid(_("一次最多选 %(n)s 个设备。") % {"n": MOST_AT_ONCE}, code="too_many", field="device")
    devices = list(Device.objects.visible_to(actor).select_for_update().filter(pk__in=wanted, revoked_at=None))
    if len(devices) < len(wanted):
        raise NotFound()
    made = []
    for device in sorted(devices, key=lambda one: one.pk):
        if not opens(device):
            raise Invalid(
                _("“%(code)s”不能公开：它装在家里，或者它说的和人有关。") % {"code": device.code},
                code="cannot_open",
                field="device",
            )
        try:
            with transaction.atomic():
                row = OpenSensor.objects.create(
                    device=device,
                    facility_id=device.facility_id,
                    entrance_id=device.entrance_id,
                    building_id=device.building_id,
                    proposed_by_id=actor.account_id,
                    proposed_at=clock.now(),
                )
        except IntegrityError:
            raise Conflict(
                _("“%(code)s”已经公开，或者已经有人提议了。") % {"code": device.code}, code="open_already"
            ) from None
        record("open_sensors.proposed", row, actor=actor, device=device.pk)
        made.append(row)
    return made


@transaction.atomic
def approve(opening_ids: Sequence[int], *, actor: Actor) -> list[OpenSensor]:
    """Open what a colleague proposed, all or none: from now on everybody reads what these devices measure.

    Raises :class:`NotAllowed` (``same_person``), :class:`NotFound`, :class:`Conflict` (``moved``: it no longer stands where it
    was proposed, or may not be open any more).
    """
    require(actor, "open_sensors.approve")
    done = []
    for row in _locked(opening_ids, "approve", actor):
        _not_the_same(row, actor)
        if not (opens(row.device) and stands_where_it_was(row)):
            raise Conflict(
                _("“%(code)s”换了位置，或者不能再公开了，请重新提议。") % {"code": row.device.code}, code="moved"
            )
        row.state, row.decided_by_id, row.decided_at = State.OPEN, actor.account_id, clock.now()
        row.save(update_fields=["state", "decided_by", "decided_at"])
        record("open_sensors.opened", row, actor=actor, device=row.device_id)
        done.append(row)
    return done


@transaction.atomic
def refuse(opening_ids: Sequence[int], reason: str, *, actor: Actor) -> list[OpenSensor]:
    """Do not agree, and say why. Raises as :func:`approve`, and :class:`Invalid` (``missing``)."""
    require(actor, "open_sensors.approve")
    done = []
    for row in _locked(opening_ids, "refuse", actor):
        _not_the_same(row, actor)
        WORKFLOW.transition(row.state, "refuse").require({"reason": reason.strip()})
        row.state, row.decided_by_id, row.decided_at = State.REFUSED, actor.account_id, clock.now()
        row.reason, row.ended_at = reason.strip()[:200], clock.now()
        row.save(update_fields=["state", "decided_by", "decided_at", "reason", "ended_at"])
        record("open_sensors.refused", row, actor=actor, device=row.device_id)
        done.append(row)
    return done


@transaction.atomic
def close(opening_ids: Sequence[int], reason: str, *, actor: Actor) -> list[OpenSensor]:
    """End it at once; nothing of these devices can be read by strangers any more, not what was open before either."""
    require(actor, "open_sensors.close")
    done = []
    for row in _locked(opening_ids, "close", actor):
        WORKFLOW.transition(row.state, "close").require({"reason": reason.strip()})
        row.state, row.ended_at, row.reason = State.CLOSED, clock.now(), reason.strip()[:200]
        row.save(update_fields=["state", "ended_at", "reason"])
        record("open_sensors.closed", row, actor=actor, device=row.device_id)
        done.append(row)
    return done


def close_moved() -> int:
    """Close, in the community in scope, what no longer stands where it was opened; returns how many."""
    system = Actor.for_system("open_sensors")
    rows = OpenSensor.objects.standing().select_related("device")
    moved = [row.pk for row in rows if not (opens(row.device) and stands_where_it_was(row))]
    return len(close(moved, _("设备换了位置，或者不能再公开了。"), actor=system)) if moved else 0


def _locked(opening_ids: Sequence[int], verb: str, actor: Actor) -> list[OpenSensor]:
    wanted = sorted(set(opening_ids))
    if not wanted:
        raise Invalid(_("请至少选一个设备。"), code="none_chosen", field="opening")
    rows = list(
        OpenSensor.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("device")
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    if len(rows) < len(wanted):
        raise NotFound()
    for row in rows:
        WORKFLOW.transition(row.state, verb)
    return rows


def _not_the_same(row: OpenSensor, actor: Actor) -> None:
    if actor.account_id is None or row.proposed_by_id is None or same_person(actor.account_id, row.proposed_by_id):
        raise NotAllowed(_("提议和同意不能是同一个人，请另一位同事来看。"), code="same_person")
