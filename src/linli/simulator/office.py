"""The committee's office: what it sets up once, looks at each morning, shows the neighbours and announces.

Through the pages, as those whose desk it is. Questions of one case are the team's (:mod:`linli.simulator.team`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

from linli.simulator.clockwork import iso
from linli.simulator.contractors import Contractors, phone_of
from linli.simulator.doors.api import Refused, Unreachable
from linli.simulator.doors.pages import Pages
from linli.simulator.habits.days import DAY, HOUR, day_start, local_day
from linli.simulator.incidents.planting import MINUTE, Incident
from linli.simulator.life import Life
from linli.simulator.people.toil import AGAIN, CHECKLISTS, SHORT, SHOWN, UNITS
from linli.simulator.team import Team

log = logging.getLogger(__name__)

MORNING = 9.6
SAMPLED_PERCENT = 15
SHOWN_SHARE, SHOWN_AFTER = 0.3, (20.0, 50.0)
"""Share of mended matters in shared places that are shown to everybody, and after how many hours."""
OPENED = ("air", "noise", "pipe_pressure", "street_lamp")
ROWS_OF_A_LIST = 4
"""Empty rows with which the page of a new checklist comes."""
WATER_OFF = (9, 15)


class Office:
    """``done`` is what an earlier run remembered: see :meth:`memory`."""

    def __init__(self, life: Life, team: Team, pages: Pages, done: Mapping[str, Any] | None = None) -> None:
        self.life, self.team, self.pages = life, team, pages
        self.contractors = Contractors(life, pages)
        self._done: dict[str, Any] = dict(done or {})
        self._keeps_hours = False
        n = life.n
        self._director = next(m.username for m in n.staff if m.role == "community_director")
        self._desk = [m.username for m in n.staff if m.role == "community_worker"]
        team.units = {key: int(pk) for key, pk in self._done.get("units", {}).items()}
        team.on_mended = self._maybe_show
        self._shut_the_tap()

    def memory(self) -> dict[str, Any]:
        return self._done

    def open(self) -> None:
        """Once: who is called from outside, what is looked at for which kind of matter, how much is sampled."""
        if self._done.get("open"):
            return
        for unit in UNITS:
            self._post(self._desk[1], "/workbench/rules/units/new/", {
                "kind": unit.kind, "name": unit.name, "duty": unit.duty, "phone": phone_of(unit),
            })  # fmt: skip
        page = self._get(self._desk[1], "/workbench/rules/units/")
        self._done["units"] = {
            unit.key: int(found[1])
            for unit in UNITS
            if (found := re.search(rf">{unit.name}<.*?/workbench/rules/units/(\d+)/", page))
        }
        self.team.units = self._done["units"]
        for category, rows in CHECKLISTS.items():
            self._post(self._director, f"/workbench/rules/checklists/{category}/", _rows(rows))
        self._post(self._director, "/workbench/quality/share/", {"percent": SAMPLED_PERCENT})
        self._done["open"] = True

    def keep_hours(self, now: int) -> None:
        """Put the next morning on the agenda; each morning does so for the next."""
        if self._keeps_hours:
            return
        self._keeps_hours = True
        day = local_day(now)
        at = day_start(day) + round(MORNING * HOUR)
        self.life.agenda.put(at if at > now else at + DAY, self._morning)

    def look(self, now: int) -> None:
        """What has come from outside since the last look is taken up."""
        self.contractors.look(now)

    def announce(self, now: int) -> None:
        """Water will be off in one estate tomorrow, and a lift is inspected today: both are written down before."""
        if self._done.get("announced"):
            return
        n = self.life.n
        estate = n.estates[1 % len(n.estates)].code
        tomorrow = day_start(local_day(now) + 1)
        since, until = (tomorrow + hour * HOUR for hour in WATER_OFF)
        self._post(self._desk[2], "/workbench/warnings/pauses/", {
            "what": "outage", "utility": "water", "place": f"estate:{self.life.places.estate[estate]}",
            "starts_at": local(since), "until": local(until), "note": "水务公司换进水总阀，请提前存一点水。",
        })  # fmt: skip
        lift = Random(f"{n.seed}/inspected").choice(n.devices_of("lift"))
        self._post(self._desk[2], "/workbench/warnings/pauses/", {
            "what": "work", "device": lift.code, "hours": 3, "reason": "check", "on_site": "安捷电梯维保站 周师傅",
            "note": "年检，停梯三小时",
        })  # fmt: skip
        self._done["announced"], self._done["water_off"] = True, [estate, since, until]
        self._shut_the_tap()

    def open_sensors(self) -> None:
        """One of the desk proposes what tells of nobody; the director agrees."""
        if self._done.get("open_sensors"):
            return
        n = self.life.n
        ids = {row["code"]: row["id"] for row in self.life.api.as_staff(self._director).every("/devices")}
        chosen = [d.code for kind in OPENED for d in n.devices_of(kind)[:3] if d.code in ids]
        self._post(self._desk[0], "/workbench/privacy/open-sensors/propose/", {"one": [ids[code] for code in chosen]})
        waiting = self._get(self._director, "/workbench/privacy/open-sensors/").split("open-sensors/close/")[0]
        proposed = re.findall(r'name="one" value="(\d+)"', waiting)
        if proposed:
            self._post(self._director, "/workbench/privacy/open-sensors/approve/", {"one": proposed})
        self._done["open_sensors"] = True

    def _morning(self, at: int) -> None:
        self.life.agenda.put(at + DAY, self._morning)
        for username in self._desk:
            page = self._get(username, "/workbench/quality/").split("<h2>等别人查的")[0]
            mine = page.split("<h2>要您查的")[-1].split("</section>")[0]
            for check in re.findall(r'"/workbench/quality/(\d+)/"', mine):
                self.life.agenda.put(at + 20 * MINUTE, partial(self._check, username, check))

    def _check(self, username: str, check: str, _at: int) -> None:
        """Look at a colleague's work again."""
        rng = Random(f"{self.life.n.seed}/check/{check}")
        drawn = rng.random()
        result, reason = ("ok", "") if drawn < 0.8 else ("short", rng.choice(SHORT))
        if drawn > 0.96:
            result, reason = "reopen", rng.choice(AGAIN)
        self._post(username, f"/workbench/quality/{check}/", {"result": result, "reason": reason})

    def _maybe_show(self, case: int, incidents: Sequence[Incident], at: int, photos: Sequence[int]) -> None:
        """What was mended where everybody passes may go on the list "you said, we did"."""
        shown = next((i for i in incidents if i.kind in SHOWN), None)
        rng = Random(f"{self.life.n.seed}/shown/{case}")
        if shown is None or rng.random() > SHOWN_SHARE:
            return
        later = day_start(local_day(at + round(rng.uniform(*SHOWN_AFTER) * HOUR))) + round(rng.uniform(9, 17) * HOUR)
        self.life.agenda.put(max(later, at + HOUR), partial(self._show, rng.choice(self._desk), case, shown, photos))

    def _show(self, username: str, case: int, incident: Incident, photos: Sequence[int], _at: int) -> None:
        title, did = SHOWN[incident.kind]
        self._post(username, f"/workbench/cases/{case}/public/", {
            "title": title, "place": self.life.called(incident), "did": did, "photo_ids": list(photos),
        })  # fmt: skip

    def _shut_the_tap(self) -> None:
        if "water_off" in self._done:
            estate, since, until = self._done["water_off"]
            self.life.spells.begin("water_off", estate, since, until)

    def _get(self, username: str, path: str) -> str:
        try:
            return self.pages.as_staff(username).get(path)
        except (Refused, Unreachable) as refused:
            log.warning("%s: %s", path, refused)
            return ""

    def _post(self, username: str, path: str, data: dict[str, Any]) -> None:
        """Try it; what somebody else did first, or may not be done now, is left alone."""
        try:
            self.pages.as_staff(username).post(path, data)
        except (Refused, Unreachable) as refused:
            log.info("%s: %s", path, refused)


def local(at: int) -> str:
    """What a form's field for a moment takes, in the neighbourhood's time."""
    return iso(at + 8 * HOUR)[:16]


def _rows(rows: Sequence[tuple[str, bool]]) -> dict[str, Any]:
    form: dict[str, Any] = {"after": 0, "row-TOTAL_FORMS": ROWS_OF_A_LIST, "row-INITIAL_FORMS": ROWS_OF_A_LIST}
    for number, (words, required) in enumerate(rows):
        form[f"row-{number}-words"] = words
        if required:
            form[f"row-{number}-required"] = "on"
    return form
