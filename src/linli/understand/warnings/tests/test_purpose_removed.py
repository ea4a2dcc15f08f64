"""A purpose is removed from the charter while meters speak and a timer runs: what comes after is not even stored."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.foundation.lifecycle.ticks import run_due
from linli.foundation.privacy.charter import actions
from linli.foundation.privacy.charter.tests.changing import announced, tell_everybody
from linli.sense.telemetry.models import HotObservation
from linli.understand.warnings.models import DetectorState, Warning
from linli.understand.warnings.tests.test_consent_withdrawn import agreed, here, meter, still_water  # noqa: F401

pytestmark = [pytest.mark.django_db]


def test_readings_of_a_removed_purpose_are_dropped_and_its_detector_forgets(here, meter, monday_morning):  # noqa: F811
    agreed(here)
    change = announced(here, removed=("water_care",))
    tell_everybody()
    ends = change.shown_until
    still_water(meter, ends - timedelta(hours=12), 12)
    stored = HotObservation.objects.count()
    assert stored == 12 and DetectorState.objects.get(detector="no_water").due_at is not None
    with clock.frozen(ends):
        assert actions.take_effect_due() == 1
        counted = meter.says(100.0)
        assert counted.unconsented + counted.undeclared == 1, "before any message is delivered"
        assert counted.accepted == 0
        run_due()
        drain()
    with clock.frozen(ends + timedelta(hours=6)):
        meter.says(100.0)
        run_due()
    assert HotObservation.objects.count() == stored
    assert not DetectorState.objects.exists() and not Warning.objects.exists()
