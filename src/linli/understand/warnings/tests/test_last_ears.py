"""Who takes away the last device that tells of a danger at a place is told before, and the director afterwards."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.sensing import actions as sensing
from linli.foundation.privacy.sensing.models import Declaration
from linli.sense.telemetry.actions import revoke
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.tending import move, replace
from linli.understand.warnings.last_ears import unheard_after_revoking, unheard_after_withdrawing
from linli.understand.warnings.models import Rule
from linli.understand.warnings.pausing import work_on
from linli.understand.warnings.worked_on import say_whether_it_works

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(scene):
    give_consent(scene.residents["elder"], "smoke_care", channel="app", actor=scene.actor("elder"))
    return scene


def device(here, code, kind="smoke", seen=timedelta(0), **where):
    """``seen``: how long ago it spoke; none: never."""
    where = where or {"building": here.buildings[0]}
    return Device.objects.create(code=code, type=kind, credential_digest="0" * 64, **where,
                                 enrolled_at=clock.now() - timedelta(days=9),
                                 last_seen_at=None if seen is None else clock.now() - seen)  # fmt: skip


def declared_like_water(here):
    """Fall sensors in homes."""
    made = Declaration.objects.get(type="water_meter", inside_homes=True)
    weighed = made.assessment
    weighed.pk, weighed.number, weighed.type = None, "PIA-2026-950", "fall_radar"
    weighed.save()
    made.pk, made.code, made.type, made.purpose, made.assessment = None, "FALLZ", "fall_radar", "presence_care", weighed
    made.save()
    return made


def told():
    return [one.text for one in Notice.objects.filter(key__startswith="ears:")]


def test_only_the_last_at_its_place_leaves_a_danger_unheard(here):
    first, second = device(here, "S-1"), device(here, "S-2")
    elsewhere = device(here, "S-3", building=here.buildings[1])
    assert not unheard_after_revoking(first)
    lost = unheard_after_revoking(elsewhere)
    assert [rule.shipped.key for rule in lost.rules] == ["smoke"] and lost.places == 1
    revoke(second, actor=here.actor("community_worker"))
    assert unheard_after_revoking(first)


@pytest.mark.parametrize("seen", [None, timedelta(days=8)])
def test_what_never_spoke_or_has_fallen_silent_is_no_ear_that_is_left(here, seen):
    first = device(here, "S-1")
    other = device(here, "S-2", seen=seen)
    assert unheard_after_revoking(first)
    Device.objects.filter(pk=other.pk).update(last_seen_at=clock.now())
    assert not unheard_after_revoking(first)


def test_what_is_worked_on_or_does_not_work_is_no_ear_that_is_left(here, monday_morning):
    first, other = device(here, "S-1"), device(here, "S-2")
    why = {"reason": "battery", "on_site": "王师傅", "note": "换电池"}
    worker = here.actor("community_worker")
    begun = work_on(other.code, clock.now() + timedelta(hours=1), **why, actor=worker)
    assert unheard_after_revoking(first)
    with clock.frozen(monday_morning + timedelta(hours=1)):
        Device.objects.update(last_seen_at=clock.now())
        assert not unheard_after_revoking(first)
        say_whether_it_works(begun.pk, works=False, actor=worker)
        assert unheard_after_revoking(first)


def test_what_stays_at_its_place_or_was_never_listened_to_is_no_loss(here):
    smoke, worker = device(here, "S-1"), here.actor("community_worker")
    entrance = here.buildings[1].entrances.first()
    at_entrance = device(here, "S-2", entrance=entrance, building=here.buildings[1])
    unasked = device(here, "S-3", home=here.residents["neighbour"].home)
    move(smoke, building_id=here.buildings[0].pk, actor=worker)
    move(at_entrance, entrance_id=entrance.pk, actor=worker)
    revoke(unasked, actor=worker)
    drain()
    assert not told()


def test_what_is_no_danger_is_not_missed_and_a_rule_that_is_off_for_some_days_is(here):
    smoke, door = device(here, "S-1"), device(here, "D-1", "door")
    assert not unheard_after_revoking(door)
    Rule.objects.create(key="smoke", on=False, off_until=clock.now() + timedelta(days=3), changed_at=clock.now())
    assert unheard_after_revoking(smoke)


def test_the_director_hears_of_a_lift_that_nobody_listens_to_unless_it_was_they(here):
    lift = device(here, "L-1", "lift", facility=here.lift)
    assert {rule.shipped.key for rule in unheard_after_revoking(lift).rules} >= {"trapped", "lift_overspeed"}
    revoke(lift, actor=here.actor("community_worker"), note="密钥泄露了")
    drain()
    drain()
    (text,) = told()
    assert "1 处再没有设备听" in text and f"/workbench/devices/{lift.pk}/" in text
    revoke(device(here, "S-1"), actor=here.actor("community_director"))
    drain()
    assert len(told()) == 1


def test_moving_away_is_told_of_the_place_that_is_left_and_replacing_of_none(here):
    smoke, other = device(here, "S-1"), device(here, "S-2", building=here.buildings[1])
    worker = here.actor("community_worker")
    replace(other, code="S-9", actor=worker)
    drain()
    assert not told()
    move(smoke, building_id=here.buildings[1].pk, actor=worker, note="这一层拆了")
    drain()
    assert len(told()) == 1


def test_a_declaration_that_lets_the_last_fall_sensors_speak_says_so_before_it_is_taken_down(here):
    give_consent(here.residents["elder"], "presence_care", channel="app", actor=here.actor("elder"))
    device(here, "F-1", "fall_radar", home=here.residents["elder"].home)
    made = declared_like_water(here)
    lost = unheard_after_withdrawing(made)
    assert [rule.shipped.key for rule in lost.rules] == ["fall"] and lost.places == 1
    sensing.withdraw(made.pk, "换另一种", actor=here.actor("dpo"))
    drain()
    assert len(told()) == 1 and not unheard_after_withdrawing(made)
