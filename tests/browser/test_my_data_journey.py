"""Somebody sees who looked, gets a copy of everything, and makes mistakes on the way; axe looks at each step."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Page, expect

from linli.foundation.accounts.models import Account
from linli.foundation.privacy.rights.models import RightsRequest
from linli.foundation.registry.models import Resident
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import Looker
from tests.sweep.objects import place_objects

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "楼道里的灯不亮"


@pytest.fixture
def objects(world):
    """The objects of the sweep, without a request about the elder's information."""
    cache.clear()
    placed = place_objects(world)
    with world.scope():
        RightsRequest.objects.all().delete()
    return placed


def test_a_reveal_by_a_grid_worker_is_read_with_purpose_and_objected_to(world, signed_in, objects):
    worker = signed_in("grid_worker", DESK)
    worker.goto(f"/workbench/cases/{objects.case.pk}/")
    worker.get_by_role("button", name="显示号码").click()
    expect(worker.locator("#detail .reveal, #detail").first).to_contain_text("1990001")

    elder = signed_in("elder", PHONE)
    looker = Looker(elder, objects)
    elder.goto("/portal/me/looks/")
    look = elder.locator(".p-look").first
    expect(look).to_contain_text(
        re.compile(r"专职网格员 grid_worker \d+月\d+日 \d+:\d\d 看了您的电话，为了办您反映的“" + WORDS)
    )
    looker.examine(390)
    look.get_by_role("link").click()
    expect(elder.locator(".note.inf")).to_contain_text("看了您的电话")
    looker.examine(390)
    elder.get_by_role("button", name="交给负责人查").click()
    expect(elder.locator("main")).to_contain_text("哪里觉得不对")
    looker.examine(390)
    elder.get_by_label("哪里觉得不对").fill("他没有来修灯")
    elder.get_by_role("button", name="交给负责人查").click()
    expect(elder.locator("#now")).to_contain_text("收到了")
    looker.examine(390)

    lead = signed_in("dpo", DESK)
    looker_of_lead = Looker(lead, objects)
    lead.goto("/workbench/privacy/")
    looker_of_lead.examine(1440)
    lead.get_by_role("link", name="居民的要求").click()
    looker_of_lead.examine(1440)
    lead.get_by_role("link", name=re.compile("^PI-")).click()
    expect(lead.locator("main")).to_contain_text("看了您的电话")
    looker_of_lead.examine(1440)
    lead.get_by_role("button", name="我来办").click()
    lead.get_by_label("告诉居民").fill("查过了，修灯不用打电话，这次不该看。")
    lead.get_by_label("这次看得没有道理，记下来").check()
    lead.get_by_role("button", name="答复居民").click()
    expect(lead.locator("main")).to_contain_text("办好了")
    looker_of_lead.examine(1440)

    elder.reload()
    expect(elder.locator("#now")).to_contain_text("这次不该看")
    assert not looker.findings + looker_of_lead.findings


def test_a_copy_is_asked_for_made_and_opened_after_a_code_with_a_wrong_one_in_between(world, signed_in, objects):
    Account.objects.filter(pk=world.accounts["elder"].pk).update(theme="elder")
    page = signed_in("elder", PHONE)
    looker = Looker(page, objects)
    page.goto("/portal/me/")
    page.get_by_role("link", name="全部信息，一样一样看").click()
    expect(page.locator("#held-registry")).to_contain_text("孟广田")
    looker.examine(390)
    page.get_by_role("link", name="要一份我的信息").click()
    looker.examine(390)
    page.get_by_role("button", name="要一份").click()
    expect(page.locator("#now")).to_contain_text("办好了")
    looker.examine(390)
    page.get_by_role("button", name="给我发验证码").click()
    page.get_by_label("短信里的六位数字").fill("000000" if sent_code() != "000000" else "000001")
    page.get_by_role("button", name="是我本人").click()
    expect(page.locator(".err")).to_contain_text("验证码不对")
    looker.examine(390)
    page.get_by_label("短信里的六位数字").fill(sent_code())
    page.get_by_role("button", name="是我本人").click()
    looker.examine(390)
    with page.expect_download() as got:
        page.get_by_role("link", name="整份下载").click()
    assert got.value.path().read_bytes()[:2] == b"PK"
    page.reload()
    expect(page.locator("#copy")).to_contain_text("下载了整份文件")
    opened = page.request.get(page.get_by_role("link", name="打开看").get_attribute("href"))
    assert opened.body()[:5] == b"%PDF-"
    looker.examine(390)
    assert not looker.findings


def test_an_empty_correction_is_explained_and_the_right_one_changes_the_registry(world, signed_in, objects):
    Account.objects.filter(pk=world.accounts["elder"].pk).update(theme="elder")
    page = signed_in("elder", PHONE)
    looker = Looker(page, objects)
    page.goto("/portal/me/rights/")
    looker.examine(390)
    page.get_by_role("link", name="有一项记错了").click()
    page.get_by_role("button", name="请社区改过来").click()
    expect(page.locator(".err").first).to_contain_text("哪一项记错了")
    looker.examine(390)
    page.get_by_label("哪一项记错了").select_option("birth_date")
    page.get_by_label("对的是什么").fill("五月二十一")
    page.get_by_role("button", name="请社区改过来").click()
    expect(page.locator(".err").first).to_contain_text("1941-05-20")
    page.get_by_label("对的是什么").fill("1941年5月21日")
    page.get_by_role("button", name="请社区改过来").click()
    expect(page.locator(".p-said")).to_contain_text("1941-05-21")

    lead = signed_in("dpo", DESK)
    lead.goto("/workbench/privacy/rights/")
    open_first(lead)
    lead.get_by_role("button", name="我来办").click()
    lead.get_by_role("button", name="改名册").click()
    expect(lead.locator("main")).to_contain_text("改以后")
    with world.scope():
        assert str(Resident.objects.get(pk=objects.elder.pk).birth_date) == "1941-05-21"
    page.reload()
    expect(page.locator("#now")).to_contain_text("不同的地方都遮着")
    looker.examine(390)
    assert not looker.findings


def test_a_worker_writes_down_what_somebody_without_a_telephone_asks(world, signed_in, objects):
    page = signed_in("grid_worker", DESK)
    looker = Looker(page, objects)
    page.goto("/workbench/privacy/rights/new/")
    looker.examine(1440)
    page.get_by_role("button", name="登记这件要求").click()
    expect(page.locator(".err").first).to_contain_text("先查到这个人")
    looker.examine(1440)
    page.fill("#q", "孟")
    page.get_by_role("button", name="查人").click()
    page.get_by_label("怎么核对的").fill("看了身份证")
    page.get_by_label("要办哪一件").select_option("copy")
    page.get_by_role("button", name="登记这件要求").click()
    expect(page.locator("main h1")).to_contain_text("要一份我的信息")
    expect(page.locator("main")).to_contain_text("做好了")
    looker.examine(1440)
    expect(page.get_by_role("button", name="打印出来交给本人")).to_have_count(0)
    page.get_by_text("看过证件了").first.click()
    page.get_by_label("看了什么证件").fill("身份证")
    page.locator("form button", has_text="看过证件了").click()
    expect(page.get_by_role("button", name="打印出来交给本人")).to_be_visible()
    looker.examine(1440)
    assert not looker.findings


def open_first(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^PI-")).first.click()


def sent_code() -> str:
    """The six digits of the newest code on the elder's telephone."""
    lines = (settings.LINLI_HOME / "phones" / "outbox.ndjson").read_text().splitlines()
    codes = [re.search(r"\d{6}", json.loads(line)["text"]) for line in lines if json.loads(line)["about"] == "sign_in"]
    assert codes[-1]
    return codes[-1][0]
