"""What rules said against what was planted. Pure; times in seconds."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from linli.simulator.watching.troubles import DAY, HOUR, Place, Trouble

AFTERWARDS, LONG_AFTERWARDS = 30 * HOUR, 12 * DAY
"""A warning may come so long after the end: some rules judge a day when it is over, and that a slow trouble ends is news."""


@dataclass(frozen=True)
class Warned:
    at: float
    rule: str
    place: str


def about(warned: Warned, trouble: Trouble) -> bool:
    grace = LONG_AFTERWARDS if trouble.kind.alone else AFTERWARDS
    return warned.rule in trouble.kind.rules and trouble.since - 1 <= warned.at <= trouble.until + grace


@dataclass
class Tally:
    """Of one seed: who was found by which warning, and what was false."""

    found: dict[str, list[tuple[Trouble, float]]]
    missed: Counter[str]
    false: Counter[str]
    warnings: int
    times: list[float]


def tally(places: Mapping[str, Place], warnings: Sequence[Warned]) -> Tally:
    by_place: dict[str, list[Warned]] = defaultdict(list)
    for one in sorted(warnings, key=lambda one: one.at):
        by_place[one.place].append(one)
    counted = Tally(defaultdict(list), Counter(), Counter(), len(warnings), [one.at for one in warnings])
    for name, place in places.items():
        said = by_place[name]
        for trouble in place.troubles:
            if not trouble.kind.level:
                continue
            first = next((one.at for one in said if about(one, trouble)), None)
            if first is None:
                counted.missed[trouble.kind.name] += 1
            else:
                counted.found[trouble.kind.name].append((trouble, first))
        for one in said:
            if not any(about(one, trouble) for trouble in place.troubles if trouble.kind.level):
                counted.false[f"{one.rule}: {_cause(one, place)}"] += 1
    return counted


def _cause(warned: Warned, place: Place) -> str:
    near = [t for t in place.troubles if t.since - HOUR <= warned.at <= t.until + AFTERWARDS]
    return near[0].kind.name if near else "nothing planted"


def figures(
    tallies: Sequence[Tally], levels: Mapping[str, str], *, device_months: float, hours: float
) -> dict[str, Any]:
    """Over all seeds. ``recall`` by kind, for P0 and for the others; leads in hours, negative where residents were first."""
    found, missed, false = Counter[str](), Counter[str](), Counter[str]()
    leads, unsaid = [], 0
    for one in tallies:
        missed += one.missed
        false += one.false
        for kind, some in one.found.items():
            found[kind] += len(some)
            leads += [(trouble.said_at - at) / HOUR for trouble, at in some if trouble.said_at is not None]
            unsaid += sum(trouble.said_at is None for trouble, _ in some)
    warnings = sum(one.warnings for one in tallies)
    kinds = sorted(found.keys() | missed.keys())
    of = {level: [k for k in kinds if (levels[k] == "P0") == (level == "p0")] for level in ("p0", "others")}
    quarters = statistics.quantiles(leads, n=4) if len(leads) > 1 else [None, None, None]
    return {
        "recall": _share(found.total(), found.total() + missed.total()),
        "p0_recall": _share(sum(found[k] for k in of["p0"]), sum(found[k] + missed[k] for k in of["p0"])),
        "others_recall": _share(sum(found[k] for k in of["others"]), sum(found[k] + missed[k] for k in of["others"])),
        "precision": _share(warnings - false.total(), warnings),
        "false_a_device_month": round(false.total() / device_months, 3),
        "lead_hours_median": _rounded(quarters[1]),
        "lead_hours_quartiles": [_rounded(one) for one in quarters],
        "nobody_would_have_said": unsaid,
        "planted": found.total() + missed.total(),
        "warnings": warnings,
        "a_worker": {
            "an_hour": round(warnings / hours, 3),
            "worst_minute": max((_most(one.times, 60) for one in tallies), default=0),
            "worst_ten_minutes": max((_most(one.times, 600) for one in tallies), default=0),
        },
        "recall_by_kind": {k: [found[k], found[k] + missed[k]] for k in kinds},
        "false_by_cause": dict(false.most_common()),
    }


def _most(times: Sequence[float], width: float) -> int:
    """Most in a window of ``width`` seconds that begins on the clock."""
    return max(Counter(int(at // width) for at in times).values(), default=0)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _rounded(hours: float | None) -> float | None:
    return round(hours, 2) if hours is not None else None
