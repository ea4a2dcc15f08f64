"""A rule is tried on the last 30 days, mistyped, set right and holds: at the width of a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from linli.foundation import clock
from linli.sense.telemetry.lake import to_ms
from linli.sense.telemetry.models import Device, HotObservation
from linli.understand.warnings.rules import rules_in_force
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import AXE, RULES, seen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def nothing_is_wrong(page: Page) -> None:
    found = AXE.run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_director_makes_a_rule_speak_less_after_seeing_how_often_it_would(world, signed_in):
    with world.scope():
        lift = Device.objects.create(code="lift-1", type="lift", facility=world.lift, credential_digest="0" * 64,
                                     enrolled_at=clock.now() - timedelta(days=40))  # fmt: skip
        for days, minutes in ((2, 3), (6, 4), (11, 5), (20, 15)):
            for after, value in ((0, 1.0), (minutes, 0.0)):
                at = clock.now() - timedelta(days=days) + timedelta(minutes=after)
                HotObservation.objects.create(device=lift, metric="door_open", time=to_ms(at), value=value)
    page = signed_in("community_director", PHONE)
    page.goto("/workbench/warnings/")
    page.get_by_role("link", name="看规则，改规则").click()
    nothing_is_wrong(page)
    page.get_by_role("link", name="电梯门一直开着").click()
    page.get_by_role("button", name="先看看会说几次").click()
    expect(page.locator("#preview h2")).to_have_text("最近 30 天会说 4 次")
    nothing_is_wrong(page)
    number = page.get_by_label("开着多久")
    number.fill("5")
    page.get_by_role("button", name="就这样看").click()
    expect(page.get_by_role("alert")).to_contain_text("开着多久")
    number.fill("600")
    page.get_by_role("button", name="先看看会说几次").click()
    expect(page.locator("#preview h2")).to_have_text("最近 30 天会说 1 次")
    page.get_by_role("button", name="就这样看").click()
    expect(page.get_by_text("改好了，从现在起这样看。")).to_be_visible()
    with world.scope():
        assert rules_in_force()["door_open_long"].configured.settings["open_seconds"] == 600


def test_two_people_switch_the_smoke_rule_off_and_its_history_says_so(world, signed_in):
    page = signed_in("community_worker", PHONE)
    page.goto("/workbench/warnings/rules/smoke/")
    seen(page, "rule-before")
    page.get_by_label("用这条规则").uncheck()
    page.get_by_role("button", name="就这样看").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()
    seen(page, "rule-no-reason")
    summary.get_by_role("link").click()
    expect(page.get_by_label("为什么要改")).to_be_focused()
    page.get_by_label("为什么要改").fill("烟感全部在换新的")
    page.get_by_role("button", name="就这样看").click()
    expect(page.get_by_text("另一位同意以前，还照原来的看")).to_be_visible()
    expect(page.get_by_role("button", name="同意，这样看")).to_have_count(0)
    seen(page, "rule-asked")
    other = signed_in("community_director", DESK)
    other.goto("/workbench/warnings/rules/")
    other.get_by_role("link", name="烟雾报警没人确认").click()
    seen(other, "rule-second")
    other.get_by_role("button", name="同意，这样看").click()
    expect(other.get_by_text("同意了，从现在起这样看。")).to_be_visible()
    history = other.get_by_role("region", name="谁改过")
    expect(history).to_contain_text("开着 → 关掉")
    expect(history).to_contain_text("烟感全部在换新的")
    seen(other, "rule-history")
    with world.scope():
        assert not rules_in_force()["smoke"].on
