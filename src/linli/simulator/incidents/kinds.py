"""Kinds of incident: how often, whom it harms, who notices, how soon, and how it ends if nobody comes.

Rates are for the whole neighbourhood and a day of the demo. Falls, trapped riders, smoke and bursts happen here about
ten times as often as in life, so that a visitor sees some; ``simulator/score.py`` raises them further.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """``place`` is home, elder_home, lift, building, estate, person or a home or gate with a device of a kind.

    ``harm`` counts the people harmed in each hour that it lasts, ``notices`` gives for (each possible reporter) the
    median hours until somebody speaks and their number, ``silent`` the share about which nobody ever speaks,
    ``lasts`` the hours after which it ends by itself (0: never), ``work_hours`` what mending it takes.
    ``spell`` is what devices would show of it, ``visible_after`` from which hour on an observer of them could know.
    """

    name: str
    a_day: float
    place: str
    harm: float
    median_hours: float
    reporters: tuple[int, int]
    silent: float
    work_hours: float
    lasts: float = 0.0
    spell: str = ""
    visible_after: float = 0.0
    warning: str = ""
    hours: tuple[int, int] = (6, 23)


KINDS: dict[str, Kind] = {
    k.name: k
    for k in (
        Kind("trapped", 0.3, "lift", 1.0, 0.16, (1, 2), 0.02, 0.4, 4.0, "trapped", 1 / 60, "trapped"),
        Kind(
            "fall",
            0.3,
            "metered_elder",
            1.0,
            20.0,
            (1, 1),
            0.25,
            0.3,
            72.0,
            "still",
            12.0,
            "no_water",
            (0, 24),
        ),
        Kind("smoke", 0.1, "smoke_home", 2.0, 0.5, (1, 2), 0.1, 0.4, 2.0, "smoke", 1 / 60, "smoke"),
        Kind("burst", 0.2, "metered_home", 3.0, 1.6, (1, 3), 0.0, 1.5, 0.0, "burst", 2.0),
        Kind("gas", 0.06, "gas_home", 1.0, 3.0, (1, 1), 0.3, 0.4, 3.0, "gas", 0.01, "gas_leak"),
        Kind("sos", 0.12, "sos_home", 1.0, 0.5, (1, 1), 0.2, 0.4, 1.0, "pressed", 0.0, "sos", (0, 24)),
        Kind(
            "bathroom",
            0.05,
            "presence_home",
            1.0,
            20.0,
            (1, 1),
            0.25,
            0.4,
            9.0,
            "bathroom",
            0.8,
            "bathroom_long",
            (7, 20),
        ),
        Kind("night_walk", 0.06, "bed_home", 0.3, 9.0, (1, 1), 1.0, 0.3, 1.6, "out_of_bed", 0.8, "out_of_bed", (1, 4)),
        Kind(
            "door_stuck", 0.15, "lift", 1.0, 1.0, (1, 2), 0.1, 1.5, 5.0, "door_stuck", 0.05, "door_open_long", (7, 20)
        ),
        Kind("ebike_in_lift", 0.2, "lift", 0.2, 3.0, (1, 1), 0.8, 0.3, 0.02, "ebike", 0.0, "lift_ebike", (7, 22)),
        Kind("crowd", 0.12, "camera", 0.2, 0.5, (1, 1), 0.6, 0.4, 0.9, "crowd", 0.3, "crowded", (9, 20)),
        Kind("lamp", 0.9, "estate", 0.3, 30.0, (1, 3), 0.1, 1.0, spell="dark", hours=(17, 22)),
        Kind("rubbish", 2.2, "estate", 0.3, 8.0, (1, 2), 0.15, 0.7),
        Kind("noise", 1.9, "home", 0.5, 2.0, (1, 2), 0.2, 0.5, 30.0, hours=(8, 24)),
        Kind("parking", 2.0, "estate", 0.2, 1.5, (1, 2), 0.25, 0.4, 20.0),
        Kind("leak", 0.7, "home", 0.8, 14.0, (1, 1), 0.05, 3.0),
        Kind("drain", 0.8, "building", 0.8, 4.0, (1, 3), 0.05, 1.5),
        Kind("clutter", 0.9, "building", 0.2, 40.0, (1, 1), 0.2, 0.8),
        Kind("lift_out", 0.5, "lift", 2.0, 0.7, (1, 4), 0.0, 3.0),
        Kind("gate", 0.4, "estate", 0.3, 5.0, (1, 2), 0.1, 1.0),
        Kind("dog", 0.7, "estate", 0.3, 3.0, (1, 1), 0.3, 0.5, 40.0),
        Kind("ebike", 0.6, "building", 0.4, 6.0, (1, 2), 0.2, 0.6),
        Kind("pests", 0.3, "building", 0.2, 30.0, (1, 1), 0.2, 1.0),
        Kind("question", 2.4, "person", 0.0, 0.1, (1, 1), 0.0, 0.2),
        Kind("care", 0.8, "elder_home", 0.2, 6.0, (1, 1), 0.1, 0.8),
        Kind("praise", 0.3, "person", 0.0, 1.0, (1, 1), 0.0, 0.1),
    )
}


@dataclass(frozen=True)
class NearMiss:
    """Looks like trouble to a sensor and is none: ``minutes`` it lasts, drawn evenly."""

    name: str
    a_day: float
    place: str
    spell: str
    minutes: tuple[float, float]


NEAR_MISSES: dict[str, NearMiss] = {
    n.name: n
    for n in (
        NearMiss("away", 0.5, "metered_elder", "still", (14 * 60, 40 * 60)),
        NearMiss("maintenance", 1.2, "lift", "maintenance", (25, 70)),
        NearMiss("brief_stop", 2.0, "lift", "pause", (0.4, 0.85)),
        NearMiss("cooking", 0.5, "smoke_home", "smoke", (0.3, 0.8)),
        NearMiss("burnt_pan", 0.15, "smoke_home", "smoke", (1.4, 4.0)),
        NearMiss("sos_by_mistake", 0.1, "sos_home", "pressed", (0.1, 0.4)),
        NearMiss("long_bath", 0.3, "presence_home", "bathroom", (20, 34)),
        NearMiss("lift_unreachable", 0.6, "lift", "offline", (8, 90)),
        NearMiss("meter_unreachable", 0.6, "meter", "offline", (6 * 60, 30 * 60)),
    )
}

_AT_ONCE, MINUTES = (75_000, 4 * 60_000), 60_000
LOOKED_AT_CLOSELY: dict[str, tuple[int, ...]] = {
    "trapped": _AT_ONCE, "pause": _AT_ONCE, "smoke": _AT_ONCE, "gas": _AT_ONCE, "pressed": _AT_ONCE, "ebike": _AT_ONCE,
    "door_stuck": (4 * MINUTES,), "crowd": (25 * MINUTES,), "bathroom": (45 * MINUTES, 55 * MINUTES),
    "out_of_bed": (45 * MINUTES,),
}  # fmt: skip
"""By spell: how long after its beginning (ms) somebody who moves the clock stops to see what devices show."""
NEED_CHATTER = ("lift_out_of_service", "lift_idle")
"""Rules that conclude from what lifts do not say: off where lifts say little on purpose."""
