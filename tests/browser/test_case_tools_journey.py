"""A director writes a checklist; a worker watches, asks a colleague, ticks and writes what it cost; a contractor adds its own; and
five neighbours' one trouble is answered to each of them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from linli.act.casework.actions import accept, receive, take, write_unit
from linli.act.casework.actions.quality import draw_last_week, set_share
from linli.act.casework.models import Case, CaseCheck, CaseEntry, CaseSpending, Mention, QualityCheck
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.dispatching import drain
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import Looker, picture
from tests.browser.test_doors_journey import carried, cut

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def seen(page: Page, name: str) -> None:
    """Nothing wrong with it at 1440 and 390 px; a picture of each where somebody asked for pictures."""
    before = page.viewport_size
    looker = Looker(page, None)
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        picture(page, f"{name}-{size['width']}")
        looker.examine(size["width"])
    page.set_viewport_size(before or DESK)
    assert looker.findings == [], name


@pytest.fixture
def lamp(world):
    """A case in the grid worker's hands that was dispatched after the director wrote the checklist."""

    def make() -> Case:
        with world.scope():
            case = receive("楼道灯不亮", actor=world.actor("elder")).case
            accept(case.pk, actor=world.actor("community_worker"))
            return take(case.pk, actor=world.actor("grid_worker"))

    return make


def write_list(page: Page) -> None:
    page.goto("/workbench/rules/checklists/")
    expect(page.locator("main")).to_contain_text("还没有检查单")
    seen(page, "checklists-empty")
    page.get_by_label("哪一类事").select_option("050000")
    page.get_by_role("button", name="去写").click()
    page.locator("[name=row-0-words]").fill("断电挂牌")
    page.locator("[name=row-0-required]").check()
    page.locator("[name=row-1-words]").fill("旧灯带走")
    seen(page, "checklist")
    page.get_by_role("button", name="记下这一版").click()
    expect(page.locator("main")).to_contain_text("断电挂牌")
    seen(page, "checklists")


def test_a_case_with_its_checklist_its_colleagues_and_its_cost(world, signed_in, lamp):
    director = signed_in("community_director", DESK)
    write_list(director)
    case = lamp()
    with world.scope():
        write_unit(kind="contractor", name="亮光电工", actor=world.actor("community_director"))

    lead = signed_in("grid_lead", PHONE)
    lead.goto(f"/workbench/cases/{case.pk}/")
    lead.get_by_role("button", name="关注", exact=True).click()
    expect(lead.get_by_text("关注了，有变化会告诉您。")).to_be_visible()
    seen(lead, "watched-case")

    worker = signed_in("grid_worker", PHONE)
    worker.goto(f"/workbench/cases/{case.pk}/do/note/")
    seen(worker, "note")
    worker.get_by_label("做了什么，到哪一步了？").fill("@other_grid_worker 灯座也坏了，要不要换整套？")
    worker.get_by_role("button", name="加一条进展").click()
    expect(worker.get_by_text("看不到这件事，不能提到").first).to_be_visible()
    seen(worker, "note-refused")
    worker.get_by_label("做了什么，到哪一步了？").fill("灯座也坏了，要不要换整套？")
    worker.get_by_label("grid_lead").focus()
    worker.keyboard.press("Space")
    worker.get_by_role("button", name="加一条进展").click()
    expect(worker.locator(".timeline")).to_contain_text("@grid_lead")
    with world.scope():
        drain()
        assert Mention.objects.get().account == world.accounts["grid_lead"]

    lead.goto("/workbench/")
    expect(lead.locator("#list")).to_contain_text("有人提到您")
    expect(lead.locator("#list")).to_contain_text("您关注的有变化")
    seen(lead, "today-noted")
    lead.get_by_role("link", name="我关注的、提到我的").click()
    expect(lead.get_by_text("还没看")).to_be_visible()
    seen(lead, "noted")
    lead.get_by_role("button", name="看过了").first.click()
    expect(lead.get_by_text("还没看")).to_have_count(0)

    worker.goto(f"/workbench/cases/{case.pk}/")
    worker.get_by_role("button", name="开始处置").first.click()
    worker.goto(f"/workbench/cases/{case.pk}/do/feed_back/")
    worker.get_by_label("办好了").check()
    worker.get_by_label("告诉居民办成什么样").fill("换了灯")
    worker.get_by_role("button", name="办完了，告诉居民").click()
    expect(worker.locator(".errors")).to_contain_text("断电挂牌")
    seen(worker, "finish-refused")
    worker.goto(f"/workbench/cases/{case.pk}/")
    worker.get_by_role("button", name="做了：断电挂牌").click()
    expect(worker.locator("#checks")).to_contain_text("grid_worker")
    worker.goto(f"/workbench/cases/{case.pk}/do/spend/")
    worker.get_by_label("用了什么，做了什么").fill("灯座")
    worker.get_by_role("button", name="记材料、工时").click()
    expect(worker.get_by_text("数量、钱、时间，至少写一样。").first).to_be_visible()
    seen(worker, "spend-refused")
    worker.get_by_label("数量").fill("2")
    worker.get_by_label("单位，比如个、米").fill("个")
    worker.get_by_label("多少钱（元）").fill("2400.50")
    worker.get_by_role("button", name="记材料、工时").click()
    expect(worker.locator("#spendings")).to_contain_text("2400.50 元")
    worker.get_by_role("link", name="冲掉：灯座").click()
    worker.get_by_label("哪里记错了？").fill("多打了两个零")
    worker.get_by_role("button", name="冲掉一笔").click()
    expect(worker.locator("#spendings")).to_contain_text("冲掉了")
    seen(worker, "case-with-tools")

    worker.goto(f"/workbench/cases/{case.pk}/errands/new/")
    worker.get_by_label("请对方做什么").fill("换二楼楼道的灯")
    worker.get_by_role("button", name="派出去").click()
    link = worker.get_by_label("给对方的链接").input_value()
    firm = signed_in(None, PHONE)
    firm.goto("/e/" + link.rpartition("/e/")[2])
    firm.get_by_role("button", name="我们接").click()
    firm.get_by_text("记一笔材料、工时").click()
    firm.get_by_label("用了什么，做了什么").fill("声控灯")
    firm.get_by_label("多少钱（元）").fill("45")
    seen(firm, "errand-spend")
    firm.get_by_role("button", name="记下这一笔").click()
    expect(firm.locator("#spent")).to_contain_text("一共 45.00 元")
    seen(firm, "errand-spent")
    firm.get_by_label("做了什么", exact=True).fill("换好了")
    firm.get_by_role("button", name="办完了", exact=True).click()
    expect(firm.locator("main")).to_contain_text("收到了，谢谢")

    director.goto("/workbench/costs/")
    expect(director.locator("main")).to_contain_text("45.00")
    seen(director, "costs")
    with director.expect_download() as taken:
        director.get_by_role("link", name="导出 Excel").click()
    assert taken.value.suggested_filename.endswith(".xlsx")
    director.goto("/workbench/quality/")
    expect(director.locator("main")).to_contain_text("现在不抽查")
    seen(director, "quality-empty")


def test_a_tick_and_a_cost_without_a_network_arrive_once(world, signed_in, lamp):
    director = signed_in("community_director", DESK)
    write_list(director)
    case = lamp()
    page = signed_in("grid_worker", PHONE)
    carried(page)
    cut(page, True)
    page.goto(f"/workbench/cases/{case.pk}/")
    page.get_by_role("button", name="做了：断电挂牌").click()
    expect(page.locator("#carry")).to_contain_text("有 1 条还没发")
    page.goto(f"/workbench/cases/{case.pk}/")
    page.locator(".acts summary").click()
    page.locator("[data-open-dialog='#do-spend']").click()
    page.locator("#do-spend [name=name]").fill("灯泡")
    page.locator("#do-spend [name=minutes]").fill("20")
    page.locator("#do-spend button.primary").click()
    expect(page.locator("#carry")).to_contain_text("有 2 条还没发")
    cut(page, False)
    page.goto("/workbench/queue/")
    expect(page.locator("[data-queue-empty]")).to_be_visible(timeout=45_000)
    with world.scope():
        assert CaseCheck.objects.get(done_at__isnull=False).done_by == world.accounts["grid_worker"]
        assert CaseSpending.objects.get().minutes == 20
        assert CaseEntry.objects.filter(case=case, verb__in=("tick", "spend")).count() == 2


def test_somebody_outside_the_unit_looks_again(world, signed_in, lamp):
    from datetime import timedelta

    from linli.act.casework.actions import feed_back, rate, start
    from linli.foundation import clock

    case = lamp()
    with world.scope():
        set_share(100, actor=world.actor("community_director"))
        start(case.pk, actor=world.actor("grid_worker"))
        feed_back(case.pk, outcome="fixed", result="换了灯", actor=world.actor("grid_worker"))
        rate(case.pk, solved=True, satisfaction=5, actor=world.actor("elder"))
        Case.objects.filter(pk=case.pk).update(closed_at=clock.now() - timedelta(days=clock.today().weekday() + 2))
        draw_last_week(actor=Actor.for_system("quality", world.community.pk))
        check = QualityCheck.objects.get()
        checker = next(who for who, one in world.accounts.items() if one == check.checker)
    page = signed_in(checker, PHONE)
    page.goto("/workbench/")
    page.get_by_role("link", name="抽查：1 件等您看").click()
    seen(page, "quality-mine")
    page.locator(f"a[href='/workbench/quality/{check.pk}/']").click()
    page.get_by_label("有不足").check()
    page.get_by_role("button", name="记下查的结果").click()
    expect(page.get_by_text("请写哪里不足。").first).to_be_visible()
    seen(page, "quality-check")
    page.get_by_label("哪里不足").fill("没有办完后的照片")
    page.get_by_role("button", name="记下查的结果").click()
    expect(page.locator("main")).to_contain_text("没有办完后的照片")
    seen(page, "quality")
