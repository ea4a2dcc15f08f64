"""A worker remembers two words of a matter, finds it among others, reads where they stand, and opens it."""

import pytest
from playwright.sync_api import expect

from linli.act.casework import actions
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import AXE, RULES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_two_words_lead_to_the_case(world, signed_in, viewport):
    elder, worker = world.actor("elder"), world.actor("grid_worker")
    with world.scope():
        leak = actions.receive("厨房下水道漏水三天了，楼下天花板都湿了，电话13867401234", actor=elder).case
        dance = actions.receive("半夜楼上有人跳舞，睡不着", actor=elder).case
        for case in (leak, dance):
            actions.accept(case.pk, actor=world.actor("community_director"))
            actions.take(case.pk, actor=worker)
        actions.add_note(dance.pk, text="顺便看了一下，卫生间也有漏水的痕迹", actor=worker, public=False)
    page = signed_in("grid_worker", viewport)
    page.goto("/workbench/cases/")
    page.get_by_label("说过的话、答复、编号或地点").fill("漏水")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    rows = page.locator("tbody tr")
    assert rows.count() == 2
    assert leak.title in rows.nth(0).inner_text()
    assert rows.nth(0).locator("mark").all_inner_texts() == ["漏水"]
    assert "内部备注" in rows.nth(1).inner_text()
    assert "13867401234" not in page.content()
    assert AXE.run(page, options=RULES).response["violations"] == []
    page.goto("/workbench/search/?q=漏水 卫生间")
    assert page.locator(".hit mark").all_inner_texts() == ["卫生间", "漏水"]
    page.locator(".card-list a", has=page.locator("mark")).first.click()
    expect(page.get_by_text("卫生间也有漏水的痕迹").first).to_be_visible()
