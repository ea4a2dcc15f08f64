"""Storing one batch of the stream: everything it brings and the place in the stream, in one transaction.

What a device of a sensitive kind says is kept only while it is declared where it stands and its kind is assessed, and what a
device in a home says only while that home agrees: otherwise the message is counted and forgotten, unread. Of what is
declared, only the declared metrics are kept; of a device with an eye, only counts in zones that are not masked. Of a device
that says far too much only changes are kept (:mod:`~linli.sense.telemetry.flow`), so that the others are not held up.

The transaction holds new observations, last values, quarantined parts, when each device was last seen, what the taps
wrote, and the cursor. It is on disk or it is not; there is no state in between, whatever is killed when. Messages
at or before the cursor are skipped, so that a redelivery changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from linli.foundation import clock
from linli.foundation.privacy.sensing.grounds import Ground
from linli.foundation.privacy.sensing.hearing import UNDECLARED, Hearing, hearings
from linli.foundation.privacy.sensing.rules.places import Spot
from linli.foundation.tenancy import community_scope, every_community
from linli.sense.telemetry import rows, taps
from linli.sense.telemetry.clockwork import TOLERANCE, beat
from linli.sense.telemetry.counting import count, pictured
from linli.sense.telemetry.decoding import SERIES_SINCE, Fault, Point, Span, decode, plain
from linli.sense.telemetry.device_types import DeviceType
from linli.sense.telemetry.directory import Directory, KnownDevice
from linli.sense.telemetry.discovery.routing import Router
from linli.sense.telemetry.discovery.topics import BRANCH_MARK
from linli.sense.telemetry.faults import end_fault, note_fault
from linli.sense.telemetry.floods import end_flood, floods, note_flood
from linli.sense.telemetry.flow import CALM_MS, Flow
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import Device, IngestCursor, Quarantined
from linli.sense.telemetry.stream import STREAM, Message
from linli.sense.telemetry.withholding import note_withheld

AHEAD = timedelta(minutes=10)
LATE = timedelta(days=30)
NEWS = timedelta(hours=24)
"""Readings that a person brings and that are older are history: they are stored, but no alarm is raised about them today."""
CLOCK_SHARING_SECONDS = 1.0
"""How far processes may disagree on a simulated clock, in real seconds: after its speed has changed."""
KEPT_PAYLOAD = 64 * 1024
LIVE_MESSAGES = 1_000
"""In a larger batch messages have waited to be stored: it says nothing of their devices' clocks."""
MOST_FAULTS_SHOWN = 20


class CursorMoved(RuntimeError):
    """Another process has stored from this stream meanwhile: start again from where it is."""


@dataclass
class Counts:
    """Observations (or whole messages, where nothing could be read) by what became of them."""

    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    unconsented: int = 0
    undeclared: int = 0
    withheld: int = 0
    flooded: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


class _Doubtful(NamedTuple):
    """An observation that may be stored already; ``read_ahead``: it is if all went well, and then it counts nowhere."""

    device: KnownDevice
    metric: str
    moment: int
    value: float
    shown: bool
    read_ahead: bool


@dataclass
class _Work:
    """What one batch will write."""

    observations: list[tuple[int, str, int, float]] = field(default_factory=list)
    doubtful: list[_Doubtful] = field(default_factory=list)
    newest: dict[tuple[int, str], tuple[int, float]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    shown: dict[int, list[taps.Observed]] = field(default_factory=lambda: defaultdict(list))
    quarantined: list[Quarantined] = field(default_factory=list)
    withheld: Counter[tuple[int, str]] = field(default_factory=Counter)
    gone: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    jumps: dict[int, tuple[int, bool]] = field(default_factory=dict)
    floods: dict[int, KnownDevice] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)


class Store:
    """Stores batches of one stream; one at a time, from one process.

    ``erase`` overwrites messages that may hold a picture in the stream, ``drop`` takes those out that nobody asked a bridge for;
    both get sequences, before anything of the batch is committed, so that whatever is killed when, none outlives its refusal.
    A gateway says far too much that nobody asked for to overwrite each.
    """

    def __init__(self, lake: Lake, *, stream: str = STREAM) -> None:
        self._lake = lake
        self.stream = stream
        self._directory = Directory()
        self._strangers: dict[str, Flow] = {}
        self._floods: dict[int, int] | None = None
        self._router = Router(self._directory)
        self.erase: Callable[[Sequence[int]], None] = lambda sequences: None
        self.drop: Callable[[Sequence[int]], None] = lambda sequences: None
        self.sequence = 0
        self._ahead = 0

    @classmethod
    def at(cls, home: Path) -> Store:
        return cls(Lake(home / "lake"))

    def open(self, stream_made: str) -> int:
        """Read the cursor; returns the sequence up to which the stream is stored.

        ``stream_made`` identifies the stream: when the message server has lost its store, the new stream counts from 1
        again, and what stands in the cursor says nothing about it.
        """
        self._forget()
        with transaction.atomic():
            cursor, _ = IngestCursor.objects.select_for_update().get_or_create(stream=self.stream)
            if cursor.stream_made != stream_made:
                cursor.stream_made, cursor.sequence, cursor.ahead = stream_made, 0, 0
                cursor.save(update_fields=["stream_made", "sequence", "ahead"])
        self.sequence = cursor.sequence
        return self.sequence

    def store(self, messages: Sequence[Message]) -> Counts:
        """Store what ``messages`` (in stream order) bring; on disk when this returns.

        Raises :class:`CursorMoved`, or the database's own error; then nothing of the batch is stored and it can be
        given again.
        """
        new = [message for message in messages if message.sequence > self.sequence]
        if not new:
            return Counts()
        try:
            with transaction.atomic():
                counts = self._store(new)
        except BaseException:
            self._forget()
            raise
        self.sequence = new[-1].sequence
        return counts

    def give_up(self, message: Message) -> Counts:
        """Set aside, without what it said, the next message of the stream, which the database does not take."""
        now, work = clock.now(), _Work()
        with transaction.atomic():
            cursor = self._cursor()
            community, code = device_named(message.subject)
            self._directory.learn([code])
            self._set_aside(work, message._replace(payload=b""), community, code, [Fault("", "not_stored", {})], now)
            Quarantined.objects.bulk_create(work.quarantined)
            cursor.sequence = message.sequence
            cursor.quarantined += work.counts.quarantined
            cursor.save()
        self.sequence = message.sequence
        return work.counts

    def look_for_calm(self) -> None:
        """End the floods that are over though nobody speaks; called when nothing waits to be stored."""
        if self._floods is None or self._floods:
            with transaction.atomic():
                self._end_floods(utc_ms(clock.now()))

    def _forget(self) -> None:
        self._directory.forget()
        self._router.forget()
        self._strangers.clear()
        self._floods = None

    def _cursor(self) -> IngestCursor:
        """Held until the transaction ends. Raises :class:`CursorMoved` where another process has stored meanwhile."""
        cursor = IngestCursor.objects.select_for_update().get(stream=self.stream)
        if cursor.sequence != self.sequence:
            raise CursorMoved(f"expected {self.sequence}, found {cursor.sequence}")
        self._ahead = cursor.ahead
        return cursor

    def _store(self, messages: Sequence[Message]) -> Counts:
        cursor, now = self._cursor(), clock.now()
        work = self._read(messages, now)
        self._write(cursor, work, now)
        Quarantined.objects.bulk_create(work.quarantined, batch_size=200)
        note_withheld(work.withheld, now)
        for pk, (jump, right_again) in work.jumps.items():
            _note_jump(pk, jump, right_again)
        self._note_floods(work, messages[-1].arrived or utc_ms(now))
        cursor.sequence = messages[-1].sequence
        cursor.quarantined += work.counts.quarantined
        cursor.unconsented += work.counts.unconsented
        cursor.undeclared += work.counts.undeclared
        cursor.withheld += work.counts.withheld
        cursor.flooded += work.counts.flooded
        cursor.save()
        if work.gone:
            self.erase(work.gone)
        if work.dropped:
            self.drop(work.dropped)
        return work.counts

    def _write(self, cursor: IngestCursor, work: _Work, now: datetime) -> None:
        """Put what was read into the database and before the taps; ``cursor`` is changed, not saved."""
        failures_before = taps.failures.total()
        self._settle_doubtful(work)
        rows.insert_observations(work.observations)
        rows.move_last_values(work.newest)
        rows.mark_seen(work.seen, now)
        for community_id, observations in work.shown.items():
            with community_scope(community_id):
                taps.show(observations)
        cursor.accepted += work.counts.accepted
        cursor.repeated += work.counts.repeated
        cursor.tap_failures += taps.failures.total() - failures_before
        cursor.updated_at = now
        cursor.alive_at = clock.real_now()
        cursor.trouble = ""

    def _read(self, messages: Sequence[Message], now: datetime) -> _Work:
        work = _Work()
        if any(BRANCH_MARK in message.subject for message in messages):
            messages = self._bring(work, messages, now)
        places = [device_named(message.subject) for message in messages]
        self._directory.learn(code for _, code in places)
        heard = self._hearings(code for _, code in places)
        wanted, urgent = taps.wanted_types(), taps.urgent_types()
        device_span, series_span = _spans(now)
        now_ms = utc_ms(now)
        real_clock = not settings.LINLI_SIMULATED_CLOCK
        watches_clocks = len(messages) <= LIVE_MESSAGES and real_clock
        for message, (community, code) in zip(messages, places, strict=True):
            device = self._directory.get(code)
            arrived = message.arrived or now_ms
            if device is None or device.revoked or device.community_code != community:
                if real_clock and not self._strangers_flow(community).takes(arrived, 0):
                    work.counts.flooded += 1
                else:
                    self._set_aside(work, message, community, code, [_refused(device, community, code)], now)
                continue
            ground = None
            if device.asked:
                hearing = heard[device.community_id, device.spot]
                if hearing.refused:
                    _turn_away(work, message, device, hearing)
                    continue
                ground = hearing.ground
            span = series_span if device.type.any_past else device_span
            over = real_clock and not message.asked and not device.flow.takes(arrived, len(message.payload))
            if ground is not None and device.type.sees:
                points, faults = _counts_in(work, message, device, ground, span), []
            else:
                points, faults = decode(message.payload, device.type, span)
                if ground is not None:
                    points = _declared(work, device, ground, points)
            if device.lines:
                points, strayed = _calibrated(device, points)
                faults = faults + strayed
            if over:
                points = _changes(work, message, device, points, faults, arrived)
            else:
                if faults:
                    self._set_aside(work, message, community, code, faults, now)
                if device.flow.over_at is not None:
                    device.flow.heard(points, device.type.metrics, arrived)
            if not points:
                continue
            work.seen.add(device.pk)
            if watches_clocks and not device.type.any_past:
                _watch_clock(work, device, now_ms, points)
            watched = wanted is None or device.type.key in wanted
            news_since = now_ms - NEWS // timedelta(milliseconds=1) if message.asked else span.earliest
            newest, shown = device.newest, work.shown[device.community_id]
            read_ahead = message.sequence <= self._ahead and device.type.key in urgent
            for metric, moment, value in points:
                if not read_ahead and moment > newest.get(metric, -(1 << 62)):
                    newest[metric] = moment
                    work.newest[device.pk, metric] = (moment, value)
                    work.observations.append((device.pk, metric, moment, value))
                    if watched and moment >= news_since:
                        shown.append(_observed(device, metric, moment, value))
                else:
                    tells = watched and moment >= news_since
                    work.doubtful.append(_Doubtful(device, metric, moment, value, tells, read_ahead))
                    newest[metric] = max(moment, newest.get(metric, moment))
        work.counts.accepted = len(work.observations)
        return work

    def _bring(self, work: _Work, messages: Sequence[Message], now: datetime) -> Sequence[Message]:
        """The batch with what bridges brought put into their devices' own words."""
        arrived = 0 if settings.LINLI_SIMULATED_CLOCK else 1
        brought = self._router.bring(messages, now, lambda message: message.arrived * arrived or utc_ms(now))
        for message, place, fault in brought.faults:
            self._set_aside(work, message, place.community, place.bridge, [fault], now)
        work.dropped += brought.dropped
        work.seen |= brought.bridges
        work.withheld += brought.unkept
        work.counts.withheld += brought.unkept.total()
        return brought.messages

    def _hearings(self, codes: Iterable[str]) -> dict[tuple[int, Spot], Hearing]:
        """What may be kept of the batch's devices, by community and place; read in the storing transaction: never from
        memory."""
        asked: dict[int, set[Spot]] = defaultdict(set)
        for device in filter(None, map(self._directory.get, set(codes))):
            if device.asked:
                asked[device.community_id].add(device.spot)
        heard: dict[tuple[int, Spot], Hearing] = {}
        for community_id, spots in asked.items():
            with community_scope(community_id):
                heard |= {(community_id, spot): hearing for spot, hearing in hearings(spots).items()}
        return heard

    def _strangers_flow(self, community: str) -> Flow:
        return self._strangers.setdefault(community, Flow.of_strangers())

    def _note_floods(self, work: _Work, at: int) -> None:
        known = self._known_floods()
        for pk, device in work.floods.items():
            known[pk] = device.flow.over_at or at
            note_flood(pk, device.community_id, dropped=device.flow.dropped, at=known[pk])
        self._end_floods(at)

    def _end_floods(self, at: int) -> None:
        known = self._known_floods()
        for pk in [pk for pk, over_at in known.items() if at - over_at > CALM_MS]:
            end_flood(pk)
            del known[pk]

    def _known_floods(self) -> dict[int, int]:
        if self._floods is None:
            self._floods = floods()
        return self._floods

    def _settle_doubtful(self, work: _Work) -> None:
        """Observations not later than the newest of their metric, or read ahead: late ones are new, repeated ones are not."""
        if not work.doubtful:
            return
        stored = {(device, metric, moment) for device, metric, moment, _ in work.observations}
        asked = {(one.device.pk, one.metric, one.moment) for one in work.doubtful} - stored
        stored |= rows.already_hot(asked)
        stored |= self._lake.already_sealed(
            {one.device.pk: one.device.community_id for one in work.doubtful}, asked - stored
        )
        for device, metric, moment, value, shown, read_ahead in work.doubtful:
            key = (device.pk, metric, moment)
            if key in stored:
                work.counts.repeated += not read_ahead
                continue
            stored.add(key)
            work.observations.append((*key, value))
            work.counts.accepted += 1
            if shown:
                work.shown[device.community_id].append(_observed(device, metric, moment, value))

    def _set_aside(
        self, work: _Work, message: Message, community: str, code: str, faults: list[Fault], now: datetime
    ) -> None:
        work.counts.quarantined += len(faults)
        device = self._directory.get(code)
        payload, size = message.payload[:KEPT_PAYLOAD], len(message.payload)
        if (device is not None and device.type.sees) or pictured(message.payload):
            faults, payload = [Fault("", "picture", {})], b""
            work.gone.append(message.sequence)
        shown = faults[:MOST_FAULTS_SHOWN]
        if len(faults) > len(shown):
            shown.append(Fault("", "and_more", {"count": str(len(faults) - len(shown))}))
        for fault in shown:
            work.quarantined.append(
                Quarantined(
                    community_id=self._directory.community_id(community),
                    subject=plain(message.subject.decode(errors="replace"), 255),
                    device_code=plain(code, 64),
                    sequence=message.sequence,
                    part=fault.part,
                    payload=payload,
                    payload_size=size,
                    code=fault.code,
                    detail=fault.detail,
                    received_at=now,
                )
            )


@lru_cache(maxsize=20_000)
def device_named(subject: bytes) -> tuple[str, str]:
    """(community code, device code) of the subject ``….linli.<community>.<device>.up``."""
    *_, community, device, _ = subject.decode(errors="replace").split(".")
    return plain(community, 64), plain(device, 64)


def _turn_away(work: _Work, message: Message, device: KnownDevice, hearing: Hearing) -> None:
    """Count a message that may not be kept; what an eye may have seen leaves the stream too."""
    if hearing.refused == UNDECLARED:
        work.counts.undeclared += 1
        work.withheld[device.pk, UNDECLARED] += 1
    else:
        work.counts.unconsented += 1
    if device.type.sees:
        work.gone.append(message.sequence)


def _counts_in(work: _Work, message: Message, device: KnownDevice, ground: Ground, span: Span) -> list[Point]:
    points, withheld = count(
        message.payload, device.type, span, counted=ground.counted, masked=ground.masked, declared=ground.metrics
    )
    for reason, times in withheld.items():
        work.withheld[device.pk, reason] += times
    work.counts.withheld += withheld.total()
    if withheld:
        work.gone.append(message.sequence)
    return points


def _calibrated(device: KnownDevice, points: list[Point]) -> tuple[list[Point], list[Fault]]:
    """The points as the device's calibrations correct them; one that leaves its metric's range is a fault."""
    kept: list[Point] = []
    strayed: list[Fault] = []
    for metric, moment, value in points:
        line = next((line for since, line in device.lines.get(metric, ()) if since <= moment), None)
        if line is None:
            kept.append((metric, moment, value))
            continue
        declared, corrected = device.type.metrics[metric], line(value)
        if declared.low <= corrected <= declared.high:
            kept.append((metric, moment, corrected))
        else:
            detail = {
                "metric": metric,
                "value": f"{corrected:g}",
                "low": f"{declared.low:g}",
                "high": f"{declared.high:g}",
            }
            strayed.append(Fault(metric, "out_of_range", detail))
    return kept, strayed


def _watch_clock(work: _Work, device: KnownDevice, now: int, points: list[Point]) -> None:
    device.beat, jump = beat(device.beat, now, max(point[1] for point in points))
    if jump:
        lag = device.beat.lag or 0
        work.jumps[device.pk] = (jump, abs(lag) <= TOLERANCE)


def _note_jump(device_id: int, jump: int, right_again: bool) -> None:
    with every_community("one stream carries the observations of every community"):
        device = Device.objects.get(pk=device_id)
        if right_again:
            end_fault(device, "clock")
        else:
            note_fault(device, "clock", minutes=f"{jump / 60_000:+.0f}")


def _changes(
    work: _Work, message: Message, device: KnownDevice, points: list[Point], faults: list[Fault], arrived: int
) -> list[Point]:
    """What still counts of a message beyond what the device may say; the rest is counted."""
    kept = device.flow.changes(points, device.type.metrics, arrived)
    dropped = len(points) - len(kept) + len(faults)
    device.flow.dropped += dropped
    work.counts.flooded += dropped
    work.floods[device.pk] = device
    if faults and pictured(message.payload):
        work.gone.append(message.sequence)
    return kept


def _declared(work: _Work, device: KnownDevice, ground: Ground, points: list[Point]) -> list[Point]:
    """The points whose metrics are declared; the others are counted."""
    kept = [point for point in points if point[0] in ground.metrics]
    if len(kept) < len(points):
        work.withheld[device.pk, "undeclared_metric"] += len(points) - len(kept)
        work.counts.withheld += len(points) - len(kept)
    return kept


def _refused(device: KnownDevice | None, community: str, code: str) -> Fault:
    if device is None:
        return Fault("", "unknown_device", {"device": code})
    if device.community_code != community:
        return Fault("", "wrong_community", {"device": code, "community": community})
    return Fault("", "revoked_device", {"device": code})


def _observed(device: KnownDevice, metric: str, moment: int, value: float) -> taps.Observed:
    return taps.Observed(device.pk, device.code, device.type.key, metric, _time_of(moment), value)


@lru_cache(maxsize=8)
def _time_of(moment: int) -> datetime:
    """A message's readings mostly bear one time."""
    return datetime.fromtimestamp(moment / 1000, UTC)


def believed_times(device_type: DeviceType, now: datetime) -> Span:
    """Which times are believed of a device of this type that speaks ``now``."""
    live, series = _spans(now)
    return series if device_type.any_past else live


def _spans(now: datetime) -> tuple[Span, Span]:
    """Which times are believed of a device that speaks now, and of one that replays a series."""
    ahead = AHEAD
    if settings.LINLI_SIMULATED_CLOCK:
        ahead += timedelta(seconds=CLOCK_SHARING_SECONDS * clock.reading()["speed"])
    latest = utc_ms(now + ahead)
    return Span(utc_ms(now - LATE), latest), Span(SERIES_SINCE, latest)


def utc_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
