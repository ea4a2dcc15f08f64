"""A meter that says nothing is work for somebody: one case for each silence."""

from datetime import timedelta

import pytest

from linli.act.casework import actions
from linli.act.casework.models import Case, State
from linli.act.casework.queries.figures import three_rates
from linli.act.casework.wording import case_title, entry_sentence
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.dispatching import drain
from linli.foundation.events.recording import record
from linli.foundation.privacy.consents.actions import give_consent
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.speaking import sensing_health

SIX_HOURS = timedelta(hours=6)


@pytest.fixture
def meter(world, monday_morning):
    with world.scope():
        return Device.objects.create(
            code="mx-water-1",
            type="water_meter",
            credential_digest="x",
            home=world.homes[0],
            enrolled_at=monday_morning,
            last_seen_at=monday_morning,
        )


def fall_silent(world, meter, since):
    """What the detector records six hours after the meter's last word."""
    with clock.frozen(since + SIX_HOURS):
        with world.scope():
            detector = Actor.for_system("detector.no_water", world.community.pk)
            record("warnings.device_silent", meter, actor=detector, since=since.isoformat())
        drain()


def cases(world):
    with world.scope():
        return list(Case.objects.select_related("home", "building", "grid", "warning").order_by("pk"))


def test_the_grid_of_the_home_gets_one_case_for_it(world, meter, monday_morning):
    fall_silent(world, meter, monday_morning)
    [case] = cases(world)
    assert (case.level, case.state, case_title(case)) == ("P2", State.DISPATCHED, "设备没有消息")
    assert (case.home, case.building, case.grid) == (world.homes[0], world.buildings[0], world.grids[0])


def test_the_same_news_again_opens_nothing_even_after_the_case_has_ended(world, meter, monday_morning):
    fall_silent(world, meter, monday_morning)
    fall_silent(world, meter, monday_morning)
    [case] = cases(world)
    with world.scope(), clock.frozen(monday_morning + timedelta(hours=8)):
        worker = world.actor("grid_worker")
        actions.take(case.pk, actor=worker)
        actions.start(case.pk, actor=worker)
        actions.feed_back(case.pk, outcome="fixed", result="换了电池", actor=worker)
    fall_silent(world, meter, monday_morning)
    [case] = cases(world)
    assert case.state == State.CLOSED


def test_a_later_silence_is_a_new_case(world, meter, monday_morning):
    fall_silent(world, meter, monday_morning)
    with world.scope(), clock.frozen(monday_morning + timedelta(hours=8)):
        worker = world.actor("grid_worker")
        pk = Case.objects.get().pk
        actions.take(pk, actor=worker)
        actions.start(pk, actor=worker)
        actions.feed_back(pk, outcome="fixed", result="换了电池", actor=worker)
        Device.objects.update(last_seen_at=clock.now())
    fall_silent(world, meter, monday_morning + timedelta(hours=8))
    assert len(cases(world)) == 2


@pytest.mark.parametrize("change", [{"revoked_at": "now"}, {"last_seen_at": "now"}, {"home": None}])
def test_a_meter_that_is_gone_or_spoke_again_or_stands_nowhere_sends_nobody(world, meter, monday_morning, change):
    later = monday_morning + timedelta(hours=7)
    with world.scope():
        Device.objects.update(**{name: later if value == "now" else value for name, value in change.items()})
    fall_silent(world, meter, monday_morning)
    assert cases(world) == []


def test_it_counts_as_silent_in_sensing_health_and_in_no_residents_rate(world, meter, monday_morning):
    with world.scope(), clock.frozen(monday_morning + timedelta(minutes=5)):
        give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
        assert [health.silent for health in sensing_health(world.actor("community_director"))] == [0]
    fall_silent(world, meter, monday_morning)
    with world.scope(), clock.frozen(monday_morning + SIX_HOURS):
        director, worker = world.actor("community_director"), world.actor("grid_worker")
        assert [health.silent for health in sensing_health(director)] == [1]
        pk = Case.objects.get().pk
        actions.take(pk, actor=worker)
        actions.start(pk, actor=worker)
        actions.feed_back(pk, outcome="fixed", result="换了电池", actor=worker)
        tomorrow = monday_morning + timedelta(days=1)
        assert three_rates(monday_morning, tomorrow, actor=director).base == 0


def second_meter(world, monday_morning, code="mx-water-2", home=1):
    with world.scope():
        return Device.objects.create(
            code=code, type="water_meter", credential_digest="x", home=world.homes[home],
            enrolled_at=monday_morning, last_seen_at=monday_morning,
        )  # fmt: skip


def test_one_outage_in_a_grid_is_one_case_that_names_how_many(world, meter, monday_morning):
    other = second_meter(world, monday_morning)
    fall_silent(world, meter, monday_morning)
    fall_silent(world, other, monday_morning)
    fall_silent(world, other, monday_morning)
    [case] = cases(world)
    assert case_title(case) == "2 台设备没有消息"
    assert case.home is None and case.grid == world.grids[0]
    with world.scope():
        [joined] = case.entries.filter(verb="join")
        assert not joined.public and "mx-water-2" in entry_sentence(joined)


def test_what_falls_silent_after_the_outage_was_dealt_with_is_a_new_case(world, meter, monday_morning):
    other = second_meter(world, monday_morning)
    fall_silent(world, meter, monday_morning)
    with world.scope(), clock.frozen(monday_morning + timedelta(hours=7)):
        worker = world.actor("grid_worker")
        pk = Case.objects.get().pk
        actions.take(pk, actor=worker)
        actions.start(pk, actor=worker)
        actions.feed_back(pk, outcome="fixed", result="换了电池", actor=worker)
        Device.objects.filter(pk=other.pk).update(last_seen_at=clock.now())
    fall_silent(world, other, monday_morning + timedelta(hours=7))
    assert len(cases(world)) == 2
