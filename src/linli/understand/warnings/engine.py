"""Detectors at work: observations and due timers in, warnings out.

Called by ingest inside its storing transaction and by the worker's tick. Memory, timers and warnings are written in
one transaction, so a crash forgets neither what was seen nor what was said.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, transaction

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.recording import record
from linli.foundation.tenancy import active_community_id
from linli.sense.telemetry.device_types import CATALOGUE, ZONE_MARK
from linli.sense.telemetry.models import Device, LastValue
from linli.sense.telemetry.queries import Lags, ingest_lags, last_values
from linli.sense.telemetry.taps import Observed, failures
from linli.understand.warnings.actions import end_condition, raise_warning
from linli.understand.warnings.consent import watched_homes
from linli.understand.warnings.detectors import Detector
from linli.understand.warnings.detectors.base import Memory, Said, Seen, SeesHomes, moment, momentary, standing
from linli.understand.warnings.models import DetectorState
from linli.understand.warnings.places import devices_with_places, place_of
from linli.understand.warnings.rows import write_states
from linli.understand.warnings.rules import detectors_in_force
from linli.understand.warnings.shipped import device_types, keys_for, urgent_types

log = logging.getLogger(__name__)

DEVICE_TYPES, URGENT_TYPES = device_types(), urgent_types()
WAKE_AT_ONCE = 500
ASK_SILENCE_AGAIN = timedelta(minutes=10)
AFTER_A_FAILURE = timedelta(minutes=5)
UNDER_WAY_SECONDS = 2.0
"""Real time that a reading of a demo's devices may take to arrive: a fast clock must not overtake it."""


def look(observations: Sequence[Observed]) -> None:
    """The tap: let each detector see what is new, in the order in which it happened."""
    devices = Device.objects.filter(pk__in={seen.device_id for seen in observations}, revoked_at=None).in_bulk()
    consents = Consents(device.home_id for device in devices.values())
    said = _together(observations)
    looks = [
        _Look(detector, snapshots, devices, consents)
        for detector in detectors_in_force().values()
        if (snapshots := _snapshots(detector, said))
    ]
    _let_look(looks)


def _let_look(looks: Sequence[_Look]) -> None:
    for one in looks:
        if one.forbidden:
            forget(one.forbidden, one.detector.rule.key)
    states = _held_states({(one.detector.rule.key, source) for one in looks for source in one.allowed})
    before = {key: (state.memory, state.due_at) for key, state in states.items()}
    for one in looks:
        one.show(states)
    changed = [state for key, state in states.items() if before[key] != (state.memory, state.due_at)]
    write_states(changed)


def wake_due() -> int:
    """Wake every detector whose timer has come; returns how many. Each in a transaction of its own: one that fails is woken
    again in some minutes and keeps no other from waking."""
    now = clock.now() - _under_way()
    due = DetectorState.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)
    pks = list(due[:WAKE_AT_ONCE])
    lags = ingest_lags() if pks else Lags(urgent=False, others=False)
    woken = 0
    for pk in pks:
        try:
            woken += _wake(pk, now, lags)
        except DatabaseError:
            log.exception("detector state %d could not be woken now", pk)
        except Exception:
            log.exception("detector state %d could not be woken; it is tried again", pk)
            DetectorState.objects.filter(pk=pk).update(due_at=clock.now() + AFTER_A_FAILURE)
    return woken


def _under_way() -> timedelta:
    """At sixty times life a lift that says at once that it moves again would otherwise be late by a minute."""
    if not settings.LINLI_SIMULATED_CLOCK:
        return timedelta(0)
    return timedelta(seconds=UNDER_WAY_SECONDS * clock.reading()["speed"])


def judge_anew(rule: str) -> None:
    """After the numbers of ``rule`` have changed, or it has been switched on: its detector alone sees again what its devices
    said last, so that what holds is told at its time although they only speak of changes; what it had told can still end.

    Where that would mean something else with other numbers, or the rule is off, what it remembers goes. Must run inside the
    changing transaction.
    """
    detector = detectors_in_force().get(rule)
    if detector is None or not standing(detector):
        DetectorState.objects.filter(detector=rule).delete()
        return
    if momentary(detector):
        return
    devices = Device.objects.filter(type__in=detector.rule.device_types, revoked_at=None).in_bulk()
    memories = dict(DetectorState.objects.filter(detector=rule).values_list("source", "memory"))
    said = last_values(devices.values())
    snapshots = [
        seen
        for pk, device in devices.items()
        if (seen := _last_seen(detector, device, memories.get(f"device:{pk}", {}), said.get(pk, {}))) is not None
    ]
    _let_look([_Look(detector, snapshots, devices, Consents(device.home_id for device in devices.values()))])


def _last_seen(detector: Detector, device: Device, memory: Memory, said: Mapping[str, LastValue]) -> Seen | None:
    """All that holds of the device, at the newest moment of it: a part of it would hold at an earlier one, but not the whole."""
    values = {metric: last.value for metric, last in said.items()}
    if detector.metrics:
        values = dict(_wanted(detector.metrics, values, zoned=CATALOGUE[device.type].sees))
    times = [said[metric].time for metric in values] + ([moment(memory["last"])] if "last" in memory else [])
    known = {**memory.get("values", {}), **values}
    return Seen(device.pk, max(times), known) if times and (known or not detector.metrics) else None


def forget(sources: Iterable[str], *rules: str) -> None:
    """Drop what detectors remember of ``sources``, timers included; of some ``rules`` only when they are named."""
    states = DetectorState.objects.filter(source__in=list(sources))
    (states.filter(detector__in=rules) if rules else states).delete()


def _together(observations: Sequence[Observed]) -> dict[str, list[Seen]]:
    """By device type, oldest first. What one device said at one time belongs together: a car's door and its zone are judged
    as one."""
    by_type: dict[str, dict[tuple[datetime, int], dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for seen in observations:
        by_type[seen.device_type][seen.time, seen.device_id][seen.metric] = seen.value
    return {
        kind: [Seen(device, time, values) for (time, device), values in sorted(said.items(), key=_when_and_who)]
        for kind, said in by_type.items()
    }


def _snapshots(detector: Detector, said: Mapping[str, list[Seen]]) -> list[Seen]:
    """Of what was said, what the detector may see, oldest first."""
    heard = [(kind, said[kind]) for kind in detector.rule.device_types if kind in said]
    if not detector.metrics:
        found = [seen for _, spoken in heard for seen in spoken]
    else:
        found = [
            seen if len(kept) == len(seen.values) else Seen(seen.device, seen.time, kept)
            for kind, spoken in heard
            for seen in spoken
            if (kept := _wanted(detector.metrics, seen.values, zoned=CATALOGUE[kind].sees))
        ]
    return found if len(heard) == 1 else sorted(found, key=lambda seen: (seen.time, seen.device))


def _wanted(metrics: frozenset[str], values: Mapping[str, float], *, zoned: bool) -> Mapping[str, float]:
    if zoned:
        return {metric: value for metric, value in values.items() if metric.partition(ZONE_MARK)[0] in metrics}
    if metrics.isdisjoint(values):
        return {}
    return {metric: value for metric, value in values.items() if metric in metrics}


def _when_and_who(one: tuple[tuple[datetime, int], dict[str, float]]) -> tuple[datetime, int]:
    return one[0]


class Consents:
    """Whether homes may be looked at, asked once a batch for each purpose and all its ``homes``: rules share their answers."""

    def __init__(self, homes: Iterable[int | None]) -> None:
        self._homes = frozenset(home for home in homes if home is not None)
        self._asked: dict[tuple[str, bool, str | None], frozenset[int]] = {}

    def heard(self, detector: Detector, devices: Iterable[Device]) -> set[int]:
        """Of the devices, those that a detector may hear that hears several types: each is declared for itself."""
        by_type: dict[str, dict[str, Device]] = defaultdict(dict)
        for device in devices:
            by_type[device.type][f"device:{device.pk}"] = device
        return {
            some[source].pk
            for one, some in by_type.items()
            for source in self.allowed(detector, {name: device.home_id for name, device in some.items()}, by=one)
        }

    def allowed(self, detector: Detector, homes: Mapping[str, int | None], *, by: str | None = None) -> set[str]:
        """Of the sources, mapped to the home they stand in, those that ``detector`` may look at.

        A rule about elders who live alone says nothing of doors and meters that stand in no home.
        """
        rule = detector.rule
        if rule.outside_homes:
            return {source for source, home in homes.items() if home is None}
        if not rule.purpose:
            return set(homes)
        asked = (rule.purpose, rule.elders_alone, by)
        if asked not in self._asked:
            self._asked[asked] = watched_homes(rule.purpose, set(self._homes), elders_alone=rule.elders_alone, by=by)
        outside = not rule.elders_alone
        return {source for source, home in homes.items() if (home in self._asked[asked] if home else outside)}


class _Look:
    """One detector's look at a batch: ``allowed`` sources it may remember, ``forbidden`` ones it must forget."""

    def __init__(
        self, detector: Detector, snapshots: list[Seen], devices: dict[int, Device], consents: Consents
    ) -> None:
        self.detector, self._snapshots, self._devices = detector, snapshots, devices
        self._sources = {seen.device: source_of(detector, devices.get(seen.device)) for seen in snapshots}
        homes = {source: devices[device].home_id for device, source in self._sources.items() if source}
        self.allowed = consents.allowed(detector, homes)
        self.forbidden = homes.keys() - self.allowed
        if detector.rule.also:
            heard = consents.heard(detector, [devices[pk] for pk in self._sources.keys() & devices.keys()])
            self._snapshots = [seen for seen in snapshots if seen.device in heard]

    def show(self, states: dict[tuple[str, str], DetectorState]) -> None:
        for seen in self._snapshots:
            state = states.get((self.detector.rule.key, self._sources[seen.device] or ""))
            if state is None:
                continue
            device = self._devices[seen.device]
            before = state.memory, state.due_at
            try:
                _catch_up(self.detector, state, seen.time, device)
                _keep(self.detector, state, self.detector.observe(state.memory, seen), device)
            except DatabaseError:
                raise
            except Exception:
                # One rule that stumbles over one device must not silence the others about theirs.
                state.memory, state.due_at = before
                failures["warnings"] += 1
                log.exception("rule %s failed on device %s; the others look on", self.detector.rule.key, device.code)


def _wake(pk: int, now: datetime, lags: Lags) -> bool:
    with transaction.atomic():
        due = DetectorState.objects.filter(pk=pk, due_at__lte=now)
        state = due.select_for_update(skip_locked=True, of=("self",)).first()
        if state is None:
            return False
        detector = detectors_in_force().get(state.detector)
        device = _device_of(state, detector) if detector is not None else None
        if detector is None or device is None:
            state.delete()
            return False
        if not Consents([device.home_id]).allowed(detector, {state.source: device.home_id}):
            forget([f"home:{device.home_id}", f"device:{device.pk}"], *keys_for(purpose=detector.rule.purpose))
            return False
        _catch_up(detector, state, now, device, behind=lags.of(detector.rule.device_types))
        state.save(update_fields=["memory", "due_at"])
    return True


def _catch_up(
    detector: Detector, state: DetectorState, until: datetime, device: Device, *, behind: bool = False
) -> None:
    """Wake the detector at each of its own times up to ``until``, however late that is noticed.

    While ingest is ``behind`` nobody is called silent: what was said may wait to be stored. It is asked again later.
    """
    while state.due_at is not None and state.due_at <= until:
        due = state.due_at
        said = detector.wake(state.memory, due)
        if behind and (said.silent_since is not None or (detector.by_absence and said.warning is not None)):
            state.due_at = until + ASK_SILENCE_AGAIN
            return
        _keep(detector, state, said, device)
        if state.due_at is not None and state.due_at <= due:
            raise RuntimeError(f"{detector.rule.key} asks for {due} again")


def _keep(detector: Detector, state: DetectorState, said: Said, device: Device) -> None:
    """Put what the detector said into its state row and into the world."""
    state.memory, state.due_at = said.memory, said.due_at
    if said.ended_at is None and said.silent_since is None and said.warning is None:
        return
    actor = Actor.for_system(f"detector.{detector.rule.key}", state.community_id)
    if said.ended_at is not None:
        end_condition(
            detector.rule.key, source=subject_of(detector, state.source, device), at=said.ended_at, actor=actor
        )
    if said.silent_since is not None:
        record("warnings.device_silent", device, actor=actor, since=said.silent_since.isoformat())
    if said.warning is not None:
        _raise(detector, subject_of(detector, state.source, device), said, device, actor)


def _raise(detector: Detector, source: str, said: Said, device: Device, actor: Actor) -> None:
    if detector.rule.yields_to and _another_sees_more(detector.rule.yields_to, device):
        return
    place = place_of(device)
    if place is None or said.warning is None:
        log.warning("device %s warns of %s but stands nowhere", device.code, detector.rule.key)
        return
    raise_warning(
        detector.rule.key,
        source=source,
        level=detector.rule.level,
        place=place,
        evidence=said.warning,
        device_id=device.pk,
        actor=actor,
    )


def _another_sees_more(rule: str, device: Device) -> bool:
    """Whether the rule of many signs is at work in the home of ``device`` and hears it among others."""
    detector = detectors_in_force().get(rule)
    if detector is None or device.home_id is None:
        return False
    if not Consents([device.home_id]).allowed(detector, {f"home:{device.home_id}": device.home_id}):
        return False
    state = DetectorState.objects.filter(detector=rule, source=f"home:{device.home_id}").first()
    return state is not None and isinstance(detector, SeesHomes) and detector.sees(state.memory, device.pk, clock.now())


def source_of(detector: Detector, device: Device | None) -> str | None:
    if device is None:
        return None
    if detector.rule.about == "home":
        return f"home:{device.home_id}" if device.home_id else None
    return f"type:{device.type}" if detector.rule.about == "type" else f"device:{device.pk}"


def subject_of(detector: Detector, source: str, device: Device) -> str:
    """What a warning is about: the source, or where devices are compared the one that was unlike the others."""
    return f"device:{device.pk}" if detector.rule.about == "type" else source


def _device_of(state: DetectorState, detector: Detector) -> Device | None:
    """A device that speaks for the source: itself, or the newest of its type in the home."""
    about, pk = state.source.split(":")
    if about == "device":
        return devices_with_places({int(pk)}).get(int(pk))
    if about == "type":
        return None
    of_home = Device.objects.filter(home_id=pk, type__in=detector.rule.device_types, revoked_at=None)
    newest = of_home.order_by("-pk").values_list("pk", flat=True).first()
    return devices_with_places({newest}).get(newest) if newest else None


def _held_states(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], DetectorState]:
    """State rows by rule and source, locked in one order; missing ones are made first."""
    if not wanted:
        return {}
    held = _locked(wanted)
    if missing := wanted - held.keys():
        community = active_community_id()
        DetectorState.objects.bulk_create(
            [DetectorState(community_id=community, detector=key, source=source) for key, source in sorted(missing)],
            ignore_conflicts=True,
            batch_size=500,
        )
        held |= _locked(missing)
    return held


def _locked(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], DetectorState]:
    rows = DetectorState.objects.filter(
        detector__in={key for key, _ in wanted}, source__in={source for _, source in wanted}
    )
    held = rows.order_by("pk").select_for_update(of=("self",))
    return {key: state for state in held if (key := (state.detector, state.source)) in wanted}
