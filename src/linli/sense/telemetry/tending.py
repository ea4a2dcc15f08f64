"""What is done to a device after its enrolment: moved, calibrated, cared for, replaced. Each leaves a line in its life.

The community's staff do all of it. A grid's staff, who pass by, ask for repairs and write down what they did by hand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.events.recording import record
from linli.foundation.tenancy import active_community_id
from linli.sense.telemetry.actions import (
    Enrolled,
    NewDevice,
    Places,
    enrol,
    refuse_outsiders,
    refuse_revoked,
    refuse_undeclared,
    refuse_unheard,
    write_entry,
)
from linli.sense.telemetry.calibrating import Line, NoLine, fitted
from linli.sense.telemetry.device_types import CATALOGUE, Metric
from linli.sense.telemetry.faults import end_fault
from linli.sense.telemetry.models import Calibration, Device, DeviceEntry

What = DeviceEntry.What
LONGEST_NOTE = 200
BY_HAND = frozenset({What.BATTERY, What.FIRMWARE, What.NOTED})


def move(
    device: Device,
    *,
    actor: Actor,
    building_id: int | None = None,
    entrance_id: int | None = None,
    home_id: int | None = None,
    facility_id: int | None = None,
    note: str = "",
) -> Device:
    """Let it stand somewhere else; the nearest place is enough. What it said before stays with it.

    Raises :class:`Invalid` ``unknown_place``, and :class:`Conflict` for a place where it is not declared
    (``not_declared``) or a home that has not agreed (``not_agreed``).
    """
    refuse_outsiders(actor)
    to = NewDevice(
        device.code,
        device.type,
        building_id=building_id,
        entrance_id=entrance_id,
        home_id=home_id,
        facility_id=facility_id,
    )
    with transaction.atomic():
        device = _held(device)
        before = {name: getattr(device, name) for name in ("home_id", "entrance_id", "building_id", "facility_id")}
        for name, value in Places([to]).of(to, 1).items():
            setattr(device, name, value)
        refuse_undeclared([device])
        refuse_unheard(device)
        device.save(update_fields=["home", "entrance", "building", "facility"])
        write_entry(device, What.MOVED, actor, note=_short(note), before=before)
        record("telemetry.device_moved", device, actor=actor, before=before)
    return device


def calibrate(
    device: Device, *, metric: str, pairs: Sequence[tuple[float, float]], actor: Actor, note: str = ""
) -> Calibration:
    """Correct later readings by the line through one or two pairs of (what the device shows, what is true).

    Applied to readings measured from now on; earlier ones stay as they were said. Counters are not corrected, because
    their leap would look like use: what a dial shows is a note. Raises :class:`Invalid` (``not_calibrated``, ``no_line``).
    """
    refuse_outsiders(actor)
    declared = CATALOGUE[device.type].metrics.get(metric)
    if declared is None or not declared.may_be_calibrated:
        raise Invalid(_("这一项不能校准。"), code="not_calibrated", field="metric")
    line = _line(pairs, declared)
    with transaction.atomic():
        device = _held(device)
        made, _new = Calibration.objects.update_or_create(
            device=device, metric=metric, since=clock.now(), defaults={"scale": line.scale, "offset": line.offset}
        )
        data = {"metric": metric, "scale": line.scale, "offset": line.offset, "pairs": [list(pair) for pair in pairs]}
        write_entry(device, What.CALIBRATED, actor, note=_short(note), **data)
        end_fault(device, "drift")
        record("telemetry.device_calibrated", device, actor=actor, metric=metric)
    return made


def write_down(device: Device, what: str, *, actor: Actor, note: str = "", value: str = "") -> DeviceEntry:
    """What somebody did by hand: a new battery, other firmware (``value`` is its version), or a remark.

    Raises :class:`Invalid` for anything else, and for a remark or a version that is empty.
    """
    _refuse_strangers(device, actor)
    if what not in BY_HAND:
        raise Invalid(_("没有这个操作。"), code="unknown_entry", field="what")
    value = value.strip()[:64]
    if (what == What.NOTED and not note.strip()) or (what == What.FIRMWARE and not value):
        raise Invalid(
            _("请写一句。") if what == What.NOTED else _("请写固件的版本。"),
            code="missing",
            field="note" if what == What.NOTED else "value",
        )
    with transaction.atomic():
        device = _held(device)
        if what == What.FIRMWARE:
            device.firmware = value
            device.save(update_fields=["firmware"])
        entry = write_entry(device, What(what), actor, note=_short(note), **({"value": value} if value else {}))
        record("telemetry.device_noted", device, actor=actor, what=what)
    return entry


def ask_maintenance(device: Device, *, actor: Actor, note: str) -> DeviceEntry:
    """Ask for somebody to repair it: casework opens a case from the event and tells its number back.

    Raises :class:`Invalid` without words, and :class:`Conflict` while one is asked for already (``already_asked``) or for a
    device that stands nowhere, to which nobody could be sent (``no_place``).
    """
    _refuse_strangers(device, actor)
    if not note.strip():
        raise Invalid(_("请写一句哪里不对。"), code="missing", field="note")
    with transaction.atomic():
        device = _held(device)
        if device.building_id is None and device.facility_id is None:
            raise Conflict(_("这个设备没有登记位置，先写明在哪里，再报修。"), code="no_place")
        if open_maintenance(device) is not None:
            raise Conflict(_("已经报修了，还没有修好。"), code="already_asked")
        entry = write_entry(device, What.MAINTENANCE, actor, note=_short(note))
        record("telemetry.maintenance_asked", device, actor=actor, entry_id=entry.pk)
    return entry


def open_maintenance(device: Device) -> DeviceEntry | None:
    """The repair that was asked for and is not done."""
    last = device.entries.filter(what__in=[What.MAINTENANCE, What.MAINTAINED]).order_by("-at", "-pk").first()
    return last if last is not None and last.what == What.MAINTENANCE else None


def note_case(device: Device, entry_id: int, *, number: str, case_id: int) -> None:
    """Which case the repair became; the same again changes nothing."""
    entry = DeviceEntry.objects.filter(device=device, pk=entry_id, what=What.MAINTENANCE).first()
    if entry is not None and entry.data.get("case_id") is None:
        entry.data |= {"number": number, "case_id": case_id}
        entry.save(update_fields=["data"])


def note_maintained(case_id: int, *, actor: Actor) -> DeviceEntry | None:
    """The case of a repair was fed back or ended; its device has been seen to. Once a repair."""
    with transaction.atomic():
        asked = DeviceEntry.objects.select_for_update().filter(what=What.MAINTENANCE, data__case_id=case_id).first()
        if asked is None or asked.data.get("done"):
            return None
        asked.data["done"] = True
        asked.save(update_fields=["data"])
        entry = write_entry(asked.device, What.MAINTAINED, actor, number=asked.data.get("number", ""), case_id=case_id)
        record("telemetry.device_maintained", asked.device, actor=actor)
    return entry


def swap_meter(
    device: Device, *, actor: Actor, final: float | None = None, initial: float | None = None, note: str = ""
) -> DeviceEntry:
    """The meter under the same sender was replaced: its counter begins again at ``initial`` after the old one's ``final``.

    Use is reckoned on from there (:func:`linli.sense.telemetry.counters.used`), never negative. Raises :class:`Invalid` for
    a type that counts nothing (``no_counter``) or a dial outside the metric's range (``out_of_range``).
    """
    refuse_outsiders(actor)
    metric = counter_of(device)
    if metric is None:
        raise Invalid(_("这种设备没有累计读数，不用换表。"), code="no_counter")
    for name, value in (("final", final), ("initial", initial)):
        if value is not None and not (math.isfinite(value) and metric.low <= value <= metric.high):
            raise Invalid(_("这个读数不对。"), code="out_of_range", field=name)
    with transaction.atomic():
        device = _held(device)
        entry = write_entry(
            device, What.METER, actor, note=_short(note), metric=metric.key, final=final, initial=initial
        )
        record("telemetry.meter_swapped", device, actor=actor, metric=metric.key)
    return entry


def replace(
    device: Device, *, code: str, actor: Actor, installer: str = "", firmware: str = "", note: str = ""
) -> Enrolled:
    """Put a new device in its place: enrolled with a secret of its own, while this one is cut off at once.

    Raises what :func:`linli.sense.telemetry.actions.enrol` raises.
    """
    refuse_outsiders(actor)
    with transaction.atomic():
        device = _held(device)
        new = NewDevice(
            code, device.type, device.name, device.building_id, device.entrance_id, device.home_id, device.facility_id,
            installer=installer, firmware=firmware, note=_short(note),
        )  # fmt: skip
        enrolled = enrol(new, actor=actor)
        enrolled.device.replaces = device
        enrolled.device.save(update_fields=["replaces"])
        device.revoked_at = clock.now()
        device.save(update_fields=["revoked_at"])
        write_entry(device, What.REPLACED, actor, note=_short(note), by=code)
        record("telemetry.device_revoked", device, actor=actor, replaced_by=enrolled.device.pk)
    return enrolled


def counter_of(device: Device) -> Metric | None:
    """The metric that only rises, of a meter; a lift's counters are no meter's."""
    counters = [metric for metric in CATALOGUE[device.type].metrics.values() if metric.counts and metric.unit]
    return counters[0] if len(counters) == 1 and device.type != "lift" else None


def _line(pairs: Sequence[tuple[float, float]], metric: Metric) -> Line:
    try:
        line = fitted(pairs)
    except NoLine as wrong:
        words = {
            "count": _("要一对或两对读数。"),
            "number": _("读数要是数字。"),
            "same": _("两次的设备读数一样，定不出比例。"),
            "scale": _("偏得太多了，这样校准没有用，请换设备。"),
        }
        raise Invalid(words[str(wrong)], code="no_line", field="pairs") from wrong
    if not all(metric.low <= true <= metric.high for _shown, true in pairs):
        raise Invalid(_("标准表的读数超出这一项的范围。"), code="no_line", field="pairs")
    return line


def _held(device: Device) -> Device:
    """The row, locked; raises :class:`Conflict` for one that was revoked."""
    device = Device.objects.select_for_update(of=("self",)).select_related("building", "community").get(pk=device.pk)
    refuse_revoked(device)
    return device


def _refuse_strangers(device: Device, actor: Actor) -> None:
    if actor.system or actor.is_community_staff:
        return
    here = device.community_id == active_community_id()
    if not (here and actor.is_staff and Device.objects.visible_to(actor).filter(pk=device.pk).exists()):
        raise NotAllowed


def _short(note: str) -> str:
    return note.strip()[:LONGEST_NOTE]
