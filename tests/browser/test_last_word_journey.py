"""A contractor answers by link; an unhappy resident is called back, worked for again and satisfied; neighbours read what was done."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from linli.act.casework.actions import accept, receive, write_unit
from linli.act.casework.models import Case, Errand, State
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import seen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(world):
    with world.scope():
        opened = receive("二楼楼道灯不亮", actor=world.actor("elder")).case
        accept(opened.pk, actor=world.actor("community_director"))
        write_unit(kind="contractor", name="亮光电工", actor=world.actor("community_director"))
    return opened


def test_a_contractor_answers_by_link_and_the_resident_reads_its_number(world, signed_in, case):
    worker = signed_in("grid_worker", DESK)
    worker.goto(f"/workbench/cases/{case.pk}/")
    worker.get_by_role("link", name="派给外单位，或者吹哨").click()
    worker.get_by_role("button", name="派出去").click()
    expect(worker.get_by_text("还没有写。写一句就行。").first).to_be_visible()
    seen(worker, "errand-new")
    worker.get_by_label("请对方做什么").fill("换二楼楼道的灯")
    worker.get_by_role("button", name="派出去").click()
    link = worker.get_by_label("给对方的链接").input_value()
    seen(worker, "case-with-errand")

    firm = signed_in(None, PHONE)
    firm.goto("/e/" + link.rpartition("/e/")[2])
    expect(firm.locator("main")).to_contain_text("换二楼楼道的灯")
    seen(firm, "errand-phone")
    firm.get_by_label("你们的编号").fill("LG-88")
    firm.get_by_role("button", name="我们接").click()
    firm.get_by_role("button", name="办完了", exact=True).click()
    expect(firm.get_by_text("还没有写。写一句就行。").first).to_be_visible()
    seen(firm, "errand-phone-mistake")
    firm.get_by_role("textbox", name="做了什么", exact=True).fill("换了声控灯")
    firm.get_by_role("button", name="办完了", exact=True).click()
    expect(firm.get_by_text("收到了，谢谢")).to_be_visible()

    elder = signed_in("elder", PHONE)
    with world.scope():
        request_id = case.joined.get().request_id
        assert Errand.objects.get().state == Errand.State.DONE
    elder.goto(f"/portal/matters/{request_id}/")
    expect(elder.locator("main")).to_contain_text("亮光电工接了，对方编号 LG-88")
    expect(elder.locator("main")).not_to_contain_text("换了声控灯")


def finish(page: Page, case: Case, result: str) -> None:
    page.goto(f"/workbench/cases/{case.pk}/do/start/")
    page.get_by_role("button", name="开始处置").click()
    page.goto(f"/workbench/cases/{case.pk}/do/feed_back/")
    page.locator("form.card").get_by_label("办好了").check()
    page.locator("form.card").get_by_label("告诉居民办成什么样").fill(result)
    page.locator("form.card").get_by_role("button", name="办完了，告诉居民").click()
    page.wait_for_url(f"**/cases/{case.pk}/")


def test_unhappy_then_called_back_then_done_again_then_solved(world, signed_in, case):
    worker, clerk = signed_in("grid_worker", DESK), signed_in("community_worker", DESK)
    finish(worker, case, "灯换了。")
    clerk.goto("/workbench/callbacks/")
    seen(clerk, "callbacks")
    clerk.get_by_role("button", name="没打通").click()
    expect(clerk.locator("td[data-label=打过]")).to_contain_text("1 / 3")
    clerk.get_by_role("link", name="打通了，记评价").click()
    form = clerk.locator("form.card")
    form.get_by_label("还没有").check()
    form.get_by_label("不满意", exact=True).check()
    form.get_by_label("没修好").check()
    seen(clerk, "rate-by-phone")
    form.get_by_role("button", name="代记居民评价").click()
    clerk.wait_for_url(f"**/cases/{case.pk}/")
    expect(clerk.locator("#detail")).to_contain_text("重新办理")

    finish(worker, case, "线也接好了，现在亮了。")
    elder = signed_in("elder", PHONE)
    with world.scope():
        request_id = case.joined.get().request_id
    elder.goto(f"/portal/matters/{request_id}/")
    elder.get_by_role("radio", name="办好了").check()
    elder.get_by_role("radio", name="满意", exact=True).check(force=True)
    seen(elder, "rate-by-elder")
    elder.get_by_role("button", name="交评价").click()
    expect(elder.locator("main")).to_contain_text("办结了。")
    with world.scope():
        ended = Case.objects.get(pk=case.pk)
        assert (ended.state, ended.reopened_times) == (State.CLOSED, 1)


def test_a_neighbour_joins_and_everybody_reads_what_was_done(world, signed_in, case):
    clerk, worker = signed_in("community_worker", DESK), signed_in("grid_worker", DESK)
    clerk.goto(f"/workbench/cases/{case.pk}/public/")
    clerk.get_by_label("什么事").fill("楼道灯不亮，打 19900001111")
    clerk.get_by_role("button", name="给大家看").click()
    expect(clerk.get_by_text("看着像电话或者证件号，别人看得到的话里不能有。").first).to_be_visible()
    clerk.get_by_label("什么事").fill("一号楼楼道灯不亮")
    seen(clerk, "public-card")
    clerk.get_by_role("button", name="给大家看").click()
    neighbour = signed_in("neighbour", PHONE)
    neighbour.goto("/portal/neighbours/")
    seen(neighbour, "neighbours")
    neighbour.get_by_role("button", name="我也遇到了").click()
    expect(neighbour.locator("main")).to_contain_text("一号楼楼道灯不亮")
    finish(worker, case, "灯换了。")
    clerk.goto(f"/workbench/cases/{case.pk}/public/")
    clerk.get_by_label("我们做了什么").fill("整幢换了声控灯")
    clerk.get_by_role("button", name="给大家看").click()
    anybody = signed_in(None, PHONE)
    anybody.goto(f"/done/{world.community.code}/")
    expect(anybody.locator("main")).to_contain_text("整幢换了声控灯")
    seen(anybody, "done")
    for address, name in (
        ("/workbench/rules/dispatch/?words=电梯坏了", "rules"), ("/workbench/rules/deadlines/", "deadlines"),
        ("/workbench/rates/", "rates"), ("/workbench/workload/", "workload"), ("/workbench/rules/templates/", "templates"),
        ("/workbench/rules/units/", "units"),
    ):  # fmt: skip
        clerk.goto(address)
        seen(clerk, name)
