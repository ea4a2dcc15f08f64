"""What devices noticed in the demo's past: those at which something happens speak, from shortly before it on.

All the others are switched on when the past is lived. So the rules have a record, and their warnings ended with what
somebody found there, without three weeks of everybody's readings.
"""

from __future__ import annotations

import time

from linli.simulator.doors.api import Caller
from linli.simulator.doors.mqtt import Fleet
from linli.simulator.habits.days import DAY, HOUR, local_day
from linli.simulator.habits.instruments import Instrument
from linli.simulator.incidents.kinds import LOOKED_AT_CLOSELY, NEED_CHATTER
from linli.simulator.incidents.planting import Incident
from linli.simulator.instrumentation import Instrumentation, memory_of
from linli.simulator.life import Life
from linli.simulator.neighbourhood import DevicePlan, Neighbourhood
from linli.simulator.team import UNFINISHED

SHOWN_BY = {
    "still": "water_meter", "burst": "water_meter", "trapped": "lift", "door_stuck": "lift", "ebike": "lift",
    "smoke": "smoke", "gas": "gas", "pressed": "sos", "bathroom": "presence", "out_of_bed": "bed_mat", "crowd": "camera",
}  # fmt: skip
CADENCES = {"lift": DAY, "smoke": DAY, "gas": DAY, "sos": DAY}
"""These say little between what happens to them, and no rule minds."""
LOOKS = {**LOOKED_AT_CLOSELY, "still": (round(12.3 * HOUR), 14 * HOUR)}
BEFORE = 2 * HOUR
SPEAK_EVERY, BEHIND = 2 * HOUR, HOUR
"""Between close looks; what is spoken then was measured a while ago, so that no process' clock may be behind it."""
CLOCK_IS_READ_WITHIN = 0.3
STORED_WITHIN = 30.0


def heard_in_the_past(life: Life, begin: int, end: int) -> list[DevicePlan]:
    """The devices that will have something to say between ``begin`` and ``end``, each once."""
    happening = (i for day in range(local_day(begin), local_day(end) + 1) for i in life.planter.day(day))
    return list({d.code: d for i in happening for d in concerned(life.n, i)}.values())


def concerned(n: Neighbourhood, incident: Incident) -> list[DevicePlan]:
    """The devices that show the incident."""
    kind = SHOWN_BY.get(incident.spell, "")
    return [d for d in n.devices_of(kind) if d.code == incident.place or (d.home and d.home == incident.place)]


class PastDevices:
    """``begin`` and ``end`` in ms: of the incidents in between it is known when to look closely."""

    def __init__(self, life: Life, director: Caller, fleet: Fleet, *, begin: int, end: int) -> None:
        self.life, self._director, self._fleet = life, director, fleet
        self._speaking: dict[str, Instrument] = {}
        self._spoke_at = begin
        self._looks = sorted(
            incident.since + after
            for day in range(local_day(begin), local_day(end) + 1)
            for incident in life.planter.day(day)
            for after in LOOKS.get(incident.spell, ())
            if begin <= incident.since and incident.since + after < end
        )
        life.on_begin = self._listen
        for rule in NEED_CHATTER:
            director.post(f"/warnings/rules/{rule}", {"on": False})

    def next_look(self) -> int | None:
        return self._looks[0] if self._looks else None

    def keep_up(self, now: int) -> bool:
        """Let those that speak do so; whether a close look was due, after which there may be new cases."""
        due = bool(self._looks) and self._looks[0] <= now
        if due:
            self._looks = [at for at in self._looks if at > now]
            time.sleep(CLOCK_IS_READ_WITHIN)
            self._speak(now)
            self._wait_until_stored()
            self._wait_for_cases()
        elif now - self._spoke_at >= SPEAK_EVERY:
            self._speak(now - BEHIND)
            self._spoke_at = now
        return due

    def over(self) -> dict[str, float]:
        """The rules that need everybody's chatter may listen again; returns where counters stand."""
        self.life.on_begin = lambda incident: None
        for rule in NEED_CHATTER:
            self._director.post(f"/warnings/rules/{rule}", {"on": True})
        return memory_of(self._speaking.values())

    def _listen(self, incident: Incident) -> None:
        for device in concerned(self.life.n, incident):
            if device.code not in self._speaking:
                alone = Instrumentation(
                    self.life.n, (device,), self.life.spells, incident.since - BEFORE, cadences=CADENCES, trips=False
                )
                self._speaking[device.code] = alone.all[0]

    def _speak(self, until: int) -> None:
        for code, instrument in self._speaking.items():
            self._fleet.say(code, instrument.until(until))

    def _wait_until_stored(self) -> None:
        self._fleet.drain()
        until = time.monotonic() + STORED_WITHIN
        while self._director.get("/telemetry/status")["lag"] and time.monotonic() < until:
            time.sleep(0.03)

    def _wait_for_cases(self) -> None:
        """Until each open warning has become somebody's case; a busy machine may leave one for the next look."""
        until = time.monotonic() + STORED_WITHIN
        while time.monotonic() < until:
            open_now = {row["id"] for row in self._director.get("/warnings", state="open")["items"]}
            if not open_now:
                return
            rows = self._director.get("/cases", state=UNFINISHED)["items"]
            if open_now <= {row["warning_id"] for row in rows}:
                return
            time.sleep(0.05)
