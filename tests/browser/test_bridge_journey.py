"""A gateway joins the neighbourhood on a phone: the bridge is enrolled, its devices announce themselves, one is taken in and
its value is read."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import paho.mqtt.client as mqtt
import pytest
from playwright.sync_api import Page, expect

from linli.sense.telemetry.models import Candidate, HotObservation
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import seen
from tests.browser.test_device_journey import message_server  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HALL = {"ids": ["0x00158d0001"], "name": "大厅温湿度", "mf": "Aqara", "mdl": "WSDCGQ11LM"}
SMOKE = {"ids": ["0x00158d0002"], "name": "地下室烟感", "mf": "Heiman", "mdl": "HS1SA"}


class Gateway:
    """What mosquitto with Zigbee2MQTT behind it passes on, over a real MQTT connection."""

    def __init__(self, page: Page, port: int) -> None:
        said = dict(line.split(" ", 1) for line in page.locator("pre").inner_text().splitlines())
        self.branch = said["topic"].rpartition(" ")[2]
        self.connected = threading.Event()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"gateway-{time.monotonic_ns()}")
        self.client.username_pw_set(said["remote_username"], said["remote_password"])
        self.client.on_connect = lambda client, data, flags, reason, more: reason.is_failure or self.connected.set()
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self.connected.wait(5)

    def say(self, topic: str, payload: object, *, qos: int = 0, retain: bool = False) -> None:
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self.client.publish(f"{self.branch}{topic}", text, qos=qos, retain=retain).wait_for_publish(5)

    def announce(self, key: str, device: dict, component: str = "sensor", **said: object) -> None:
        whole = {
            "name": key,
            "stat_t": f"zigbee2mqtt/{device['name']}",
            "val_tpl": f"{{{{ value_json.{key} }}}}",
            "dev": device,
        }
        self.say(f"homeassistant/{component}/{device['ids'][0]}/{key}/config", whole | said, qos=1, retain=True)

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen")


def test_a_gateway_is_connected_and_one_of_its_devices_is_taken_in(world, signed_in, message_server):  # noqa: F811
    page = signed_in("community_worker", PHONE)
    page.goto("/workbench/devices/")
    page.get_by_role("link", name="网桥发现的").click()
    expect(page.locator("main")).to_contain_text("还没有网桥")
    seen(page, "bridge-none")
    page.get_by_role("link", name="登记一个网桥").click()
    expect(page.get_by_label("是什么设备")).to_have_value("bridge")
    page.get_by_label("设备编号").fill("HA-1")
    page.get_by_label("装在哪里").select_option(label=str(world.buildings[0]))
    page.get_by_role("button", name="登记，拿密钥").click()
    expect(page.locator("#first")).to_contain_text("在等网关连上来")
    seen(page, "bridge-enrolled")

    gateway = Gateway(page, message_server.mqtt_port)
    gateway.announce("temperature", HALL, dev_cla="temperature", unit_of_meas="°C")
    gateway.announce("humidity", HALL, dev_cla="humidity", unit_of_meas="%")
    gateway.announce("linkquality", HALL, unit_of_meas="lqi")
    gateway.announce("smoke", SMOKE, "binary_sensor", dev_cla="smoke", pl_on=True, pl_off=False)
    expect(page.locator("#first")).to_contain_text("网桥报上来", timeout=10_000)
    gateway.say("zigbee2mqtt/大厅温湿度", {"temperature": 20.1, "humidity": 55})
    page.get_by_role("link", name="去看").click()
    expect(page.locator("main")).to_contain_text("地下室烟感")
    seen(page, "bridge-found")

    page.get_by_role("link", name="大厅温湿度").click()
    expect(page.locator("#uses")).to_contain_text("没有写量的是什么")
    expect(page.locator("main")).to_contain_text("接入以前来过 1 条消息")
    with world.scope():
        assert not HotObservation.objects.exists()
    page.get_by_label("当作什么设备").select_option("air")
    expect(page.locator("#uses")).to_contain_text("当作“空气质量”")
    page.get_by_label("当作什么设备").select_option("climate")
    expect(page.locator("#uses")).to_contain_text("当作“温湿度”")
    page.get_by_role("button", name="接入").click()
    expect(page.locator(".err").first).to_contain_text("请选装在哪里")
    page.get_by_label("装在哪里").select_option(label=str(world.homes[0].entrance))
    expect(page.locator("#standing")).to_contain_text("这里可以装")
    seen(page, "bridge-candidate")
    page.get_by_role("button", name="接入").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("大厅温湿度")
    time.sleep(1.1)
    gateway.say("zigbee2mqtt/大厅温湿度", {"temperature": 21.5, "humidity": 48, "linkquality": 90})
    wait_until(HotObservation.objects.exists)
    page.reload()
    expect(page.locator("main")).to_contain_text("21.5 °C")
    expect(page.locator("main")).to_contain_text("48 %")
    expect(page.locator("main")).to_contain_text("经过网桥")
    seen(page, "bridge-device")

    gateway.announce("temperature", HALL, dev_cla="temperature", unit_of_meas="°F")
    wait_until(Candidate._base_manager.filter(changed=True).exists)
    page.get_by_role("link", name="HA-1").click()
    expect(page.locator("main")).to_contain_text("还没有同意")
    seen(page, "bridge-changed")
    page.get_by_role("button", name="看过了，照新的收").click()
    expect(page.locator("main")).not_to_contain_text("还没有同意")
    gateway.leave()


def test_what_nobody_wants_is_left_out_with_the_keyboard(world, signed_in, message_server):  # noqa: F811
    type(world.accounts["community_director"]).objects.update(language="en")
    page = signed_in("community_director", DESK, language="en")
    page.goto("/workbench/devices/enrol/?type=bridge&code=HA-2")
    page.locator("[name=place]").select_option(index=1)
    page.get_by_role("button", name="Enrol it and get the secret").press("Enter")
    gateway = Gateway(page, message_server.mqtt_port)
    gateway.announce("smoke", SMOKE, "binary_sensor", dev_cla="smoke", pl_on=True, pl_off=False)
    gateway.announce("voltage", HALL, dev_cla="voltage", unit_of_meas="V")
    expect(page.locator("#first")).to_contain_text("announced", timeout=10_000)
    time.sleep(0.5)
    page.goto("/workbench/devices/found/")
    seen(page, "bridge-found-en")
    page.get_by_role("link", name="大厅温湿度").press("Enter")
    expect(page.locator("#uses")).to_contain_text("There is no metric for “voltage”")
    seen(page, "bridge-unusable-en")
    page.get_by_role("button", name="Leave out").press("Enter")
    expect(page.locator("main")).not_to_contain_text("大厅温湿度")
    page.get_by_role("link", name="Leave out").press("Enter")
    expect(page.locator("main")).to_contain_text("大厅温湿度")
    gateway.leave()
