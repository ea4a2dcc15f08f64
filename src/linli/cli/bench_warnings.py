"""``linli bench quality warnings``: a year of devices with planted troubles, under every rule that is shipped switched on."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from linli.cli.bench_reading import say, step

if TYPE_CHECKING:
    from linli.simulator.watching.telling import Spoken
    from linli.simulator.watching.troubles import Place
    from linli.understand.warnings.detectors.base import Detector, Seen

Seeds = Annotated[str, typer.Option("--seeds", help="for example 21,22,23")]
MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 0:00 in Shanghai."""
COUNTS = {"lift": 6, "camera": 2, "charger": 4, "meter": 4}
LEARNED = timedelta(days=15)
"""After which a rule of many signs knows a home."""


def warnings_quality(
    seeds: Seeds = "21",
    days: Annotated[int, typer.Option("--days", min=100, help="a year is 365")] = 365,
    homes: Annotated[int, typer.Option("--homes", min=1, help="homes of elders living alone, five ways equipped")] = 10,
) -> None:
    """Recall by kind, precision, false alarms a device and month, alarms a worker (EEMUA 191), lead before residents speak.

    The rules see the simulated readings themselves, with their own timers; no instance runs and nothing is stored. What
    they say is told as in the product: homes that said they are away are left alone, and one trouble is one line. One
    worker has all of a seed's devices.
    """
    from linli.simulator.watching.devices import devices_of
    from linli.simulator.watching.scoring import figures, tally
    from linli.simulator.watching.telling import lines
    from linli.simulator.watching.troubles import HOMES, KINDS, planted
    from linli.understand.warnings.causes import rest_while_away, same_trouble

    numbers = [int(one) for one in seeds.split(",")]
    counts = {"home": homes, **COUNTS}
    tallies, devices = [], 0
    for seed in numbers:
        has = {f"home-{n}": HOMES[n % len(HOMES)] for n in range(homes)}
        places = {
            name: planted(name, on, days, seed, has.get(name, frozenset()))
            for on, count in counts.items()
            for name in (f"{on}-{n}" for n in range(count))
        }
        devices = sum(devices_of(place) for place in places.values())
        with step(f"seed {seed}: {len(places)} places, {devices} devices, {days} days"):
            spoken = _watched(places, days, seed)
            told = lines(spoken, places, same=same_trouble(), rest_while_away=rest_while_away())
            tallies.append(tally(places, told))
            say(f"seed {seed}: {len(spoken)} warnings are {len(told)} lines")
    measured = figures(
        tallies,
        {kind.name: kind.level for kind in KINDS},
        device_months=devices * days / 30 * len(numbers),
        hours=24 * days * len(numbers),
    )
    for kind, (found, all_) in measured["recall_by_kind"].items():
        say(f"{kind}: {found} of {all_}")
    print(
        json.dumps(
            {"seeds": numbers, "days": days, "places": counts, "devices": devices, **measured}, ensure_ascii=False
        )
    )


def _watched(places: dict[str, Place], days: int, seed: int) -> list[Spoken]:
    from linli.simulator.watching.devices import STREAMS

    warned: list[Spoken] = []
    compared: dict[str, list[Seen]] = defaultdict(list)
    numbers = {name: n + 1 for n, name in enumerate(places)}
    for name, place in places.items():
        said = _by_type(list(STREAMS[place.on](place, days, seed)), numbers[name])
        for detector in _rules():
            heard = _heard(detector, said)
            if not _looks_into(detector, place.on == "home", said):
                continue
            if detector.rule.about == "type":
                compared[detector.rule.key] += heard
            elif heard:
                spoken = _said(detector, heard, {seen.device: name for seen in heard}, days)
                warned += [one for one in spoken if not _yields(detector, said, one.at)]
        say(f"seed {seed}: {name} lived")
    names = {n * 100 + kind: name for name, n in numbers.items() for kind in range(100)}
    for detector in _rules():
        if seen := sorted(compared.get(detector.rule.key, []), key=lambda one: one.time):
            warned += _said(detector, seen, names, days)
    return warned


def _looks_into(detector: Detector, a_home: bool, said: dict[str, list[Seen]]) -> bool:
    """As consents let it: everybody agrees to each rule of one sign, and to that of many who has several."""
    rule = detector.rule
    if not a_home:
        return rule.about != "home" and not rule.elders_alone
    return not rule.outside_homes and (not rule.also or len(rule.device_types & said.keys()) > 1)


def _yields(detector: Detector, said: dict[str, list[Seen]], at: float) -> bool:
    """Whether in this home a rule of many signs asks instead (``engine.py``)."""
    from linli.understand.warnings.shipped import shipped_rules

    other = shipped_rules().get(detector.rule.yields_to)
    if other is None or at < LEARNED.total_seconds():
        return False
    return len(other.configured.device_types & said.keys()) > 1


def _rules() -> list[Detector]:
    from linli.understand.warnings.shipped import shipped_detector, shipped_rules

    return [shipped_detector(key) for key, rule in shipped_rules().items() if rule.on]


def _by_type(spoken: list[tuple[float, str, dict[str, float]]], number: int) -> dict[str, list[Seen]]:
    from linli.understand.warnings.detectors.base import Seen

    types = sorted({kind for _, kind, _ in spoken})
    pks = {kind: number * 100 + n for n, kind in enumerate(types)}
    found: dict[str, list[Seen]] = defaultdict(list)
    for at, kind, values in spoken:
        found[kind].append(Seen(pks[kind], MIDNIGHT + timedelta(seconds=at), values))
    return found


def _heard(detector: Detector, said: dict[str, list[Seen]]) -> list[Seen]:
    """As the engine lets a detector see it: of its device types, its metrics alone."""
    from linli.understand.warnings.detectors.base import Seen

    wanted = detector.metrics
    found = [
        Seen(seen.device, seen.time, kept)
        for kind in detector.rule.device_types
        for seen in said.get(kind, [])
        if (kept := {m: v for m, v in seen.values.items() if not wanted or m.partition("@")[0] in wanted})
    ]
    return sorted(found, key=lambda one: one.time)


def _said(detector: Detector, seen: list[Seen], names: dict[int, str], days: int) -> list[Spoken]:
    from linli.simulator.watching.telling import Spoken
    from linli.understand.warnings.detectors.living import lived

    found: list[Spoken] = []
    open_at: dict[int, int] = {}
    for at, device, answer in lived(detector, seen, MIDNIGHT + timedelta(days=days)):
        seconds = (at - MIDNIGHT).total_seconds()
        about = 0 if detector.rule.about == "home" else device
        if answer.ended_at is not None and about in open_at:
            known = open_at.pop(about)
            found[known] = replace(found[known], ended=seconds)
        if answer.warning is not None:
            open_at[about] = len(found)
            found.append(Spoken(seconds, detector.rule.key, names[device], detector.rule.level, None))
    return found
