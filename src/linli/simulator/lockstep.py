"""Living a stretch of days step by step on a throw-away instance: move the clock, publish, wait until all is stored.

Nothing depends on how fast the machine is: the clock stands still while the platform works. Steps are an hour where
nothing happens and seconds where something does. Devices that no rule looks at stay silent, the others speak
every two hours or less and at every event: the same rules, less chatter.
"""

from __future__ import annotations

import sys
import time

from linli.simulator import seeding
from linli.simulator.clockwork import PlatformClock
from linli.simulator.demo import fleet_of
from linli.simulator.doors.pages import Pages
from linli.simulator.habits.days import DAY, HOUR
from linli.simulator.incidents.kinds import LOOKED_AT_CLOSELY, NEAR_MISSES, NEED_CHATTER
from linli.simulator.incidents.planting import MINUTE, Incident, Planter
from linli.simulator.instrumentation import Instrumentation
from linli.simulator.life import Life
from linli.simulator.measuring import Founded
from linli.simulator.neighbourhood import DevicePlan, Neighbourhood
from linli.simulator.team import UNFINISHED, Team
from linli.simulator.truth import TruthFile

NEWER_NEAR_MISSES = frozenset({"sos_by_mistake", "long_bath"})
WATCHED = frozenset({"trapped", "fall", "smoke", "burst"}) | frozenset(NEAR_MISSES) - NEWER_NEAR_MISSES
NEWER = NEWER_NEAR_MISSES | {"gas", "sos", "bathroom", "night_walk", "door_stuck", "ebike_in_lift", "crowd"}
"""What the devices that came later would show."""
RATES = {"trapped": 7.0, "fall": 7.0, "smoke": 12.0, "burst": 4.0, "away": 2.0, "maintenance": 1.5, "brief_stop": 1.5,
         "cooking": 3.0, "burnt_pan": 3.0, "lift_unreachable": 1.5, "meter_unreachable": 1.5,
         "gas": 12.0, "sos": 8.0, "bathroom": 12.0, "night_walk": 10.0, "door_stuck": 6.0, "ebike_in_lift": 5.0,
         "crowd": 6.0, "sos_by_mistake": 4.0, "long_bath": 6.0}  # fmt: skip
"""How much more often than in the demo: enough of each kind in a week to count."""
CADENCES = {"water_meter": 2 * HOUR, "smoke": 12 * HOUR, "lift": 12 * HOUR, "gas": 12 * HOUR, "camera": 5 * MINUTE}
NEWER_TYPES = frozenset({"gas", "sos", "presence", "bed_mat", "camera"})
SPEAK_EVERY = 2 * HOUR
CLOCK_IS_READ_WITHIN = 0.3
"""Real seconds after which every process has seen the clock move."""
STORED_WITHIN = 120.0


class Stretch:
    """``days`` of life of a founded neighbourhood; with ``sensing`` off everybody waits for reports.

    ``newer``: also what only the devices that came later would show.
    """

    def __init__(self, founded: Founded, *, days: int, sensing: bool = True, newer: bool = False) -> None:
        self.founded, self.sensing, self.newer = founded, sensing, newer
        n = founded.n
        self.clock = PlatformClock(founded.api)
        self.start = self.clock.now()
        self.end = self.start + days * DAY
        self.life = Life(
            n, founded.api, founded.places, TruthFile(founded.instance.home, n.seed),
            planter=Planter(n, more=RATES, only=WATCHED | NEWER if newer else WATCHED), personas=False,
            pages=Pages(founded.instance.url, founded.instance.home),
        )  # fmt: skip
        self.team = Team(self.life)
        self._close: list[int] = []
        self._with_case: set[int] = set()
        self._spoke_at = self.start
        self._looked_at = self.start
        if sensing:
            self._switch_on()

    def live(self) -> list[Incident]:
        """Live to the end; returns every incident and near miss that began."""
        now, shown = self.start, time.monotonic()
        self.life.on_report = self._hurry_to_look
        self._watch_beginnings()
        self.life.advance(now)
        while now < self.end:
            now = min(self.end, self.life.next_at(), now + HOUR)
            self._step(now)
            if time.monotonic() - shown > 5:
                shown = time.monotonic()
                done = (now - self.start) / (self.end - self.start)
                print(f"seed {self.founded.n.seed}: {done:.0%} lived", file=sys.stderr, flush=True)
        self._step(now)
        if self.life.fleet is not None:
            self.life.fleet.close()
        self.life.truth.close()
        return self.life.past + list(self.life.ongoing.values())

    def _step(self, now: int) -> None:
        self.clock.jump(now)
        moved = time.monotonic()
        self.life.advance(now)
        close = self._close_look_due(now)
        if self.life.fleet is not None and (close or now - self._spoke_at >= SPEAK_EVERY):
            self._spoke_at = now
            time.sleep(max(0.0, CLOCK_IS_READ_WITHIN - (time.monotonic() - moved)))
            self.life.speak(now)
            self._wait_until_stored()
            self._wait_for_cases()
        if close or now - self._looked_at >= HOUR:
            self._looked_at = now
            self.team.look(now)

    def _watch_beginnings(self) -> None:
        """Look closely shortly after anything begins that a device could show, and at the very end of what is brief.

        The end must not wait for the next look: a clock that jumps over it would let a timer run out before the
        device could say that it is over.
        """
        for day in range((self.start + 8 * HOUR) // DAY, (self.end + 8 * HOUR) // DAY + 1):
            for incident in self.life.planter.day(day):
                if incident.spell not in LOOKED_AT_CLOSELY:
                    continue
                if incident.genuine:
                    for after in LOOKED_AT_CLOSELY[incident.spell]:
                        self._look_closely(incident.since + after)
                elif incident.ends_itself_at is not None:
                    self._look_closely(incident.ends_itself_at)

    def _hurry_to_look(self, at: int) -> None:
        self._look_closely(at + MINUTE)

    def _look_closely(self, at: int) -> None:
        self._close.append(at)
        self.life.agenda.put(at, lambda when: None)

    def _close_look_due(self, now: int) -> bool:
        due = [at for at in self._close if at <= now]
        self._close = [at for at in self._close if at > now]
        return bool(due)

    def _switch_on(self) -> None:
        n, heard = self.founded.n, heard_devices(self.founded.n, newer=self.newer)
        secrets = equip(self.founded, newer=self.newer)
        for rule in NEED_CHATTER:
            self.founded.director.post(f"/warnings/rules/{rule}", {"on": False})
        self.life.fleet = fleet_of(n, self.founded.instance, secrets)
        self.life.instruments = Instrumentation(n, heard, self.life.spells, self.start, cadences=CADENCES, trips=False)

    def _wait_until_stored(self) -> None:
        assert self.life.fleet is not None
        self.life.fleet.drain()
        until = time.monotonic() + STORED_WITHIN
        while (status := self.founded.director.get("/telemetry/status"))["lag"] != 0:
            if time.monotonic() > until:
                raise TimeoutError(
                    f"ingest is {status['lag']} messages behind: {status['trouble'] or 'why is not known'}"
                )
            time.sleep(0.02)

    def _wait_for_cases(self) -> None:
        """Until every warning that is open has become somebody's case."""
        until = time.monotonic() + STORED_WITHIN
        director = self.founded.director
        while waiting := self._open_warnings() - self._with_case:
            rows = director.get("/cases", state=UNFINISHED)["items"]
            self._with_case |= {row["warning_id"] for row in rows if row["warning_id"]}
            if time.monotonic() > until:
                raise TimeoutError(f"warnings {sorted(waiting)} have not become cases: is background work running?")
            time.sleep(0.02)

    def _open_warnings(self) -> set[int]:
        return {row["id"] for row in self.founded.director.get("/warnings", state="open")["items"]}


def heard_devices(n: Neighbourhood, *, newer: bool = False) -> tuple[DevicePlan, ...]:
    """The devices that some rule looks at, and the gateways through which they speak."""
    alone = {h.home for h in n.households if h.kind == "alone"}
    return tuple(
        d
        for d in n.devices
        if d.type in {"lift", "gateway"}
        or (d.type == "smoke" and d.home)
        or (d.type == "water_meter" and d.home in alone)
        or (newer and d.type in NEWER_TYPES)
    )


def equip(founded: Founded, *, newer: bool = False) -> dict[str, str]:
    """Enrol the devices and record the consents behind them, once for a home; returns the secrets by device code."""
    heard, kept = heard_devices(founded.n, newer=newer), founded.instance.home / "keys" / "simulator-devices.json"
    consented = kept.exists()
    secrets = seeding.enrol_devices(founded.places, founded.director, heard, kept)
    if not consented:
        for _ in seeding.give_consents(founded.n, founded.places, founded.director, heard):
            pass
    return secrets
