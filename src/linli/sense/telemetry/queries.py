"""Reading telemetry: series, rollups, last values, and how well the neighbourhood's senses work.

Hot rows and lake files are one series: an observation is in exactly one of them, because sealing moves it in one
transaction; both are read in one snapshot of the manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.files.models import Attachment
from linli.foundation.privacy.consents.standing import agreement, purposes_by_device
from linli.foundation.privacy.purposes import asked_once
from linli.foundation.privacy.sensing.grounds import declared_outside, view_zones
from linli.foundation.privacy.sensing.hearing import hearings, is_asked
from linli.foundation.privacy.sensing.seeing import NOTHING, Sight, sight
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id, community_scope, every_community
from linli.sense.telemetry import taps
from linli.sense.telemetry.credentials import fits
from linli.sense.telemetry.device_types import CATALOGUE, ZONE_MARK
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.lake import from_ms, to_ms
from linli.sense.telemetry.models import (
    Device,
    HotObservation,
    IngestCursor,
    LakeFile,
    LastValue,
    PublishViolation,
    Quarantined,
    Withheld,
)
from linli.sense.telemetry.rollups import HOUR, roll_up_files
from linli.sense.telemetry.stream import STREAM

if TYPE_CHECKING:
    import pyarrow as pa

ALIVE_SECONDS = 10
ON_THE_WAY_SECONDS = 3.0
"""Real seconds that a message of a demo's devices may take until it is stored; its clock runs on meanwhile."""
LAG_IN_PASSING = 500
"""Messages that may wait to be stored while ingest still counts as up to date: it stores them within a second."""

T = TypeVar("T")


@dataclass(frozen=True)
class Bucket:
    """One device's observations of one metric between ``start`` and the next bucket."""

    device_id: int
    start: datetime
    count: int
    mean: float
    least: float
    most: float
    last: float


@dataclass(frozen=True)
class IngestStatus:
    """``stream_last`` is ``None`` while the message server cannot be asked; ``lag`` in messages.

    ``ahead``: up to where devices that may call for help are read before the others; at least ``stored``.
    """

    stream_last: int | None
    stored: int
    ahead: int
    accepted: int
    repeated: int
    quarantined: int
    unconsented: int
    undeclared: int
    withheld: int
    flooded: int
    tap_failures: int
    violations: int
    running: bool
    trouble: str
    updated_at: datetime | None

    @property
    def lag(self) -> int | None:
        return None if self.stream_last is None else max(0, self.stream_last - self.stored)

    @property
    def catching_up(self) -> bool:
        return (self.lag or 0) > LAG_IN_PASSING

    @property
    def urgent_lag(self) -> int | None:
        """Messages that were not looked through for what calls for help."""
        return None if self.stream_last is None else max(0, self.stream_last - self.ahead)


def load_device(code: str, *, actor: Actor) -> Device:
    """The device of the active community that the actor may see; raises :class:`NotFound`."""
    found = Device.objects.visible_to(actor).filter(code=code).first()
    if found is None:
        raise NotFound()
    return found


def device_by_credential(code: str, secret: str) -> Device | None:
    """The device that may speak with this secret, or ``None``."""
    with every_community("a device names itself before its community is known"):
        rows = Device.objects.select_related("community", "building")
        device = rows.filter(code=code, revoked_at__isnull=True).first()
    return device if device is not None and fits(secret, device.credential_digest) else None


def device_of(community: Community, code: str) -> Device | None:
    """The community's device with this code, for a gateway that speaks for it."""
    with community_scope(community):
        return Device.objects.select_related("community", "building").filter(code=code).first()


def series(device: Device, metric: str, start: datetime, end: datetime) -> list[tuple[datetime, float]]:
    """(time, value) of one metric, ``start`` ≤ time < ``end``, oldest first; of old days there are no readings left."""

    def read() -> list[tuple[datetime, float]]:
        with transaction.atomic():
            hot = HotObservation.objects.filter(
                device=device, metric=metric, time__gte=to_ms(start), time__lt=to_ms(end)
            ).values_list("time", "value")
            points = [(from_ms(moment), value) for moment, value in hot]
            files = _files(device.community_id, start, end)
        if files:
            points += _ask_lake(
                "SELECT epoch_ms(time), value FROM read_parquet($files)"
                " WHERE device_id = $device AND metric = $metric AND time >= $start AND time < $end",
                {"files": files, "device": device.pk, "metric": metric, "start": start, "end": end},
                lambda row: (from_ms(row[0]), row[1]),
            )
        return sorted(points)

    return _again_if_merged(read)


def readings(
    devices: Sequence[Device], metrics: Sequence[str], start: datetime, end: datetime
) -> list[tuple[datetime, int, str, float]]:
    """(time, device, metric, value) of several devices of one community, ``start`` ≤ time < ``end``, oldest first.

    No ``metrics``: all of them.
    """
    pks = [device.pk for device in devices]

    def read() -> list[tuple[datetime, int, str, float]]:
        with transaction.atomic():
            rows = HotObservation.objects.filter(device__in=pks, time__gte=to_ms(start), time__lt=to_ms(end))
            if metrics:
                rows = rows.filter(metric__in=metrics)
            hot = rows.values_list("time", "device_id", "metric", "value")
            points = [(from_ms(moment), device, metric, value) for moment, device, metric, value in hot]
            files = _files(active_community_id(), start, end)
        if files:
            points += _ask_lake(
                "SELECT epoch_ms(time), device_id, metric, value FROM read_parquet($files)"
                " WHERE list_contains($devices, device_id) AND time >= $start AND time < $end"
                " AND (len($metrics) = 0 OR list_contains($metrics, metric))",
                {"files": files, "devices": pks, "metrics": list(metrics), "start": start, "end": end},
                lambda row: (from_ms(row[0]), *row[1:]),
            )
        return sorted(points)

    return _again_if_merged(read)


def rollup(devices: Sequence[Device], metric: str, start: datetime, end: datetime, *, every: timedelta) -> list[Bucket]:
    """Count, mean, least, most and last value of ``metric`` in buckets of ``every`` that begin at ``start``.

    Of days of which only lines of five minutes, hours or days are left, a line counts in the bucket in which it begins.
    """
    width = round(every.total_seconds() * 1000)
    if width <= 0:
        raise ValueError("a bucket needs a width")
    pks = [device.pk for device in devices]

    def read() -> list[Bucket]:
        import duckdb
        import pyarrow as pa

        with transaction.atomic():
            hot = list(
                HotObservation.objects.filter(
                    device__in=pks, metric=metric, time__gte=to_ms(start), time__lt=to_ms(end)
                ).values_list("device_id", "time", "value")
            )
            files = {grain: _files(active_community_id(), start, end, grain) for grain in LakeFile.Grain}
        columns = list(zip(*hot, strict=True)) or [(), (), ()]
        hot_table = pa.table(
            {
                "device_id": pa.array(columns[0], pa.int64()),
                "ms": pa.array(columns[1], pa.int64()),
                "value": pa.array(columns[2], pa.float64()),
            }
        )
        wanted: dict[str, object] = {"origin": to_ms(start), "width": width}
        parts = [_HOT]
        for grain in LakeFile.Grain:
            if files[grain]:
                parts.append(_SEALED if grain == LakeFile.Grain.RAW else _LINES.format(grain=grain))
                wanted |= {f"{grain}_files": files[grain], "metric": metric, "devices": pks, "start": start, "end": end}
        with duckdb.connect() as lake:
            lake.register("hot", hot_table)
            rows = lake.execute(
                "SELECT device_id, (ms - $origin) // $width AS bucket, sum(n)::BIGINT, sum(mean * n) / sum(n),"  # noqa: S608
                f" min(least), max(most), arg_max(value, last_ms) FROM ({' UNION ALL '.join(parts)})"
                " GROUP BY ALL ORDER BY device_id, bucket",
                wanted,
            ).fetchall()
        return [Bucket(row[0], from_ms(to_ms(start) + row[1] * width), *row[2:]) for row in rows]

    return _again_if_merged(read)


def hours_of(start: datetime, end: datetime) -> pa.Table | None:
    """Every sealed reading of the community, ``start`` ≤ time < ``end``, by device, metric and hour, in the columns of
    :func:`roll_up`: what a report over all devices starts from. None where there is none.
    """

    def read() -> pa.Table | None:
        files = raw_files(start, end)
        return roll_up_files(files, HOUR, start, end) if files else None

    return _again_if_merged(read)


def raw_files(start: datetime, end: datetime) -> list[str]:
    """The files that hold readings as they came of ``start`` ≤ time < ``end`` in this community."""
    return _files(active_community_id(), start, end)


_HOT = "SELECT device_id, ms, ms AS last_ms, 1 AS n, value AS mean, value AS least, value AS most, value FROM hot"
_WANTED = " WHERE metric = $metric AND list_contains($devices, device_id) AND time >= $start AND time < $end"
_SEALED = (
    "SELECT device_id, epoch_ms(time), epoch_ms(time), 1, value, value, value, value"  # noqa: S608
    " FROM read_parquet($raw_files)" + _WANTED
)
_LINES = (
    "SELECT device_id, epoch_ms(time), epoch_ms(last_time), count, mean, least, most, value"  # noqa: S608
    " FROM read_parquet(${grain}_files)" + _WANTED
)


def last_values(devices: Iterable[Device]) -> dict[int, dict[str, LastValue]]:
    """The newest value of each metric by device: ``{device_id: {metric: LastValue}}``."""
    values: dict[int, dict[str, LastValue]] = {}
    for last in LastValue.objects.filter(device__in=devices):
        values.setdefault(last.device_id, {})[last.metric] = last
    return values


@dataclass(frozen=True)
class FirstHeard:
    """``at``: when its newest accepted message came. ``values`` (label, value, sign) is empty where the actor may not see
    them. ``trouble`` is why its newest message could not be used, where nothing was accepted since."""

    at: datetime | None
    values: list[tuple[str, str, str]]
    trouble: str = ""


def first_heard(device: Device, actor: Actor) -> FirstHeard:
    """Whether a device has spoken, for who stands in front of it and waits."""
    aside = Quarantined.objects.filter(community_id=device.community_id, device_code=device.code)
    wrong = aside.filter(received_at__gte=device.last_seen_at or device.enrolled_at).order_by("-pk").first()
    if device.last_seen_at is None:
        withheld = Withheld.objects.filter(device=device).order_by("-last_at").first()
        return FirstHeard(None, [], wrong.reason if wrong else withheld.words if withheld else "")
    return FirstHeard(device.last_seen_at, values_of(device, actor))


def values_of(device: Device, actor: Actor) -> list[tuple[str, str, str]]:
    """The newest value of each metric that the actor may see: (label, number, sign of its unit), in the catalogue's order."""
    seen = sight_of(device, actor)
    zones = {zone["key"]: zone["name"] for zone in view_zones(spot_of(device))} if CATALOGUE[device.type].sees else {}
    said = [(*last.metric.partition(ZONE_MARK), last.value) for last in LastValue.objects.filter(device=device)]
    return [
        (f"{metric.label} {zones.get(zone, '')}".strip(), f"{value:.6g}", metric.sign)
        for key, metric in CATALOGUE[device.type].metrics.items()
        if seen.shows(key)
        for name, _mark, zone, value in sorted(said)
        if name == key
    ]


def may_see_photo(actor: Actor, photo: Attachment) -> bool:
    """The photo of a device is for the staff who may see the device, not for who lives where it hangs."""
    return actor.is_staff and Device.objects.visible_to(actor).filter(photo=photo).exists()


def taken_back(device: Device) -> bool:
    """Whether it may not speak, because its home has taken back its consent or its declaration was taken down: then nobody
    looks at what it said before either."""
    spot = spot_of(device)
    return is_asked(spot) and bool(hearings([spot])[spot].refused)


def sight_of(device: Device, actor: Actor) -> Sight:
    """What the actor, who may see the device, may see of its readings."""
    return NOTHING if taken_back(device) else sight(actor, spot_of(device))


def heard(types: Collection[str] | None = None) -> Q:
    """Devices that may speak: declared where they stand if they are of a sensitive kind, and in a home that agrees.

    ``types``, where the rows are of these alone, spares the database what is asked of all others.
    """
    may_speak = Q(home__isnull=True) & declared_outside()
    with asked_once():
        for key, purposes in purposes_by_device().items():
            for purpose in purposes if types is None or key in types else ():
                may_speak |= Q(type=key) & agreement(purpose, home="home_id", by=key)
    return may_speak


def ingest_status() -> IngestStatus:
    """What ingest has stored, for all communities (one stream serves them), beside what the stream holds."""
    cursor = IngestCursor.objects.filter(stream=STREAM).first() or IngestCursor(stream=STREAM)
    fresh = clock.real_now() - timedelta(seconds=ALIVE_SECONDS)
    return IngestStatus(
        stream_last=_stream_last(),
        stored=cursor.sequence,
        ahead=max(cursor.sequence, cursor.ahead),
        accepted=cursor.accepted,
        repeated=cursor.repeated,
        quarantined=cursor.quarantined,
        unconsented=cursor.unconsented,
        undeclared=cursor.undeclared,
        withheld=cursor.withheld,
        flooded=cursor.flooded,
        tap_failures=cursor.tap_failures,
        violations=PublishViolation.objects.count(),
        running=cursor.alive_at is not None and cursor.alive_at > fresh,
        trouble=cursor.trouble,
        updated_at=cursor.updated_at,
    )


def heard_until(now: datetime) -> datetime:
    """The moment for which it can be said who speaks: ``now``, but in a demo what its fast clock has given time to."""
    if not settings.LINLI_SIMULATED_CLOCK:
        return now
    stored_at = IngestCursor.objects.filter(stream=STREAM).values_list("updated_at", flat=True).first()
    return min(now, stored_at or now) - timedelta(seconds=ON_THE_WAY_SECONDS * clock.reading()["speed"])


def urgent_kinds() -> list[Promise]:
    """Names of the types of devices that are read first in a backlog."""
    return [device_type.label for key, device_type in CATALOGUE.items() if key in taps.urgent_types()]


class Lags(NamedTuple):
    """Whether readings may have been sent that are not stored, of urgent devices and of the others."""

    urgent: bool
    others: bool

    def of(self, device_types: frozenset[str]) -> bool:
        """Whether of some of these types."""
        return self.others if device_types - taps.urgent_types() else self.urgent


def ingest_lags() -> Lags:
    """Whether readings may have been sent that are not stored: then nobody's silence can be told from ours.

    Ingest that does not run, and a message server that cannot be asked, count as lagging; an instance into which
    nothing was ever ingested does not.
    """
    status = ingest_status()
    if status.updated_at is None:
        return Lags(urgent=False, others=False)
    urgent, others = (
        not status.running or lag is None or lag > LAG_IN_PASSING for lag in (status.urgent_lag, status.lag)
    )
    return Lags(urgent, others)


def _stream_last() -> int | None:
    from linli.sense.telemetry.broker import service_address
    from linli.sense.telemetry.stream import state
    from linli.sense.telemetry.wire import Connection, WireError

    try:
        link = Connection(service_address(settings.LINLI_HOME), name="status", timeout=2)
    except WireError:
        return None
    try:
        return state(link).last
    except WireError:
        return None
    finally:
        link.close()


def _files(community_id: int, start: datetime, end: datetime, grain: str = LakeFile.Grain.RAW) -> list[str]:
    root = Path(settings.LINLI_HOME) / "lake"
    held = LakeFile.objects.filter(
        community_id=community_id,
        grain=grain,
        day__gte=start.astimezone(UTC).date(),
        day__lte=end.astimezone(UTC).date(),
        last_time__gte=start,
        first_time__lt=end,
    )
    return [str(root / path) for path in held.values_list("path", flat=True)]


def _ask_lake(sql: str, wanted: dict, shape: Callable[[tuple], T]) -> list[T]:
    import duckdb

    with duckdb.connect() as lake:
        return [shape(row) for row in lake.execute(sql, wanted).fetchall()]


def _again_if_merged(read: Callable[[], T]) -> T:
    """Files may be merged between asking the manifest and opening them: then the manifest is asked again."""
    import duckdb

    try:
        return read()
    except duckdb.IOException:
        return read()
