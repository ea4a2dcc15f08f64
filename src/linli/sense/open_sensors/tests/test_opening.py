"""Who opens a device to everybody, and what never opens."""

import pytest

from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.lifecycle.state_table import Undeclared
from linli.sense.open_sensors import actions
from linli.sense.open_sensors.models import WORKFLOW, OpenSensor, State
from linli.sense.open_sensors.queries import candidates, open_sensors
from linli.sense.open_sensors.rules.earth import degrees_of
from linli.sense.open_sensors.rules.openness import SURROUNDINGS, open_metrics
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.models import Device


@pytest.fixture
def lift(world, director):
    return enrol(NewDevice("LIFT-1", "lift", facility_id=world.lift.pk), actor=director).device


def propose(device, actor):
    return actions.propose([device.pk], actor=actor)[0]


def test_one_proposes_and_another_opens(world, director, lift):
    made = propose(lift, director)
    assert open_sensors(world.community) == []
    with pytest.raises(NotAllowed) as refused:
        actions.approve([made.pk], actor=director)
    assert refused.value.code == "same_person"
    actions.approve([made.pk], actor=world.actor("auditor"))
    (sensor,) = open_sensors(world.community)
    assert sensor.device == lift
    assert set(sensor.observes) == {
        "service_mode",
        "faults",
        "vibration",
        "level_offset",
        "relevels",
        "mains",
        "fire_mode",
        "machine_temperature",
        "pit_water",
    }


@pytest.mark.parametrize("who", ["grid_worker", "resident", "property_company", "street_office", "analyst"])
def test_others_neither_propose_nor_approve_nor_close(world, director, lift, who):
    made = propose(lift, director)
    other = world.actor(who)
    for act in (
        lambda: actions.propose([lift.pk], actor=other),
        lambda: actions.approve([made.pk], actor=other),
        lambda: actions.refuse([made.pk], "不", actor=other),
        lambda: actions.close([made.pk], "不", actor=other),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_worker_proposes_and_does_not_approve(world, director, lift):
    worker = world.actor("community_worker")
    made = propose(lift, director)
    with pytest.raises(NotAllowed):
        actions.approve([made.pk], actor=worker)
    actions.close([made.pk], "先不公开", actor=worker)
    assert propose(lift, worker).state == State.PROPOSED


@pytest.mark.parametrize(
    ("type_", "place"),
    [
        ("water_meter", {}),
        ("door_sensor", {}),
        ("sos", {}),
        ("gateway", {}),
        ("series", {}),
        ("smoke", {}),
        ("lift", {"home": True}),
        ("charger", {}),
        ("climate", {"home": True}),
    ],
)
def test_what_tells_of_people_or_stands_in_a_home_never_opens(world, director, type_, place):
    home = world.homes[0].pk if place else None
    device = enrol(NewDevice("D-1", type_, home_id=home), actor=director).device
    with pytest.raises(Invalid) as refused:
        propose(device, director)
    assert refused.value.code == "cannot_open"
    assert device not in candidates(director)


def test_no_metric_of_a_sensitive_kind_is_open_whatever_its_name():
    for device_type in CATALOGUE.values():
        if device_type.sensitive:
            assert open_metrics(device_type.key, device_type.metrics, sensitive=True, in_a_home=False) == {}
    assert open_metrics("bed_mat", SURROUNDINGS, sensitive=True, in_a_home=False) == {}
    assert open_metrics("air", SURROUNDINGS, sensitive=False, in_a_home=True) == {}


def test_nothing_that_counts_or_follows_people_is_named_as_open():
    told = {"people", "motion", "floor", "car_occupied", "overload", "run_hours", "door_open", "door_cycles", "trips", "alarm_pressed", "open",
            "pressed", "ebike", "speed"}  # fmt: skip
    for device_type in CATALOGUE.values():
        seen = open_metrics(device_type.key, device_type.metrics, sensitive=False, in_a_home=False)
        assert not told & set(seen), device_type.key
        assert not any(key.startswith("entries") for key in seen), device_type.key


def test_a_device_that_moved_is_not_opened(world, director, lift):
    made = propose(lift, director)
    Device.objects.filter(pk=lift.pk).update(home=world.homes[0])
    with pytest.raises(Conflict) as refused:
        actions.approve([made.pk], actor=world.actor("dpo"))
    assert refused.value.code == "moved"


def test_the_same_device_is_opened_once(world, director, lift):
    propose(lift, director)
    with pytest.raises(Conflict) as refused:
        propose(lift, director)
    assert refused.value.code == "open_already"
    assert lift not in candidates(director)


def test_another_communitys_device_is_not_found(world, director, other_world):
    with other_world.scope():
        strange = enrol(NewDevice("X-1", "lift"), actor=other_world.actor("community_director")).device
    with pytest.raises(NotFound):
        propose(strange, director)


def test_every_step_that_is_not_declared_is_refused(world, director, lift):
    lead = world.actor("dpo")
    steps = {
        "approve": lambda pk: actions.approve([pk], actor=lead),
        "refuse": lambda pk: actions.refuse([pk], "理由", actor=lead),
        "close": lambda pk: actions.close([pk], "理由", actor=director),
    }
    for state, verb, transition in WORKFLOW.steps():
        OpenSensor.objects.all().delete()
        made = propose(lift, director)
        OpenSensor.objects.filter(pk=made.pk).update(state=state)
        if transition is None:
            with pytest.raises(Undeclared):
                steps[verb](made.pk)
        else:
            steps[verb](made.pk)
        assert OpenSensor.objects.get(pk=made.pk).state == (transition.target(state) if transition else state)


def test_refusing_and_closing_need_a_reason(world, director, lift):
    made = propose(lift, director)
    for act in (
        lambda: actions.refuse([made.pk], "  ", actor=world.actor("dpo")),
        lambda: actions.close([made.pk], "", actor=director),
    ):
        with pytest.raises(Invalid):
            act()


def test_a_kilometre_is_a_kilometre_on_the_earth():
    longitude, latitude = degrees_of(30.0, 120.0, 1000, 1000)
    assert latitude == pytest.approx(30.009020, abs=2e-6)
    assert longitude == pytest.approx(120.010364, abs=2e-6)
