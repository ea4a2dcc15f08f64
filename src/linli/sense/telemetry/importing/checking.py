"""Whether a reading of a file would be kept: the same judgement as ingest passes on what a device says itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.sensing.hearing import UNDECLARED, Hearing, hearings, is_asked
from linli.sense.telemetry.decoding import Fault, Span, decode, plain
from linli.sense.telemetry.device_types import CATALOGUE, DeviceType
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.importing.reading import Said
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.quarantine_reasons import WITHHELD_REASONS, words_for
from linli.sense.telemetry.storing import believed_times


@dataclass(frozen=True)
class _Known:
    """A device of the file; ``why`` it is not heard, empty when it is. ``metrics`` by key and by label."""

    device: Device | None
    type: DeviceType | None
    span: Span
    hearing: Hearing
    why: str
    metrics: dict[str, str]


class Checker:
    """Remembers the devices that it has met; for one file, in the community in scope."""

    def __init__(self, actor: Actor, zone: tzinfo) -> None:
        """``zone`` is whose times the file tells, and whose the reasons tell back."""
        self._actor = actor
        self._zone = zone
        self._known: dict[str, _Known] = {}

    def judge(self, said: Said) -> tuple[str, bytes, str]:
        """(device, reading as a device would say it, why not): the last is empty for a reading that may be sent."""
        known = self._known.get(said.device) or self._look_up(said.device)
        if known.why or known.type is None:
            return said.device, b"", known.why
        if said.moment is None:
            return said.device, b"", words_for("bad_time", {"time": plain(said.time, 40)})
        metric = known.metrics.get(said.metric, said.metric)
        if said.value is None:
            return said.device, b"", words_for("not_a_number", {"metric": _label(known.type, plain(metric, 64))})
        reading = json.dumps({"t": said.moment, "v": {metric: said.value}}).encode()
        _points, faults = decode(reading, known.type, known.span)
        if faults:
            return said.device, b"", self._words(faults[0], known.type, said.moment)
        ground = known.hearing.ground
        if ground is not None and metric not in ground.metrics:
            return said.device, b"", str(WITHHELD_REASONS["undeclared_metric"])
        return said.device, reading, ""

    def _words(self, fault: Fault, device_type: DeviceType, moment: int) -> str:
        """The reason in the words of whoever filled the file in: what the metric is called, its unit, their clock."""
        detail = dict(fault.detail)
        if "metric" in detail:
            metric = device_type.metrics.get(detail["metric"])
            sign = f" {metric.sign}" if metric is not None and metric.sign else ""
            detail["metric"] = _label(device_type, detail["metric"])
            detail |= {name: f"{detail[name]}{sign}" for name in ("value", "low", "high") if name in detail}
        if "time" in detail:
            detail["time"] = _local(moment, self._zone) or detail["time"]
        return words_for(fault.code, detail)

    def _look_up(self, code: str) -> _Known:
        device = Device.objects.visible_to(self._actor).select_related("building").filter(code=code[:48]).first()
        device_type = CATALOGUE.get(device.type) if device is not None else None
        hearing = Hearing()
        if device is None or device_type is None:
            why = words_for("unknown_device", {"device": plain(code, 48)})
        elif device.revoked_at is not None:
            why = words_for("revoked_device", {"device": plain(code, 48)})
        elif device_type.sees:
            why = _("摄像头的数不能从文件导入。")
        else:
            spot = spot_of(device)
            hearing = hearings([spot])[spot] if is_asked(spot) else hearing
            why = _refused(hearing)
        metrics = names_of(device_type) if device_type else {}
        span = believed_times(device_type, clock.now()) if device_type else Span(0, 0)
        known = _Known(device, device_type, span, hearing, why, metrics)
        self._known[code] = known
        return known


def _label(device_type: DeviceType, key: str) -> str:
    """What people call the metric; of one that the kind of device does not have, what the file calls it."""
    metric = device_type.metrics.get(key)
    return str(metric.label) if metric is not None else key


def _local(moment: int, zone: tzinfo) -> str:
    """``2026-03-01 08:00``; empty where the year is beyond what a calendar here holds."""
    try:
        return datetime.fromtimestamp(moment / 1000, zone).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, OSError, ValueError):
        return ""


def names_of(device_type: DeviceType) -> dict[str, str]:
    """Keys by what people call the metrics, in every language: a file may have been begun in another."""
    names: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            names |= {str(one.label): key for key, one in device_type.metrics.items()}
    return names


def _refused(hearing: Hearing) -> str:
    if not hearing.refused:
        return ""
    if hearing.refused == UNDECLARED:
        return str(WITHHELD_REASONS["undeclared"])
    return _("这户没有同意收这种数据。")
