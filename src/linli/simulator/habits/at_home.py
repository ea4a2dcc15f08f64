"""What the newer devices in homes say: electricity, movement, bed, gas and the button by the bed."""

from __future__ import annotations

from linli.simulator.habits import days
from linli.simulator.habits.instruments import MINUTE, Cadenced, Watchful
from linli.simulator.habits.spells import Spells

FRIDGE_KW, LIGHT_KW, COOKING_KW = 0.05, 0.18, 1.3
MEALS = ((6.8, 0.3), (11.1, 0.6), (17.2, 0.6))
"""Local hour at which an elder cooks, and for how many hours."""


class HomeElectricity(Cadenced):
    """Cumulative kWh of a home: a fridge by night and day, light and television while up, a stove at meals."""

    def __init__(self, seed: int, code: str, home: str, spells: Spells, start: int, every: int):
        super().__init__(seed, code, spells, start, every)
        self.home = home
        self.energy = self.rng.uniform(900, 9_000)

    def read(self, since: int, at: int) -> dict[str, float]:
        self.energy += self._kw(at) * (at - since) / days.HOUR
        return {"energy": round(self.energy, 3)}

    def _kw(self, at: int) -> float:
        if self.spells.current(self.home, "power_cut", at):
            return 0.0
        if self.spells.current(self.home, "still", at):
            return FRIDGE_KW
        hour = days.hour_of(at)
        up, down = days.rising(self.seed, self.home, days.local_day(at))
        if any(begins <= hour < begins + lasts for begins, lasts in MEALS):
            return FRIDGE_KW + COOKING_KW
        return FRIDGE_KW + (LIGHT_KW if up <= hour < down else 0.0)


class Presence(Watchful):
    """Whether somebody moves, and whether somebody is in the bathroom; nothing else is known."""

    kind = "bathroom"
    closely = 5 * MINUTE

    def __init__(self, seed: int, code: str, home: str, spells: Spells, start: int, every: int):
        super().__init__(seed, code, spells, start, every)
        self.home = home

    @property
    def place(self) -> str:
        return self.home

    def read(self, since: int, at: int) -> dict[str, float]:
        inside = 1.0 if self.spells.current(self.home, "bathroom", at) else 0.0
        return {"motion": self._moves(at), "bathroom": inside, "battery": self.battery_at(at)}

    def _moves(self, at: int) -> float:
        if self.spells.current(self.home, "still", at) or self.spells.current(self.home, "bathroom", at):
            return 0.0
        up, down = days.rising(self.seed, self.home, days.local_day(at))
        awake = up <= days.hour_of(at) < down
        return 1.0 if self.rng.random() < (0.75 if awake else 0.03) else 0.0


class BedMat(Cadenced):
    """In bed or not; heart and breath while somebody lies there."""

    def __init__(self, seed: int, code: str, home: str, spells: Spells, start: int, every: int):
        super().__init__(seed, code, spells, start, every)
        self.home = home
        self.heart, self.breath = self.rng.uniform(56, 70), self.rng.uniform(12, 16)

    def read(self, since: int, at: int) -> dict[str, float]:
        if not self._lies(at):
            return {"in_bed": 0.0}
        return {
            "in_bed": 1.0,
            "heart_rate": round(self.rng.gauss(self.heart, 2.5)),
            "breath_rate": round(self.rng.gauss(self.breath, 0.8)),
        }

    def _lies(self, at: int) -> bool:
        if any(self.spells.current(self.home, kind, at) for kind in ("still", "out_of_bed", "bathroom")):
            return False
        up, down = days.rising(self.seed, self.home, days.local_day(at))
        hour = days.hour_of(at)
        return hour < up or hour >= down or 12.6 <= hour < 13.4


class GasDetector(Watchful):
    kind = "gas"

    def read(self, since: int, at: int) -> dict[str, float]:
        leaks = self.spells.current(self.code, "gas", at) is not None
        return {"lel": 14.0 if leaks else 0.0, "valve_open": 1.0, "battery": self.battery_at(at)}


class SosButton(Watchful):
    """Says at once that it is pressed, and soon that it is no longer; help may still be needed."""

    kind = "pressed"
    closely = 5 * MINUTE

    def read(self, since: int, at: int) -> dict[str, float]:
        spell = self.spells.current(self.code, "pressed", at)
        pressed = spell is not None and at - spell.since < MINUTE
        return {"pressed": 1.0 if pressed else 0.0, "battery": self.battery_at(at)}
