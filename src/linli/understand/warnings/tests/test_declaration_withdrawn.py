"""The declaration taken down: within a simulated minute nothing is stored, nothing is remembered, nothing is asked."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.foundation.lifecycle.ticks import run_due
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.sensing import actions
from linli.foundation.privacy.sensing.models import Assessment, Declaration
from linli.sense.telemetry.models import HotObservation
from linli.testing import in_homes
from linli.understand.warnings.models import DetectorState, Warning
from linli.understand.warnings.tests.test_consent_withdrawn import Meter, still_water

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def here(world, monday_morning):
    with world.scope():
        give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
        yield world


@pytest.fixture
def meter(here, tmp_path):
    return Meter(here, tmp_path)


def take_down(here):
    for one in Declaration.objects.in_force().filter(type="water_meter", inside_homes=True):
        actions.withdraw(one.pk, "换一种做法", actor=here.actor("community_director"))


def end_the_kind(here):
    for one in Assessment.objects.live().filter(type="water_meter"):
        actions.end_assessment(one.pk, "不再用", actor=here.actor("dpo"))


@pytest.mark.parametrize("stop", [take_down, end_the_kind])
def test_the_detector_stops_within_one_simulated_minute(here, meter, monday_morning, stop):
    still_water(meter, monday_morning, 12)
    stored = HotObservation.objects.count()
    assert DetectorState.objects.get(detector="no_water").due_at is not None
    with clock.frozen(monday_morning + timedelta(hours=11, minutes=59)):
        stop(here)
    with clock.frozen(monday_morning + timedelta(hours=12)):
        assert meter.says(100.0).undeclared == 1
        drain()
        run_due()
        assert not DetectorState.objects.exists()
    with clock.frozen(monday_morning + timedelta(hours=15)):
        meter.says(100.0)
        run_due()
    assert not Warning.objects.exists()
    assert HotObservation.objects.count() == stored


def test_even_before_the_news_is_delivered_a_timer_finds_the_declaration_gone(here, meter, monday_morning):
    still_water(meter, monday_morning, 12)
    due_at = DetectorState.objects.get(detector="no_water").due_at
    with clock.frozen(monday_morning + timedelta(hours=11, minutes=59)):
        take_down(here)
    with clock.frozen(due_at):
        run_due()
    assert not Warning.objects.exists()


def test_a_warning_that_waits_is_closed_with_the_reason(here, meter, monday_morning):
    still_water(meter, monday_morning, 14)
    with clock.frozen(monday_morning + timedelta(hours=14)):
        drain()
        warning = Warning.objects.get()
        take_down(here)
        drain()
    warning.refresh_from_db()
    assert (warning.state, warning.finding) == (Warning.State.FALSE, Warning.Finding.REFUSED)
    assert "公示" in warning.finding_note


def test_what_another_declaration_still_covers_goes_on(here, meter, monday_morning):
    wide = list(Declaration.objects.in_force().filter(type="water_meter", inside_homes=True))
    here.put_in_force(in_homes("water_meter", "water_care", ["volume"], place=("home", here.homes[0].pk)))
    still_water(meter, monday_morning, 6)
    with clock.frozen(monday_morning + timedelta(hours=6)):
        for one in wide:
            actions.withdraw(one.pk, "只留这一家", actor=here.actor("community_director"))
        drain()
        assert meter.says(100.0).accepted == 1
    assert DetectorState.objects.exists()
