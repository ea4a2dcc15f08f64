"""From a payload to readings: plain functions on plain data, no Django, no I/O.

A payload is ``{"t": <epoch ms int or ISO-8601>, "v": {metric: number, …}}`` or an array of such objects. The usual
case is decoded in one typed pass; only what that refuses is looked at again by hand, to keep the good parts of a
message and to say what is wrong with the others.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from linli.sense.telemetry.device_types import DeviceType, Metric

MAX_PAYLOAD = 1_000_000
"""Bytes of one message that are accepted."""

SERIES_SINCE = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp() * 1000)


class Reading(msgspec.Struct):
    """One object of a payload as it is on the wire."""

    t: int | str
    v: dict[str, float]


class Fault(NamedTuple):
    """Why a message (``part`` empty) or one metric of it is set aside."""

    part: str
    code: str
    detail: dict[str, str]


class Span(NamedTuple):
    """Times that are believed, both ends included; UTC milliseconds since 1970."""

    earliest: int
    latest: int


Point = tuple[str, int, float]
"""(metric, UTC milliseconds, value)."""

_decode = msgspec.json.Decoder(Reading | list[Reading]).decode
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")


def decode(payload: bytes, device_type: DeviceType, span: Span) -> tuple[list[Point], list[Fault]]:
    """The good points of ``payload`` and the faults of the others; together they account for every part of it."""
    if len(payload) > MAX_PAYLOAD:
        return [], [Fault("", "too_large", {"size": str(len(payload)), "most": str(MAX_PAYLOAD)})]
    try:
        decoded = _decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _decode_by_hand(payload, device_type, span)
    points: list[Point] = []
    faults: list[Fault] = []
    metrics = device_type.metrics
    earliest, latest = span
    readings = decoded if isinstance(decoded, list) else (decoded,)
    for number, reading in enumerate(readings):
        moment = reading.t if reading.t.__class__ is int else milliseconds(reading.t)
        if moment is None or not earliest <= moment <= latest:
            faults += _all_at_fault(reading.v, number, _time_fault(reading.t, moment, span))
            continue
        for key, value in reading.v.items():
            metric = metrics.get(key)
            if metric is not None and metric.low <= value <= metric.high and value - value == 0:
                points.append((key, moment, value))
            else:
                faults.append(_value_fault(key, value, metric, number))
    if not points and not faults:
        faults.append(Fault("", "empty", {}))
    return points, faults


def milliseconds(given: object) -> int | None:
    """UTC milliseconds since 1970 of an epoch-ms number or an ISO 8601 text (without a zone: UTC); else ``None``."""
    if isinstance(given, bool):
        return None
    if isinstance(given, int):
        return given
    if isinstance(given, float):
        return int(given) if math.isfinite(given) else None
    if not isinstance(given, str) or not _ISO.match(given):
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return round(moment.timestamp() * 1000)
    except (OverflowError, ValueError):
        return None


def _decode_by_hand(payload: bytes, device_type: DeviceType, span: Span) -> tuple[list[Point], list[Fault]]:
    try:
        loose = json.loads(payload)
    except (ValueError, RecursionError):
        return [], [Fault("", "bad_json", {})]
    readings = loose if isinstance(loose, list) else [loose]
    points: list[Point] = []
    faults: list[Fault] = []
    for number, reading in enumerate(readings):
        if not isinstance(reading, dict) or not isinstance(reading.get("v"), dict):
            faults.append(Fault(str(number) if number else "", "bad_shape", {}))
            continue
        moment = milliseconds(reading.get("t"))
        if moment is None or not span.earliest <= moment <= span.latest:
            faults += _all_at_fault(reading["v"], number, _time_fault(reading.get("t"), moment, span))
            continue
        for key, value in reading["v"].items():
            metric = device_type.metrics.get(key)
            number_value = _as_float(value)
            if metric is not None and number_value is not None and _fits(number_value, metric):
                points.append((key, moment, number_value))
            else:
                faults.append(_value_fault(key, value, metric, number))
    if not points and not faults:
        faults.append(Fault("", "empty", {}))
    return points, faults


def _as_float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _fits(value: float, metric: Metric) -> bool:
    return math.isfinite(value) and metric.low <= value <= metric.high


def _all_at_fault(values: dict, number: int, fault: Fault) -> Iterator[Fault]:
    if not values:
        yield fault
    for key in values:
        yield Fault(_part(key, number), fault.code, fault.detail)


def _time_fault(given: object, moment: int | None, span: Span) -> Fault:
    shown = plain(str(given), 40)
    if moment is None:
        return Fault("", "bad_time", {"time": shown})
    return Fault("", "clock_behind" if moment < span.earliest else "clock_ahead", {"time": _readable(moment)})


def _value_fault(key: str, value: object, metric: Metric | None, number: int) -> Fault:
    part = _part(key, number)
    name = plain(key, 64)
    if metric is None:
        return Fault(part, "unknown_metric", {"metric": name})
    as_float = _as_float(value)
    if as_float is None:
        return Fault(part, "not_a_number", {"metric": name})
    if not math.isfinite(as_float):
        return Fault(part, "not_finite", {"metric": name})
    limits = {"low": f"{metric.low:g}", "high": f"{metric.high:g}"}
    return Fault(part, "out_of_range", {"metric": name, "value": f"{as_float:g}", **limits})


def _part(key: str, number: int) -> str:
    return plain(f"{number}.{key}" if number else key, 64)


def _readable(moment: int) -> str:
    try:
        return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return str(moment)[:40]


def plain(text: str, most: int) -> str:
    """``text`` cut to ``most`` characters that every database can hold: no NUL, no lone surrogates."""
    return text[: most * 2].replace("\0", "").encode("utf-8", "replace").decode()[:most]
