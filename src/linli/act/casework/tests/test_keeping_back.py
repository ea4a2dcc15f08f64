"""What has one cause is one warning, and who is away is not asked about: but nobody is lost."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.act.casework.models import Case
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.lifecycle.ticks import run_due
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.door import handed_on
from linli.foundation.registry.models import Building, Entrance, Home
from linli.sense.telemetry.models import Device
from linli.testing import MONDAY_MORNING
from linli.understand.warnings import actions, pausing
from linli.understand.warnings.causes import Member, groups, groups_of, have_one_cause
from linli.understand.warnings.changing_plan import change_plan
from linli.understand.warnings.climbing import SHIPPED
from linli.understand.warnings.explaining import sentence
from linli.understand.warnings.models import Call, Ladder, Pause, Warning
from linli.understand.warnings.places import Place
from linli.understand.warnings.queries import active_ranked

DETECTOR = Actor.for_system("detector.test")
NO_WATER = {"from": "2026-03-01T12:00:00Z", "to": "2026-03-02T00:00:00Z", "hours": 12, "litres": 1.0}
WATER = groups()["water_out"]
HALF_MONTHLY = {"reason": "check", "on_site": "安捷电梯 周师傅", "note": "半月保，清轿厢门槽"}

MEMBERS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 3), st.integers(0, 900)).map(
        lambda one: Member(f"home:{one[0]}", one[1], MONDAY_MORNING - timedelta(minutes=one[2]))
    ),
    max_size=12,
)


@given(MEMBERS, st.sampled_from(sorted(groups())))
def test_one_cause_needs_enough_different_sources_lately_in_enough_buildings(members, key):
    group = groups()[key]
    lately = [one for one in members if MONDAY_MORNING - one.opened_at <= group.within]
    expected = (
        len({m.source for m in lately}) >= group.least and len({m.building_id for m in lately}) >= group.buildings
    )
    assert have_one_cause(group, members, MONDAY_MORNING) == expected
    if expected:
        assert have_one_cause(group, [*members, *members], MONDAY_MORNING)
        assert not have_one_cause(group, members, MONDAY_MORNING + group.within + timedelta(days=1))


def test_a_group_of_danger_to_life_is_refused_when_it_is_read():
    said = {"name": {"zh": "一", "en": "one"}, "for": {"zh": "一", "en": "one"}, "says": {"zh": "一", "en": "one"},
            "scope": "estate", "least": 2, "buildings": 1, "within_minutes": 5, "level": "P1", "category": "050100",
            "kinds": ["no_power", "trapped"]}  # fmt: skip
    with pytest.raises(ValueError, match="trapped"):
        groups_of({"many_trapped": said})
    assert groups_of({"power": said | {"kinds": ["no_power"]}})["power"].kinds == {"no_power"}


@pytest.fixture
def scene(world, monday_morning):
    with world.scope():
        entrance = world.homes[0].entrance
        world.many = [Home.objects.create(entrance=entrance, number=f"60{n}", floor=6) for n in range(1, 6)]
        yield world


def no_water(world, home, level="P1", kind="no_water"):
    building = home.entrance.building
    return actions.raise_warning(
        kind, source=f"home:{home.pk}", level=level, place=Place(building.grid_id, building.pk, home.pk),
        evidence=NO_WATER, actor=DETECTOR,
    )  # fmt: skip


def over(home, kind="no_water"):
    actions.end_condition(kind, source=f"home:{home.pk}", at=clock.now(), actor=DETECTOR)


def later(**given):
    return clock.frozen(clock.now() + timedelta(**given))


def test_three_homes_without_water_in_one_entrance_are_one_pipe_and_each_elder_stays_listed(scene):
    elders = [no_water(scene, home) for home in scene.many[:3]]
    whole = Warning.objects.active().get()
    assert (whole.kind, whole.level, whole.source) == ("water_out", "P1", f"entrance:{scene.homes[0].entrance_id}")
    assert set(whole.parts.values_list("pk", "state", "held_for")) == {(one.pk, "held", "group") for one in elders}
    assert "3 户" in sentence(whole.kind, whole.evidence) and "1 单元" in sentence(whole.kind, whole.evidence)
    fourth = no_water(scene, scene.many[3])
    whole.refresh_from_db()
    assert (fourth.state, fourth.part_of_id, whole.evidence["n"]) == ("held", whole.pk, 4)
    drain()
    assert Case.objects.filter(state__in=["submitted", "accepted", "dispatched"]).count() == 1
    assert Ladder.objects.filter(ended_at=None).count() == 0, "a pipe is no P0; nobody is called about three elders"


def test_cases_that_were_open_before_the_third_are_joined_into_one(scene):
    for home in scene.many[:2]:
        no_water(scene, home)
        drain()
    assert Case.objects.count() == 2 and Ladder.objects.filter(ended_at=None).count() == 2
    no_water(scene, scene.many[2])
    drain()
    going = Case.objects.exclude(state="merged")
    assert [case.warning.kind for case in going] == ["water_out"]
    assert Ladder.objects.filter(ended_at=None).count() == 0


def test_two_homes_or_three_over_a_day_or_in_two_entrances_stay_apart(scene):
    no_water(scene, scene.many[0])
    no_water(scene, scene.homes[2])
    with later(hours=7):
        no_water(scene, scene.many[1])
        no_water(scene, scene.homes[3])
    assert Warning.objects.active().count() == 4 and not Warning.objects.filter(kind="water_out").exists()


def test_other_evidence_about_one_of_them_is_still_told_at_once(scene):
    for home in scene.many[:3]:
        no_water(scene, home)
    place = Place(scene.grids[0].pk, scene.buildings[0].pk, scene.many[0].pk)
    fall = actions.raise_warning("fall", source="device:9", level="P0", place=place, evidence={}, actor=DETECTOR)
    bath = actions.raise_warning(
        "bathroom_long", source="device:8", level="P1", place=place, evidence={}, actor=DETECTOR
    )
    assert (fall.state, bath.state) == ("open", "open")


def test_after_the_pipe_is_mended_whoever_still_uses_no_water_is_asked_about_alone(scene):
    elders = [no_water(scene, home) for home in scene.many[:3]]
    drain()
    whole = Warning.objects.active().get()
    over(scene.many[0])
    actions.handle(whole, actor=scene.actor("grid_worker"))
    actions.clear(whole, actor=scene.actor("grid_worker"))
    with later(minutes=30):
        over(scene.many[1])
    drain()
    with later(minutes=119):
        run_due()
        assert Warning.objects.active().count() == 0
    with later(minutes=121):
        run_due()
        drain()
        alone = Warning.objects.active().get()
        assert alone.pk == elders[2].pk and alone.held_for == ""
        assert Case.objects.get(warning=alone).state == "dispatched"
        assert Ladder.objects.filter(warning=alone, ended_at=None).exists()
    assert set(Warning.objects.filter(pk__in=[e.pk for e in elders[:2]]).values_list("state", "finding")) == {
        ("false", "technical")
    }


def test_when_all_have_water_again_the_condition_of_the_whole_ends_and_a_person_says_what_it_was(scene):
    for home in scene.many[:3]:
        no_water(scene, home)
    whole = Warning.objects.active().get()
    for home in scene.many[:3]:
        over(home)
    whole.refresh_from_db()
    assert whole.state == "open" and whole.condition_ended_at == clock.now()
    assert actions.handle(whole, actor=scene.actor("grid_worker")).state == "cleared"


def test_somebody_takes_one_of_them_out_and_treats_it_alone(scene):
    elders = [no_water(scene, home) for home in scene.many[:3]]
    released = actions.release(elders[0], actor=scene.actor("grid_worker"))
    assert (released.state, released.part_of_id) == ("open", None)
    with pytest.raises(NotAllowed):
        actions.release(elders[1], actor=scene.actor("other_grid_worker"))


def test_a_power_cut_over_half_an_estate_is_one_warning_and_not_six_hundred(scene):
    entrances = []
    for number in range(10, 20):
        building = Building.objects.create(
            estate=scene.estate,
            grid=scene.grids[number % 2],
            number=str(number),
            storeys=6,
            footprint=scene.buildings[0].footprint,
        )
        entrances.append(Entrance.objects.create(building=building, number="1", has_lift=True))
    homes = Home.objects.bulk_create(
        Home(community_id=scene.community.pk, entrance=entrance, number=f"{n}", floor=1)
        for entrance in entrances for n in range(59)
    )  # fmt: skip
    for n, entrance in enumerate(entrances):
        place = Place(entrance.building.grid_id, entrance.building_id)
        actions.raise_warning(
            "lift_out_of_service", source=f"device:{n}", level="P2", place=place, evidence={}, actor=DETECTOR
        )
    assert Warning.objects.active().get().kind == "power_out"
    drain()
    with later(minutes=45):
        for home in homes:
            no_water(scene, home, level="P2", kind="no_power")
        drain()
    assert Warning.objects.live().count() == 601
    whole = Warning.objects.active().get()
    assert (whole.kind, whole.evidence["n"], whole.parts.count()) == ("power_out", 600, 600)
    assert Case.objects.exclude(state="merged").count() == 1


PHONES = {"grid_worker": "19900990001", "other_grid_worker": "19900990002"}


@pytest.fixture
def estate_of_two_grids(scene):
    """Five buildings in turn of the one and the other grid, whose workers have telephones."""
    for who, number in PHONES.items():
        scene.accounts[who].phone = number
        scene.accounts[who].save()
    return [
        Building.objects.create(
            estate=scene.estate, grid=scene.grids[number % 2], number=str(number), storeys=6,
            footprint=scene.buildings[0].footprint,
        )
        for number in range(10, 16)
    ]  # fmt: skip


def lift_stands(building):
    return actions.raise_warning(
        "lift_out_of_service", source=f"device:{building.pk}", level="P2", place=Place(building.grid_id, building.pk),
        evidence={}, actor=DETECTOR,
    )  # fmt: skip


def told_of(whole):
    rows = Notice.objects.filter(about=f"warning:{whole.pk}").order_by("pk")
    return [(handed_on(notice, "to"), notice.text) for notice in rows]


def test_one_warning_for_an_estate_reaches_the_workers_of_all_its_grids(scene, estate_of_two_grids):
    for building in estate_of_two_grids[:5]:
        lift_stands(building)
    drain()
    whole = Warning.objects.active().get()
    newest, other = ("grid_worker", "other_grid_worker") if whole.grid == scene.grids[0] else (
        "other_grid_worker", "grid_worker")  # fmt: skip
    for who in (newest, other):
        assert list(active_ranked(scene.actor(who))) == [whole]
        assert actions.may_work_on(whole, scene.actor(who))
    assert Case.objects.get(warning=whole).handler == scene.accounts[newest]
    ((number, text),) = told_of(whole)
    assert number == PHONES[other] and "小区可能停电" in text and scene.estate.name in text
    assert text.endswith(f"/workbench/warnings/{whole.pk}/")
    lift_stands(estate_of_two_grids[5])
    drain()
    assert len(told_of(whole)) == 1, "one more in a grid that knows"
    assert actions.acknowledge(whole, actor=scene.actor(other)).state == "acknowledged"


def test_a_grid_that_comes_into_it_later_is_told_then(scene, estate_of_two_grids):
    for building in estate_of_two_grids[:5]:
        building.grid = scene.grids[0]
        building.save()
        lift_stands(building)
    drain()
    whole = Warning.objects.active().get()
    assert told_of(whole) == [] and not active_ranked(scene.actor("other_grid_worker")).exists()
    lift_stands(estate_of_two_grids[5])
    drain()
    assert [number for number, _text in told_of(whole)] == [PHONES["other_grid_worker"]]
    assert list(active_ranked(scene.actor("other_grid_worker"))) == [whole]


def test_where_people_are_called_about_it_the_first_rung_is_everybody_of_all_its_grids(scene, estate_of_two_grids):
    change_plan(
        ladders=SHIPPED.ladders, rules=[*SHIPPED.rules, "power_out"], quiet_from=22, quiet_until=7,
        actor=scene.actor("community_director"),
    )  # fmt: skip
    for building in estate_of_two_grids[:5]:
        lift_stands(building)
    drain()
    called = Call.objects.filter(ladder__warning__kind="power_out", way="sms")
    assert {call.account for call in called} == {scene.accounts[who] for who in ("grid_worker", "other_grid_worker")}
    assert all(scene.estate.name in call.notice.text for call in called)


def test_who_is_away_is_not_asked_about_and_who_does_not_come_back_is(scene):
    elder, home = scene.residents["elder"], scene.homes[0]
    daughter = scene.actor("family_proxy")
    pausing.mark_away(home.pk, clock.now() + timedelta(days=3), actor=daughter)
    held = no_water(scene, home)
    assert (held.state, held.held_for) == ("held", "away")
    drain()
    assert not Case.objects.exists() and elder.home_id == home.pk
    running = no_water(scene, home, kind="water_running")
    assert running.state == "open", "water that runs in an empty home is told"
    with later(days=2):
        run_due()
        held.refresh_from_db()
        assert held.state == "held"
    with later(days=3, minutes=1):
        run_due()
        held.refresh_from_db()
        assert held.state == "open", "three days are over and still no water"


def test_who_is_back_uses_water_and_nobody_came(scene):
    home = scene.homes[0]
    pausing.mark_away(home.pk, clock.now() + timedelta(days=3), actor=scene.actor("elder"))
    held = no_water(scene, home)
    with later(days=1):
        over(home)
    held.refresh_from_db()
    assert (held.state, held.finding) == ("false", "away")
    assert actions.raise_warning is not None and Warning.objects.active().count() == 0


def test_one_that_cannot_be_asked_about_keeps_no_other_waiting_and_is_tried_again(scene, monkeypatch):
    held = []
    for home in scene.homes[:2]:
        pausing.mark_away(home.pk, clock.now() + timedelta(days=3), actor=scene.actor("community_director"))
        held.append(no_water(scene, home))
    whole = actions._release
    broken = [held[0].pk]

    def release(row, actor):
        if row.pk in broken:
            raise RuntimeError("broken")
        whole(row, actor)

    monkeypatch.setattr(actions, "_release", release)
    with later(days=3, minutes=1):
        assert actions.release_due() == 1
        assert [Warning.objects.get(pk=one.pk).state for one in held] == ["held", "open"]
    broken.clear()
    with later(days=3, minutes=7):
        assert actions.release_due() == 1


def test_coming_back_early_wakes_what_waited(scene):
    home = scene.homes[0]
    pause = pausing.mark_away(home.pk, clock.now() + timedelta(days=30), actor=scene.actor("grid_worker"))
    held = no_water(scene, home)
    with later(hours=2):
        pausing.end_pause(pause.pk, actor=scene.actor("elder"))
        pausing.end_pause(pause.pk, actor=scene.actor("elder"))
        run_due()
    held.refresh_from_db()
    assert held.state == "open"


def test_only_who_belongs_there_says_that_a_home_is_away(scene, other_world):
    home, then = scene.homes[0], clock.now() + timedelta(days=1)
    for who in ("neighbour", "other_grid_worker", "resident", "wall_display"):
        with pytest.raises(NotFound):
            pausing.mark_away(home.pk, then, actor=scene.actor(who))
    with pytest.raises(NotFound):
        pausing.mark_away(other_world.homes[0].pk, then, actor=scene.actor("community_director"))
    for wrong in (clock.now(), clock.now() + timedelta(days=91)):
        with pytest.raises(Invalid):
            pausing.mark_away(home.pk, wrong, actor=scene.actor("elder"))
    first = pausing.mark_away(home.pk, then, actor=scene.actor("elder"))
    again = pausing.mark_away(home.pk, then + timedelta(days=1), actor=scene.actor("elder"))
    assert first.pk == again.pk and Pause.objects.get().ends_at == then + timedelta(days=1)


def test_a_planned_outage_keeps_its_rules_quiet_there_and_until_things_have_settled(scene):
    begins = clock.now() + timedelta(hours=1)
    pausing.plan_outage(
        utility="water", place=("building", scene.buildings[0].pk), starts_at=begins, ends_at=begins + timedelta(hours=4),
        note="换水管", actor=scene.actor("grid_worker"),
    )  # fmt: skip
    assert no_water(scene, scene.many[0]).state == "open", "before it"
    with later(hours=2):
        held = no_water(scene, scene.many[1])
        assert (held.state, held.held_for) == ("held", "outage")
        assert no_water(scene, scene.homes[2]).state == "open", "another building"
        assert no_water(scene, scene.many[2], kind="no_power").state == "open", "another utility"
    with later(hours=7, minutes=59):
        assert no_water(scene, scene.many[3]).state == "held"
        run_due()
        held.refresh_from_db()
        assert held.state == "held"
    with later(hours=8, minutes=1):
        run_due()
        held.refresh_from_db()
        assert held.state == "open"


def test_outages_are_written_by_staff_of_the_place_within_a_week(scene):
    now = clock.now()
    given = {
        "utility": "power",
        "place": ("estate", scene.estate.pk),
        "starts_at": now,
        "ends_at": now + timedelta(hours=2),
    }
    with pytest.raises(NotAllowed):
        pausing.plan_outage(**given, actor=scene.actor("grid_worker"))
    director = scene.actor("community_director")
    for wrong in (
        {"utility": "gas"}, {"place": ("home", 1)}, {"ends_at": now}, {"ends_at": now + timedelta(days=8)}, {"note": "长" * 121},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            pausing.plan_outage(**{**given, **wrong}, actor=director)
    row = pausing.plan_outage(**given, actor=director)
    assert pausing.outages_for(scene.homes[0]) == [row]
    with later(hours=3):
        assert pausing.outages_for(scene.homes[0]) == []


def test_a_device_that_is_worked_on_asks_nobody_but_danger_is_seen_and_nobody_is_called(scene):
    lift = Device.objects.create(
        code="lift-1", type="lift", facility=scene.lift, credential_digest="0" * 64, enrolled_at=clock.now()
    )
    worker, place = scene.actor("grid_worker"), Place(scene.grids[0].pk, scene.buildings[0].pk, None, scene.lift.pk)
    with pytest.raises(Invalid):
        pausing.work_on("lift-1", clock.now() + timedelta(hours=13), actor=worker)
    with pytest.raises(NotFound):
        pausing.work_on("lift-1", clock.now() + timedelta(hours=1), actor=scene.actor("other_grid_worker"))
    pausing.work_on("lift-1", clock.now() + timedelta(hours=2), **HALF_MONTHLY, actor=worker)
    said = {"source": f"device:{lift.pk}", "place": place, "device_id": lift.pk, "evidence": {}, "actor": DETECTOR}
    door = actions.raise_warning("door_open_long", level="P2", **said)
    rider = actions.raise_warning("trapped", level="P0", **said)
    drain()
    assert (door.state, door.held_for, rider.state) == ("held", "maintenance", "open")
    with later(hours=1, minutes=59):
        run_due()
        assert not Call.objects.exists()
    with later(hours=2, minutes=1):
        run_due()
        door.refresh_from_db()
        assert door.state == "open"
        assert Call.objects.filter(ladder__warning=rider).exists()


def test_danger_that_stays_when_the_work_ends_early_is_called_about_at_once(scene):
    lift = Device.objects.create(
        code="lift-1", type="lift", facility=scene.lift, credential_digest="0" * 64, enrolled_at=clock.now()
    )
    worker, place = scene.actor("grid_worker"), Place(scene.grids[0].pk, scene.buildings[0].pk, None, scene.lift.pk)
    work = pausing.work_on("lift-1", clock.now() + timedelta(hours=2), **HALF_MONTHLY, actor=worker)
    said = {"source": f"device:{lift.pk}", "place": place, "device_id": lift.pk, "evidence": {}, "actor": DETECTOR}
    actions.raise_warning("trapped", level="P0", **said)
    drain()
    with later(minutes=10):
        run_due()
        assert not Call.objects.exists()
        pausing.end_pause(work.pk, actor=worker)
        run_due()
        assert Call.objects.exists()
