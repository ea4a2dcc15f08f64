"""A device's life in the browser: enrolled from its sticker on a phone until its first reading; cut off while it is connected."""

from __future__ import annotations

import io
import json
import threading
import time

import paho.mqtt.client as mqtt
import pytest
import segno
from django.test import override_settings
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.broker import Broker
from linli.sense.telemetry.gatekeeper import Gatekeeper
from linli.sense.telemetry.ingesting import Ingest
from linli.sense.telemetry.models import Device
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import AXE, RULES, seen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def nothing_is_wrong(page: Page) -> None:
    found = AXE.run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def sticker(words: str) -> dict:
    picture = io.BytesIO()
    segno.make(words, error="m", micro=False).save(picture, kind="png", scale=8, border=4)
    return {"name": "sticker.png", "mimeType": "image/png", "buffer": picture.getvalue()}


@pytest.fixture
def message_server(tmp_path, transactional_db):
    """A real message server with the gatekeeper at its door and ingest behind it, as in a running instance."""
    with override_settings(LINLI_HOME=tmp_path), Broker(tmp_path, sync_always=False) as running:
        keeper = Gatekeeper(tmp_path)
        ingest = Ingest(tmp_path, say=lambda words: None)
        storing = threading.Thread(target=ingest.run, daemon=True)
        keeper.start()
        storing.start()
        time.sleep(0.5)
        yield running
        ingest.stop()
        keeper.stop()
        storing.join(10)
        keeper.join(5)


class Thing:
    """A device as a device is: an MQTT client that comes back when it is cut off."""

    def __init__(self, port: int, code: str, secret: str) -> None:
        self.connected, self.refused, self.cut_off = threading.Event(), threading.Event(), threading.Event()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"{code}-{time.monotonic_ns()}")
        self.client.username_pw_set(code, secret)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = lambda *_: self.cut_off.set()
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _on_connect(self, client, userdata, flags, reason, properties):
        (self.refused if reason.is_failure else self.connected).set()

    def say(self, topic: str, **values: float) -> None:
        payload = json.dumps({"t": round(clock.now().timestamp() * 1000), "v": values})
        self.client.publish(topic, payload, qos=1).wait_for_publish(5)

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_a_device_is_enrolled_by_its_sticker_on_a_phone_until_its_first_reading(world, signed_in, message_server):
    page = signed_in("community_worker", PHONE)
    page.goto("/workbench/devices/")
    expect(page.locator("main")).to_contain_text("还没有设备")
    nothing_is_wrong(page)
    page.get_by_role("link", name="登记一台").first.click()
    nothing_is_wrong(page)

    page.get_by_label("拍标签").set_input_files(sticker('{"sn": "SMK-0001", "type": "smoke"}'))
    expect(page.locator("#sticker")).to_contain_text("读到了：SMK-0001")
    expect(page.get_by_label("设备编号")).to_have_value("SMK-0001")
    expect(page.get_by_label("是什么设备")).to_have_value("smoke")
    page.get_by_label("装在哪里").select_option(label=str(world.homes[0].entrance))
    expect(page.locator("#standing")).to_contain_text("这里可以装")
    page.get_by_label("谁装的").fill("晚河消防")
    page.get_by_label("校准记录").fill("出厂校准 2026-01")
    page.get_by_label("固件版本").fill("1.4.2")
    page.get_by_label("电量").fill("98")
    nothing_is_wrong(page)
    page.get_by_role("button", name="登记，拿密钥").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("SMK-0001 的密钥")
    expect(page.locator("#first")).to_contain_text("在等第一条数据")
    nothing_is_wrong(page)
    secret = page.locator(".secret").inner_text()
    topic = page.locator("dt:text('主题') + dd").inner_text()
    thing = Thing(message_server.mqtt_port, "SMK-0001", secret)
    assert thing.connected.wait(5)
    thing.say(topic, alarm=0, battery=2000)
    thing.say(topic, alarm=0, battery=97)
    expect(page.locator("#first")).to_contain_text("第一条数据", timeout=10_000)
    expect(page.locator("#first")).to_contain_text("电池电量 97 %")
    nothing_is_wrong(page)

    page.get_by_role("link", name="看这台设备").click()
    expect(page.locator(".timeline")).to_contain_text("出厂校准 2026-01")
    expect(page.locator("main")).not_to_contain_text(secret)
    nothing_is_wrong(page)
    thing.leave()


def test_a_home_is_asked_before_a_meter_is_fitted(world, signed_in):
    page = signed_in("community_worker", PHONE)
    page.goto("/workbench/devices/enrol/?code=WM-1&type=water_meter")
    page.get_by_label("装在哪里").select_option(label=str(world.homes[0].entrance))
    page.get_by_label("室号").fill(world.homes[0].number)
    page.get_by_label("室号").blur()
    expect(page.locator("#standing")).to_contain_text("这户人家还没有同意")
    nothing_is_wrong(page)
    page.get_by_role("button", name="登记，拿密钥").click()
    expect(page.locator(".err")).to_contain_text("还没有同意")
    with world.scope():
        assert not Device.objects.exists()
    page.locator("#standing a").first.click()
    expect(page).to_have_url(
        f"{page.url.split('/workbench')[0]}/workbench/people/{world.residents['elder'].pk}/consents/"
    )


def test_a_revoked_device_is_cut_off_while_it_is_connected_and_stays_out(world, signed_in, message_server):
    with world.scope():
        given = enrol(NewDevice("lamp-1", "street_lamp", "东门路灯", building_id=world.buildings[0].pk),
                      actor=world.actor("community_director"))  # fmt: skip
    thing = Thing(message_server.mqtt_port, "lamp-1", given.secret)
    assert thing.connected.wait(5)
    time.sleep(1.2)

    page = signed_in("community_director", DESK)
    page.goto("/workbench/devices/")
    page.get_by_role("link", name="东门路灯").click()
    nothing_is_wrong(page)
    page.get_by_role("link", name="停用", exact=True).click()
    page.get_by_label("为什么停用").fill("路灯拆了")
    nothing_is_wrong(page)
    clicked = time.monotonic()
    page.get_by_role("button", name="停用", exact=True).click()
    expect(page.locator("main")).to_contain_text("已停用")
    assert thing.cut_off.wait(5)
    assert time.monotonic() - clicked < 5
    assert thing.refused.wait(10)
    nothing_is_wrong(page)
    thing.leave()


def test_a_new_secret_cuts_off_whoever_uses_the_old_one(world, signed_in, message_server):
    with world.scope():
        given = enrol(NewDevice("lamp-1", "street_lamp", building_id=world.buildings[0].pk),
                      actor=world.actor("community_director"))  # fmt: skip
    old = Thing(message_server.mqtt_port, "lamp-1", given.secret)
    assert old.connected.wait(5)
    time.sleep(1.2)
    page = signed_in("community_director", DESK)
    page.goto(f"/workbench/devices/{given.device.pk}/?do=renew")
    nothing_is_wrong(page)
    page.get_by_role("button", name="换密钥").click()
    secret = page.locator(".secret").inner_text()
    assert secret != given.secret
    assert old.cut_off.wait(5)
    assert old.refused.wait(10)
    new = Thing(message_server.mqtt_port, "lamp-1", secret)
    assert new.connected.wait(5)
    old.leave()
    new.leave()


def test_a_repair_becomes_a_case_whose_worker_finds_the_device(world, signed_in):
    with world.scope():
        given = enrol(NewDevice("lamp-1", "street_lamp", "东门路灯", building_id=world.buildings[0].pk),
                      actor=world.actor("community_director"))  # fmt: skip
    page = signed_in("grid_worker", PHONE)
    page.goto(f"/workbench/devices/{given.device.pk}/?do=maintain")
    page.get_by_label("哪里不对").fill("晚上不亮")
    nothing_is_wrong(page)
    page.get_by_role("button", name="报修").click()
    expect(page.get_by_role("status").first).to_contain_text("报修了")
    drain()
    page.reload()
    page.get_by_role("link", name="看事件").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("东门路灯报修：晚上不亮")
    page.get_by_role("link", name="看这台设备：lamp-1").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("东门路灯")


def test_devices_from_a_table_whose_secrets_are_handed_over_once(world, signed_in):
    estate, building = world.estate.code, world.buildings[0].number
    rows = ["设备编号,种类,小区编号,幢号", f"smk-1,烟感,{estate},{building}", f"smk-2,烤箱,{estate},{building}"]
    page = signed_in("community_worker", DESK)
    page.goto("/workbench/devices/import/")
    nothing_is_wrong(page)
    table = {"name": "devices.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    page.get_by_label("文件").set_input_files(table)
    page.get_by_role("button", name="检查这个文件").click()
    expect(page.locator("main")).to_contain_text("2 行里有 1 行不能导入")
    expect(page.locator("main")).to_contain_text("烤箱")
    nothing_is_wrong(page)
    page.get_by_role("button", name="只登记好的 1 台").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登记了 1 台设备")
    nothing_is_wrong(page)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="下载密钥").click()
    sheet = load_workbook(io.BytesIO(fetched.value.path().read_bytes())).active
    assert [sheet.cell(2, n).value for n in (1, 2)] == ["smk-1", "烟感"]
    assert len(sheet.cell(2, 4).value) > 40
    with page.expect_download() as returned:
        page.get_by_role("link", name="下载没有导入的行").click()
    assert load_workbook(io.BytesIO(returned.value.path().read_bytes())).active.cell(2, 1).value == "smk-2"


def test_what_is_wrong_with_the_form_stands_in_view_on_a_phone_and_leads_to_its_field(world, signed_in):
    page = signed_in("community_director", PHONE)
    page.goto("/workbench/devices/enrol/")
    page.get_by_label("设备编号").fill("meter-9")
    page.get_by_role("button", name="登记，拿密钥").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport(ratio=1)
    seen(page, "enrol-faults")
    summary.get_by_role("link", name="装在哪里").click()
    expect(page.get_by_label("装在哪里")).to_be_focused()
    expect(page.get_by_label("装在哪里")).to_be_in_viewport()
