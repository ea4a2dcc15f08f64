"""A rule is changed while something holds: what holds is still told at its time, once, and what was told still ends."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.sense.telemetry import taps
from linli.sense.telemetry.models import Device, LastValue
from linli.sense.telemetry.taps import Observed
from linli.testing import MONDAY_MORNING, SmallCommunity
from linli.understand.warnings import actions, changing_rules, engine
from linli.understand.warnings.models import DetectorState, Warning

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def here(world):
    with world.scope():
        yield world


def at(seconds: float):
    return clock.frozen(MONDAY_MORNING + timedelta(seconds=seconds))


def device_of(here: SmallCommunity, kind: str, home=None) -> Device:
    return Device.objects.create(
        code=f"{kind}-1", type=kind, building=here.buildings[0], home=home, credential_digest="0" * 64,
        enrolled_at=MONDAY_MORNING - timedelta(days=1),
    )  # fmt: skip


def says(device: Device, seconds: float, **values: float) -> None:
    """The device speaks, as ingest stores it."""
    with at(seconds):
        now = clock.now()
        for metric, value in values.items():
            LastValue.objects.update_or_create(device=device, metric=metric, defaults={"time": now, "value": value})
        taps.show(
            [Observed(device.pk, device.code, device.type, metric, now, value) for metric, value in values.items()]
        )


def change(here: SmallCommunity, key: str, seconds: float, *, on=True, **settings) -> None:
    """Whatever it needs: one person, or two."""
    with at(seconds):
        changing_rules.change_rule(
            key, on=on, settings=settings, reason="装修这几天老是误响", actor=here.actor("community_worker")
        )
        if (asked := changing_rules.changes_waiting().get(key)) is not None:
            changing_rules.approve_change(asked.pk, actor=here.actor("community_director"))


def warned(kind: str, seconds: float) -> bool:
    with at(seconds):
        engine.wake_due()
    return Warning.objects.filter(kind=kind).exists()


@pytest.mark.parametrize(("seconds", "asked"), [(50, 50), (20, 31), (120, 120)])
def test_a_smoke_alarm_that_sounds_while_its_rule_is_changed_warns_at_the_time_of_the_new_number(here, seconds, asked):
    """It said once that it sounds, and says no more until it does not."""
    smoke = device_of(here, "smoke")
    says(smoke, 0, alarm=1)
    change(here, "smoke", 30, alarm_seconds=seconds)
    assert not warned("smoke", min(seconds, asked) - 1)
    assert warned("smoke", asked)
    warning = Warning.objects.get(kind="smoke")
    assert warning.evidence == {"since": MONDAY_MORNING.isoformat(), "seconds": seconds}


def test_what_has_been_told_is_not_told_again_and_ends_when_the_device_says_so(here):
    smoke = device_of(here, "smoke")
    says(smoke, 0, alarm=1)
    assert warned("smoke", 60)
    with at(70):
        actions.handle(Warning.objects.get(kind="smoke"), actor=here.actor("grid_worker"), on_site=True)
    change(here, "smoke", 80, alarm_seconds=30)
    assert warned("smoke", 200)
    warning = Warning.objects.get(kind="smoke")
    assert (warning.state, warning.triggers) == ("handled", 1), "nobody is called out again by a change of numbers"
    says(smoke, 300, alarm=0)
    warning.refresh_from_db()
    assert warning.state == "cleared"


def test_gas_above_a_limit_that_was_lowered_is_told_at_once_and_only_below_it_does_it_end(here):
    gas = device_of(here, "gas")
    says(gas, 0, lel=6)
    change(here, "gas_leak", 30, limit=5)
    assert warned("gas_leak", 30)
    change(here, "gas_leak", 40, limit=4)
    warning = Warning.objects.get(kind="gas_leak")
    assert warning.triggers == 1
    says(gas, 60, lel=1)
    warning.refresh_from_db()
    assert warning.condition_ended_at == MONDAY_MORNING + timedelta(seconds=60)


def test_a_smoke_alarm_that_began_while_the_rule_was_off_is_told_once_it_is_on(here):
    smoke = device_of(here, "smoke")
    change(here, "smoke", 0, on=False)
    says(smoke, 10, alarm=1)
    assert not warned("smoke", 300)
    change(here, "smoke", 300)
    assert warned("smoke", 301)


def test_an_old_press_of_a_button_is_no_new_call(here):
    sos = device_of(here, "sos")
    says(sos, 0, pressed=1)
    with at(60):
        actions.handle(Warning.objects.get(kind="sos"), actor=here.actor("grid_worker"), on_site=True)
    change(here, "sos", 3600, again_minutes=5)
    change(here, "sos", 3700, on=False)
    change(here, "sos", 3800, again_minutes=5)
    warning = Warning.objects.get(kind="sos")
    assert (warning.state, warning.triggers) == ("handled", 1)


def test_a_door_that_stands_open_is_told_by_the_new_number_too(here):
    """A rule about less than danger, changed by one person."""
    lift = device_of(here, "lift")
    says(lift, 0, door_open=1, service_mode=0)
    change(here, "door_open_long", 10, open_seconds=60)
    assert not warned("door_open_long", 59)
    assert warned("door_open_long", 60)


def test_a_device_that_has_fallen_silent_is_missed_by_the_new_number(here):
    lift = device_of(here, "lift")
    change(here, "lift_no_signal", 0, after_minutes=10)
    says(lift, 0, speed=0)
    change(here, "lift_no_signal", 200, after_minutes=4)
    assert not warned("lift_no_signal", 239)
    assert warned("lift_no_signal", 241)
    change(here, "lift_no_signal", 300, after_minutes=3)
    warning = Warning.objects.get(kind="lift_no_signal")
    assert warning.condition_ended_at is None, "a change is no sign of life"
    says(lift, 400, speed=0)
    warning.refresh_from_db()
    assert warning.condition_ended_at is not None


def test_other_rules_about_the_same_devices_see_nothing_again(here):
    gas = device_of(here, "gas")
    says(gas, 0, lel=12)
    before = dict(DetectorState.objects.exclude(detector="gas_leak").values_list("detector", "memory"))
    assert before
    change(here, "gas_leak", 30, limit=5)
    assert dict(DetectorState.objects.exclude(detector="gas_leak").values_list("detector", "memory")) == before
    assert Warning.objects.count() == 1


def test_a_home_that_takes_its_consent_back_is_not_looked_at_by_a_change(here):
    elder = here.residents["elder"]
    gas = device_of(here, "gas", home=elder.home)
    consent = give_consent(elder, "gas_care", channel="app", actor=here.actor("elder"))
    says(gas, 0, lel=6)
    assert DetectorState.objects.filter(detector="gas_leak").exists()
    withdraw_consent(consent, actor=here.actor("elder"))
    change(here, "gas_leak", 30, limit=5)
    assert not warned("gas_leak", 31)
    assert not DetectorState.objects.filter(detector="gas_leak").exists()
