"""The staff at work: they look at their lists as a person would, and do what comes next, well or badly.

Everything is read from the platform: after a restart they look again and go on, and what a visitor has done
meanwhile they find done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from linli.simulator.clockwork import ms
from linli.simulator.doors.api import Caller, Refused, Unreachable
from linli.simulator.incidents.planting import MINUTE, Incident
from linli.simulator.life import Life
from linli.simulator.people.pictures import upload
from linli.simulator.people.staff import WorkPlan, plan_work, skill_of
from linli.simulator.people.toil import UNITS, spent
from linli.simulator.people.words import done_words, staff_words, work_words

log = logging.getLogger(__name__)

LEFT_TO_VISITOR = 0.6
"""Share of the demo grid's cases that wait for the visitor first."""
LEFT_SECONDS, KEPT_SECONDS = 240, 1200
"""Real seconds for which such a case is left alone, and one that a visitor asked for or that is a persona's own."""
NOT_SENT = frozenset({"submitted", "accepted", "returned"})
UNFINISHED = "submitted,accepted,dispatched,in_progress,reopened,returned,escalated"
URGENT = frozenset({"P0", "P1"})

TRY_AGAIN, PATIENT_TIMES = 30 * MINUTE, 16
"""How long until what a firm holds up is tried again, and how often before the case ends without it."""

FINDINGS = {
    "away": "away", "burnt_pan": "false", "sos_by_mistake": "false", "long_bath": "false", "cooking": "false", "brief_stop": "false",
    "maintenance": "technical", "lift_unreachable": "technical", "meter_unreachable": "technical",
}  # fmt: skip
"""What somebody finds who goes to look at a near miss."""

OnDone = Callable[[int], None]
OnMended = Callable[[int, Sequence[Incident], int, Sequence[int]], None]
AFTERWARDS = {"lamp": "lamp_lit", "gate": "door_shut"}
"""The photo that shows of a kind of matter that it is mended."""


class Team:
    """``visited``: a visitor is there, whose cases are left alone for a while of real time, whatever the pace.

    Cases in ``leaves`` are somebody else's to handle for as long as they stand in it; those in ``visitors`` always
    wait for the visitor first.
    """

    def __init__(self, life: Life) -> None:
        self.life = life
        self.visited = False
        self._left_until: dict[int, float] = {}
        n = life.n
        self._director = life.api.as_staff(next(m.username for m in n.staff if m.role == "community_director"))
        self._grid_worker = {m.grid: m.username for m in n.staff if m.role == "grid_worker"}
        self._desk = [m.username for m in n.staff if m.role == "community_worker"]
        self._planned: dict[int, tuple] = {}
        self._incidents: dict[int, list[str]] = {}
        self._badly_done: set[int] = set()
        self.leaves: set[int] = set()
        self.visitors: set[int] = set()
        self.urgent_open = self.danger_open = False
        self._now = 0
        self.units: dict[str, int] = {}
        self.on_mended: OnMended = lambda case, incidents, at, photos: None

    def look(self, now: int) -> None:
        """See what is on the list and decide what to do about what is new."""
        self._now = now
        rows = [row for row in self._unfinished() if row["id"] not in self.leaves]
        self.urgent_open = any(row["level"] in URGENT for row in rows)
        self.danger_open = any(row["level"] == "P0" for row in rows)
        for row in rows:
            phase = (row["state"] in NOT_SENT, row["reopened_times"])
            if self._planned.get(row["id"]) != phase and not self._left_to_visitor(row):
                self._planned[row["id"]] = phase
                self._badly_done.discard(row["id"])
                self._plan(row, now)
        self._see_what_others_ended({row["id"] for row in rows}, now)

    def _unfinished(self) -> Iterator[dict[str, Any]]:
        page, seen = 1, 0
        while True:
            answer = self._director.get("/cases", state=UNFINISHED, page=page)
            yield from answer["items"]
            seen += len(answer["items"])
            if seen >= answer["total"] or not answer["items"]:
                return
            page += 1

    def _plan(self, row: dict[str, Any], now: int) -> None:
        """Who does what when about one case."""
        rng = Random(f"{self.life.n.seed}/case/{row['number']}/{row['reopened_times']}/{row['state']}")
        grid = self.life.places.grid_number.get(row["grid_id"])
        seen_at = now + round(rng.uniform(0.2, 2.0) * MINUTE)
        if row["state"] in NOT_SENT:
            self.life.agenda.put(seen_at, lambda at: self._receive(row, grid or rng.choice(self.life.n.grids), rng))
            return
        username = self._grid_worker[grid or 1]
        incidents = self._incidents_of(row)
        work = min((i.work_hours for i in incidents), default=0.5)
        skill = min(0.99, skill_of(self.life.n.seed, username) + 0.12 * row["reopened_times"])
        plan = plan_work(row["level"], seen_at, work, 1.0 if row["level"] == "P0" else skill, rng)
        self._carry_out(row, username, plan, incidents, rng)

    def _receive(self, row: dict[str, Any], grid: int, rng: Random) -> None:
        """The desk accepts what was not accepted by itself and sends it to a grid."""
        worker = rng.choice(self._desk)
        state = row["state"]
        if state == "submitted":
            accepted = self._do(row["id"], worker, "accept")
            state = accepted["state"] if accepted else state
        if state != "dispatched":
            self._do(row["id"], worker, "dispatch", grid_id=self.life.places.grid[grid])

    def _carry_out(
        self, row: dict[str, Any], username: str, plan: WorkPlan, incidents: list[Incident], rng: Random
    ) -> None:
        case, put = row["id"], self.life.agenda.put
        put(plan.take, lambda at: self._take(row, username))
        words = "there" if row["warning_id"] else "contact"
        put(plan.contact, lambda at: self._do(case, username, "contact", text=staff_words(words, rng), on_site=True))
        put(plan.start, lambda at: self._do(case, username, "start"))
        if row["warning_id"]:
            put(plan.start, lambda at: self._attempt(username, f"/warnings/{row['warning_id']}/arrive"))
        put(plan.start + MINUTE // 2, lambda at: self._ask_outside(case, username, incidents))
        if rng.random() < 0.4:
            put(
                plan.start + MINUTE,
                lambda at: self._do(case, username, "note", text=work_words(row["category"], rng)),
            )
        put(plan.finish - MINUTE, lambda at: self._write_down_what_it_took(case, username, incidents, rng))
        if not plan.poor:
            put(plan.finish - 2 * MINUTE, lambda at: self._end_all(incidents, at))
        put(plan.finish, lambda at: self._feed_back(row, username, plan, incidents, at, rng))

    def _end_all(self, incidents: list[Incident], at: int) -> None:
        for incident in incidents:
            self.life.end(incident, at, "handled")

    def _take(self, row: dict[str, Any], username: str) -> None:
        if row["handler_id"] is None:
            self._do(row["id"], username, "take")
        if row["warning_id"]:
            self._attempt(username, f"/warnings/{row['warning_id']}/acknowledge")

    def _feed_back(
        self,
        row: dict[str, Any],
        username: str,
        plan: WorkPlan,
        incidents: list[Incident],
        at: int,
        rng: Random,
    ) -> None:
        genuine = any(i.genuine for i in incidents) if incidents else not row["warning_id"]
        if row["level"] == "Q":
            said, outcome = staff_words("answer", rng), "fixed"
        elif not genuine:
            said, outcome = "到场查看，没有异常。", "no_longer_needed"
        else:
            said = staff_words("poor", rng) if plan.poor else done_words(row["category"], rng)
            outcome = "fixed"
        given: dict[str, Any] = {"outcome": outcome, "result": said}
        given["finding"] = "true" if genuine and incidents else FINDINGS.get(_kind(incidents), "false")
        given["on_site"] = True
        if plan.poor:
            self._badly_done.add(row["id"])
        mended = genuine and not plan.poor and given["outcome"] == "fixed"
        photos = self._photo_of(incidents, username) if mended else []
        if photos:
            given["photo_ids"] = photos
        self._finish(
            row, username, given, at,
            then=lambda when: self.on_mended(row["id"], incidents, when, photos) if mended else None,
        )  # fmt: skip

    def _finish(
        self, row: dict[str, Any], username: str, given: dict[str, Any], at: int, *, then: OnDone, tried: int = 0
    ) -> None:
        """Feed the case back; while a firm still works at it that is refused, and tried again, first of all saying what was
        found of its warning."""
        case = row["id"]
        tick_off(case, self.life.api.as_staff(username))
        if self._do(case, username, "feed_back", **given) is not None:
            then(at)
            reporters = self._director.get(f"/cases/{case}")["reporters"]
            requests = [r["request_id"] for r in reporters if not r["withdrawn"]]
            self.life.hears_back(requests, at=at, level=row["level"], opened_at=ms(row["opened_at"]))
        elif tried < 2 * PATIENT_TIMES and self._director.get(f"/cases/{case}")["state"] in UNFINISHED.split(","):
            if not tried and row["warning_id"]:
                self._say_what_was_found(row["warning_id"], username, given)
            if tried >= PATIENT_TIMES:
                given = given | {"anyway": "先办结，外单位改天再来，另外跟。"}
            self.life.agenda.put(
                at + TRY_AGAIN,
                lambda when: self._finish(row, username, given, when, then=then, tried=tried + 1),
            )

    def _say_what_was_found(self, warning: int, username: str, given: dict[str, Any]) -> None:
        verb = "handle" if given["finding"] == "true" else "dismiss"
        found = {"finding": given["finding"], "note": given["result"], "on_site": True}
        self._attempt(username, f"/warnings/{warning}/{verb}", found)

    def _photo_of(self, incidents: Sequence[Incident], username: str) -> list[int]:
        names = [AFTERWARDS[i.kind] for i in incidents if i.kind in AFTERWARDS]
        try:
            return upload(names[0], self.life.api.as_staff(username)) if names else []
        except Refused as refused:
            log.debug("a photo was not taken: %s", refused)
            return []

    def _ask_outside(self, case: int, username: str, incidents: Sequence[Incident]) -> None:
        """Some work is a company's: it gets a link, and comes."""
        kinds = {i.kind for i in incidents if i.ended_at is None}
        unit = next((unit for unit in UNITS if unit.comes & kinds and unit.key in self.units), None)
        if unit is None or self.life.pages is None:
            return
        form = {"unit_id": self.units[unit.key], "task": unit.task, "days": 14}
        try:
            self.life.pages.as_staff(username).post(f"/workbench/cases/{case}/errands/new/", form)
        except (Refused, Unreachable) as refused:
            log.info("nobody from outside was asked: %s", refused)

    def _write_down_what_it_took(self, case: int, username: str, incidents: Sequence[Incident], rng: Random) -> None:
        for kind in dict.fromkeys(i.kind for i in incidents):
            for row in spent(kind, rng):
                self._do(case, username, "spend", **row)

    def _left_to_visitor(self, row: dict[str, Any]) -> bool:
        """Whether a visitor still has time for it; measured from when this run first saw it."""
        grid = self.life.places.grid_number.get(row["grid_id"])
        if not self.visited or row["state"] in NOT_SENT or grid != self.life.n.personas.grid:
            return False
        if row["id"] not in self._left_until:
            self._left_until[row["id"]] = time.monotonic() + self._seconds_left_alone(row)
        return time.monotonic() < self._left_until[row["id"]]

    def _seconds_left_alone(self, row: dict[str, Any]) -> float:
        if row["id"] in self.visitors or any(i.ordered for i in self._incidents_of(row)):
            return KEPT_SECONDS
        return LEFT_SECONDS if Random(f"{self.life.n.seed}/left/{row['number']}").random() < LEFT_TO_VISITOR else 0

    def _incidents_of(self, row: dict[str, Any]) -> list[Incident]:
        """What the case is about, known from what was reported or from where the warning is."""
        ids = set(self.life.incidents_of_case.get(row["id"], ()))
        found = [i for i in map(self.life.find, ids) if i is not None]
        if row["warning_id"]:
            warning = self._director.get(f"/warnings/{row['warning_id']}")
            home = self.life.places.home_code.get(warning["home_id"])
            facility = self.life.places.facility_code.get(warning["facility_id"])
            building = self.life.places.building_code.get(warning["building_id"])
            found += [
                i
                for i in self.life.lately(self._now)
                if i.spell and i.id not in ids and is_there(i, home=home, facility=facility, building=building)
            ]
        self._incidents[row["id"]] = [i.id for i in found]
        return found

    def _see_what_others_ended(self, unfinished: set[int], now: int) -> None:
        """A visitor may have finished a case: then what it was about is over."""
        for case in [c for c in self._incidents if c not in unfinished]:
            for incident_id in self._incidents.pop(case):
                incident = self.life.ongoing.get(incident_id)
                if incident is not None and case not in self._badly_done:
                    self.life.end(incident, now, "handled")

    def _do(self, case: int, username: str, verb: str, **given: Any) -> dict[str, Any] | None:
        return self._attempt(username, f"/cases/{case}/{verb}", given)

    def _attempt(self, username: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Try it; what somebody else did first, or may not be done now, is left alone."""
        try:
            return self.life.api.as_staff(username).post(path, body)
        except Refused as refused:
            log.debug("%s: %s", path, refused)
            return None


def tick_off(case: int, worker: Caller) -> None:
    """What the case's checklist asks for, where the community has one; what somebody else does first is left alone."""
    try:
        for check in worker.get(f"/cases/{case}")["checks"]:
            if check["state"] == "open":
                worker.post(f"/cases/{case}/tick", {"check_id": check["check_id"]})
    except Refused as refused:
        log.debug("a checklist was not ticked off: %s", refused)


def is_there(incident: Incident, *, home: str | None, facility: str | None, building: str | None) -> bool:
    """Whether it is where a warning is: in its home, else at its facility, else in front of its building."""
    if home:
        return incident.home == home
    if facility:
        return incident.facility == facility
    return bool(building) and incident.building == building and not incident.home and not incident.facility


def _kind(incidents: list[Incident]) -> str:
    return incidents[0].kind if incidents else ""
