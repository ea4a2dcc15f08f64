"""Who works on a device about danger says why and who is there, not for longer than four hours alone, and tries it afterwards."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account, Grant
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.lifecycle.ticks import run_due
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.retention.expiring import expiries
from linli.sense.telemetry.models import Device, DeviceEntry
from linli.testing import MONDAY_MORNING
from linli.understand.warnings import pausing, worked_on
from linli.understand.warnings.actions import raise_warning
from linli.understand.warnings.models import Pause
from linli.understand.warnings.places import Place
from linli.understand.warnings.worked_on import deaf_devices, silent_for, to_answer

pytestmark = pytest.mark.django_db
WHY = {"reason": "battery", "on_site": "王师傅", "note": "给这一层换电池"}


@pytest.fixture
def alarm(scene):
    return Device.objects.create(code="S-1", type="smoke", building=scene.buildings[0], credential_digest="0" * 64,
                                 enrolled_at=clock.now() - timedelta(days=60))  # fmt: skip


def work(scene, hours=2.0, *, by="grid_worker", code="S-1", **given):
    until = clock.now() + timedelta(hours=hours)
    return pausing.work_on(code, until, **{**WHY, **given}, actor=scene.actor(by))


def after(hours):
    return clock.frozen(MONDAY_MORNING + timedelta(hours=hours))


def speaks(scene, alarm):
    place = Place(scene.grids[0].pk, scene.buildings[0].pk, None)
    return raise_warning(
        "smoke", level="P0", source=f"device:{alarm.pk}", place=place, device_id=alarm.pk, evidence={},
        actor=Actor.for_system("detector.test"),
    )  # fmt: skip


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=6).map(
    lambda rows: [(MONDAY_MORNING + timedelta(hours=a), MONDAY_MORNING + timedelta(hours=a + n)) for a, n in rows]
)


@given(SPANS, st.integers(0, 40), st.integers(0, 24))
def test_silence_is_counted_hour_by_hour_and_what_two_share_once(spans, first, length):
    since = MONDAY_MORNING + timedelta(hours=first)
    hours = [since + timedelta(hours=n) for n in range(length)]
    expected = sum(any(start <= hour < end for start, end in spans) for hour in hours)
    assert silent_for(spans, since, since + timedelta(hours=length)) == timedelta(hours=expected)


@pytest.mark.parametrize(
    ("lacks", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "tea"}, "reason"),
        ({"note": "修"}, "note"),
        ({"on_site": "  "}, "on_site"),
    ],
)
def test_without_reason_words_or_a_name_no_danger_device_is_silenced(scene, alarm, lacks, field):
    with pytest.raises(Invalid) as refused:
        work(scene, **lacks)
    assert refused.value.field == field and not Pause.objects.exists()


def test_a_name_that_is_too_long_is_refused_by_its_own_name(scene, alarm):
    with pytest.raises(Invalid) as refused:
        work(scene, on_site="王" * 41)
    assert refused.value.field == "on_site" and "名字最多 40 个字" in str(refused.value)


def test_of_what_is_no_danger_none_of_it_is_asked_and_twelve_hours_are_allowed(scene):
    Device.objects.create(code="D-1", type="door", building=scene.buildings[0], credential_digest="0" * 64,
                          enrolled_at=clock.now())  # fmt: skip
    assert work(scene, 12, code="D-1", reason="", on_site="", note="")
    assert not deaf_devices()


def test_one_person_silences_it_four_hours_a_day_and_then_another_has_to(scene, alarm):
    with pytest.raises(Invalid) as refused:
        work(scene, 5)
    assert (refused.value.code, refused.value.field) == ("needs_another", "hours")
    work(scene, 3)
    work(scene, 3)
    with after(2), pytest.raises(Invalid):
        work(scene, 3)
    with after(3):
        work(scene, 1)
        with pytest.raises(Invalid):
            work(scene, 2)
    with after(4):
        with pytest.raises(Invalid):
            work(scene, 0.5)
        work(scene, 4, by="grid_lead")
    with after(23.9), pytest.raises(Invalid):
        work(scene, 4)
    with after(24):
        work(scene, 4)


def test_two_sign_ins_of_one_person_are_not_two(scene, alarm):
    work(scene, 4)
    worker, lead = scene.accounts["grid_worker"], scene.accounts["grid_lead"]
    Account.objects.filter(pk=lead.pk).update(display_name=worker.display_name)
    with after(1), pytest.raises(Invalid):
        work(scene, 4, by="grid_lead")


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 12)), max_size=10))
def test_no_sequence_of_presses_lets_one_person_silence_it_for_longer(presses):
    """The same rule over plain times: what would be refused is left out."""
    now, spans = MONDAY_MORNING, []
    for pause, hours in presses:
        now += timedelta(hours=pause)
        asked = (now, now + timedelta(hours=hours))
        last = max([asked[1], *(end for _start, end in spans)])
        if silent_for([*spans, asked], last - worked_on.DAY, last) <= worked_on.ALONE:
            spans.append(asked)
    for n in range(100):
        until = MONDAY_MORNING + timedelta(hours=n)
        assert silent_for(spans, until - worked_on.DAY, until) <= worked_on.ALONE


def test_while_it_lasts_it_is_deaf_and_afterwards_whoever_began_is_asked_once(scene, alarm):
    begun = work(scene, 2)
    assert [(one.pause.pk, one.until) for one in deaf_devices()] == [(begun.pk, begun.ends_at)]
    worker = scene.actor("grid_worker")
    with after(2):
        assert not deaf_devices()
        assert to_answer(worker) == [begun] and not to_answer(scene.actor("grid_lead"))
        run_due()
        assert not Notice.objects.filter(key__startswith="works:").exists(), "a moment to press the test key"
    with after(2.1):
        run_due()
        run_due()
        assert "能不能用" in Notice.objects.get(key__startswith="works:").text
        assert not to_answer(scene.actor("community_director"))
    with after(27):
        assert to_answer(scene.actor("community_director")) == [begun], "nobody has said it for a day"
        worked_on.say_whether_it_works(begun.pk, works=True, actor=worker)
        assert not to_answer(worker) and not to_answer(scene.actor("community_director"))


def test_what_a_message_says_of_a_device_in_a_home_names_no_room(scene):
    home = scene.residents["elder"].home
    Device.objects.create(code="S-7", type="smoke", name="方大爷的烟感", home=home, building=home.entrance.building,
                          credential_digest="0" * 64, enrolled_at=clock.now())  # fmt: skip
    work(scene, 1, code="S-7")
    with after(1.1):
        run_due()
        text = Notice.objects.get(key__startswith="works:").text
    assert f"S-7（{home.entrance.building}）修完了吗" in text
    assert str(home) not in text and "单元" not in text and "方大爷" not in text


def test_who_no_longer_sees_the_place_is_asked_nothing_about_it(scene, alarm):
    work(scene, 1)
    Grant.objects.filter(account=scene.accounts["grid_worker"]).update(grid=scene.grids[1])
    with after(2):
        assert not to_answer(scene.actor("grid_worker"))
        run_due()
        assert not Notice.objects.filter(key__startswith="works:").exists()


def test_a_test_signal_that_became_a_warning_answers_by_itself(scene, alarm):
    work(scene, 2)
    with after(1.8):
        speaks(scene, alarm)
    with after(2.2):
        run_due()
        assert not to_answer(scene.actor("grid_worker"))
        assert not Notice.objects.filter(key__startswith="works:").exists()


def test_what_it_told_while_somebody_worked_on_it_is_no_test(scene, alarm):
    begun = work(scene, 2)
    with after(1):
        speaks(scene, alarm)
    with after(2.2):
        run_due()
        assert to_answer(scene.actor("grid_worker")) == [begun]
        assert Notice.objects.filter(key__startswith="works:").exists()


def test_work_begun_before_reasons_were_asked_for_is_asked_about_by_nobody(scene, alarm):
    begun = work(scene, 2)
    Pause.objects.filter(pk=begun.pk).update(reason="")
    with after(27):
        run_due()
        assert not to_answer(scene.actor("grid_worker")) and not to_answer(scene.actor("community_director"))
        assert not Notice.objects.filter(key__startswith="works:").exists()


def broken(scene):
    begun = work(scene, 1)
    with after(1):
        worked_on.say_whether_it_works(begun.pk, works=False, actor=scene.actor("grid_worker"))
    return begun


def test_later_work_of_which_nobody_says_anything_hides_no_broken_device(scene, alarm):
    first = broken(scene)
    with after(2):
        second = work(scene, 1)
        assert [one.until for one in deaf_devices()] == [second.ends_at]
        assert not to_answer(scene.actor("grid_worker")), "somebody works on it"
        with pytest.raises(Conflict):
            worked_on.say_whether_it_works(first.pk, works=True, actor=scene.actor("grid_worker"))
    with after(2.5):
        speaks(scene, alarm)
    with after(3.2):
        assert [(one.pause, one.until) for one in deaf_devices()] == [(first, None)]
        assert to_answer(scene.actor("grid_worker")) == [second], "one question a device"
        worked_on.say_whether_it_works(second.pk, works=True, actor=scene.actor("grid_worker"))
        assert not deaf_devices() and not to_answer(scene.actor("grid_worker"))


def test_that_it_does_not_work_outlasts_the_month_until_it_does(scene, alarm):
    kept = broken(scene)
    with after(2):
        quiet = work(scene, 1)
    pauses, later = expiries()["warnings.Pause"], MONDAY_MORNING + timedelta(days=40)
    with clock.frozen(later):
        assert pauses.step(later, lambda number, keys: None)
        assert list(Pause.objects.all()) == [kept] != [quiet]
        assert [one.pause for one in deaf_devices()] == [kept]
        worked_on.say_whether_it_works(kept.pk, works=True, actor=scene.actor("grid_worker"))
        assert pauses.step(later, lambda number, keys: None)
        assert not Pause.objects.exists()


def test_what_does_not_work_is_repaired_and_told_as_deaf_until_it_does(scene, alarm):
    begun = work(scene, 1)
    worker = scene.actor("grid_worker")
    with pytest.raises(Conflict):
        worked_on.say_whether_it_works(begun.pk, works=True, actor=worker)
    with after(1):
        worked_on.say_whether_it_works(begun.pk, works=False, actor=worker)
        worked_on.say_whether_it_works(begun.pk, works=False, actor=worker)
        assert DeviceEntry.objects.filter(device=alarm, what="maintenance").count() == 1
        drain()
    with after(20):
        assert [one.until for one in deaf_devices()] == [None]
        assert to_answer(worker) == [begun]
        speaks(scene, alarm)
        assert not deaf_devices() and not to_answer(worker)


def test_who_does_not_see_the_place_says_nothing_about_it(scene, alarm, other_world):
    begun = work(scene, 1)
    with after(2):
        with pytest.raises(NotFound):
            worked_on.say_whether_it_works(begun.pk, works=True, actor=scene.actor("other_grid_worker"))
        with other_world.scope(), pytest.raises(NotFound):
            worked_on.say_whether_it_works(begun.pk, works=True, actor=other_world.actor("community_director"))
        with other_world.scope():
            assert not deaf_devices()
