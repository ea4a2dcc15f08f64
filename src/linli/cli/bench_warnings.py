"""``linli bench quality warnings``: a year of devices with planted troubles, under every rule that is shipped switched on."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from linli.cli.bench_reading import say, step

if TYPE_CHECKING:
    from linli.simulator.watching.scoring import Warned
    from linli.simulator.watching.troubles import Place
    from linli.understand.warnings.detectors.base import Detector, Seen

Seeds = Annotated[str, typer.Option("--seeds", help="for example 21,22,23")]
MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 0:00 in Shanghai."""
COUNTS = {"lift": 6, "camera": 2, "charger": 4, "meter": 4}


def warnings_quality(
    seeds: Seeds = "21",
    days: Annotated[int, typer.Option("--days", min=100, help="a year is 365")] = 365,
    homes: Annotated[int, typer.Option("--homes", min=1, help="homes of elders living alone, nine devices each")] = 8,
) -> None:
    """Recall by kind, precision, false alarms a device and month, alarms a worker (EEMUA 191), lead before residents speak.

    The rules see the simulated readings themselves, with their own timers; no instance runs and nothing is stored. One
    worker has all of a seed's devices.
    """
    from linli.simulator.watching.devices import DEVICES_AT
    from linli.simulator.watching.scoring import figures, tally
    from linli.simulator.watching.troubles import KINDS, planted

    numbers = [int(one) for one in seeds.split(",")]
    counts = {"home": homes, **COUNTS}
    tallies = []
    for seed in numbers:
        places = {
            f"{on}-{n}": planted(f"{on}-{n}", on, days, seed) for on, count in counts.items() for n in range(count)
        }
        with step(f"seed {seed}: {len(places)} places, {days} days"):
            tallies.append(tally(places, _watched(places, days, seed)))
    devices = sum(DEVICES_AT[on] * count for on, count in counts.items())
    told = figures(
        tallies,
        {kind.name: kind.level for kind in KINDS},
        device_months=devices * days / 30 * len(numbers),
        hours=24 * days * len(numbers),
    )
    for kind, (found, all_) in told["recall_by_kind"].items():
        say(f"{kind}: {found} of {all_}")
    print(
        json.dumps({"seeds": numbers, "days": days, "places": counts, "devices": devices, **told}, ensure_ascii=False)
    )


def _watched(places: dict[str, Place], days: int, seed: int) -> list[Warned]:
    from linli.simulator.watching.devices import STREAMS

    warned: list[Warned] = []
    compared: dict[str, list[Seen]] = defaultdict(list)
    numbers = {name: n + 1 for n, name in enumerate(places)}
    for name, place in places.items():
        said = _by_type(list(STREAMS[place.on](place, days, seed)), numbers[name])
        for detector in _rules():
            heard = _heard(detector, said)
            if detector.rule.outside_homes and place.on == "home":
                continue
            if detector.rule.about == "type":
                compared[detector.rule.key] += heard
            elif heard:
                warned += _said(detector, heard, {seen.device: name for seen in heard}, days)
        say(f"seed {seed}: {name} lived")
    names = {n * 100 + kind: name for name, n in numbers.items() for kind in range(100)}
    for detector in _rules():
        if seen := sorted(compared.get(detector.rule.key, []), key=lambda one: one.time):
            warned += _said(detector, seen, names, days)
    return warned


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


def _said(detector: Detector, seen: list[Seen], names: dict[int, str], days: int) -> list[Warned]:
    from linli.simulator.watching.scoring import Warned
    from linli.understand.warnings.detectors.living import lived

    return [
        Warned((at - MIDNIGHT).total_seconds(), detector.rule.key, names[device])
        for at, device, answer in lived(detector, seen, MIDNIGHT + timedelta(days=days))
        if answer.warning is not None
    ]
