"""A device's life in words: its timeline, newest first, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.sense.telemetry.counters import Swap, used
from linli.sense.telemetry.device_types import CATALOGUE, Metric
from linli.sense.telemetry.models import Device, DeviceEntry
from linli.sense.telemetry.queries import series
from linli.sense.telemetry.tending import counter_of

What = DeviceEntry.What
USE_OVER = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """``case_id`` leads to the case of a repair; ``who`` is empty for the software itself."""

    title: str
    words: str
    note: str
    at: datetime
    who: str
    case_id: int | None
    number: str


@dataclass(frozen=True)
class Use:
    """How much a meter counted in the last day."""

    label: str
    amount: float
    sign: str


def timeline(device: Device) -> list[Line]:
    entries = DeviceEntry.objects.filter(device=device).select_related("by").order_by("-at", "-pk")
    return [
        Line(
            title=entry.get_what_display(),
            words=words_of(entry, device),
            note=entry.note,
            at=entry.at,
            who=entry.by.display_name if entry.by else "",
            case_id=entry.data.get("case_id"),
            number=entry.data.get("number", ""),
        )
        for entry in entries
    ]


def words_of(entry: DeviceEntry, device: Device) -> str:
    """What the entry says beside its title; empty where the title says it all."""
    data = entry.data
    metric = CATALOGUE[device.type].metrics.get(data.get("metric", ""))
    match entry.what:
        case What.ENROLLED if "battery" in data:
            return _("电量 %(percent)g%%") % {"percent": data["battery"]}
        case What.CALIBRATED if metric is not None:
            return _("%(metric)s：以后的读数 × %(scale)s %(offset)s %(unit)s") % {
                "metric": metric.label, "scale": f"{data['scale']:.6g}", "offset": _signed(data["offset"]), "unit": metric.sign,
            }  # fmt: skip
        case What.FIRMWARE:
            return data.get("value", "")
        case What.METER if metric is not None:
            return _meter(data, metric)
        case What.REPLACED:
            return _("换成了 %(code)s") % {"code": data.get("by", "")}
    return ""


def use_of(device: Device) -> Use | None:
    """What the device's meter counted in the last day, reckoned on over a replaced meter; ``None`` where nothing is known."""
    metric = counter_of(device)
    if metric is None:
        return None
    now = clock.now()
    points = series(device, metric.key, now - USE_OVER, now)
    if len(points) < 2:
        return None
    swaps = DeviceEntry.objects.filter(device=device, what=What.METER, at__gt=now - USE_OVER)
    return Use(str(metric.label), used(points, list(swaps_in(swaps))), metric.sign)


def swaps_in(entries: Iterable[DeviceEntry]) -> Iterable[Swap]:
    return (Swap(entry.at, entry.data.get("final"), entry.data.get("initial")) for entry in entries)


def _signed(offset: float) -> str:
    return f"{'−' if offset < 0 else '+'} {abs(offset):.6g}"


def _meter(data: dict, metric: Metric) -> str:
    unknown = _("没有记下")
    shown = {
        name: unknown if data.get(name) is None else f"{data[name]:g} {metric.sign}" for name in ("final", "initial")
    }
    return _("旧表停在 %(final)s，新表从 %(initial)s 起") % shown
