"""The doors that stand away from the phone page: a call while the telephone rings, a form on paper, a day without a network."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from linli.act.care.actions import ask_for_round
from linli.act.care.models import Visit
from linli.act.casework.actions import accept, receive, reclassify, take
from linli.act.casework.models import Case, CaseEntry
from linli.foundation.events import background
from linli.sense.intake.actions import open_counter
from linli.sense.intake.models import Arrival
from linli.sense.requests.actions import Caller
from linli.sense.requests.models import Request
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import AXE, RULES, WHO_STICKS_OUT
from tests.sweep.objects import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def faults_of(page: Page) -> list[str]:
    """What axe finds on the page as it stands, and what sticks out sideways."""
    found = AXE.run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found] + page.evaluate(WHO_STICKS_OUT)


def test_a_call_is_taken_down_while_the_telephone_rings(world, signed_in):
    """In less than half a minute of typing: who it is, what they said before, their words, a mistake mended, a number."""
    with world.scope():
        known = receive("楼道灯不亮", actor=world.actor("community_worker"), speaker_id=world.residents["elder"].pk)
    page = signed_in("community_worker", DESK)
    page.goto(f"/workbench/desk/?phone={world.phones['elder']}")
    began = time.monotonic()
    expect(page.locator("#callers")).to_contain_text("孟*")
    expect(page.locator("#callers")).to_contain_text("独居")
    expect(page.locator("#callers .earlier")).to_contain_text("楼道灯不亮")
    page.keyboard.press("Tab")
    page.locator("main button.primary").press("Enter")
    expect(page.locator("main .err, main .errors").first).to_be_visible()
    page.locator("[name=words]").press_sequentially("还是不亮，今天又摔了一跤")
    page.locator("main button.primary").press("Enter")
    expect(page.locator("[data-toast]").first).to_contain_text("编号")
    assert time.monotonic() - began < 30
    with world.scope():
        filed = Request.objects.exclude(pk=known.request.pk).get()
        assert (filed.speaker, filed.channel, filed.home) == (world.residents["elder"], "phone", world.homes[0])


def test_a_caller_in_no_register_is_known_by_what_they_said_before(world, signed_in):
    with world.scope():
        receive(
            "路灯歪了", actor=world.actor("community_worker"), channel="phone", caller=Caller("过路人", "19900099999")
        )
    page = signed_in("community_worker", PHONE)
    page.goto("/workbench/desk/")
    page.fill("#q", "19900099999")
    expect(page.locator("#callers")).to_contain_text("以前来过电话")
    expect(page.locator("#callers .earlier")).to_contain_text("路灯歪了")
    expect(page.locator("#callers")).to_contain_text("过*")


def test_a_form_is_printed_filled_photographed_read_and_filed(world, signed_in, tmp_path):
    writing = pytest.importorskip("linli.sense.intake.tests.writing")
    page = signed_in("grid_worker", PHONE)
    page.goto("/workbench/paper/")
    assert faults_of(page) == []
    sheet = page.request.get("/workbench/paper/sheets.pdf?n=1")
    assert sheet.headers["content-type"] == "application/pdf"
    filled = writing.filled(
        writing.page_of(sheet.body()), name="方晓", phone=world.phones["resident"], home="枫杨里1幢1单元501",
        words="楼道里的灯坏了三天了，\n请派人来修一修。", where="1幢楼道",
    )  # fmt: skip
    photo = tmp_path / "sheet.jpg"
    photo.write_bytes(writing.photographed(filled, turn=6))
    for _twice in range(2):
        page.goto("/workbench/paper/")
        page.set_input_files("input[name=photos]", photo)
        page.get_by_role("button", name="交上去").click()
        page.wait_for_url("**/workbench/arrivals/*/")
    while background.run_one_job():
        pass
    expect(page.locator("[name=words]")).to_have_value("楼道里的灯坏了三天了，\n请派人来修一修。", timeout=20_000)
    expect(page.locator("[name=speaker_name]")).to_have_value("方晓")
    expect(page.locator("#callers")).to_contain_text("方*")
    expect(page.locator(".arrived-photo")).to_be_visible()
    assert faults_of(page) == []
    page.fill("[name=words]", "")
    page.get_by_role("button", name="是，登记").click()
    expect(page.locator("main .err, main .errors").first).to_be_visible()
    page.fill("[name=words]", "楼道里的灯坏了三天了，\n请派人来修一修。")
    page.get_by_role("button", name="是，登记").click()
    expect(page.locator("[data-toast]").first).to_contain_text("编号")
    with world.scope():
        assert Arrival.objects.count() == 1
        filed = Request.objects.get()
        assert (filed.channel, filed.speaker, filed.photos.count()) == ("paper", world.residents["resident"], 1)
    elder = signed_in("resident", PHONE)
    elder.goto("/portal/matters/")
    expect(elder.locator("main")).to_contain_text("楼道里的灯坏了三天了")


def test_a_group_chat_becomes_matters_one_by_one(world, signed_in):
    page = signed_in("community_worker", PHONE)
    page.goto("/workbench/chat/")
    page.get_by_role("button", name="认一认").click()
    expect(page.locator("main .err").first).to_be_visible()
    page.fill(
        "[name=text]",
        "方姐 1-501 2026/3/1 8:12\n楼道灯又不亮了\n\n老李 2026/3/1 8:13\n收到\n\n王姐 2026/3/1 8:20\n团购草莓\n",
    )
    page.get_by_role("button", name="认一认").click()
    expect(page.locator("[data-toast]").first).to_contain_text("1 段像是一件事")
    expect(page.locator("main")).to_contain_text("方**")
    assert "方姐" not in page.locator("main").inner_text()
    assert faults_of(page) == []
    page.locator("main a.item").first.click()
    page.get_by_role("button", name="是，登记").click()
    expect(page.locator("main")).to_contain_text("没有等着看的")
    with world.scope():
        assert Request.objects.get().building == world.buildings[0]


def test_somebody_at_the_property_desk_speaks_without_an_account(world, signed_in):
    with world.scope():
        counter = open_counter(world.estate.pk, "东门", actor=world.actor("community_worker"))
    page = signed_in(None, PHONE)
    page.goto(f"/c/{counter.token}")
    assert faults_of(page) == []
    page.get_by_role("button", name="交给社区").click()
    expect(page.locator("main .err").first).to_be_visible()
    page.fill("[name=words]", "大门关不上")
    page.fill("[name=phone]", "123")
    page.get_by_role("button", name="交给社区").click()
    expect(page.locator("main .err").first).to_contain_text("电话")
    page.fill("[name=phone]", "19900001111")
    page.get_by_role("button", name="交给社区").click()
    expect(page.locator("main")).to_contain_text("编号")
    with world.scope():
        assert Request.objects.get().channel == "property"


@pytest.fixture
def days_work(world):
    """Two cases in the grid worker's hands and a neighbour to be looked in on."""
    with world.scope():
        director, worker = world.actor("community_director"), world.actor("grid_worker")
        cases = []
        for words in ("楼道灯不亮", "单元门关不上"):
            case = receive(words, actor=director, speaker_id=world.residents["elder"].pk, channel="desk").case
            accept(case.pk, actor=director)
            take(case.pk, actor=worker)
            cases.append(case.pk)
        ask_for_round(world.residents["elder"], "smoke_care", actor=world.actor("elder"))
        return cases


def carried(page: Page) -> None:
    page.goto("/workbench/queue/")
    page.get_by_role("button", name="带在这部手机里").click()
    expect(page.locator("[data-carry-status]")).to_contain_text("页带在手机里", timeout=20_000)
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def cut(page: Page, off: bool) -> None:
    page.context.set_offline(off)


def test_a_grid_worker_works_a_day_without_a_network(world, signed_in, days_work, tmp_path):
    lamp, door = days_work
    page = signed_in("grid_worker", PHONE)
    carried(page)
    assert faults_of(page) == []
    cut(page, True)
    page.goto("/workbench/")
    expect(page.locator("#carry")).to_contain_text("没有网络")
    expect(page.locator("#list")).to_contain_text("楼道灯不亮")

    page.goto(f"/workbench/cases/{lamp}/")
    page.get_by_role("button", name="开始处置").first.click()
    expect(page.locator("#carry")).to_contain_text("有 1 条还没发")
    photo = tmp_path / "lamp.png"
    photo.write_bytes(picture())
    page.goto(f"/workbench/cases/{lamp}/")
    page.locator("[data-open-dialog='#do-note']").first.click()
    page.locator("#do-note textarea[name=text]").fill("灯座换了，等天黑再看")
    page.locator("#do-note input[name=photos]").set_input_files(photo)
    page.locator("#do-note button.primary").click()
    expect(page.locator("#carry")).to_contain_text("有 2 条还没发")
    page.goto(f"/workbench/cases/{door}/")
    page.get_by_role("button", name="开始处置").first.click()
    expect(page.locator("#carry")).to_contain_text("有 3 条还没发")
    page.goto("/workbench/visits/")
    page.locator("input[name=note]").first.fill("在家，气色好")
    page.get_by_role("button", name="平安").first.click()
    expect(page.locator("#carry")).to_contain_text("有 4 条还没发")
    for words in ("井盖松了", "楼顶漏水"):
        page.goto("/workbench/desk/")
        page.fill("[name=words]", words)
        page.get_by_role("button", name="登记这件事").click()
        page.wait_for_url("**/workbench/")
    expect(page.locator("#carry")).to_contain_text("有 6 条还没发")

    with world.scope():
        assert not Request.objects.filter(words="井盖松了").exists()
        reclassify(
            door, category=Case.objects.get(pk=lamp).category, level="P2", actor=world.actor("community_director")
        )

    lost = []

    def lose_the_first_answer(route):
        if route.request.method == "POST" and not lost:
            lost.append("on its way")
            lost[0] = route.fetch().json()["outcome"]
            return route.abort()
        return route.continue_()

    page.route("**/workbench/sync/", lose_the_first_answer)
    cut(page, False)
    page.goto("/workbench/queue/")
    expect(page.locator("[data-queue-list] li")).to_have_count(1, timeout=45_000)
    assert lost == ["done"], "the first one arrived, and the phone did not hear of it"
    row = page.locator("[data-queue-list] li").first
    expect(row).to_contain_text("情况变了")
    assert faults_of(page) == []
    with world.scope():
        case = Case.objects.get(pk=lamp)
        assert case.state == "in_progress"
        note = CaseEntry.objects.get(case=case, verb="note")
        assert note.photos.count() == 1
        assert Request.objects.filter(words="井盖松了").count() == 1
        assert Request.objects.filter(words="楼顶漏水").count() == 1
        assert Visit.objects.filter(note__contains="气色好").count() == 1
        assert Case.objects.get(pk=door).state != "in_progress"
    row.get_by_role("button", name="看过了，照样发").click()
    expect(page.locator("[data-queue-empty]")).to_be_visible(timeout=20_000)
    with world.scope():
        assert Case.objects.get(pk=door).state == "in_progress"
        assert CaseEntry.objects.filter(case_id=lamp, verb="start").count() == 1

    page.get_by_role("button", name="退出").first.click()
    expect(page.get_by_role("button", name="退出")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    assert "linli-work" not in page.evaluate("caches.keys()")
    assert "linli-work" not in page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))")
    assert page.evaluate("localStorage.getItem('linli-carry')") is None


def test_signing_out_with_something_unsent_asks_first(world, signed_in, days_work):
    page = signed_in("grid_worker", PHONE)
    carried(page)
    cut(page, True)
    page.goto("/workbench/desk/")
    page.fill("[name=words]", "井盖松了")
    page.get_by_role("button", name="登记这件事").click()
    expect(page.locator("#carry")).to_contain_text("有 1 条还没发")
    page.get_by_role("button", name="退出", exact=True).click()
    expect(page.locator("#leave-unsent")).to_contain_text("1 条还没发出去")
    page.locator("#leave-unsent [data-close-dialog]").click()
    cut(page, False)
    page.goto("/workbench/")
    expect(page.locator("#carry")).to_be_hidden(timeout=45_000)
    with world.scope():
        assert Request.objects.filter(words="井盖松了").count() == 1


def test_while_there_is_a_network_a_form_goes_the_ordinary_way(world, signed_in, days_work, tmp_path):
    lamp, _door = days_work
    page = signed_in("grid_worker", PHONE)
    page.add_init_script("const real = Date.now; Date.now = () => real() - 2 * 3600_000")
    carried(page)
    page.goto(f"/workbench/cases/{lamp}/")
    page.locator("[data-open-dialog='#do-spend']").first.dispatch_event("click")
    page.locator("#do-spend form").evaluate("form => { form.noValidate = true }")
    page.locator("#do-spend button.primary").click()
    expect(page.locator("main .err, main .errors").first).to_be_visible()
    expect(page).to_have_url(re.compile(f"/workbench/cases/{lamp}/"))
    expect(page.locator("#carry")).to_be_hidden()

    photo = tmp_path / "lamp.png"
    photo.write_bytes(picture())
    page.goto(f"/workbench/cases/{lamp}/")
    page.locator("[data-open-dialog='#do-note']").first.click()
    page.locator("#do-note textarea[name=text]").fill("灯座换了")
    page.locator("#do-note input[name=photos]").set_input_files(photo)
    page.locator("#do-note button.primary").click()
    expect(page.locator("[data-toast]").first).to_be_visible()
    with world.scope():
        note = CaseEntry.objects.get(case=lamp, verb="note")
        assert note.text == "灯座换了" and note.photos.count() == 1

    cut(page, True)
    page.goto(f"/workbench/cases/{lamp}/")
    page.locator("[data-open-dialog='#do-note']").first.click()
    page.locator("#do-note textarea[name=text]").fill("等天黑再看")
    page.locator("#do-note button.primary").click()
    expect(page.locator("#carry")).to_contain_text("有 1 条还没发")
    expect(page).to_have_url(re.compile(f"/workbench/cases/{lamp}/$"))
    cut(page, False)
    expect(page.locator("#carry")).to_be_hidden(timeout=45_000)
    with world.scope():
        words = [entry.text for entry in CaseEntry.objects.filter(case=lamp, verb="note").order_by("pk")]
    assert words == ["灯座换了", "等天黑再看"], "the phone's clock is two hours slow; nothing was late"


def test_who_carries_nothing_is_told_that_nothing_was_sent(world, signed_in, days_work):
    lamp, _door = days_work
    page = signed_in("grid_worker", PHONE)
    page.goto("/workbench/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(f"/workbench/cases/{lamp}/")
    page.locator("[data-open-dialog='#do-note']").first.click()
    page.locator("#do-note textarea[name=text]").fill("灯座换了")
    cut(page, True)
    page.locator("#do-note button.primary").click()
    expect(page.locator("#do-note [role=alert]")).to_contain_text("没有发出去")
    expect(page.locator("#do-note textarea[name=text]")).to_have_value("灯座换了")

    page.evaluate("Object.defineProperty(navigator, 'onLine', { get: () => true })")
    page.locator("#do-note button.primary").click()
    expect(page.get_by_role("heading", name="没有发出去")).to_be_visible()
    expect(page.locator("main a[href^='tel:']")).to_be_visible()
    assert faults_of(page) == []
    cut(page, False)
    page.get_by_role("button", name="回到刚才那一页").click()
    expect(page.locator(".det-head")).to_be_visible()
    with world.scope():
        assert not CaseEntry.objects.filter(case=lamp, verb="note").exists()
