"""A rule is looked at, tried out on the past, changed with a mistake in the middle, and watches by it from then on."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.accounts.roles import Role
from linli.foundation.events.models import Event
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.sensing.models import Declaration
from linli.sense.telemetry import taps
from linli.sense.telemetry.lake import to_ms
from linli.sense.telemetry.models import Device, HotObservation
from linli.sense.telemetry.taps import Observed
from linli.understand.warnings.models import DetectorState, RuleChange, Warning
from linli.understand.warnings.rules import rules_in_force

pytestmark = [pytest.mark.django_db]
PAGE = "/workbench/warnings/rules/door_open_long/"


@pytest.fixture
def director(world, client, monday_morning):
    client.force_login(world.accounts["community_director"])
    return client


def lift(world, code="lift-1"):
    return Device.objects.create(code=code, type="lift", facility=world.lift, credential_digest="0" * 64,
                                 enrolled_at=clock.now() - timedelta(days=60))  # fmt: skip


def said_before(device, *steps):
    """``(hours ago, metric, value)`` as stored."""
    for hours, metric, value in steps:
        at = to_ms(clock.now() - timedelta(hours=hours))
        HotObservation.objects.create(device=device, metric=metric, time=at, value=value)


def test_the_preview_says_when_and_where_it_would_have_spoken(world, director):
    with world.scope():
        device = lift(world)
        minute = 1 / 60
        for day in (1, 5, 9):
            said_before(
                device, (24 * day, "door_open", 1), (24 * day, "floor", 3), (24 * day - 4 * minute, "door_open", 0)
            )
        said_before(device, (100, "door_open", 1), (100 - 15 * minute, "door_open", 0))
        said_before(device, (24 * 31, "door_open", 1), (24 * 31 - 1, "door_open", 0))
    seen = director.post(PAGE, {"on": "on", "open_seconds": 120, "preview": 1}).content.decode()
    assert "最近 30 天会说 4 次" in seen and "看了 1 处" in seen
    assert seen.count(str(world.lift)) >= 4 and "3 层" in seen
    stricter = director.post(PAGE, {"on": "on", "open_seconds": 600, "preview": 1}).content.decode()
    assert "最近 30 天会说 1 次" in stricter
    never = director.post(PAGE, {"on": "on", "open_seconds": 1800, "preview": 1}).content.decode()
    assert "最近 30 天一次也不会说" in never
    with world.scope():
        assert not Warning.objects.exists() and not DetectorState.objects.exists(), "a preview changes nothing"


def test_a_number_out_of_range_is_sent_back_and_then_it_watches_by_the_new_one(world, director, monday_morning):
    wrong = director.post(PAGE, {"on": "on", "open_seconds": 5})
    assert wrong.status_code == 422 and 'value="5"' in wrong.content.decode()
    assert director.post(PAGE, {"on": "on", "open_seconds": 300}).status_code == 302
    assert 'value="300"' in director.get(PAGE).content.decode()
    assert "改过" in director.get("/workbench/warnings/rules/").content.decode()
    with world.scope():
        device = lift(world)
        for minutes, expected in ((0, False), (4, False), (5, True)):
            at = monday_morning + timedelta(minutes=minutes)
            with clock.frozen(at):
                taps.show([Observed(device.pk, device.code, "lift", "door_open", at, 1.0)])
            assert Warning.objects.filter(kind="door_open_long").exists() is expected
        changed = Event.objects.get(kind="warnings.rule_changed")
        assert changed.data["rule"] == "door_open_long" and changed.data["after"]["settings"] == {"open_seconds": 300}


def test_a_rule_that_is_off_forgets_and_says_nothing(world, director, monday_morning):
    with world.scope():
        device = lift(world)
        taps.show([Observed(device.pk, device.code, "lift", "door_open", monday_morning, 1.0)])
        assert DetectorState.objects.filter(detector="door_open_long").exists()
    director.post(PAGE, {"open_seconds": 120})
    with world.scope():
        assert not DetectorState.objects.filter(detector="door_open_long").exists()
        later = monday_morning + timedelta(hours=1)
        taps.show([Observed(device.pk, device.code, "lift", "door_open", later, 1.0)])
        assert not Warning.objects.filter(kind="door_open_long").exists()


def test_a_home_that_took_its_consent_back_is_in_no_preview(world, director):
    page, numbers = (
        "/workbench/warnings/rules/no_water/",
        {"hours": 12, "least": 0.01, "from": 6, "until": 22, "days": "all"},
    )
    with world.scope():
        given = give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
        meter = Device.objects.create(code="m", type="water_meter", home=world.homes[0], credential_digest="0" * 64,
                                      enrolled_at=clock.now())  # fmt: skip
        said_before(meter, *((hours, "volume", 100.0) for hours in range(40, 0, -1)))
    seen = director.post(page, {"on": "on", "preview": 1, **numbers}).content.decode()
    assert "最近 30 天会说 1 次" in seen and str(world.homes[0]) in seen
    with world.scope():
        declared = Declaration.objects.filter(type="water_meter", inside_homes=True)
        assert declared.update(viewers=[Role.GRID_WORKER.value])
    seen = director.post(page, {"on": "on", "preview": 1, **numbers}).content.decode()
    assert "最近 30 天会说 1 次" in seen and "是哪一户、为什么，只给公示上写的人看" in seen
    assert str(world.homes[0]) not in seen
    with world.scope():
        withdraw_consent(given, actor=world.actor("elder"))
    seen = director.post(page, {"on": "on", "preview": 1, **numbers}).content.decode()
    assert "说不出会说几次" in seen and "现在没有一处能看" in seen and "一次也不会说" not in seen


def test_grid_staff_neither_see_nor_change_rules(world, client, monday_morning):
    client.force_login(world.accounts["grid_worker"])
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"on": "on", "open_seconds": 300}).status_code == 403


def test_a_preview_says_what_falls_away_and_where_there_was_nothing_to_look_at(world, director):
    with world.scope():
        device, _silent = lift(world), lift(world, "lift-2")
        for hours, minutes in ((24, 3), (48, 15)):
            said_before(device, (hours, "door_open", 1), (hours - minutes / 60, "door_open", 0))
    seen = director.post(PAGE, {"on": "on", "open_seconds": 600, "preview": 1}).content.decode()
    assert "最近 30 天会说 1 次" in seen and "照现在的规则，说 2 次。" in seen
    assert "改了以后多出 0 次，少掉 1 次。" in seen and "现在说、改了以后不说的：1 次" in seen
    assert "1 处有读数。" in seen and "1 处一个读数也没有" in seen
    more = director.post(PAGE, {"on": "on", "open_seconds": 60, "preview": 1}).content.decode()
    assert "改了以后说的还是这些" in more
    off = director.post(PAGE, {"open_seconds": 120, "preview": 1}).content.decode()
    assert "最近 30 天一次也不会说" in off and "改了以后多出 0 次，少掉 2 次。" in off


def test_no_readings_at_all_are_not_nothing_to_say(world, director):
    with world.scope():
        lift(world)
    seen = director.post(PAGE, {"on": "on", "open_seconds": 120, "preview": 1}).content.decode()
    assert "说不出会说几次" in seen and "一次也不会说" not in seen and "1 处一个读数也没有" in seen


def test_the_smoke_rule_is_switched_off_by_two_and_its_page_tells_so(world, client, monday_morning):
    page = "/workbench/warnings/rules/smoke/"
    client.force_login(world.accounts["community_worker"])
    bare = client.post(page, {"alarm_seconds": 60})
    assert bare.status_code == 422 and "请写清楚为什么" in bare.content.decode()
    told = client.post(page, {"alarm_seconds": 60, "reason": "全部在换新的，三天里没有一只是通的"}, follow=True)
    assert "另一位同意以前，还照原来的看" in told.content.decode() and "自己不能同意" in told.content.decode()
    own = client.post(f"{page}changes/{_waiting(world)}/approve/")
    assert own.status_code == 403
    client.force_login(world.accounts["community_director"])
    assert "有 1 个改动等您说同不同意" in client.get("/workbench/warnings/rules/").content.decode()
    assert "这条规则：开着 → 关掉" in client.get(page).content.decode()
    done = client.post(f"{page}changes/{_waiting(world)}/approve/", follow=True).content.decode()
    assert "同意了，从现在起这样看" in done and "三天里没有一只是通的" in done
    assert "community_worker" in done and "community_director同意" in done
    with world.scope():
        assert not rules_in_force()["smoke"].on


def test_off_for_how_long_is_asked_corrected_told_and_not_for_another_community(
    world, other_world, client, monday_morning
):
    page = "/workbench/warnings/rules/smoke/"
    client.force_login(world.accounts["community_worker"])
    reason = {"reason": "全部在换新的，三天里没有一只是通的", "alarm_seconds": 60}
    wrong = client.post(page, reason | {"off_days": 45})
    assert wrong.status_code == 422 and 'value="45"' in wrong.content.decode()
    asked = client.post(page, reason | {"off_days": 2}, follow=True).content.decode()
    assert "关 2 天，从同意的时候算起" in asked and "没有人同意就过期" in asked
    number = _waiting(world)
    client.force_login(other_world.accounts["community_director"])
    assert client.post(f"{page}changes/{number}/approve/").status_code == 404
    client.force_login(world.accounts["community_director"])
    done = client.post(f"{page}changes/{number}/approve/", follow=True).content.decode()
    assert "关到：— → 3 月 4 日" in done and "自己重新开" in done
    assert "关到" in client.get("/workbench/warnings/rules/").content.decode()
    assert "（到 " in client.get("/workbench/").content.decode()
    with clock.frozen(monday_morning + timedelta(days=2)):
        later = client.get(page).content.decode()
        assert "设备报了险情也不会叫人" not in later and 'name="on" id="id_on" checked' in later.replace(
            ' aria-describedby=""', ""
        )


def test_whoever_is_asked_to_agree_sees_which_true_alarms_would_fall_away(world, client, monday_morning):
    page = "/workbench/warnings/rules/smoke/"
    with world.scope():
        device = Device.objects.create(code="S-1", type="smoke", building=world.buildings[0], credential_digest="0" * 64,
                                       enrolled_at=clock.now() - timedelta(days=60))  # fmt: skip
        said_before(device, (24, "alarm", 1), (23, "alarm", 0), (72, "alarm", 1), (71, "alarm", 0))
        for hours, finding in ((24, "true"), (72, "false")):
            at = clock.now() - timedelta(hours=hours, minutes=-1)
            Warning.objects.create(
                kind="smoke", level="P0", source=f"device:{device.pk}", device=device, grid=world.grids[0],
                building=world.buildings[0], state="cleared", finding=finding, opened_at=at, last_triggered_at=at, ended_at=at,
                evidence={},
            )  # fmt: skip
    client.force_login(world.accounts["community_worker"])
    client.post(page, {"alarm_seconds": 60, "reason": "全部在换新的，三天里没有一只是通的"})
    client.force_login(world.accounts["community_director"])
    offered = client.get(page).content.decode()
    assert "先看看会少说哪几次" in offered
    seen = client.post(page, {"alarm_seconds": "60", "preview": "1"}).content.decode()
    lost = seen[seen.index("现在说、改了以后不说的：2 次") :]
    assert lost.index("属实") < lost.index("误报")


def _waiting(world) -> int:
    with world.scope():
        return RuleChange.objects.get(rule="smoke", state="asked").pk
