"""A list of residents: asked for, agreed to by another, fetched with a mark, and read about by everybody on it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import Looker
from tests.sweep.objects import place_objects

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"


def confirm(page: Page) -> None:
    """Whoever is asked once more who they are types their password."""
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="确认").click()


@pytest.fixture
def objects(world):
    """Staff with a second factor, so that typing the password again is a confirmation and no half sign-in."""
    cache.clear()
    for who in ("grid_lead", "dpo"):
        Authenticator.objects.create(
            user=world.accounts[who], type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}}
        )
    return place_objects(world)


def test_a_list_leaves_only_with_two_peoples_yes(world, signed_in, objects):
    asker = signed_in("grid_lead", DESK)
    looker = Looker(asker, objects)
    asker.goto("/workbench/privacy/exports/new/")
    asker.get_by_label("救急").check()
    asker.get_by_label("姓名").check()
    asker.get_by_label("电话").check()
    asker.get_by_label("拿去做什么").fill("台风来了，要叫人转移，用完碎掉")
    looker.examine(1440)
    asker.get_by_role("button", name="申请", exact=True).click()
    number = asker.locator("h1").inner_text()
    assert number.startswith("DC")
    expect(asker.locator("main")).to_contain_text("自己不能同意自己的")
    expect(asker.get_by_role("button", name="取 Excel")).to_have_count(0)
    looker.examine(1440)

    lead = signed_in("dpo", DESK)
    lead.goto("/workbench/privacy/exports/")
    expect(lead.locator("main")).to_contain_text("等您说同不同意")
    lead.get_by_role("link", name=number).click()
    lead.get_by_role("button", name="同意，可以取").click()
    confirm(lead)
    expect(lead.locator("main")).to_contain_text("同意了，可以取")

    asker.reload()
    asker.get_by_role("button", name="取 Excel").click()
    with asker.expect_download() as taken:
        confirm(asker)
    assert taken.value.suggested_filename == f"{number}.xlsx"
    rows = list(load_workbook(io.BytesIO(Path(taken.value.path()).read_bytes())).active.values)
    assert rows[0][:2] == ("姓名", "电话")
    assert ("孟广田", world.phones["elder"]) in [row[:2] for row in rows]
    assert number in rows[-1][0] and "grid_lead" in rows[-1][0]

    elder = signed_in("elder", PHONE)
    elder.goto("/portal/me/looks/")
    expect(elder.locator(".p-look").first).to_contain_text("把您的姓名、电话存成了文件，为了“救急”，名单上一共 3 人")
    assert not looker.findings, "\n".join(looker.findings)


def test_a_screen_with_a_number_on_it_carries_its_readers_name(world, signed_in, objects):
    page = signed_in("grid_worker", DESK)
    page.goto(f"/workbench/cases/{objects.case.pk}/")
    expect(page.locator(".watermark")).to_have_count(0)
    page.get_by_role("button", name="显示号码").click()
    mark = page.locator(".watermark")
    expect(mark).to_be_visible()
    words = mark.locator("span").first.evaluate("one => getComputedStyle(one, '::before').content")
    assert words.startswith('"grid_worker 20')
    looker = Looker(page, None)
    looker.examine(DESK["width"])
    page.set_viewport_size(PHONE)
    looker.examine(PHONE["width"])
    assert not looker.findings, "\n".join(looker.findings)
    page.get_by_role("link", name=world.phones["elder"]).click(trial=True)
    page.emulate_media(media="print")
    expect(mark).to_be_visible()
