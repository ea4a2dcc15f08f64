"""Kinds of trouble that rules claim to see, and what looks like one and is none: how often, how long, who would say so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

HOUR = 3600.0
DAY = 24 * HOUR
ANNOUNCED = 0.5


@dataclass(frozen=True)
class Kind:
    """``on`` a home, lift, camera, charger or shared meter; ``rules`` that count as seeing it.

    ``a_year`` for each such place, ``hours`` that it lasts, ``between`` the local hours at which it begins. ``said`` are
    the median hours until the first resident speaks, ``silent`` the share about which nobody ever does. ``alone``: no
    other trouble that lasts for days begins at the place before its signs could have been learned anew. ``shown_by``: sets of
    device types of a home of which one shows it; empty where every device of the kind of place does.
    """

    name: str
    on: str
    level: str
    rules: frozenset[str]
    a_year: float
    hours: tuple[float, float]
    said: float = 0.0
    silent: float = 0.0
    between: tuple[float, float] = (0, 24)
    alone: bool = False
    shown_by: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Trouble:
    """Seconds since the beginning; ``said_at`` None where nobody would ever have spoken. ``size`` from 0 to 1.

    ``announced``: of those who go away, half say so before.
    """

    kind: Kind
    place: str
    since: float
    until: float
    said_at: float | None
    size: float

    def now(self, at: float) -> bool:
        return self.since <= at < self.until

    @property
    def announced(self) -> bool:
        return self.size < ANNOUNCED


def _kind(name: str, on: str, level: str, rules: str, a_year: float, hours: tuple[float, float], **more) -> Kind:
    shown = tuple(frozenset(one.split("+")) for one in more.pop("shown_by", "").split())
    return Kind(name, on, level, frozenset(rules.split()), a_year, hours, shown_by=shown, **more)


_STILL = (
    "no_water no_power little_power no_motion door_rhythm home_rhythm combined_rhythm bathroom_long fall out_of_bed"
)
_LEAK = "slow_leak water_much"

KINDS: Sequence[Kind] = (
    _kind("fall_seen", "home", "P0", "fall " + _STILL, 1.5, (0.5, 3), said=6, silent=0.3, shown_by="fall_radar"),
    _kind("sos", "home", "P0", "sos", 1.5, (0.1, 0.2), said=0.5, silent=0.2, shown_by="sos"),
    _kind("smoke", "home", "P0", "smoke", 1.0, (0.1, 0.7), said=0.5, silent=0.1, shown_by="smoke"),
    _kind("gas", "home", "P0", "gas_leak gas_alarm", 1.0, (0.5, 3), said=3, silent=0.3, shown_by="gas"),
    _kind("lying", "home", "P1", _STILL, 1.5, (40, 72), said=20, silent=0.25, alone=True, shown_by="water_meter presence door_sensor"),
    _kind("in_the_bathroom", "home", "P1", _STILL, 1.0, (2, 10), said=20, silent=0.25, between=(7, 21), shown_by="presence"),
    _kind("heart", "home", "P1", "heart_rate", 1.0, (0.1, 0.5), silent=1.0, between=(23, 28), shown_by="bed_mat"),
    _kind("breath", "home", "P1", "breath_rate", 1.0, (0.1, 0.5), silent=1.0, between=(23, 28), shown_by="bed_mat"),
    _kind("burst", "home", "P1", "water_running water_much slow_leak", 1.0, (3, 10), said=1.6, shown_by="water_meter"),
    _kind("out_of_bed", "home", "P2", "out_of_bed", 1.0, (0.8, 2), silent=1.0, between=(23.5, 27), shown_by="bed_mat"),
    _kind("door_open", "home", "P2", "door_open_at_night", 1.0, (1, 6), silent=0.8, between=(22, 24), shown_by="door_sensor"),
    _kind("power_cut", "home", "P2", "no_power little_power combined_rhythm", 0.7, (20, 40), said=3, between=(6, 10), shown_by="electricity_meter"),
    _kind("wandering", "home", "P2", "home_rhythm combined_rhythm out_of_bed", 1.0, (4, 4.5), silent=0.9, between=(0.2, 0.5), shown_by="presence bed_mat"),
    _kind("no_meals", "home", "P2", "combined_rhythm", 1.0, (24, 24.1), silent=0.9, between=(0, 0.1), shown_by="electricity_meter+presence"),
    _kind("decline", "home", "P2", "home_rhythm combined_rhythm door_rhythm", 0.7, (960, 1200), silent=0.9, alone=True, shown_by="presence door_sensor"),
    _kind("drip", "home", "P3", _LEAK, 1.0, (120, 240), said=400, silent=0.5, alone=True, shown_by="water_meter"),
    _kind("trapped", "lift", "P0", "trapped lift_idle", 4.0, (0.2, 1.5), said=0.16, silent=0.02),
    _kind("overspeed", "lift", "P0", "lift_overspeed", 1.0, (1.5, 2.5), silent=0.9, between=(9, 19)),
    _kind("ebike", "lift", "P1", "lift_ebike", 3.0, (0.01, 0.025), said=3, silent=0.7, between=(7, 22)),
    _kind("door_reopens", "lift", "P2", "door_reversals", 2.0, (0.1, 0.3), said=6, silent=0.3, between=(7, 21)),
    _kind("door_stuck", "lift", "P2", "door_open_long lift_idle", 2.0, (0.2, 3), said=1, between=(7, 20)),
    _kind("not_level", "lift", "P2", "lift_not_level", 1.5, (48, 120), said=24, silent=0.3, alone=True),
    _kind("dead", "lift", "P2", "lift_out_of_service", 2.0, (1, 8), said=3),
    _kind("shaking_badly", "lift", "P2", "lift_vibration lift_vibration_alarm lift_vibration_trend", 0.6, (72, 160),
          said=60, silent=0.3, alone=True),
    _kind("faults_again", "lift", "P2", "lift_repeat_fault", 0.8, (480, 640), said=200, silent=0.3, alone=True),
    _kind("stands", "lift", "P3", "lift_idle", 1.5, (26, 40), said=9, between=(0, 5)),
    _kind("shakes_more", "lift", "P3", "lift_vibration_trend lift_vibration", 0.6, (960, 1200), said=900, silent=0.4,
          alone=True),
    _kind("door_wears", "lift", "P3", "lift_door_wear", 0.6, (720, 1000), silent=0.8, alone=True),
    _kind("brake_wears", "lift", "P3", "lift_relevel_wear lift_unlike_others", 0.8, (720, 1000), silent=0.8, alone=True),
    _kind("crowd", "camera", "P2", "crowded", 6.0, (0.4, 1.5), said=0.5, silent=0.5, between=(9, 20)),
    _kind("hot", "charger", "P1", "charger_hot", 2.0, (0.5, 2), said=1.5, silent=0.4),
    _kind("lamps_by_day", "meter", "P3", "public_power_odd public_power_shift", 2.0, (8, 9), said=200, silent=0.8,
          between=(8.5, 9)),
    _kind("new_level", "meter", "P3", "public_power_shift public_power_odd", 1.2, (600, 900), said=900, silent=0.8,
          alone=True),
)  # fmt: skip
"""Far more frequent than in life: enough of each to count."""

HOMES: Sequence[frozenset[str]] = (
    frozenset(),
    frozenset({"door_sensor", "sos", "smoke"}),
    frozenset({"water_meter", "door_sensor", "presence", "sos"}),
    frozenset({"presence", "gas", "fall_radar"}),
    frozenset({"water_meter", "sos"}),
)
"""What elders who live alone have: all nine kinds of device, or some."""

NEAR_MISSES: Sequence[Kind] = (
    _kind("away", "home", "", "", 2.0, (16, 60), between=(7, 10)),
    _kind("guests", "home", "", "", 3.0, (24, 72), between=(8, 10)),
    _kind("meter_out_of_reach", "home", "", "", 3.0, (4, 30)),
    _kind("cooking_smoke", "home", "", "", 6.0, (0.005, 0.014), between=(11, 18)),
    _kind("burnt_pan", "home", "", "", 0.5, (0.03, 0.08), between=(11, 18)),
    _kind("long_bath", "home", "", "", 6.0, (0.4, 0.6), between=(18, 21)),
    _kind("lies_down", "home", "", "", 12.0, (0.006, 0.014), between=(9, 20)),
    _kind("up_at_night", "home", "", "", 12.0, (0.2, 0.45), between=(23.5, 28)),
    _kind("mechanic", "lift", "", "", 26.0, (0.5, 2), between=(8, 16)),
    _kind("brief_stop", "lift", "", "", 12.0, (0.006, 0.015), between=(7, 22)),
    _kind("short_silence", "lift", "", "", 12.0, (0.05, 0.15)),
    _kind("removal", "lift", "", "", 6.0, (0.01, 0.03), between=(8, 18)),
    _kind("busy", "camera", "", "", 24.0, (0.3, 2), between=(9, 20)),
)


@dataclass
class Place:
    """Where troubles happen, with those that were planted, oldest first. ``has``: device types of a home; empty: all."""

    name: str
    on: str
    troubles: list[Trouble] = field(default_factory=list)
    has: frozenset[str] = frozenset()

    def of(self, *names: str) -> list[Trouble]:
        return [one for one in self.troubles if one.kind.name in names]


LEARNING = 75 * DAY
"""Before any trouble: the longest memory is full."""
APART = 36 * HOUR
RESTS = 45 * DAY
"""After a trouble of days, before another such: what is usual is learned anew."""


def planted(place: str, on: str, days: int, seed: int, has: frozenset[str] = frozenset()) -> Place:
    """Troubles that its devices show, and near misses, of a place: none overlaps another, and what lasts for days stands
    alone."""
    rng = Random(f"{seed}/{place}/troubles")
    found = Place(place, on, has=has)
    chosen = [kind for kind in (*KINDS, *NEAR_MISSES) if kind.on == on and _shows(kind, has)]
    years = max(0.0, days * DAY - LEARNING) / (365 * DAY)
    wanted = [kind for kind in chosen for _ in range(_times(rng, kind.a_year * years))]
    rng.shuffle(wanted)
    for kind in sorted(wanted, key=lambda one: -one.hours[1]):
        trouble = _placed(kind, found, days, rng)
        if trouble is not None:
            found.troubles.append(trouble)
    found.troubles.sort(key=lambda one: one.since)
    return found


def _shows(kind: Kind, has: frozenset[str]) -> bool:
    return not has or not kind.shown_by or any(one <= has for one in kind.shown_by)


def _times(rng: Random, mean: float) -> int:
    return int(mean) + (rng.random() < mean % 1)


def _placed(kind: Kind, place: Place, days: int, rng: Random) -> Trouble | None:
    lasts = rng.uniform(*kind.hours) * HOUR
    first, last = LEARNING / DAY, days - 2 - lasts / DAY
    for _ in range(40):
        if last <= first:
            return None
        since = rng.randrange(int(first), int(last) + 1) * DAY + rng.uniform(*kind.between) * HOUR
        if since + lasts <= days * DAY and not any(
            _in_the_way(one, kind, since, since + lasts) for one in place.troubles
        ):
            said = None if rng.random() < kind.silent else since + kind.said * math.exp(rng.gauss(0, 0.8)) * HOUR
            return Trouble(kind, place.name, since, since + lasts, said if kind.level else None, rng.random())
    return None


def _in_the_way(one: Trouble, kind: Kind, since: float, until: float) -> bool:
    rests = RESTS if one.kind.alone and kind.alone else APART
    return since < one.until + rests and one.since < until + rests
