"""Staff sign in by a passkey: set up once, then alone, then to confirm; with a virtual key of the browser's own."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from playwright.sync_api import Page, expect

from linli.foundation.security.models import SecurityEvent
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import Looker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def no_limits_left_over(db):
    cache.clear()


def give_a_key(page: Page, *, verified: bool = True) -> tuple:
    """A phone that holds passkeys and asks for a finger; returns its session and number."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": verified, "automaticPresenceSimulation": True,
    }  # fmt: skip
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def sign_in_by_password(page: Page, account) -> None:
    page.goto("/sign-in/staff/")
    page.get_by_label("账号").fill(account.username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_worker_sets_up_a_passkey_and_signs_in_with_it_alone(world, signed_in, size):
    account = world.accounts["grid_worker"]
    page = signed_in(None, size)
    looker = Looker(page, None)
    give_a_key(page)
    sign_in_by_password(page, account)
    expect(page.locator("h1")).to_contain_text("设动态口令")
    page.get_by_role("link", name="改用通行密钥").click()
    expect(page.locator("h1")).to_contain_text("加一把通行密钥")
    looker.examine(size["width"])
    page.get_by_label("给它起个名字").fill("我的手机")
    page.get_by_role("button", name="加这台设备").click()
    expect(page.locator("h1")).to_contain_text("把备用码抄下来")
    assert Authenticator.objects.filter(user=account, type="webauthn").count() == 1
    page.goto("/workbench/")
    expect(page.locator("h1").first).to_be_visible()
    page.goto("/sign-in/second-factor/mine/")
    expect(page.locator("main")).to_contain_text("我的手机")
    looker.examine(size["width"])
    page.get_by_role("link", name="去掉：我的手机").click()
    page.get_by_role("button", name="去掉").click()
    expect(page.locator("main")).to_contain_text("最后一个不能去掉")

    page.goto("/sign-out/")
    page.locator("main").get_by_role("button", name="退出登录").click()
    page.goto("/sign-in/staff/")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url("**/workbench/")

    page.goto("/sign-in/second-factor/recovery/new/")
    expect(page.locator("h1")).to_contain_text("再确认一次")
    page.get_by_role("link", name="用通行密钥确认").click()
    looker.examine(size["width"])
    page.get_by_role("button", name="用通行密钥确认").click()
    expect(page.locator("h1")).to_contain_text("换一批备用码")
    kinds = set(SecurityEvent.objects.filter(account=account).values_list("kind", flat=True))
    assert {"factor_added", "signed_in", "signed_out", "confirmed"} <= kinds
    assert not looker.findings, "\n".join(looker.findings)


def test_the_password_with_the_passkey_as_second_factor(world, signed_in):
    account = world.accounts["grid_worker"]
    page = signed_in(None, DESK)
    give_a_key(page)
    sign_in_by_password(page, account)
    page.get_by_role("link", name="改用通行密钥").click()
    page.get_by_role("button", name="加这台设备").click()
    expect(page.locator("h1")).to_contain_text("把备用码抄下来")
    page.goto("/sign-out/")
    page.locator("main").get_by_role("button", name="退出登录").click()
    sign_in_by_password(page, account)
    expect(page.locator("h1")).to_contain_text("填动态口令")
    page.get_by_role("button", name="用通行密钥").click()
    page.wait_for_url("**/workbench/")


def test_a_key_that_does_not_ask_for_its_owner_is_not_taken(world, signed_in):
    page = signed_in(None, DESK)
    give_a_key(page, verified=False)
    sign_in_by_password(page, world.accounts["grid_worker"])
    page.get_by_role("link", name="改用通行密钥").click()
    page.get_by_role("button", name="加这台设备").click()
    expect(page.locator("[data-passkey-failed]")).to_be_visible()
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_a_key_that_nobody_knows_opens_nothing(world, signed_in):
    account = world.accounts["grid_worker"]
    page = signed_in(None, DESK)
    give_a_key(page)
    sign_in_by_password(page, account)
    page.get_by_role("link", name="改用通行密钥").click()
    page.get_by_role("button", name="加这台设备").click()
    expect(page.locator("h1")).to_contain_text("把备用码抄下来")
    page.goto("/sign-out/")
    page.locator("main").get_by_role("button", name="退出登录").click()
    Authenticator.objects.filter(user=account).delete()
    page.goto("/sign-in/staff/")
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.locator("main")).to_contain_text("没有认出来")
    page.goto("/workbench/")
    expect(page.locator("h1")).not_to_contain_text("今天")
