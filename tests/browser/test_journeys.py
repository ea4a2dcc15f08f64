"""What people do on a day: one journey a test, by clicks and keys, judged by what they read."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook
from playwright.sync_api import expect

from linli.act.casework.actions import accept, receive
from linli.foundation.registry.models import Grid
from linli.sense.requests.models import Request
from tests.browser.conftest import DESK, PHONE
from tests.sweep.objects import place_objects

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_daughter_reports_for_her_father_and_he_sees_it(world, signed_in):
    daughter = signed_in("family_proxy", PHONE)
    daughter.goto("/portal/")
    daughter.get_by_role("link", name="我要反映").click()
    expect(daughter.get_by_role("heading", level=1)).to_contain_text("孟")
    daughter.fill("#words", "父亲家楼道的灯不亮")
    daughter.get_by_role("button", name="交给社区").click()
    expect(daughter.get_by_role("heading", name="收到了")).to_be_visible()

    father = signed_in("elder", PHONE)
    father.goto("/portal/")
    father.get_by_role("link", name="家人和我").click()
    told = father.get_by_role("link", name="替您反映了“父亲家楼道的灯不亮”")
    expect(told).to_be_visible()
    told.click()
    expect(father.locator(".p-said")).to_have_text("父亲家楼道的灯不亮")


def test_a_revealed_phone_number_is_read_about_by_its_owner(world, signed_in):
    objects = place_objects(world)
    worker = signed_in("grid_worker", DESK)
    worker.goto(f"/workbench/cases/{objects.case.pk}/")
    phone = world.phones["elder"]
    expect(worker.locator("#detail")).not_to_contain_text(phone)
    worker.get_by_role("button", name="显示号码").click()
    expect(worker.locator("#detail")).to_contain_text(phone)

    elder = signed_in("elder", PHONE)
    elder.goto("/portal/me/looks/")
    look = elder.locator("li.p-look").first
    expect(look).to_contain_text("看了您的电话")
    expect(look).to_contain_text("办您反映的事")


def test_a_consent_is_withdrawn_in_two_taps(world, signed_in):
    place_objects(world)
    elder = signed_in("elder", PHONE)
    elder.goto("/portal/me/consents/")
    elder.get_by_role("link", name="不再看我家水表").click()
    elder.get_by_role("button", name="不再看我家水表").click()
    expect(elder.locator("main")).to_contain_text("已停")
    expect(elder.get_by_role("link", name="不再看我家水表")).to_have_count(0)
    expect(elder.get_by_role("link", name="想重新同意")).to_be_visible()


def test_a_call_is_written_down_without_a_mouse(world, signed_in):
    page = signed_in("community_worker", DESK)
    page.goto("/workbench/desk/")
    for field, words in (
        ("words", "三楼水管漏水，地上全是水"),
        ("speaker_name", "王阿姨"),
        ("speaker_phone", "19900008888"),
    ):
        for _ in range(40):
            if page.evaluate("document.activeElement.name") == field:
                break
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == field
        page.keyboard.type(words)
    for _ in range(40):
        if page.evaluate("document.activeElement.name") == "building":
            break
        page.keyboard.press("Tab" if page.evaluate("document.activeElement.name") != "words" else "Shift+Tab")
    page.keyboard.press("ArrowDown")
    page.locator("[name=words]").focus()
    for _ in range(40):
        if page.evaluate("document.activeElement.matches('main button.primary')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator("[data-toast]").first).to_be_visible()
    with world.scope():
        filed = Request.objects.get()
    assert (filed.words, filed.speaker_name, filed.channel) == ("三楼水管漏水，地上全是水", "王阿姨", "phone")


def test_of_two_workers_who_take_a_case_one_has_it_and_the_other_reads_who(world, signed_in):
    with world.scope():
        case = receive("楼道的灯不亮", actor=world.actor("elder")).case
        accept(case.pk, actor=world.actor("community_director"))
    worker, lead = signed_in("grid_worker", PHONE), signed_in("grid_lead", DESK)
    for page in (worker, lead):
        page.goto(f"/workbench/cases/{case.pk}/")
        expect(page.locator("[data-acts] .btn.primary")).to_contain_text("我来办这件事")
    worker.locator("[data-acts] .btn.primary").click()
    expect(worker.locator(".det-head")).to_contain_text("负责：grid_worker（您）")
    lead.locator("[data-acts] .btn.primary").click()
    expect(lead.locator("[data-toast]")).to_contain_text("grid_worker")
    expect(lead.locator(".det-head")).to_contain_text("负责：grid_worker")


def test_what_was_written_without_a_network_is_sent_once(world, signed_in):
    page = signed_in("elder", PHONE)
    page.goto("/portal/report/?theme=standard")
    page.fill("#words", "楼道灯不亮")
    page.context.set_offline(True)
    page.get_by_role("button", name="交给社区").click()
    expect(page.locator(".p-offline")).to_be_visible()
    page.get_by_role("button", name="交给社区").click()
    page.context.set_offline(False)
    page.wait_for_url("**/sent/**")
    with world.scope():
        assert [request.words for request in Request.objects.all()] == ["楼道灯不亮"]


@pytest.mark.parametrize("who", ["resident", "elder"])
def test_back_from_the_receipt_is_the_receipt_and_a_new_report_is_empty(world, signed_in, who):
    page = signed_in(who, PHONE)
    page.goto("/portal/")
    page.goto("/portal/report/")
    page.get_by_role("textbox").first.fill("三楼的灯不亮")
    while page.get_by_role("button", name="下一步").count():
        page.get_by_role("button", name="下一步").click()
    page.locator("form[data-report] button.primary").last.click()
    page.wait_for_url("**/sent/**")
    receipt = page.url
    page.go_back()
    page.wait_for_url("**/sent/**")
    expect(page.get_by_role("heading", name="收到了")).to_be_visible()
    assert page.url == receipt
    page.goto("/portal/report/")
    expect(page.get_by_role("textbox").first).to_have_value("")
    page.reload()
    assert page.url.endswith("/portal/report/")


def test_a_double_tap_is_one_request(world, signed_in):
    page = signed_in("resident", PHONE)
    page.goto("/portal/report/")
    page.fill("#words", "大门关不上")
    page.get_by_role("button", name="交给社区").dblclick(no_wait_after=True)
    page.wait_for_url("**/sent/**")
    with world.scope():
        assert Request.objects.count() == 1


def sheet(*rows: tuple) -> dict:
    book = Workbook()
    for row in [("网格编号", "网格名称"), *rows]:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return {
        "name": "grids.xlsx",
        "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "buffer": kept.getvalue(),
    }


def test_a_spreadsheet_with_bad_rows_is_mended_and_imported(world, signed_in):
    page = signed_in("community_director", DESK)

    def check(file: dict) -> None:
        page.goto("/workbench/registry/import/?template=grids")
        page.set_input_files("[name=file]", [file])
        page.get_by_role("button", name="检查这个文件").click()

    check(sheet((7, "东边"), ("八", "西边")))
    expect(page.locator("main")).to_contain_text("2 行里有 1 行不能导入")
    fault = page.locator("#faults ~ .card tbody tr")
    expect(fault.locator("td").first).to_have_text("3")
    expect(fault).to_contain_text("网格编号")
    with world.scope():
        assert not Grid.objects.filter(number__in=[7, 8]).exists()

    check(sheet((7, "东边"), (8, "西边")))
    page.get_by_role("button", name="全部导入").click()
    expect(page.locator("main")).to_contain_text("新增 2 行")
    with world.scope():
        assert Grid.objects.filter(number__in=[7, 8]).count() == 2
