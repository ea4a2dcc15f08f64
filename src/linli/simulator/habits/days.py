"""When things happen in a day: hour profiles by household kind, weekday and season.

The water profiles have the two humps of metered Chinese homes (breakfast and supper) with an elder's earlier
morning; an ordinary day of somebody living alone never has twelve dry hours, because people who are at home and
well flush, cook and wash before bed. Local time is UTC+8 the year round.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from random import Random

HOUR, DAY = 3_600_000, 86_400_000
LOCAL = 8 * HOUR

_ELDER = (1, 1, 1, 1, 2, 6, 12, 11, 8, 6, 7, 10, 8, 4, 4, 5, 8, 11, 9, 7, 6, 4, 2, 1)
_WORKING = (1, 1, 0, 0, 0, 2, 9, 14, 8, 3, 3, 4, 4, 2, 2, 3, 5, 10, 13, 12, 11, 9, 6, 3)
_STAYS_IN = ((6.0, 8.0), (10.8, 12.8), (16.8, 18.8), (20.4, 22.6))
_LIFT = (1, 0, 0, 0, 1, 4, 9, 14, 12, 9, 9, 9, 8, 6, 6, 7, 9, 13, 12, 9, 7, 5, 3, 2)


@dataclass(frozen=True)
class Draw:
    at: int
    litres: float


@dataclass(frozen=True)
class Trip:
    at: int
    start: int
    end: int


def local_day(at: int) -> int:
    """Number of the calendar day in the neighbourhood."""
    return (at + LOCAL) // DAY


def day_start(day: int) -> int:
    return day * DAY - LOCAL


def hour_of(at: int) -> float:
    """The local hour, from 0 to below 24."""
    return (at + LOCAL) % DAY / HOUR


def is_weekend(day: int) -> bool:
    return (day + 3) % 7 >= 5


def summer(day: int) -> float:
    """0 in deep winter, 1 at the height of summer."""
    return 0.5 - 0.5 * math.cos(2 * math.pi * (day % 365.25 - 15) / 365.25)


def draws(seed: int, home: str, kind: str, people: int, day: int) -> list[Draw]:
    """Water drawn in a home in a day, in time order; litres rise by about a quarter in summer."""
    rng = Random(f"{seed}/{home}/{day}/water")
    start = day_start(day)
    profile = _profile("elder" if kind in {"alone", "couple"} else "weekend" if is_weekend(day) else "working")
    factor = 0.85 + 0.3 * summer(day)
    found = [
        Draw(start + round(rng.uniform(low, high) * HOUR), factor * rng.uniform(13, 24)) for low, high in _STAYS_IN
    ]
    for _ in range(2 + rng.randint(3, 6) * people):
        hour = rng.choices(range(24), weights=profile)[0]
        size = rng.choices((5, 12, 40), weights=(60, 32, 8))[0]
        found.append(Draw(start + hour * HOUR + rng.randrange(HOUR), factor * size * rng.uniform(0.6, 1.4)))
    return sorted(found, key=lambda d: d.at)


def trips(seed: int, lift: str, storeys: int, homes: int, day: int) -> list[Trip]:
    """Rides of one lift in a day, at least two minutes apart, most of them from or to the ground floor."""
    rng = Random(f"{seed}/{lift}/{day}/lift")
    start = day_start(day)
    wanted = round(homes * rng.uniform(3.2, 4.6) * (1.08 if is_weekend(day) else 1.0))
    starts = sorted(
        start + hour * HOUR + rng.randrange(HOUR) for hour in rng.choices(range(24), weights=_LIFT, k=wanted)
    )
    found: list[Trip] = []
    for at in starts:
        if found and at - found[-1].at < 120_000:
            continue
        floor = rng.randint(2, max(2, storeys))
        found.append(Trip(at, 1, floor) if rng.random() < 0.5 else Trip(at, floor, 1))
    return found


def outings(seed: int, home: str, day: int) -> list[int]:
    """When the door of somebody living alone opens: out and back, once to three times."""
    rng = Random(f"{seed}/{home}/{day}/door")
    start = day_start(day)
    times: list[int] = []
    out = rng.uniform(6.5, 9.5)
    for _ in range(rng.randint(1, 3)):
        back = out + rng.uniform(0.4, 2.2)
        times += [start + round(out * HOUR), start + round(back * HOUR)]
        out = back + rng.uniform(1.5, 4.0)
    return [t for t in times if t < start + 22 * HOUR]


def rising(seed: int, home: str, day: int) -> tuple[float, float]:
    """The local hours at which somebody old who lives alone gets up and goes to bed."""
    rng = Random(f"{seed}/{home}/{day}/bed")
    return rng.uniform(6.05, 6.7), rng.uniform(21.2, 21.9)


def is_dark(day: int, hour: float) -> bool:
    """Whether lamps out of doors burn: from sunset to sunrise at 30° north, to a quarter of an hour."""
    return hour < 6.7 - 1.5 * summer(day) or hour > 17.2 + 1.7 * summer(day)


def outdoors(at: int) -> float:
    """Temperature of the air, °C: the season, the hour, and a weather of some days."""
    day, hour = local_day(at), hour_of(at)
    weather = 3.0 * math.sin(day * 0.9) + 1.5 * math.sin(day * 2.3)
    return 6 + 22 * summer(day) + 4 * math.sin((hour - 9) / 24 * 2 * math.pi) + weather


def public_load(day: int, hour: float, storeys: int) -> float:
    """kW of a building's shared lamps and pumps: more at night and, for the pump, in the morning and evening."""
    dark = hour < 6.2 - summer(day) or hour > 17.3 + 1.6 * summer(day)
    busy = 6 <= hour < 9 or 17 <= hour < 22
    return storeys * (0.05 + 0.11 * dark + 0.08 * busy)


def thirst(hour: float) -> float:
    """How much water many homes draw together, from 0 to 1."""
    return _ELDER[int(hour) % 24] / max(_ELDER)


def passing(hour: float, homes: int) -> float:
    """People in view at the gate of an estate of ``homes`` homes, on average: the lifts' day, out of doors."""
    return homes / 60 * _LIFT[int(hour) % 24] / 14


@lru_cache
def _profile(name: str) -> tuple[float, ...]:
    if name == "weekend":
        return tuple((a + b) / 2 for a, b in zip(_ELDER, _WORKING, strict=True))
    return tuple(float(w) for w in (_ELDER if name == "elder" else _WORKING))
