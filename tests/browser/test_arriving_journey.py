"""Somebody says that they go to a trapped rider and never arrives; the next one is called, goes, and says so: on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from linli.act.casework.models import OutsideUnit
from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.understand.warnings import actions, calling
from linli.understand.warnings.call_links import call_url
from linli.understand.warnings.call_plan import plan_in_force
from linli.understand.warnings.models import Call
from linli.understand.warnings.tests.test_warning_life import raised
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_rule_journey import nothing_is_wrong

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_nobody_arrives_and_the_next_one_takes_over_with_one_press(world, signed_in):
    for n, who in enumerate(("grid_worker", "grid_lead")):
        world.accounts[who].phone = f"1990099000{n}"
        world.accounts[who].save()
    begun = clock.now() - timedelta(minutes=36)
    with world.scope():
        OutsideUnit.objects.create(kind="contractor", name="安捷电梯维保站", duty="电梯维修", phone="19900990071")
        with clock.frozen(begun):
            warning = raised(world)
            drain()
        with clock.frozen(begun + timedelta(minutes=2)):
            actions.acknowledge(warning, actor=world.actor("grid_worker"))
            drain()
        for minutes in (32, 34):
            with clock.frozen(begun + timedelta(minutes=minutes)):
                calling.climb_due()
        drain()
        link = call_url(Call.objects.filter(role="grid_lead", way="sms").get()).partition("/a/")[2]
    worker = signed_in("grid_worker", PHONE)
    worker.goto("/workbench/")
    called = worker.get_by_role("alert").filter(has_text="正在叫您")
    expect(called).to_contain_text("您答应去的，还没有到场的消息。")
    expect(called.get_by_role("button", name="我到了")).to_be_visible()
    nothing_is_wrong(worker)

    director = signed_in("community_director", DESK)
    director.goto(f"/workbench/warnings/{warning.pk}/")
    arrival = director.locator("[id^=calls-]").first
    expect(arrival).to_contain_text("grid_worker 答应去")
    expect(arrival).to_contain_text("仍没有到场的消息")
    expect(arrival).to_contain_text("提醒 grid_worker")
    expect(arrival).to_contain_text("叫 网格长 grid_lead")
    expect(arrival).to_contain_text("还没有人到场，就叫社区主任")
    nothing_is_wrong(director)

    lead = signed_in("grid_lead", PHONE)
    lead.goto("/workbench/")
    called = lead.get_by_role("alert").filter(has_text="正在叫您")
    expect(called).to_contain_text("grid_worker")
    expect(called).to_contain_text("答应去")
    called.get_by_role("button", name="我去").click()
    expect(lead.get_by_text("记下了，由您去。")).to_be_visible()
    expect(lead.get_by_role("heading", name="先做这几步")).to_be_visible()
    for number in ("96333", "119", "120"):
        expect(lead.locator(f'a[href="tel:{number}"]')).to_be_visible()
    nothing_is_wrong(lead)
    lead.get_by_role("button", name="看号码").click()
    expect(lead.locator('a[href="tel:19900990071"]')).to_be_visible()
    nothing_is_wrong(lead)
    with world.scope():
        drain()

    phone = signed_in(None, PHONE)
    phone.goto(f"/a/{link}")
    expect(phone.get_by_role("heading", name="先做这几步")).to_be_visible()
    nothing_is_wrong(phone)
    phone.get_by_role("button", name="我到了").click()
    expect(phone.get_by_role("button", name="我到了")).to_have_count(0)
    nothing_is_wrong(phone)
    with world.scope():
        warning.refresh_from_db()
        assert warning.acknowledged_by_id == world.accounts["grid_lead"].pk and warning.arrived_at is not None
        drain()
    director.reload()
    expect(director.locator("[id^=calls-]").first).to_contain_text("到现场了")


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_the_director_sets_by_when_somebody_must_be_there_and_sees_who_is_missing(world, signed_in, viewport):
    page = signed_in("community_director", viewport)
    page.goto("/workbench/")
    expect(page.get_by_text("现在没有人：")).to_be_visible()
    nothing_is_wrong(page)
    page.goto("/workbench/warnings/calling/")
    expect(page.get_by_text("这一级现在没有人")).to_be_visible()
    expect(page.get_by_text("第 2 网格 · 网格长")).to_be_visible()
    within = page.get_by_label("P0，危险的事 几分钟里要到场")
    within.fill("0")
    page.get_by_role("button", name="就这样叫").click()
    expect(page.get_by_role("alert").first).to_contain_text("几分钟里要到场")
    nothing_is_wrong(page)
    within.fill("20")
    page.get_by_role("button", name="就这样叫").click()
    expect(page.get_by_text("改好了，从现在起这样叫。")).to_be_visible()
    with world.scope():
        assert plan_in_force().arrival("trapped", "P0").within == 20
