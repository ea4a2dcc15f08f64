"""A warning from the first look to the last: one at a time, in order, by the right people."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

import linli
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.testing import build_community
from linli.understand.warnings import actions, queries
from linli.understand.warnings.models import WORKFLOW, Warning
from linli.understand.warnings.places import Place
from linli.understand.warnings.tests.eight_at_once import what_came_of_it

DETECTOR = Actor.for_system("detector.trapped")
EVIDENCE = {
    "reason": "stuck", "since": "2026-03-02T01:00:00+00:00", "seconds": 60,
    "floor": 3, "in_door_zone": 0, "door_open": 0,
}  # fmt: skip


def raised(world, source="device:1", kind="trapped", level="P0", grid=0):
    return actions.raise_warning(
        kind,
        source=source,
        level=level,
        place=Place(world.grids[grid].pk, world.buildings[grid].pk),
        evidence=EVIDENCE,
        actor=DETECTOR,
    )


@pytest.fixture
def scene(world, monday_morning):
    with world.scope():
        yield world


def kinds_of(warning):
    events = Event.objects.filter(subject=f"warning:{warning.pk}").order_by("pk")
    return [event.kind.removeprefix("warnings.") for event in events]


def test_every_state_can_be_reached_and_every_step_is_declared_or_refused():
    assert WORKFLOW.reachable() == set(Warning.State.values)
    assert WORKFLOW.final() == {"cleared", "false"}
    assert {state for state in WORKFLOW.states if WORKFLOW.allowed(state)} == set(Warning.LIVE)


def test_open_acknowledged_handled_and_cleared_when_the_condition_ends(scene):
    warning = raised(scene)
    worker = scene.actor("grid_worker")
    assert actions.acknowledge(warning, actor=worker).acknowledged_by_id == worker.account_id
    assert actions.handle(warning, actor=worker, note="已救出", on_site=True).state == "handled"
    actions.end_condition("trapped", source="device:1", at=clock.now(), actor=DETECTOR)
    warning.refresh_from_db()
    assert (warning.state, warning.finding, warning.ended_at) == ("cleared", "true", clock.now())
    assert kinds_of(warning) == ["opened", "acknowledged", "handled", "condition_ended", "cleared"]


def test_what_was_over_before_it_was_handled_is_cleared_by_the_handling(scene):
    warning = raised(scene)
    actions.end_condition("trapped", source="device:1", at=clock.now(), actor=DETECTOR)
    warning.refresh_from_db()
    assert warning.state == "open", "a person says what was found, not the sensor"
    assert actions.handle(warning, actor=scene.actor("community_worker")).state == "cleared"


def test_a_second_trigger_updates_the_active_warning(scene):
    first = raised(scene)
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        again = raised(scene)
        assert (again.pk, again.triggers, again.last_triggered_at) == (first.pk, 2, clock.now())
    assert Warning.objects.count() == 1
    assert kinds_of(first) == ["opened", "retriggered"]


def test_a_trigger_after_handling_opens_it_again_and_after_clearing_opens_another(scene):
    warning = raised(scene)
    worker = scene.actor("grid_worker")
    actions.handle(warning, actor=worker, on_site=True)
    assert raised(scene).state == "open"
    actions.handle(warning, actor=worker, on_site=True)
    actions.clear(warning, actor=worker, on_site=True)
    assert raised(scene).pk != warning.pk


def test_different_sources_and_kinds_warn_side_by_side(scene):
    raised(scene)
    raised(scene, source="device:2")
    raised(scene, kind="smoke")
    assert Warning.objects.active().count() == 3


def test_two_people_at_once_the_second_is_told(scene):
    warning = raised(scene)
    actions.acknowledge(warning, actor=scene.actor("grid_worker"))
    with pytest.raises(Conflict):
        actions.acknowledge(warning, actor=scene.actor("community_worker"))


def test_nothing_is_cleared_before_it_is_handled(scene):
    with pytest.raises(Conflict):
        actions.clear(raised(scene), actor=scene.actor("community_director"))


def test_dismissing_says_why_and_teaches_the_record(scene):
    worker = scene.actor("grid_worker")
    for n, finding in enumerate(["false", "technical", "away", "refused"]):
        actions.dismiss(raised(scene, source=f"device:{n}"), actor=worker, finding=finding, note="去看过", on_site=True)
    actions.handle(raised(scene, source="device:9"), actor=worker, on_site=True)
    raised(scene, source="device:10")
    (record,) = queries.detector_record()
    assert (record.raised, record.active, record.found, record.true) == (6, 2, 5, 1)
    assert (record.false, record.technical, record.false_share) == (1, 1, 0.8)
    for wrong in ("true", "nonsense", ""):
        with pytest.raises(Invalid):
            actions.dismiss(raised(scene, source="device:11"), actor=worker, finding=wrong)


def test_what_endangers_life_is_not_called_untrue_while_it_still_sounds_without_a_reason_from_the_place(scene):
    worker, warning = scene.actor("grid_worker"), raised(scene)
    for verb in (actions.dismiss, actions.handle):
        for given, field in (({}, "note"), ({"note": " ", "on_site": True}, "note"), ({"note": "有人烧饭"}, "on_site")):
            with pytest.raises(Invalid) as refused:
                verb(warning, actor=worker, finding="false", **given)
            assert refused.value.field == field
    warning.refresh_from_db()
    assert (warning.state, warning.finding) == ("open", "")
    done = actions.dismiss(warning, actor=worker, finding="false", note="有人烧饭", on_site=True)
    assert (done.state, done.finding_note) == ("false", "有人烧饭")


def test_what_is_over_or_less_grave_is_called_untrue_without_more(scene):
    worker, over = scene.actor("grid_worker"), raised(scene)
    actions.end_condition("trapped", source="device:1", at=clock.now(), actor=DETECTOR)
    assert actions.dismiss(over, actor=worker).state == "false"
    assert actions.dismiss(raised(scene, source="device:2", kind="door_open_long", level="P2"), actor=worker).ended_at


def test_a_record_without_a_finding_has_no_share(scene):
    raised(scene)
    assert queries.detector_record()[0].false_share is None


@pytest.mark.parametrize(
    "who",
    ["other_grid_worker", "resident", "elder", "family_proxy", "wall_display", "building_lead",
     "property_company", "dpo", "auditor", "street_office"],
)  # fmt: skip
def test_who_is_not_staff_here_neither_sees_nor_touches_it(scene, who):
    warning = raised(scene)
    actor = scene.actor(who)
    with pytest.raises(NotFound):
        queries.visible_warning(warning.pk, actor)
    for verb in actions.VERBS.values():
        with pytest.raises(NotAllowed):
            verb(warning, actor=actor)


def test_people_cannot_raise_warnings(scene):
    with pytest.raises(NotAllowed):
        actions.raise_warning(
            "trapped", source="device:1", level="P0", place=Place(scene.grids[0].pk), evidence={},
            actor=scene.actor("community_director"),
        )  # fmt: skip


def test_the_gravest_and_oldest_come_first_and_buildings_know_their_worst(scene):
    late = raised(scene, source="device:2", level="P1")
    urgent = raised(scene, source="device:3", level="P0")
    other = raised(scene, source="device:4", level="P1", grid=1)
    ranked = queries.active_ranked(scene.actor("community_worker"))
    assert [w.pk for w in ranked] == [urgent.pk, late.pk, other.pk]
    assert [w.pk for w in queries.active_ranked(scene.actor("grid_worker"))] == [urgent.pk, late.pk]
    states = queries.building_states()
    assert {pk: (s.worst, s.active) for pk, s in states.items()} == {
        scene.buildings[0].pk: ("P0", 2),
        scene.buildings[1].pk: ("P1", 1),
    }


def test_the_database_itself_refuses_a_second_active_warning(scene):
    first = raised(scene)
    with pytest.raises(IntegrityError), transaction.atomic():
        Warning.objects.create(
            kind=first.kind, source=first.source, level="P0", grid=scene.grids[0], evidence={},
            opened_at=clock.now(), last_triggered_at=clock.now(),
        )  # fmt: skip


EIGHT_MADE_ONE = "1 warning, 8 triggers, 8 events"


def test_eight_triggers_at_the_same_moment_make_one_warning(tmp_path):
    """SQLite on disk, in a process of its own: threads cannot share the in-memory database of the tests."""
    environment = {name: value for name, value in os.environ.items() if name != "LINLI_DATABASE_URL"}
    environment |= {"LINLI_HOME": str(tmp_path), "LINLI_MODE": "test"}
    ran = subprocess.run(
        [sys.executable, "-m", "linli.understand.warnings.tests.eight_at_once"],
        env={**environment, "PYTHONPATH": str(Path(linli.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.stdout.strip() == EIGHT_MADE_ONE, ran.stderr


@pytest.mark.django_db(transaction=True)
def test_eight_triggers_at_the_same_moment_make_one_warning_on_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("runs when the tests run on PostgreSQL")
    assert what_came_of_it(build_community("many", serial=7)) == EIGHT_MADE_ONE


def still(world, kind, level="P2", home=0):
    one = world.homes[home]
    building = one.entrance.building
    return actions.raise_warning(
        kind, source=f"home:{one.pk}", level=level, place=Place(building.grid_id, building.pk, one.pk), evidence={},
        actor=DETECTOR,
    )  # fmt: skip


def test_a_second_sign_of_one_trouble_in_a_home_joins_the_first_and_a_graver_one_takes_it_in(scene):
    first = still(scene, "combined_rhythm")
    joined = still(scene, "no_motion")
    assert (joined.state, joined.held_for, joined.part_of) == ("held", "group", first)
    assert kinds_of(joined) == ["held"]
    assert still(scene, "slow_leak", "P3").state == "open", "another trouble"
    assert still(scene, "no_motion", home=1).state == "open", "another home"
    graver = still(scene, "no_water", "P1")
    first.refresh_from_db()
    assert graver.state == "open" and (first.state, first.part_of) == ("held", graver)
    assert kinds_of(first) == ["opened", "folded"]


def test_what_people_are_called_about_joins_nothing_about_which_they_are_not_called(scene):
    quiet = still(scene, "water_rhythm", "P1")
    ringing = still(scene, "no_water", "P1")
    assert (quiet.state, ringing.state) == ("open", "open")
    assert still(scene, "no_water_day", "P1").state == "held"


def test_what_joined_is_asked_about_alone_if_it_outlasts_the_warning_that_stood_for_it(scene, monday_morning):
    first, joined = still(scene, "combined_rhythm"), still(scene, "door_rhythm")
    actions.handle(first, actor=scene.actor("grid_worker"))
    actions.clear(Warning.objects.get(pk=first.pk), actor=scene.actor("grid_worker"))
    with clock.frozen(monday_morning + timedelta(hours=1)):
        assert actions.release_due() == 0
    with clock.frozen(monday_morning + timedelta(hours=3)):
        assert actions.release_due() == 1
    joined.refresh_from_db()
    assert joined.state == "open" and joined.part_of is None


def test_nothing_joins_a_warning_whose_condition_is_over_and_danger_joins_nothing(scene, monday_morning):
    first = still(scene, "combined_rhythm")
    actions.end_condition("combined_rhythm", source=first.source, at=monday_morning, actor=DETECTOR)
    assert still(scene, "no_motion").state == "open"
    assert still(scene, "fall", "P0").state == "open"


def test_the_end_of_a_part_does_not_end_the_condition_of_what_it_joined(scene, monday_morning):
    first, joined = still(scene, "combined_rhythm"), still(scene, "no_motion")
    actions.end_condition("no_motion", source=joined.source, at=monday_morning, actor=DETECTOR)
    first.refresh_from_db()
    joined.refresh_from_db()
    assert first.condition_ended_at is None and joined.state == "false"
