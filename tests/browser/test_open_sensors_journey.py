"""From a lift that is enrolled to the page on which everybody reads how it is: two people of the staff and a visitor."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.sense.open_sensors import actions
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.models import LastValue
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import Looker, View

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HERE = "/workbench/privacy/open-sensors/"


@pytest.fixture
def lifts(world):
    with world.scope():
        director = world.actor("community_director")
        return [
            enrol(NewDevice("LIFT-1", "lift", "一号电梯", facility_id=world.lift.pk), actor=director).device,
            enrol(NewDevice("LIFT-2", "lift", building_id=world.buildings[1].pk), actor=director).device,
            enrol(
                NewDevice("POST-1", "climate", "东门温度计", building_id=world.buildings[0].pk), actor=director
            ).device,
        ]


@pytest.fixture
def opened(world, lifts):
    """Two devices are open, one with values and one that has said nothing; a third waits; one was closed."""
    with world.scope():
        worker, lead = world.actor("community_worker"), world.actor("dpo")
        made = actions.propose([one.pk for one in lifts], actor=worker)
        actions.approve([made[0].pk, made[1].pk], actor=lead)
        actions.close([made[1].pk], "先修好再公开", actor=worker)
        actions.approve([actions.propose([lifts[1].pk], actor=worker)[0].pk], actor=lead)
        for metric, value in (("service_mode", 0), ("vibration", 0.12), ("faults", 3)):
            LastValue.objects.create(
                device=lifts[0], metric=metric, time=clock.now() + timedelta(seconds=1), value=value
            )  # fmt: skip
    return lifts


def test_two_people_open_a_lift_and_a_visitor_reads_it(signed_in, world, lifts):
    worker = signed_in("community_worker", PHONE)
    worker.goto("/workbench/privacy/")
    worker.locator("main").get_by_role("link", name="公开的设备").click()
    worker.get_by_label("一号电梯").check()
    worker.get_by_role("button", name="请同事同意").click()
    expect(worker.get_by_text("提议了 1 台。")).to_be_visible()
    expect(worker.get_by_text("您提议的，要另一位同事来同意。")).to_be_visible()
    director = signed_in("community_director", DESK)
    director.goto(HERE)
    director.get_by_role("button", name="同意公开").click()
    expect(director.get_by_text("公开了 1 台。")).to_be_visible()
    with world.scope():
        LastValue.objects.create(
            device=lifts[0], metric="service_mode", time=clock.now() + timedelta(seconds=1), value=1
        )  # fmt: skip
    visitor = signed_in(None, PHONE)
    visitor.goto("/around/")
    expect(visitor.get_by_text("一号电梯")).to_be_visible()
    expect(visitor.get_by_text("检修状态")).to_be_visible()
    visitor.get_by_text("用程序读这些数").click()
    visitor.get_by_role("link", name="sensorthings").click()
    assert "Datastreams" in visitor.content()
    director.get_by_label("一号电梯").check()
    director.get_by_role("button", name="不再公开选中的").click()
    expect(director.get_by_text("还缺一项")).to_be_visible()
    director.get_by_label("一号电梯").check()
    director.get_by_label("为什么不再公开").fill("住户有意见")
    director.get_by_role("button", name="不再公开选中的").click()
    visitor.goto("/around/mx/")
    expect(visitor.get_by_text("还没有公开的设备")).to_be_visible()


@pytest.mark.parametrize(
    ("theme", "language"), [("standard", "zh-hans"), ("elder", "zh-hans"), ("dark", "zh-hans"), ("standard", "en")]
)
def test_what_everybody_reads_in_every_theme(signed_in, opened, other_world, theme, language):
    looker = Looker(signed_in(None, DESK, language=language), None, theme=theme)
    for view in (
        View("open", "/around/mx/"),
        View("nothing open", "/around/other/"),
        View("which", "/around/"),
    ):
        looker.look(view)
    assert not looker.findings, "\n".join(looker.findings)


@pytest.mark.parametrize(("theme", "language"), [("standard", "zh-hans"), ("dark", "zh-hans"), ("standard", "en")])
def test_what_staff_see(signed_in, opened, theme, language):
    Account.objects.update(theme=theme, language=language)
    for who in ("community_director", "community_worker", "auditor"):
        looker = Looker(signed_in(who, DESK, language=language), None)
        looker.look(View(who, HERE))
        assert not looker.findings, "\n".join(looker.findings)


def test_before_any_device_is_there(signed_in, world):
    looker = Looker(signed_in("community_director", PHONE), None)
    looker.look(View("nothing", HERE))
    looker.look(View("nothing for visitors", "/around/mx/"))
    assert not looker.findings, "\n".join(looker.findings)
