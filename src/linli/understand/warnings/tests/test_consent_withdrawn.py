"""Consent withdrawn: with ingest running, the detector stops within one simulated minute, and what it asked is settled."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.foundation.lifecycle.ticks import run_due
from linli.foundation.privacy.consents.actions import decline, give_consent, withdraw_consent
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import HotObservation
from linli.sense.telemetry.storing import Store
from linli.sense.telemetry.tests.streaming import messages
from linli.understand.warnings.models import DetectorState, Warning

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def here(world, monday_morning):
    with world.scope():
        yield world


class Meter:
    """A water meter in the elder's home whose readings go the whole way: stream message, storing, tap, detector."""

    def __init__(self, world, tmp_path):
        enrol(NewDevice("meter-1", "water_meter", home_id=world.homes[0].pk), actor=world.actor("community_director"))
        self.store = Store(Lake(tmp_path / "lake"))
        self.store.open("first")

    def says(self, volume):
        at = round(clock.now().timestamp() * 1000)
        after = self.store.sequence + 1
        return self.store.store(messages({"t": at, "v": {"volume": volume}}, device="meter-1", since=after))


@pytest.fixture
def meter(here, tmp_path):
    return Meter(here, tmp_path)


def agreed(here):
    return give_consent(here.residents["elder"], "water_care", channel="app", actor=here.actor("elder"))


def still_water(meter, start, hours):
    for hour in range(hours):
        with clock.frozen(start + timedelta(hours=hour)):
            meter.says(100.0)


def test_the_detector_stops_within_one_simulated_minute_of_withdrawing(here, meter, monday_morning):
    consent = agreed(here)
    still_water(meter, monday_morning, 12)
    stored = HotObservation.objects.count()
    assert DetectorState.objects.get(detector="no_water").due_at is not None
    withdrawn_at = monday_morning + timedelta(hours=11, minutes=59)
    with clock.frozen(withdrawn_at):
        withdraw_consent(consent, actor=here.actor("elder"))
    with clock.frozen(withdrawn_at + timedelta(minutes=1)):
        assert meter.says(100.0).unconsented == 1
        drain()
        run_due()
        assert not DetectorState.objects.exists()
    with clock.frozen(withdrawn_at + timedelta(hours=3)):
        meter.says(100.0)
        run_due()
    assert not Warning.objects.exists()
    assert HotObservation.objects.count() == stored


def test_even_before_any_message_is_delivered_a_timer_finds_the_consent_gone(here, meter, monday_morning):
    consent = agreed(here)
    still_water(meter, monday_morning, 12)
    due_at = DetectorState.objects.get(detector="no_water").due_at
    with clock.frozen(monday_morning + timedelta(hours=11, minutes=59)):
        withdraw_consent(consent, actor=here.actor("elder"))
    with clock.frozen(due_at):
        run_due()
    assert not Warning.objects.exists()
    assert not DetectorState.objects.exists()


def test_a_warning_that_waits_is_closed_with_the_reason(here, meter, monday_morning):
    consent = agreed(here)
    still_water(meter, monday_morning, 14)
    with clock.frozen(monday_morning + timedelta(hours=14)):
        drain()
        warning = Warning.objects.get()
        withdraw_consent(consent, actor=here.actor("elder"))
        drain()
    warning.refresh_from_db()
    assert (warning.state, warning.finding) == (Warning.State.FALSE, Warning.Finding.REFUSED)
    assert "不同意" in warning.finding_note


def test_a_no_of_somebody_else_in_the_home_closes_it_too(here, meter, monday_morning):
    agreed(here)
    still_water(meter, monday_morning, 14)
    partner = here.residents["newcomer"]
    type(partner).objects.filter(pk=partner.pk).update(home=here.homes[0])
    partner.refresh_from_db()
    with clock.frozen(monday_morning + timedelta(hours=14)):
        decline(partner, "water_care", channel="door", note="不要看", actor=here.actor("grid_worker"))
        drain()
        assert meter.says(100.0).unconsented == 1
    assert not Warning.objects.active().exists()


def test_a_guest_who_takes_its_consent_away_on_moving_leaves_the_others_standing(here, meter, monday_morning):
    agreed(here)
    guest = here.residents["newcomer"]
    type(guest).objects.filter(pk=guest.pk).update(home=here.homes[0])
    guest.refresh_from_db()
    give_consent(guest, "water_care", channel="door", evidence="当面", actor=here.actor("grid_worker"))
    still_water(meter, monday_morning, 14)
    type(guest).objects.filter(pk=guest.pk).update(home=here.homes[3])
    with clock.frozen(monday_morning + timedelta(hours=14)):
        run_due()
        drain()
        assert meter.says(100.0).accepted == 1
    assert Warning.objects.active().count() == 1
