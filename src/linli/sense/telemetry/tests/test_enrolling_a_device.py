import pytest

from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.events.models import Event
from linli.sense.telemetry.actions import NewDevice, enrol, enrol_many, renew_secret, revoke
from linli.sense.telemetry.credentials import fits
from linli.sense.telemetry.models import Device


@pytest.fixture
def director(world):
    with world.scope():
        yield world.actor("community_director")


def test_a_device_gets_a_secret_that_only_it_knows(world, director):
    enrolled = enrol(NewDevice("w-1", "water_meter", home_id=world.homes[0].pk), actor=director)
    kept = Device.objects.get(code="w-1")
    assert fits(enrolled.secret, kept.credential_digest)
    assert not fits(enrolled.secret + "x", kept.credential_digest)
    assert enrolled.secret not in kept.credential_digest
    assert Event.objects.filter(kind="telemetry.device_enrolled", subject=f"device:{kept.pk}").exists()


def test_the_wider_places_follow_from_the_home_or_the_facility(world, director):
    home = world.homes[2]
    meter = enrol(NewDevice("w-1", "water_meter", home_id=home.pk), actor=director).device
    lift = enrol(NewDevice("l-1", "lift", facility_id=world.lift.pk), actor=director).device
    assert (meter.entrance_id, meter.building_id) == (home.entrance_id, home.entrance.building_id)
    assert (lift.entrance_id, lift.building_id) == (world.lift.entrance_id, world.lift.building_id)


def test_one_bad_entry_of_many_enrols_nothing_and_is_named(world, director):
    with pytest.raises(Invalid) as refused:
        enrol_many([NewDevice("a", "lift"), NewDevice("b", "toaster")], actor=director)
    assert (refused.value.code, refused.value.details["line"]) == ("unknown_device_type", 2)
    assert not Device.objects.exists()


@pytest.mark.parametrize("code", ["", "a b", "a.b", "a/b", "*", ">", "x" * 49, "楼"])
def test_a_code_that_would_break_a_subject_is_refused(code, director):
    with pytest.raises(Invalid):
        enrol(NewDevice(code, "lift"), actor=director)


def test_a_code_is_taken_once_in_all_communities(world, other_world, director):
    with other_world.scope():
        enrol(NewDevice("same", "lift"), actor=other_world.actor("community_director"))
    with pytest.raises(Conflict):
        enrol(NewDevice("same", "lift"), actor=director)


def test_a_place_of_another_community_does_not_exist_here(world, other_world, director):
    with pytest.raises(Invalid) as refused:
        enrol(NewDevice("w-1", "water_meter", home_id=other_world.homes[0].pk), actor=director)
    assert refused.value.code == "unknown_place"


@pytest.mark.parametrize("who", ["grid_worker", "resident", "wall_display", "property_company"])
def test_only_community_staff_enrol_renew_and_revoke(world, director, who):
    device = enrol(NewDevice("w-1", "water_meter"), actor=director).device
    other = world.actor(who)
    for attempt in (lambda: enrol(NewDevice("w-2", "lift"), actor=other),
                    lambda: renew_secret(device, actor=other), lambda: revoke(device, actor=other)):  # fmt: skip
        with pytest.raises(NotAllowed):
            attempt()


def test_a_revoked_device_stays_revoked(director):
    device = enrol(NewDevice("w-1", "water_meter"), actor=director).device
    revoke(device, actor=director)
    with pytest.raises(Conflict):
        revoke(device, actor=director)
    with pytest.raises(Conflict):
        renew_secret(device, actor=director)
    with pytest.raises(Conflict, match="停用") as refused:
        enrol(NewDevice("w-1", "water_meter"), actor=director)
    assert (refused.value.code, refused.value.field) == ("device_code_revoked", "code")


def test_a_device_is_named_by_its_name_or_kind_and_its_place(world, director):
    meter = enrol(NewDevice("w-1", "water_meter", building_id=world.buildings[0].pk), actor=director).device
    assert str(meter) == f"水表 w-1（{world.buildings[0]}）"
    assert str(enrol(NewDevice("w-2", "water_meter", name="总表"), actor=director).device) == "总表"
