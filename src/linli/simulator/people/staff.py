"""How staff work: when they see a case, go, and answer; who does it well. Times in hours unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from linli.simulator.habits.days import DAY, HOUR, day_start

MINUTE = HOUR // 60
OPEN, CLOSE = 8.6, 17.4


@dataclass(frozen=True)
class Pace:
    """Ranges in hours: until the case is taken, the resident is called, somebody is on site, and extra time to end."""

    take: tuple[float, float]
    contact: tuple[float, float]
    start: tuple[float, float]
    extra: tuple[float, float]
    any_hour: bool = False


PACES = {
    "P0": Pace((0.01, 0.05), (0.01, 0.04), (0.08, 0.3), (0.05, 0.3), any_hour=True),
    "P1": Pace((0.05, 0.4), (0.1, 0.9), (0.3, 3.0), (0.3, 3.0), any_hour=True),
    "P2": Pace((0.2, 3.0), (0.3, 8.0), (1.0, 20.0), (0.5, 26.0)),
    "P3": Pace((0.5, 6.0), (1.0, 10.0), (10.0, 70.0), (20.0, 120.0)),
    "P4": Pace((1.0, 8.0), (2.0, 20.0), (24.0, 90.0), (90.0, 260.0)),
    "Q": Pace((0.1, 1.5), (0.1, 1.0), (0.1, 1.5), (0.1, 2.0)),
}


@dataclass(frozen=True)
class WorkPlan:
    """When each step is done, ms; ``poor`` work is answered but not mended."""

    take: int
    contact: int
    start: int
    finish: int
    poor: bool


def plan_work(level: str, seen_at: int, work_hours: float, skill: float, rng: Random) -> WorkPlan:
    """What a worker of ``skill`` (0 to 1) makes of a case of ``level`` seen at ``seen_at``."""
    pace = PACES.get(level, PACES["P2"])
    slow = 1.0 if rng.random() < 0.9 else rng.uniform(1.5, 3.0)
    take = _later(seen_at, rng.uniform(*pace.take) * slow, pace)
    contact = _later(take, rng.uniform(*pace.contact), pace)
    start = max(contact, _later(take, rng.uniform(*pace.start) * slow, pace))
    finish = _later(start, work_hours + rng.uniform(*pace.extra) * slow, pace)
    return WorkPlan(take, contact, start, max(finish, start + 3 * MINUTE), poor=rng.random() > skill)


def skill_of(seed: int, username: str) -> float:
    return Random(f"{seed}/{username}/skill").uniform(0.78, 0.97)


def _later(at: int, hours: float, pace: Pace) -> int:
    """``hours`` later by the clock for urgent work, in office hours otherwise."""
    at += round(hours * HOUR)
    if pace.any_hour:
        return at
    day = (at + 8 * HOUR) // DAY
    hour = (at - day_start(day)) / HOUR
    if hour < OPEN:
        return day_start(day) + round((OPEN + hour / 24) * HOUR)
    if hour > CLOSE:
        return day_start(day + 1) + round((OPEN + (hour - CLOSE) / 5) * HOUR)
    return at
