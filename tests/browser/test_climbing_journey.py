"""A P0 climbs while nobody answers; then the grid lead answers from a telephone, without signing in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.understand.warnings import calling
from linli.understand.warnings.call_links import call_url
from linli.understand.warnings.call_plan import plan_in_force
from linli.understand.warnings.models import Call
from linli.understand.warnings.tests.test_warning_life import raised
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_rule_journey import nothing_is_wrong

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_p0_climbs_the_ladder_until_somebody_answers_by_telephone(world, signed_in):
    for n, who in enumerate(("grid_worker", "grid_lead")):
        world.accounts[who].phone = f"1990099000{n}"
        world.accounts[who].save()
    begun = clock.now()
    with world.scope():
        with clock.frozen(begun - timedelta(minutes=6)):
            warning = raised(world)
            drain()
        worker = signed_in("grid_worker", PHONE)
        worker.goto("/workbench/warnings/")
        expect(worker.get_by_role("alert")).to_contain_text("正在叫您")
        nothing_is_wrong(worker)
        worker.goto("/workbench/")
        expect(worker.get_by_role("alert").filter(has_text="正在叫您")).to_contain_text("起在叫您")
        expect(worker.get_by_role("button", name="我去")).to_be_visible()
        nothing_is_wrong(worker)
        calling.climb_due()
        link = call_url(Call.objects.filter(role="grid_lead", way="sms").get()).partition("/a/")[2]
    director = signed_in("community_director", DESK)
    director.goto(f"/workbench/warnings/{warning.pk}/")
    ladder = director.locator("[id^=calls-]").last
    expect(ladder).to_contain_text("正在叫")
    expect(ladder).to_contain_text("叫 专职网格员 grid_worker：工作台，短信在发，电话在发")
    expect(ladder).to_contain_text("叫 网格长 grid_lead")
    expect(ladder).to_contain_text("还没有人应，就叫社区主任")
    nothing_is_wrong(director)
    lead = signed_in(None, PHONE)
    lead.goto(f"/a/{link}")
    nothing_is_wrong(lead)
    lead.get_by_role("button", name="我去").click()
    expect(lead.get_by_text("记下了，您来管")).to_be_visible()
    nothing_is_wrong(lead)
    director.reload()
    expect(ladder).to_contain_text("有人应了")
    expect(ladder).to_contain_text("点短信里的链接应的")
    expect(ladder).not_to_contain_text("下一步")
    with world.scope():
        warning.refresh_from_db()
        assert warning.acknowledged_by_id == world.accounts["grid_lead"].pk
        drain()
    director.get_by_role("link", name="看事件").click()
    expect(director.locator("[id^=calls-]").last).to_contain_text("有人应了")
    nothing_is_wrong(director)


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_the_director_changes_who_is_called(world, signed_in, viewport):
    page = signed_in("community_director", viewport)
    page.goto("/workbench/warnings/")
    page.get_by_role("link", name="叫应次序").click()
    nothing_is_wrong(page)
    page.get_by_label("P0，危险的事 第 2 级叫谁").select_option("")
    page.get_by_label("P0，危险的事 第 1 级等几分钟").fill("0")
    page.get_by_role("button", name="就这样叫").click()
    expect(page.get_by_role("alert").first).to_contain_text("第 1 级等几分钟")
    nothing_is_wrong(page)
    page.get_by_label("P0，危险的事 第 1 级等几分钟").fill("3")
    page.get_by_label("水一直在流").check()
    page.get_by_role("button", name="就这样叫").click()
    expect(page.get_by_text("改好了，从现在起这样叫。")).to_be_visible()
    with world.scope():
        plan = plan_in_force()
    assert [(rung.role, rung.minutes) for rung in plan.ladder("trapped", "P0")][:2] == [
        ("grid_worker", 3), ("community_director", 2.5),
    ]  # fmt: skip
    assert plan.ladder("water_running", "P1")
