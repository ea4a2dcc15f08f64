"""What a sensitive device said is read by the roles that its declaration names, on every page and in every answer; whoever
else is on duty learns that somebody must go, where and who (issue: what is published is what is enforced)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.urls import reverse

from linli.act.casework.actions import open_case_for_warning
from linli.act.casework.models import Case
from linli.act.casework.wording import case_title
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.privacy.sensing.models import Declaration
from linli.sense.telemetry.lake import to_ms
from linli.sense.telemetry.models import HotObservation
from linli.understand.warnings.models import Warning
from tests.sweep.objects import place_objects
from tests.sweep.routes import ROUTES
from tests.sweep.test_permissions import Person

pytestmark = pytest.mark.django_db

SAID = ("7.31", "4321.87", "4323.5", "很久没有用水 · ", "很久没有用水</b>", '很久没有用水"', "只用了", "no_water")
"""The litres and the meter's readings, the detector's words for one home, and its key."""
WHERE_IT_STANDS = {
    "GET /workbench/warnings/", "GET /workbench/warnings/<warning_id>/", "GET /workbench/cases/<case_id>/",
    "GET /api/v1/warnings", "GET /api/v1/warnings/<warning_id>", "GET /api/v1/cases",
}  # fmt: skip
SAYS_WHAT_CAN_BE_SENSED = "GET /api/v1/openapi.json"
NAMES_OF_RULES = {"很久没有用水</b>", '很久没有用水"', "no_water"}
LISTS_RULES = {"GET /api/v1/warnings/rules", "GET /workbench/warnings/rules/", "GET /workbench/warnings/calling/"}
"""These name every rule, whether it has ever spoken or not."""
READERS_OF_READINGS = {
    "sense/telemetry", "sense/open_sensors", "understand/warnings", "faces/workbench/curves.py",
    "faces/workbench/pages/warnings.py",
}  # fmt: skip
"""Code that may touch readings: what stores them, what opens those of devices that tell of nobody, what watches them, and the
two that ask for the reader's sight."""
ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
RAW = {"HotObservation", "LastValue", "series", "rollup", "last_values", "DetectorState"}


@pytest.fixture
def objects(world, monday_morning):
    found = place_objects(world)
    with world.scope():
        water = Declaration.objects.filter(type="water_meter", inside_homes=True)
        assert water.update(viewers=[Role.COMMUNITY_DIRECTOR.value]) == 1
        Warning.objects.filter(pk=found.warning.pk).update(evidence=found.warning.evidence | {"litres": 7.31})
        now = to_ms(clock.now())
        for n, value in enumerate((4321.87, 4323.5)):
            HotObservation.objects.create(
                device=found.device, metric="volume", time=now - 60_000 * (2 - n), value=value
            )
        found.case = open_case_for_warning(found.warning.pk, actor=Actor.for_system("warnings"))
    return found


def read_in(who, world, objects) -> dict[str, list[str]]:
    """Each opened address with what of :data:`SAID` stands there."""
    person, found = Person(who, world), {}
    for key in ROUTES:
        if key.startswith("GET ") and key != SAYS_WHAT_CAN_BE_SENSED:
            response = person.ask(key, objects)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            text = body.decode(errors="ignore")
            text = ESCAPED.sub(lambda one: chr(int(one[1], 16)), text)
            asked = [one for one in SAID if not (key in LISTS_RULES and one in NAMES_OF_RULES)]
            if response.status_code < 400 and (here := [one for one in asked if one in text]):
                found[key] = here
    return found


def test_who_is_declared_reads_them(world, objects):
    found = read_in("community_director", world, objects)
    assert found.keys() >= WHERE_IT_STANDS, WHERE_IT_STANDS - found.keys()
    assert {one for here in found.values() for one in here} >= {"7.31", "4323.5", "只用了", "no_water"}


@pytest.mark.parametrize(
    "who", ["community_worker", "grid_lead", "grid_worker", "dpo", "auditor", "analyst", "wall_display", "street_office",
            "property_company", "building_lead", "neighbour"]
)  # fmt: skip
def test_nobody_else_does_on_any_address(who, world, objects):
    assert read_in(who, world, objects) == {}


def test_a_second_declaration_shows_only_its_own_metrics(world, objects):
    """A wider declaration of the battery alone does not show the water."""
    with world.scope():
        other = Declaration.objects.get(type="water_meter", inside_homes=True)
        other.pk, other.code, other.stored, other.viewers = None, "BATTERY9", ["battery"], [Role.GRID_WORKER.value]
        other._state.adding = True
        other.save()
    text = Person("grid_worker", world).client.get(f"/workbench/warnings/{objects.warning.pk}/").content.decode()
    assert "请去这户人家看看" in text
    assert not [one for one in SAID if one in text]


@pytest.mark.parametrize("who", ["grid_worker", "community_worker"])
def test_they_learn_that_somebody_must_go_where_and_who(who, world, objects):
    client = Person(who, world).client
    page = client.get(f"/workbench/warnings/{objects.warning.pk}/").content.decode()
    assert "请去这户人家看看" in page
    assert str(objects.home) in page
    assert f"请{objects.grid}的人去看看" in page
    answer = client.get(f"/api/v1/warnings/{objects.warning.pk}").json()
    assert (answer["kind"], answer["evidence"], answer["device_id"]) == ("look_in", {}, None)
    assert answer["home_id"] == objects.home.pk
    assert "acknowledge" in answer["verbs"]
    kinds = client.get("/api/v1/warnings?kind=no_water").json()
    assert kinds["items"] == [] and kinds["count"] == 0


def test_the_shared_cockpit_and_text_messages_never_say_it(world, objects):
    """Many read one screen, and a text message goes over somebody else's wires."""
    panels = Person("community_director", world).client.get("/cockpit/state").content.decode()
    assert "请去这户人家看看" in panels
    assert not [one for one in SAID if one in panels]
    with world.scope():
        case = Case.objects.select_related("warning").get(warning=objects.warning)
        assert case_title(case) == "请去这户人家看看"


def test_the_person_who_lives_there_still_reads_why_somebody_came(world, objects):
    from linli.understand.warnings.holding import warnings_about

    with world.scope():
        (held,) = warnings_about(objects.elder, world.actor("elder"))
        assert any("7.31" in row["sentence"] for row in held.rows())


def test_what_is_published_says_exactly_that(world, objects):
    pages = Person("elder", world).client
    text = pages.get(reverse("portal:sensing")).content.decode()
    assert "别的工作人员只知道要去哪里看看、谁去，看不到设备说了什么。" in text


def test_readings_are_touched_nowhere_else():
    """Faces and doors that would read a device's values without asking for the reader's sight."""
    root, found = Path(__file__).parents[2] / "src/linli", []
    for layer in ("sense", "understand", "act", "faces"):
        for file in (root / layer).rglob("*.py"):
            name = file.relative_to(root).as_posix()
            if "/tests/" in name or "/migrations/" in name or name.startswith(tuple(READERS_OF_READINGS)):
                continue
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                    ("linli.sense.telemetry", "linli.understand.warnings")
                ):
                    found += [f"{name}: {one.name}" for one in node.names if one.name in RAW | {"sentence"}]
    assert found == ["faces/cockpit/wording.py: sentence"], found
