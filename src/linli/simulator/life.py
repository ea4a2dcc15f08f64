"""Life in the neighbourhood: things happen, residents notice and speak, hear back and have an opinion.

:class:`Life` knows its plan, what it planted, and what the platform answers through the public doors. It is driven
from outside: ``advance(now)`` does everything due up to ``now``, ``speak(now)`` lets the devices catch up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from random import Random

from linli.simulator.agenda import Agenda
from linli.simulator.doors.api import Api, Caller, Refused, Unreachable
from linli.simulator.doors.mqtt import Fleet
from linli.simulator.doors.pages import Pages
from linli.simulator.habits.days import DAY, HOUR, day_start, local_day
from linli.simulator.habits.spells import Spells
from linli.simulator.incidents.kinds import KINDS
from linli.simulator.incidents.planting import Incident, Planter, Report
from linli.simulator.instrumentation import Instrumentation
from linli.simulator.neighbourhood import Neighbourhood, Person
from linli.simulator.people.residents import opinion
from linli.simulator.people.words import request_words
from linli.simulator.seeding import Places
from linli.simulator.truth import TruthFile

log = logging.getLogger(__name__)

EXPECTED_HOURS = {"P0": 1, "P1": 12, "P2": 60, "P3": 200, "P4": 400, "Q": 12}
TOLD_ANYWAY = 0.3
"""Share of residents who still report what has just ended by itself."""
STILL_TOLD = 3 * HOUR
SAYS_AWAY = 0.6
"""Share of those with a phone who say that they go away."""

OnReport = Callable[[int], None]
OnBegin = Callable[[Incident], None]


class Life:
    def __init__(
        self,
        n: Neighbourhood,
        api: Api,
        places: Places,
        truth: TruthFile,
        *,
        planter: Planter | None = None,
        personas: bool = True,
        pages: Pages | None = None,
    ) -> None:
        """``personas`` keeps the simulator's hands off the accounts that a visitor drives. Without ``pages`` nothing is done
        that has a form and no call in the API."""
        self.n, self.api, self.places, self.truth = n, api, places, truth
        self.pages = pages
        self.planter = planter or Planter(n)
        self.agenda = Agenda()
        self.spells = Spells()
        self.ongoing: dict[str, Incident] = {}
        self.past: list[Incident] = []
        self.speaker_of: dict[int, str] = {}
        self.incident_of: dict[int, str] = {}
        self.incidents_of_case: dict[int, set[str]] = {}
        self.instruments: Instrumentation | None = None
        self.fleet: Fleet | None = None
        self.on_report: OnReport = lambda at: None
        self.on_begin: OnBegin = lambda incident: None
        self._visitors = {n.personas.resident, n.personas.elder, n.personas.guardian} if personas else set()
        self._planned_to: int | None = None
        self._desk = [api.as_staff(m.username) for m in n.staff if m.role == "community_worker"]

    def advance(self, now: int) -> None:
        """Plan the days up to ``now`` and do what is due."""
        if self._planned_to is None:
            self._planned_to = now
            self._plan_day(local_day(now), since=now)
        while day_start(local_day(self._planned_to) + 1) <= now:
            self._planned_to = day_start(local_day(self._planned_to) + 1)
            self._plan_day(local_day(self._planned_to), since=self._planned_to)
        self.agenda.run_until(now)

    def next_at(self) -> int:
        """When something is due next: a deed, or the planning of the next day."""
        assert self._planned_to is not None
        midnight = day_start(local_day(self._planned_to) + 1)
        due = self.agenda.next_at()
        return midnight if due is None else min(due, midnight)

    def speak(self, now: int) -> int:
        """Let the devices say what they have to up to ``now``; nothing when there are none."""
        if self.instruments is None or self.fleet is None:
            return 0
        return self.instruments.speak(now, self.fleet)

    def plant(self, incident: Incident) -> None:
        """Let an incident happen as it says, from its beginning on."""
        self.agenda.put(incident.since, lambda at: self._begin(incident))

    def end(self, incident: Incident, at: int, cause: str) -> None:
        """``cause``: handled, itself. What has ended does not end again."""
        if incident.ended_at is not None:
            return
        incident.ended_at, incident.end_cause = at, cause
        for spell in self.spells.of(incident.place):
            if spell.kind == incident.spell and spell.since == incident.since and spell.until is None:
                spell.until = at
        if incident.announced and cause == "itself":
            self._on_away_page(incident, {"back": "1"})
        self.ongoing.pop(incident.id, None)
        self.past.append(incident)
        self.truth.ended(incident)

    def lately(self, now: int) -> list[Incident]:
        """What goes on, and what has just ended: whoever comes still hears of it."""
        over = [i for i in self.past if now - (i.ended_at or 0) <= STILL_TOLD]
        return [*self.ongoing.values(), *over]

    def find(self, incident_id: str) -> Incident | None:
        return self.ongoing.get(incident_id) or next((i for i in reversed(self.past) if i.id == incident_id), None)

    def hears_back(self, request_ids: list[int], *, at: int, level: str, opened_at: int) -> None:
        """The speakers of these requests have been told the result; some will say what they think of it."""
        for request_id in request_ids:
            code = self.speaker_of.get(request_id)
            if code is None or code in self._visitors:
                continue
            incident = self.find(self.incident_of.get(request_id, ""))
            mended = incident is None or incident.ended_at is not None or not incident.harm
            rng = Random(f"{self.n.seed}/opinion/{request_id}/{at}")
            said = opinion(
                rng, told_at=at, mended=mended, hours_waited=(at - opened_at) / HOUR,
                expected_hours=EXPECTED_HOURS.get(level, 60),
            )  # fmt: skip
            if said is not None:
                body = {"solved": said.solved, "satisfaction": said.satisfaction, "reason": said.reason}
                self.agenda.put(said.at, partial(self._rate, request_id, code, body))

    def _plan_day(self, day: int, *, since: int) -> None:
        for incident in self.planter.day(day):
            if incident.since >= since:
                self.plant(incident)
        self.spells.forget_before(since - 2 * DAY)

    def _begin(self, incident: Incident) -> None:
        if incident.spell and self.spells.current(incident.place, incident.spell, incident.since):
            return
        if incident.kind == "away":
            incident.announced = self._say_away(incident)
        self.truth.planted(incident)
        self.resume(incident)
        self.on_begin(incident)

    def resume(self, incident: Incident) -> None:
        """Let an incident that has begun go on; what was due of it in the past is done at the next step."""
        self.ongoing[incident.id] = incident
        if incident.spell:
            until = None if incident.genuine else incident.ends_itself_at
            self.spells.begin(incident.spell, incident.place, incident.since, until)
        if incident.ends_itself_at is not None:
            self.agenda.put(incident.ends_itself_at, lambda at: self.end(incident, at, "itself"))
        have_spoken = {self.speaker_of[r] for r, about in self.incident_of.items() if about == incident.id}
        for report in incident.reports:
            if report.person not in have_spoken:
                self.agenda.put(report.at, partial(self._report, incident, report))

    def _report(self, incident: Incident, report: Report, _at: int) -> None:
        rng = Random(f"{incident.id}/{report.person}")
        if incident.ended_at is not None and rng.random() > TOLD_ANYWAY:
            return
        if report.person in self._visitors and not incident.ordered:
            return
        person = self.n.person_of[report.person]
        words = request_words(incident.kind, rng, place=self.called(incident), old=person.age_on(self.n.as_of) >= 70)
        body = {
            "words": words,
            "client_key": f"sim-{incident.id}-{report.person}",
            **self._where(incident, person),
        }
        try:
            if report.channel == "portal":
                filed = self.api.as_resident(person.phone).post("/requests", {**body, "channel": "portal"})
            else:
                speaker = {"speaker_id": self.places.resident[person.code], "channel": report.channel}
                filed = self._at_the_desk(rng).post("/requests", {**body, **speaker})
        except (Refused, TimeoutError) as problem:
            log.warning("a report of %s was not taken: %s", incident.kind, problem)
            return
        self.speaker_of[filed["id"]] = person.code
        self.incident_of[filed["id"]] = incident.id
        if filed["case_id"]:
            self.incidents_of_case.setdefault(filed["case_id"], set()).add(incident.id)
        self.truth.reported(
            incident,
            at=report.at,
            request=filed["id"],
            case=filed["case_number"] or "",
            channel=report.channel,
        )
        self.on_report(report.at)

    def _say_away(self, incident: Incident) -> bool:
        """Two presses on the phone before the door is shut, by those who have one and think of it."""
        if Random(f"{incident.id}/announced").random() > SAYS_AWAY or incident.ends_itself_at is None:
            return False
        nights = local_day(incident.ends_itself_at) - local_day(incident.since)
        return self._on_away_page(incident, {"days": "1" if nights <= 1 else "3"})

    def _on_away_page(self, incident: Incident, pressed: dict[str, str]) -> bool:
        person = self.n.household_in[incident.home].members[0]
        if self.pages is None or not person.phone or person.code in self._visitors:
            return False
        try:
            self.pages.as_resident(person.phone).post("/portal/away/", pressed)
        except (Refused, Unreachable, TimeoutError) as problem:
            log.warning("going away could not be said: %s", problem)
            return False
        return True

    def _rate(self, request_id: int, code: str, body: dict, at: int) -> None:
        try:
            self.api.as_resident(self.n.person_of[code].phone).post(f"/requests/{request_id}/rating", body)
        except (Refused, TimeoutError) as problem:
            log.info("request %s could not be rated: %s", request_id, problem)
            return
        if not body["solved"]:
            self.on_report(at)

    def _at_the_desk(self, rng: Random) -> Caller:
        """The same clerk for the same report, also when a restart lets it be made again: it is then known, not refused."""
        return rng.choice(self._desk)

    def called(self, incident: Incident) -> str:
        """How a neighbour would say where it is."""
        building = self.n.building_of[incident.building]
        estate = self.n.estate_of[building.estate].name
        if KINDS[incident.kind].place == "estate":
            return estate
        return f"{estate}{building.number}幢"

    def _where(self, incident: Incident, person: Person) -> dict:
        """The place as the form takes it: a facility, somebody else's building, or one's own home by default."""
        if incident.facility:
            return {"facility_id": self.places.facility[incident.facility]}
        if incident.home == person.home:
            return {}
        return {"building_id": self.places.building[incident.building]}
