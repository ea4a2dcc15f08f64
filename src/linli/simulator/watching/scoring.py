"""What a person was told against what was planted. Pure; times in seconds."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from linli.foundation.shares import wilson
from linli.simulator.watching.telling import Line, Spoken
from linli.simulator.watching.troubles import DAY, HOUR, Place, Trouble

AFTERWARDS, LONG_AFTERWARDS = 30 * HOUR, 12 * DAY
"""A warning may come so long after the end: some rules judge a day when it is over, and that a slow trouble ends is news."""


def about(warned: Spoken, trouble: Trouble) -> bool:
    grace = LONG_AFTERWARDS if trouble.kind.alone else AFTERWARDS
    return warned.rule in trouble.kind.rules and trouble.since - 1 <= warned.at <= trouble.until + grace


@dataclass
class Tally:
    """Of one seed: which troubles were found and when, which lines were false, and when somebody was told."""

    found: dict[str, list[tuple[Trouble, float]]]
    missed: Counter[str]
    false: Counter[str]
    lines: int
    times: list[float]


def tally(places: Mapping[str, Place], lines: Sequence[Line]) -> Tally:
    """A line is true if one of its warnings is about a trouble; a trouble is found by the first that is about it."""
    by_place: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_place[line.parts[0].place].append(line)
    counted = Tally(defaultdict(list), Counter(), Counter(), len(lines), [at for line in lines for at in line.told])
    for name, place in places.items():
        said = sorted((part for line in by_place[name] for part in line.parts), key=lambda one: one.at)
        for trouble in place.troubles:
            if not trouble.kind.level:
                continue
            first = next((one.at for one in said if about(one, trouble)), None)
            if first is None:
                counted.missed[trouble.kind.name] += 1
            else:
                counted.found[trouble.kind.name].append((trouble, first))
        for line in by_place[name]:
            if not any(about(one, trouble) for one in line.parts for trouble in place.troubles if trouble.kind.level):
                counted.false[f"{line.parts[0].rule}: {_cause(line.parts[0], place)}"] += 1
    return counted


def _cause(warned: Spoken, place: Place) -> str:
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
    lines = sum(one.lines for one in tallies)
    kinds = sorted(found.keys() | missed.keys())
    of = {level: [k for k in kinds if (levels[k] == "P0") == (level == "p0")] for level in ("p0", "others")}
    tenths = statistics.quantiles(leads, n=20) if len(leads) > 1 else []
    return {
        "recall": _share(found.total(), found.total() + missed.total()),
        "p0_recall": _share(sum(found[k] for k in of["p0"]), sum(found[k] + missed[k] for k in of["p0"])),
        "others_recall": _share(sum(found[k] for k in of["others"]), sum(found[k] + missed[k] for k in of["others"])),
        "precision": _share(lines - false.total(), lines),
        "precision_95": [_rounded(end) for end in wilson(lines - false.total(), lines)] if lines else None,
        "false_a_device_month": round(false.total() / device_months, 3),
        "lead_hours": {f"p{share}": _rounded(tenths[share // 5 - 1]) for share in (5, 10, 25, 50, 75, 90) if tenths},
        "before_residents": _share(sum(lead > 0 for lead in leads), len(leads)),
        "nobody_would_have_said": unsaid,
        "planted": found.total() + missed.total(),
        "warnings": lines,
        "a_worker": {
            "an_hour": round(sum(len(one.times) for one in tallies) / hours, 3),
            "busiest_hour": max((_most(one.times, HOUR) for one in tallies), default=0),
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


def _rounded(number: float) -> float:
    return round(number, 2)
