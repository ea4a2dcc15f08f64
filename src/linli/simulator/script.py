"""Playing the matters of the demo's own people through the portal's and the staff's API, during the past only."""

from __future__ import annotations

import logging
from functools import partial

from linli.simulator.clockwork import iso
from linli.simulator.doors.api import Refused
from linli.simulator.habits.days import HOUR, day_start, local_day
from linli.simulator.life import Life
from linli.simulator.people.matters import MATTERS, Matter, Step
from linli.simulator.people.pictures import upload
from linli.simulator.team import Team, tick_off

log = logging.getLogger(__name__)


class Script:
    """``end`` is the demo's first morning, ms. What lies in the past of a resumed run has been played before."""

    def __init__(self, life: Life, team: Team, end: int) -> None:
        self.life, self.team, self._end = life, team, end
        n = life.n
        self._grid_worker = life.api.as_staff(next(m.username for m in n.staff if m.grid == n.personas.grid))
        self._desk = life.api.as_staff(next(m.username for m in n.staff if m.role == "community_worker"))
        self._callers = {
            "resident": life.api.as_resident(n.person_of[n.personas.resident].phone),
            "elder": life.api.as_resident(n.person_of[n.personas.elder].phone),
            "daughter": life.api.as_resident(n.personas.daughter_phone),
            "neighbour": life.api.as_resident(self._neighbour()),
        }
        self._filed: dict[str, tuple[int, int]] = {}

    def begin(self, now: int) -> None:
        """Put everything that is still to come on the agenda."""
        for matter in MATTERS:
            said_at = day_start(local_day(self._end) - matter.days) + round(matter.hour * HOUR)
            if said_at >= now:
                self.life.agenda.put(said_at, partial(self._play, matter, None, said_at))
            for step in matter.steps:
                at = said_at + round(step.hours * HOUR)
                if now <= at < self._end:
                    self.life.agenda.put(at, partial(self._play, matter, step, said_at))

    def over(self) -> None:
        """From now on what is still open waits for the visitor, then for the staff."""
        self.team.visitors |= self.team.leaves
        self.team.leaves.clear()

    def _file(self, matter: Matter, said_at: int) -> tuple[int, int]:
        """Request and case; the same words are filed once, however often this is asked."""
        if matter.key not in self._filed:
            caller = self._callers[matter.who]
            body = {
                "words": matter.words, "channel": "portal", "said_at": iso(said_at),
                "client_key": f"script-{self.life.n.seed}-{matter.key}", "photo_ids": upload(matter.picture, caller),
            }  # fmt: skip
            if matter.who == "daughter":
                body["speaker_id"] = self.life.places.resident[self.life.n.personas.elder]
            filed = caller.post("/requests", body)
            self._filed[matter.key] = filed["id"], filed["case_id"]
            self.team.leaves.add(filed["case_id"])
        return self._filed[matter.key]

    def _play(self, matter: Matter, step: Step | None, said_at: int, _at: int) -> None:
        try:
            request, case = self._file(matter, said_at)
            if step is None:
                return
            if step.verb == "rate":
                self._callers[matter.who].post(f"/requests/{request}/rating", step.given)
                return
            caller = self._desk if step.by == "desk" else self._grid_worker
            photos = {"photo_ids": upload(step.picture, caller)} if step.picture else {}
            if step.verb == "feed_back":
                tick_off(case, caller)
            caller.post(f"/cases/{case}/{step.verb}", {**step.given, **photos})
        except (Refused, TimeoutError) as refused:
            log.warning("%s, %s: %s", matter.key, step.verb if step else "file", refused)

    def _neighbour(self) -> str:
        """The phone of somebody else of the demo's grid."""
        n = self.life.n
        taken = {n.personas.resident, n.personas.elder, n.personas.guardian}
        return next(
            p.phone
            for p in self.life.planter.adults
            if n.grid_of_home[p.home] == n.personas.grid and p.code not in taken
        )
