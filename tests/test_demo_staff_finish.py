"""The demo's staff, on the real platform through its public doors: who acknowledges a trapped rider gets there and finishes."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client

from linli.act.casework.actions import errand_step
from linli.act.casework.models import Case, Errand, OutsideUnit
from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.simulator.agenda import Agenda
from linli.simulator.clockwork import ms
from linli.simulator.doors.api import Refused
from linli.simulator.incidents.planting import MINUTE, Incident
from linli.simulator.people.toil import UNITS
from linli.simulator.team import Team
from linli.understand.warnings import actions, calling
from linli.understand.warnings.models import Call
from linli.understand.warnings.places import Place
from linli.understand.warnings.tests.test_warning_life import DETECTOR, EVIDENCE

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Doors:
    """The API and the pages as a person reaches them, without a network between."""

    def __init__(self, world, prefix=""):
        self.world, self.prefix = world, prefix

    def as_staff(self, who):
        client = Client()
        client.force_login(self.world.accounts[who])
        return SimpleNamespace(
            get=lambda path, **query: self._read(client.get(self.prefix + path, query)),
            post=lambda path, body=None, **more: self._read(self._post(client, path, body or more)),
        )

    def _post(self, client, path, body):
        if self.prefix:
            return client.post(self.prefix + path, json.dumps(body), content_type="application/json")
        return client.post(path, body)

    def _read(self, answer):
        if answer.status_code >= 400:
            raise Refused(answer.status_code, answer.json() if self.prefix else {})
        return answer.json() if self.prefix else answer.content


@pytest.fixture
def scene(world):
    with world.scope(), clock.frozen(START):
        lifts = UNITS[0]
        unit = OutsideUnit.objects.create(kind=lifts.kind, name=lifts.name, duty=lifts.duty, phone="19900990071")
        begun = ms(START.isoformat())
        rider = Incident(
            "1", "trapped", True, "lift-1", "", "b1", "lift-1", 1, begun, begun, 1.0, 0.4, "trapped", "trapped"
        )
        life = SimpleNamespace(
            n=SimpleNamespace(
                seed=1, grids=[1, 2], personas=SimpleNamespace(grid=9),
                staff=[
                    SimpleNamespace(role="community_director", username="community_director", grid=None),
                    SimpleNamespace(role="grid_worker", username="grid_worker", grid=1),
                    SimpleNamespace(role="community_worker", username="community_worker", grid=None),
                ],
            ),
            places=SimpleNamespace(
                grid_number={world.grids[0].pk: 1}, grid={1: world.grids[0].pk}, home_code={},
                facility_code={world.lift.pk: "lift-1"}, building_code={},
            ),
            agenda=Agenda(), api=Doors(world, "/api/v1"), pages=Doors(world), incidents_of_case={}, ongoing={"1": rider},
            find=lambda one: rider, lately=lambda now: [rider], hears_back=lambda requests, **more: None,
            end=lambda incident, at, how: setattr(incident, "ended_at", at),
        )  # fmt: skip
        team = Team(life)
        team.units = {"lifts": unit.pk}
        actions.raise_warning(
            "trapped", source="device:1", level="P0", evidence=EVIDENCE, actor=DETECTOR,
            place=Place(world.grids[0].pk, world.buildings[0].pk, facility_id=world.lift.pk),
        )  # fmt: skip
        drain()
        yield SimpleNamespace(world=world, team=team, begun=begun)


def live(scene, since, until):
    """Minute by minute, as the demo does it."""
    for minute in range(since, until):
        with clock.frozen(START + timedelta(minutes=minute)):
            scene.team.look(scene.begun + minute * MINUTE)
            scene.team.life.agenda.run_until(scene.begun + minute * MINUTE)
            calling.climb_due()
            drain()


def test_a_firm_that_takes_its_time_leaves_no_trapped_rider_acknowledged(scene):
    live(scene, 0, 100)
    case = Case.objects.get()
    warning = case.warning
    assert case.state == "in_progress" and Errand.objects.filter(case=case).open().exists()
    assert warning.arrived_at is not None and warning.arrived_at < START + timedelta(minutes=30)
    assert (warning.state, warning.finding) == ("handled", "true"), "said at once, whatever the firm does"
    assert not Call.objects.filter(ladder__arrive_by__isnull=False).exists(), "nobody had to be reminded"
    with clock.frozen(START + timedelta(minutes=100)):
        errand = Errand.objects.get()
        for verb, said in (("accept", {}), ("finish", {"result": "修好了"})):
            errand_step(errand.pk, verb, actor=scene.world.actor("grid_worker"), **said)
    live(scene, 100, 140)
    case.refresh_from_db()
    warning.refresh_from_db()
    assert (case.state, warning.state) == ("closed", "cleared")


def test_a_firm_that_never_comes_does_not_keep_the_case_for_ever(scene):
    live(scene, 0, 20)
    for minute in range(30, 12 * 60, 15):
        live(scene, minute, minute + 1)
    case = Case.objects.get()
    assert (case.state, case.warning.state) == ("closed", "cleared")
    assert Errand.objects.get().state == "recalled"
