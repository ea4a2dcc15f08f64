"""A telephone is lost: one call to the desk and whoever found it is out; and one's own list of sessions."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from linli.foundation.notices.models import Notice
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import Looker
from tests.sweep.objects import place_objects

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def objects(world):
    cache.clear()
    account = world.accounts["family_proxy"]
    account.phone, account.phone_verified = "19944443333", True
    account.save()
    return place_objects(world)


def test_a_lost_telephone_is_stopped_by_one_call_to_the_desk(world, signed_in, objects):
    finder = signed_in("elder", PHONE)
    finder.goto("/portal/")
    expect(finder.locator("h1")).to_contain_text("孟")

    desk = signed_in("grid_worker", DESK)
    looker = Looker(desk, objects)
    desk.goto("/workbench/search/?q=孟")
    desk.get_by_role("link", name="手机丢了").first.click()
    expect(desk.locator("main")).to_contain_text("现在有 1 处登录着")
    looker.examine(1440)
    desk.get_by_label("怎么知道是本人").fill("女儿来窗口，看了身份证")
    desk.get_by_role("button", name="停掉他的登录").click()
    expect(desk.locator("main")).to_contain_text("手机丢了，登录停着")
    expect(desk.locator("main")).to_contain_text("现在没有登录着")
    looker.examine(1440)

    finder.goto("/portal/matters/")
    expect(finder).to_have_url(leads_to("/sign-in/"))
    finder.get_by_label("手机号").fill(world.phones["elder"])
    finder.get_by_role("button", name="发验证码给我").click()
    expect(finder.locator("h1")).to_contain_text("填短信里的六位数字")
    assert not Notice.objects.filter(secret=True).exists(), "no code left for the telephone"
    assert "的手机丢了" in Notice.objects.get().text, "and the daughter was told"

    desk.get_by_label("怎么知道是本人").fill("补了卡，看了身份证")
    desk.get_by_role("button", name="恢复登录").click()
    expect(desk.locator("main")).to_contain_text("停掉他的登录")
    finder.goto("/sign-in/")
    finder.get_by_label("手机号").fill(world.phones["elder"])
    finder.get_by_role("button", name="发验证码给我").click()
    expect(finder.locator("h1")).to_contain_text("填短信里的六位数字")
    assert Notice.objects.filter(secret=True).count() == 1
    assert not looker.findings, "\n".join(looker.findings)


@pytest.mark.parametrize("theme", ["standard", "elder"])
def test_somebody_sees_where_they_are_signed_in_and_ends_it(world, signed_in, objects, theme):
    account = world.accounts["elder"]
    account.theme = theme
    account.save()
    here, there = signed_in("elder", PHONE), signed_in("elder", DESK)
    there.goto("/portal/")
    looker = Looker(here, objects)
    here.goto("/portal/me/")
    expect(here.get_by_role("button", name="退出登录")).to_be_visible()
    here.get_by_role("link", name="我在哪里登录着").click()
    expect(here.locator("main")).to_contain_text("就是这里")
    looker.examine(390)
    here.get_by_role("button", name="退出：").click()
    expect(here.locator("#toasts")).to_contain_text("那里已经退出了")
    there.goto("/portal/me/")
    expect(there).to_have_url(leads_to("/sign-in/"))
    here.goto("/portal/me/devices/")
    expect(here.locator("main")).to_contain_text("就是这里")
    looker.examine(390)
    assert not looker.findings, "\n".join(looker.findings)


def leads_to(path: str):
    return re.compile(re.escape(path))
