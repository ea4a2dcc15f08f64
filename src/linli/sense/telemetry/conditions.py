"""How each device is: what stands in its rows (silent, late, weak) and what was noticed (faults), in one list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.sense.telemetry import health
from linli.sense.telemetry.device_types import BATTERY_LOW, CATALOGUE, DeviceType
from linli.sense.telemetry.faults import end_fault, note_fault, words_of
from linli.sense.telemetry.models import Device, Fault, LastValue
from linli.sense.telemetry.queries import heard, readings, rollup
from linli.sense.telemetry.speaking import silent_among, silent_devices, silent_of
from linli.sense.telemetry.unheard import unheard_of, why_unheard

UNHEARD = "unheard"
CONDITIONS: Mapping[str, Promise] = {
    UNHEARD: gettext_lazy("没有在听"),
    "silent": gettext_lazy("没消息"),
    "battery": gettext_lazy("快没电"),
    "shared": gettext_lazy("密钥被两台用"),
    "flood": gettext_lazy("发得太多"),
    "clock": gettext_lazy("时钟跳"),
    "late": gettext_lazy("来得晚"),
    "stuck": gettext_lazy("卡住"),
    "drift": gettext_lazy("漂移"),
}
"""By urgency: what keeps a device from being heard comes first. Of one to which nobody may listen nothing else is told."""
LOOKED_BACK = timedelta(days=28)
STUCK_LOOKED_BACK = health.STUCK_AFTER + timedelta(hours=6)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Condition:
    """``words`` is one sentence with the numbers."""

    key: str
    label: str
    words: str


def in_condition(actor: Actor, key: str) -> QuerySet[Device]:
    """The actor's devices in use that are in this condition."""
    if key == "silent":
        return silent_devices(actor)
    if key == UNHEARD:
        return unheard_of(_in_use(actor)).order_by("code")
    rows = _in_use(actor).exclude(pk__in=_unheard(actor))
    if key == "battery":
        return rows.filter(Exists(_weak()))
    if key == "late":
        newest = LastValue.objects.filter(device=OuterRef("pk")).order_by("-time").values("time")[:1]
        late = Q()
        for kind in _living():
            behind = max(kind.cadence, health.LATE_AT_LEAST)
            late |= Q(type=kind.key, last_seen_at__gt=F("newest") + behind)
        return rows.annotate(newest=Subquery(newest)).filter(late, newest__isnull=False)
    return rows.filter(Exists(Fault.objects.filter(device=OuterRef("pk"), kind=key, over_at__isnull=True)))


def tallies(actor: Actor, *, without: frozenset[str] = frozenset()) -> dict[str, int]:
    """How many of the actor's devices are in each condition; those ``without`` are not counted."""
    hushed = _unheard(actor)
    ours = _in_use(actor).exclude(pk__in=hushed)
    faults = Fault.objects.filter(device__in=ours.values("pk"), over_at__isnull=True)
    counts = dict(faults.values_list("kind").annotate(Count("pk")).order_by())
    if UNHEARD not in without:
        counts[UNHEARD] = len(hushed)
    if "battery" not in without:
        counts["battery"] = ours.filter(Exists(_weak())).count()
    if "silent" not in without:
        counts["silent"] = silent_of(_in_use(actor)).count()
    if "late" not in without:
        counts["late"] = in_condition(actor, "late").count()
    return {key: counts.get(key, 0) for key in CONDITIONS if key not in without}


def conditions_of(devices: Sequence[Device]) -> dict[int, list[Condition]]:
    """Every condition of each device, in the order of :data:`CONDITIONS`; as many queries for one as for all."""
    pks = [device.pk for device in devices]
    hushed = why_unheard(devices)
    silent = silent_among(pks)
    newest = dict(LastValue.objects.filter(device__in=pks).values_list("device").annotate(Max("time")).order_by())
    charge = dict(LastValue.objects.filter(device__in=pks, metric="battery").values_list("device", "value"))
    faults: dict[int, list[Fault]] = {}
    for fault in Fault.objects.filter(device__in=pks, over_at__isnull=True):
        faults.setdefault(fault.device_id, []).append(fault)
    found: dict[int, list[Condition]] = {}
    for device in devices:
        if device.revoked_at is not None or (kind := CATALOGUE.get(device.type)) is None:
            continue
        if device.pk in hushed:
            found[device.pk] = [Condition(UNHEARD, str(CONDITIONS[UNHEARD]), hushed[device.pk])]
            continue
        said = {fault.kind: words_of(fault, device) for fault in faults.get(device.pk, [])}
        if not (kind.gateway or kind.any_past):
            if device.pk in silent:
                said["silent"] = _silence(device)
            elif health.is_late(device.last_seen_at, newest.get(device.pk), kind.cadence):
                said["late"] = _("最近一条读数是 %(minutes)d 分钟以前量的，来得晚。") % {
                    "minutes": (device.last_seen_at - newest[device.pk]).total_seconds() // 60
                }
        if device.pk in charge and charge[device.pk] < BATTERY_LOW:
            said["battery"] = _("电量只剩 %(percent)d%%。") % {"percent": charge[device.pk]}
        found[device.pk] = [Condition(key, str(label), said[key]) for key, label in CONDITIONS.items() if key in said]
    return found


def inspect(actor: Actor) -> int:
    """Look for sensors that are stuck or drift in the active community; returns how many such faults there are now.

    Only what always varies is looked at, and only devices that may be heard. A fault that is gone is ended.
    """
    now = clock.now()
    noticed = 0
    for kind in _living():
        metrics = [metric for metric in kind.metrics.values() if metric.varies]
        devices = list(_in_use(actor).filter(heard(), type=kind.key)) if metrics else []
        if not devices:
            continue
        stuck: dict[int, dict[str, str]] = {}
        drifting: dict[int, dict[str, str]] = {}
        for metric in metrics:
            for pk, points in _points(devices, metric.key, now - STUCK_LOOKED_BACK, now).items():
                if (found := health.stuck(points)) is not None:
                    hours = (points[-1][0] - found.since).total_seconds() // 3600
                    stuck.setdefault(
                        pk,
                        {
                            "metric": metric.key,
                            "hours": f"{hours:.0f}",
                            "value": _with_unit(found.value, metric.sign),
                        },
                    )
            by_day = _days(devices, metric.key, now)
            for pk, own in by_day.items():
                peers = [days for other, days in by_day.items() if other != pk]
                if (moved := health.drift(own, peers, span=metric.high - metric.low)) is not None:
                    drifting.setdefault(pk, {"metric": metric.key, "by": _with_unit(moved.by, metric.sign, sign=True)})
        for device in devices:
            for key, those in (("stuck", stuck), ("drift", drifting)):
                if device.pk in those:
                    note_fault(device, key, **those[device.pk])
                    noticed += 1
                else:
                    end_fault(device, key)
    return noticed


def _in_use(actor: Actor) -> QuerySet[Device]:
    return Device.objects.visible_to(actor).filter(revoked_at__isnull=True)


def _unheard(actor: Actor) -> list[int]:
    return list(unheard_of(_in_use(actor)).values_list("pk", flat=True))


def _weak() -> QuerySet[LastValue]:
    return LastValue.objects.filter(device=OuterRef("pk"), metric="battery", value__lt=BATTERY_LOW)


def _living() -> Iterable[DeviceType]:
    return (kind for kind in CATALOGUE.values() if not (kind.gateway or kind.any_past))


def _points(devices: Sequence[Device], metric: str, start, end) -> dict[int, list[health.Point]]:
    found: dict[int, list[health.Point]] = {}
    for at, device, _metric, value in readings(devices, [metric], start, end):
        found.setdefault(device, []).append((at, value))
    return found


def _days(devices: Sequence[Device], metric: str, now) -> dict[int, dict]:
    found: dict[int, dict] = {}
    for bucket in rollup(devices, metric, now - LOOKED_BACK, now, every=DAY):
        found.setdefault(bucket.device_id, {})[bucket.start.date()] = bucket.mean
    return found


def _silence(device: Device) -> str:
    if device.last_seen_at is None:
        return _("还没有发来过消息。")
    hours = (clock.now() - device.last_seen_at).total_seconds() // 3600
    return _("%(hours)d 小时没有消息。") % {"hours": hours} if hours else _("不到一小时没有消息，比平常久。")


def _with_unit(value: float, unit: str, *, sign: bool = False) -> str:
    return f"{value:+.3g} {unit}".strip() if sign else f"{value:g} {unit}".strip()
