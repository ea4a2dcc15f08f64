"""What a home that did not agree says is counted and forgotten: no observation, no last value, no quarantine."""

import pytest

from linli.foundation import clock
from linli.foundation.errors import Conflict
from linli.foundation.privacy.consents.actions import decline, give_consent, withdraw_consent
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.models import Device, HotObservation, IngestCursor, LastValue, Quarantined
from linli.sense.telemetry.speaking import sensing_health
from linli.sense.telemetry.tests.streaming import NOW, messages


@pytest.fixture
def meter(world, director, store):
    """A water meter in the home of the elder; the store already knows the other devices."""
    enrol(NewDevice("meter-1", "water_meter", home_id=world.homes[0].pk), actor=director)
    return Device.objects.get(code="meter-1")


def says(store, payload, sequence):
    return store.store(messages(payload, device="meter-1", since=sequence))


def nothing_is_kept():
    return not (HotObservation.objects.exists() or LastValue.objects.exists() or Quarantined.objects.exists())


def test_before_anybody_agreed_nothing_is_kept_but_the_count(store, meter):
    counts = says(store, {"t": NOW, "v": {"volume": 100.0}}, 1)
    assert (counts.accepted, counts.unconsented) == (0, 1)
    assert nothing_is_kept()
    assert IngestCursor.objects.get().unconsented == 1
    meter.refresh_from_db()
    assert meter.last_seen_at is None


def test_a_faulty_message_of_such_a_home_is_not_set_aside_either(store, meter):
    says(store, {"t": NOW, "v": {"volume": -5, "secret": 1}}, 1)
    assert nothing_is_kept()


def test_agreeing_opens_the_gate_and_withdrawing_shuts_it_at_the_next_message(world, store, meter):
    consent = give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
    assert says(store, {"t": NOW, "v": {"volume": 100.0}}, 1).accepted == 1
    withdraw_consent(consent, actor=world.actor("elder"))
    assert says(store, {"t": NOW + 1000, "v": {"volume": 101.0}}, 2).unconsented == 1
    assert HotObservation.objects.count() == 1
    assert LastValue.objects.get().value == 100.0


def test_a_consent_to_another_kind_of_sensor_opens_nothing(world, store, meter):
    give_consent(world.residents["elder"], "door_care", channel="app", actor=world.actor("elder"))
    assert says(store, {"t": NOW, "v": {"volume": 100.0}}, 1).unconsented == 1


def test_one_no_in_a_home_of_two_outweighs_the_others_yes(world, store, director):
    enrol(NewDevice("meter-1", "smoke", home_id=world.homes[1].pk), actor=director)
    partner = world.residents["newcomer"]
    type(partner).objects.filter(pk=partner.pk).update(home=world.homes[1])
    give_consent(world.residents["resident"], "smoke_care", channel="app", actor=world.actor("resident"))
    assert says(store, {"t": NOW, "v": {"alarm": 0}}, 1).accepted == 1
    partner.refresh_from_db()
    decline(partner, "smoke_care", channel="door", note="不要", actor=director)
    assert says(store, {"t": NOW + 1000, "v": {"alarm": 0}}, 2).unconsented == 1
    give_consent(partner, "smoke_care", channel="door", evidence="当面同意", actor=director)
    assert says(store, {"t": NOW + 2000, "v": {"alarm": 0}}, 3).accepted == 1


def test_the_consent_of_somebody_who_moved_out_counts_no_more(world, store, meter):
    give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
    type(world.residents["elder"]).objects.filter(pk=world.residents["elder"].pk).update(home=world.homes[2])
    assert says(store, {"t": NOW, "v": {"volume": 100.0}}, 1).unconsented == 1


def test_a_kind_of_sensor_without_any_declared_purpose_may_not_come_into_a_home(world, store, director):
    with pytest.raises(Conflict) as refused:
        enrol(NewDevice("meter-1", "electricity_meter", home_id=world.homes[0].pk), actor=director)
    assert refused.value.code == "not_declared"
    Device.objects.create(
        code="meter-1", type="electricity_meter", credential_digest="x", home=world.homes[0], enrolled_at=clock.now()
    )
    assert says(store, {"t": NOW, "v": {"energy": 1.0}}, 1).undeclared == 1
    assert nothing_is_kept()


def test_a_home_that_nobody_listens_to_is_not_called_silent(world, store, meter, director):
    assert [kind for kind in sensing_health(director) if kind.type == "water_meter" and kind.total > 1] == []
    give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
    assert next(kind for kind in sensing_health(director) if kind.type == "water_meter").total == 2
