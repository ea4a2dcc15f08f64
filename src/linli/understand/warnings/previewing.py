"""What a rule would have said in the last 30 days with other numbers: the same detector over what was stored, beside what
it says as it is.

Only what may be looked at now is looked at: a home that has taken back its consent is in no preview either.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotAllowed
from linli.sense.telemetry.device_types import CATALOGUE, ZONE_MARK
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.queries import readings
from linli.understand.warnings.changing_rules import checked, may_change_rules
from linli.understand.warnings.comparing import Episode, compare
from linli.understand.warnings.detectors import Detector
from linli.understand.warnings.detectors.base import Seen, at_midnight, learning
from linli.understand.warnings.detectors.day_counts import MIDNIGHT_UNTIL
from linli.understand.warnings.detectors.living import lived
from linli.understand.warnings.detectors.schedule import LOCAL
from linli.understand.warnings.engine import Consents, source_of
from linli.understand.warnings.places import devices_with_places
from linli.understand.warnings.rules import rules_in_force, with_settings
from linli.understand.warnings.shipped import detector_of

DAYS = 30
SECONDS = 6.0
"""Real time that somebody waits at a page; what was not reached by then is said."""
SOURCES_AT_ONCE = 10
SHOWN = 50


@dataclass(frozen=True)
class Spoken:
    """Once that the rule would have spoken: when, where, and with which numbers. ``devices`` are all that it heard."""

    at: datetime
    device: Device
    devices: Sequence[Device]
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class Preview:
    """``times`` counts all that the rule would say, ``spoken`` holds the newest :data:`SHOWN`, of which ``new`` (indices)
    are not said now; of what is said now ``before`` counts all, ``gone`` all that would no longer be, ``dropped`` its
    newest.

    ``looked`` of ``all`` places were reached (homes or devices, as the rule is about); of these ``heard`` had readings in
    the time that was looked at. Where none had, the counts mean nothing.
    """

    times: int
    spoken: Sequence[Spoken]
    new: frozenset[int]
    added: int
    before: int
    gone: int
    dropped: Sequence[Spoken]
    looked: int
    heard: int
    all: int
    since: datetime
    until: datetime

    @property
    def silent(self) -> int:
        return self.looked - self.heard


def preview(key: str, settings: Mapping[str, float | str], *, actor: Actor, on: bool = True) -> Preview:
    """The last 30 days under ``settings`` beside the last 30 days as the rule is now. A rule that is off says nothing.

    Raises :class:`NotAllowed`, :class:`NotFound`, :class:`Invalid`.
    """
    if not may_change_rules(actor):
        raise NotAllowed
    changed = detector_of(with_settings(key, checked(key, settings)))
    rule = rules_in_force()[key]
    held = detector_of(rule.configured)
    until = clock.now()
    since = until - timedelta(days=DAYS)
    sources = sources_of(changed)
    reads, compared = max(held, changed, key=learning), changed.rule.about == "type"
    now: list[Episode] = []
    after: list[Episode] = []
    looked, heard, stop = 0, 0, time.monotonic() + SECONDS
    names = sorted(sources)
    for first in range(0, len(names), SOURCES_AT_ONCE):
        if time.monotonic() > stop:
            break
        batch = names[first : first + SOURCES_AT_ONCE]
        for source, seen in seen_of(reads, {name: sources[name] for name in batch}, since, until).items():
            spoke = {one.device for one in seen if one.time >= since}
            heard += len(spoke) if compared else bool(spoke)
            after += _episodes(changed, source, seen, since, until) if on else []
            now += _episodes(held, source, seen, since, until) if rule.on else []
        looked += _places(sources, batch, compared)
    now.sort(key=lambda one: one.at, reverse=True)
    after.sort(key=lambda one: one.at, reverse=True)
    found = compare(now, after)
    gone = [now[n] for n in sorted(found.gone)]
    return Preview(
        times=len(after),
        spoken=[_spoken(changed, one, sources) for one in after[:SHOWN]],
        new=found.new,
        added=len(found.new),
        before=len(now),
        gone=len(gone),
        dropped=[_spoken(held, one, sources) for one in gone[:SHOWN]],
        looked=looked,
        heard=heard,
        all=_places(sources, names, compared),
        since=since,
        until=until,
    )


def sources_of(detector: Detector) -> dict[str, list[Device]]:
    """Devices in force by what a memory of the detector is about, only where it may look now."""
    of_type = Device.objects.filter(type__in=detector.rule.device_types, revoked_at__isnull=True)
    devices = devices_with_places(set(of_type.values_list("pk", flat=True)))
    consents = Consents(one.home_id for one in devices.values())
    if detector.rule.also:
        heard = consents.heard(detector, devices.values())
        devices = {pk: one for pk, one in devices.items() if pk in heard}
    homes = {source: one.home_id for one in devices.values() if (source := source_of(detector, one))}
    allowed = consents.allowed(detector, homes)
    sources: dict[str, list[Device]] = defaultdict(list)
    for device in devices.values():
        if (source := source_of(detector, device)) in allowed:
            sources[source].append(device)
    return sources


def seen_of(
    detector: Detector, sources: Mapping[str, list[Device]], since: datetime, until: datetime
) -> dict[str, list[Seen]]:
    """What each source's devices said, in order, the values of one moment together."""
    source_by = {device.pk: source for source, devices in sources.items() for device in devices}
    devices = [device for group in sources.values() for device in group]
    together: dict[str, dict[tuple[datetime, int], dict[str, float]]] = {
        source: defaultdict(dict) for source in sources
    }
    zoned = any(CATALOGUE[device.type].sees for device in devices)
    metrics = [] if zoned else sorted(detector.metrics)
    for start, end in _spans(detector, since, until):
        for at, device, metric, value in readings(devices, metrics, start, end):
            if not detector.metrics or metric.partition(ZONE_MARK)[0] in detector.metrics:
                together[source_by[device]][at, device][metric] = value
    return {
        source: [Seen(device, at, values) for (at, device), values in sorted(found.items(), key=lambda one: one[0])]
        for source, found in together.items()
    }


def _spans(detector: Detector, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """The time that must be read: all of it, or the first hours of each day."""
    since -= learning(detector)
    if not at_midnight(detector):
        return [(since, until)]
    first = since.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
    midnights = [first + timedelta(days=n) for n in range((until - since).days + 2)]
    return [(day, min(until, day + timedelta(hours=MIDNIGHT_UNTIL))) for day in midnights if day < until]


def run(detector: Detector, seen: Sequence[Seen], until: datetime) -> list[tuple[datetime, Mapping[str, Any]]]:
    """When the detector speaks over ``seen`` and its timers up to ``until``, and with which evidence."""
    return [(at, said.warning) for at, _, said in lived(detector, seen, until) if said.warning is not None]


def _episodes(detector: Detector, source: str, seen: Sequence[Seen], since: datetime, until: datetime) -> list[Episode]:
    """Each time it speaks, up to what ends it: that the condition ended, or that it speaks again. A rule that compares
    devices speaks about each of them."""
    compared = detector.rule.about == "type"
    found: list[Episode] = []
    going: dict[str, int] = {}
    for at, device, said in lived(detector, seen, until):
        about = f"device:{device}" if compared else source
        if said.warning is None and said.ended_at is None:
            continue
        if about in going:
            n = going.pop(about)
            found[n] = replace(found[n], over=at)
        if said.warning is not None:
            going[about] = len(found)
            found.append(Episode(source, about, device, at, until, said.warning))
    return [one for one in found if one.at >= since]


def _places(sources: Mapping[str, Sequence[Device]], names: Sequence[str], compared: bool) -> int:
    return sum(len(sources[name]) for name in names) if compared else len(names)


def _spoken(detector: Detector, one: Episode, sources: Mapping[str, Sequence[Device]]) -> Spoken:
    devices = sources[one.source]
    device = next(device for device in devices if device.pk == one.device)
    compared = detector.rule.about == "type"
    return Spoken(one.at, device, [device] if compared else devices, one.evidence)
