"""Somebody calls about what a device has told already, or the other way round: both are put beside each other."""

from datetime import timedelta

import pytest
from django.test import Client

from linli.act.casework import actions, queries
from linli.act.casework.models import Case, State
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.dispatching import drain
from linli.sense.requests.actions import Place as Said
from linli.understand.warnings import actions as warnings
from linli.understand.warnings.models import Warning
from linli.understand.warnings.places import Place


def raised(world, kind: str, *, home=None, facility=None) -> Case:
    with world.scope():
        warning = warnings.raise_warning(
            kind,
            source=f"home:{home.pk}" if home else f"facility:{facility.pk}",
            level="P0",
            place=Place(
                grid_id=world.grids[0].pk, building_id=world.buildings[0].pk,
                facility_id=facility.pk if facility else None, home_id=home.pk if home else None,
            ),
            evidence={"since": clock.now().isoformat(), "seconds": 60, "floor": 3, "reason": "alarm"},
            actor=Actor.for_system("detector", world.community.pk),
        )  # fmt: skip
    drain()
    with world.scope():
        return Case.objects.get(warning=warning)


def said(world, words: str, who: str = "elder", **given) -> Case:
    with world.scope():
        return actions.receive(words, actor=world.actor(who), **given).case


@pytest.fixture
def lift_case(world, monday_morning):
    return raised(world, "trapped", facility=world.lift)


def beside(world, case: Case, who: str = "grid_worker") -> list[Case]:
    with world.scope():
        case.refresh_from_db()
        return queries.told_otherwise(case, world.actor(who))


def test_a_neighbours_call_stands_beside_the_lifts_own_alarm(world, lift_case):
    called = said(world, "有人被困在电梯里了")
    assert beside(world, called) == [lift_case]
    assert beside(world, lift_case) == [called]


def test_another_matter_does_not(world, lift_case):
    assert beside(world, said(world, "楼道灯坏了")) == []


def test_another_building_does_not(world, lift_case):
    assert beside(world, said(world, "有人被困在电梯里了", who="neighbour")) == []


def test_another_lift_of_the_building_does_not(world, lift_case):
    with world.scope():
        other = type(world.lift).objects.create(
            kind="lift", code="LIFT-2", name="1 幢 2 单元电梯", building=world.buildings[0], grid=world.grids[0], x=9, y=9,
        )  # fmt: skip
    assert beside(world, said(world, "有人被困在电梯里了", place=Said(facility_id=other.pk))) == []


def test_who_calls_about_smoke_lives_next_door(world, monday_morning):
    alarm = raised(world, "smoke", home=world.homes[0])
    with world.scope():
        next_door = (
            type(world.homes[0])
            .objects.exclude(pk=world.homes[0].pk)
            .filter(entrance__building=world.buildings[0])
            .first()
        )
    called = said(world, "隔壁着火了，冒烟", place=Said(home_id=next_door.pk), who="grid_worker")
    assert beside(world, called) == [alarm]


def test_what_is_over_and_what_is_long_ago_does_not(world, lift_case):
    with clock.frozen(clock.now() + timedelta(hours=73)):
        assert beside(world, said(world, "有人被困在电梯里了")) == []
    soon = said(world, "有人被困在电梯里了", who="elder", client_key="again")
    with world.scope():
        worker = world.actor("grid_worker")
        actions.start(lift_case.pk, actor=worker)
        actions.feed_back(lift_case.pk, outcome="fixed", result="人出来了", finding="true", on_site=True, actor=worker)
    assert beside(world, soon) == []


def test_only_what_one_may_see(world, lift_case):
    called = said(world, "有人被困在电梯里了")
    assert beside(world, called, who="other_grid_worker") == []


def test_merged_the_caller_is_answered_and_the_alarm_goes_on(world, lift_case):
    called = said(world, "有人被困在电梯里了")
    with world.scope():
        whole = actions.merge(called.pk, into_id=lift_case.pk, actor=world.actor("grid_worker"))
        assert whole == lift_case
        assert whole.joined.count() == 1
        called.refresh_from_db()
        assert called.state == State.MERGED
        assert Warning.objects.get(pk=lift_case.warning_id).state in Warning.ACTIVE


def test_merged_the_other_way_the_alarm_follows(world, lift_case):
    called = said(world, "有人被困在电梯里了")
    with world.scope():
        whole = actions.merge(lift_case.pk, into_id=called.pk, actor=world.actor("grid_worker"))
        assert queries.warnings_of(whole).live().count() == 1


def test_the_page_shows_it_first_and_one_press_makes_them_one(world, lift_case):
    called = said(world, "有人被困在电梯里了")
    client = Client()
    client.force_login(world.accounts["grid_worker"])
    page = client.get(f"/workbench/cases/{called.pk}/").content.decode()
    assert "那里的设备也在说" in page
    assert f"并到 {lift_case.number}" in page
    wanted = {"version": called.version, "into_id": lift_case.pk}
    client.post(f"/workbench/cases/{called.pk}/do/merge/", wanted)
    called.refresh_from_db()
    assert called.state == State.MERGED
