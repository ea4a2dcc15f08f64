"""A smoke alarm is worked on: what is missing is asked for, everybody reads it meanwhile, and afterwards it is tried. It is cut
off: what nobody notices any more is said before."""

from datetime import timedelta

import pytest

from linli.faces.cockpit import state
from linli.foundation import clock
from linli.sense.telemetry.models import Device

pytestmark = pytest.mark.django_db
PAGE, DAY = "/workbench/warnings/pauses/", "/workbench/"


@pytest.fixture
def alarm(world, monday_morning):
    with world.scope():
        return Device.objects.create(
            code="S-1", type="smoke", name="楼道烟感", building=world.buildings[0], credential_digest="0" * 64,
            enrolled_at=monday_morning - timedelta(days=30),
        )  # fmt: skip


def test_from_a_form_with_a_mistake_to_a_device_that_works_again(world, other_world, client, alarm, monday_morning):
    client.force_login(world.accounts["grid_worker"])
    sent = {"what": "work", "device": "S-1", "hours": 6, "reason": "battery", "on_site": "", "note": "给一层换电池"}
    wrong = client.post(PAGE, sent)
    assert wrong.status_code == 422 and "谁在现场，好找得到人" in wrong.content.decode()
    longer = client.post(PAGE, sent | {"on_site": "王师傅"})
    assert longer.status_code == 422 and "请另一位同事来记" in longer.content.decode()
    assert 'value="王师傅"' in longer.content.decode(), "what was written stays"
    assert client.post(PAGE, sent | {"on_site": "王师傅", "hours": 1}).status_code == 302
    assert "换电池、清洁" in client.get(PAGE).content.decode()
    for who, words in (("grid_worker", "楼道烟感"), ("community_director", "楼道烟感"), ("other_grid_worker", "烟")):
        client.force_login(world.accounts[who])
        day = client.get(DAY).content.decode()
        assert "1 台险情设备在修，报了不叫人" in day and words in day
        assert ("楼道烟感" in day) is (who != "other_grid_worker")
    client.force_login(world.accounts["community_director"])
    assert "王师傅" in client.get(f"/workbench/devices/{alarm.pk}/").content.decode()
    state.forget()
    assert "台险情设备在修，报了不叫人" in client.get("/cockpit/").content.decode()
    rows = client.get("/cockpit/rows/devices?deaf=worked_on").content.decode()
    assert "S-1" in rows and "S-1" not in client.get("/cockpit/rows/devices?deaf=broken").content.decode()
    with clock.frozen(monday_morning + timedelta(hours=1, minutes=1)):
        client.force_login(world.accounts["grid_worker"])
        day = client.get(DAY).content.decode()
        assert "报了不叫人" not in day and "楼道烟感" in day and "能用了吗" in day
        answer = day.partition('action="/workbench/warnings/pauses/')[2].partition('"')[0]
        client.force_login(other_world.accounts["community_director"])
        assert client.post(PAGE + answer, {"works": "yes"}).status_code == 404
        client.force_login(world.accounts["grid_worker"])
        assert client.post(PAGE + answer, {"works": "perhaps"}).status_code == 404
        told = client.post(PAGE + answer, {"works": "no"}, follow=True).content.decode()
        assert "还不能用" in told
        day = client.get(DAY).content.decode()
        assert "1 台险情设备修过还不能用，有险情报不出来" in day and "报了不叫人" not in day
        client.force_login(world.accounts["community_director"])
        state.forget()
        shown = client.get("/cockpit/").content.decode()
        assert "台险情设备修过还不能用，有险情报不出来" in shown and "报了不叫人" not in shown
        assert "S-1" in client.get("/cockpit/rows/devices?deaf=broken").content.decode()
        row = client.get(PAGE).content.decode().partition("现在和接下来")[2]
        assert "楼道烟感" in row and "还不能用" in row and "试过了，能用" in row
        client.force_login(world.accounts["grid_worker"])
        client.post(PAGE + answer, {"works": "yes"})
        day = client.get(DAY).content.decode()
        assert "能用了吗" not in day and "修过还不能用" not in day


def test_cutting_off_the_last_alarm_says_what_is_missed_and_asks_why(world, other_world, client, alarm):
    page = f"/workbench/devices/{alarm.pk}/"
    client.force_login(world.accounts["community_worker"])
    asked = client.get(page + "?do=revoke").content.decode()
    assert "这里只有它听：烟雾报警没人确认" in asked and "主任会收到消息" in asked
    bare = client.post(page + "do/revoke/", {"note": ""})
    assert bare.status_code == 422 and "这里只有它听" in bare.content.decode()
    client.force_login(other_world.accounts["community_director"])
    assert client.post(page + "do/revoke/", {"note": "坏了"}).status_code == 404
    client.force_login(world.accounts["community_worker"])
    assert client.post(page + "do/revoke/", {"note": "密钥被人抄走了"}).status_code == 302
    alarm.refresh_from_db()
    assert alarm.revoked_at is not None
    with world.scope():
        second, third = (
            Device.objects.create(code=code, type="smoke", building=world.buildings[1], credential_digest="0" * 64,
                                  enrolled_at=clock.now(), last_seen_at=clock.now())
            for code in ("S-2", "S-3")
        )  # fmt: skip
    asked = client.get(f"/workbench/devices/{second.pk}/?do=revoke").content.decode()
    assert "这里只有它听" not in asked
    assert client.post(f"/workbench/devices/{third.pk}/do/revoke/", {"note": ""}).status_code == 302
