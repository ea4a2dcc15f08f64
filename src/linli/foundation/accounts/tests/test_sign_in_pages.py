"""Signing in with a browser: by code, by password and second factor, and nowhere else afterwards."""

import json
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings as conf
from django.core.cache import cache

from linli.foundation import clock
from linli.foundation.accounts.actions import grant_role
from linli.foundation.accounts.middleware import MUST_ENROL
from linli.foundation.accounts.models import BrowserSession
from linli.foundation.accounts.roles import Role
from linli.foundation.accounts.session_store import SessionStore
from linli.foundation.accounts.sign_in import account_of_token, issue_token

pytestmark = pytest.mark.django_db


def test_between_the_two_steps_the_database_holds_no_number(world, client):
    """Whoever gives up half-way leaves nothing that a copy of the database could tell, and not for long."""
    cache.clear()
    phone = world.phones["elder"]
    client.post("/sign-in/", {"phone": phone})
    row = BrowserSession.objects.get()
    assert phone not in str(SessionStore().decode(row.session_data))
    assert row.expire_date - clock.real_now() < timedelta(minutes=21)
    assert phone in client.get("/sign-in/code/").content.decode().replace(" ", "")


def test_who_signed_in_after_that_stays_as_long_as_anybody(world, client):
    client.post("/sign-in/", {"phone": world.phones["elder"]})
    client.force_login(world.accounts["elder"])
    client.get("/")
    assert BrowserSession.objects.get().expire_date - clock.real_now() > timedelta(days=100)


def test_who_lost_the_role_and_is_given_it_again_must_still_set_up_a_second_factor(world, client):
    worker = world.accounts["grid_worker"]
    client.post("/sign-in/staff/", {"username": worker.username, "password": PASSWORD})
    grants = worker.grants.all()
    held = list(grants.values_list("pk", "expires_at"))
    grants.update(expires_at=clock.now() - timedelta(days=1))
    client.get("/my/")
    for pk, until in held:
        worker.grants.filter(pk=pk).update(expires_at=until)
    assert client.get("/workbench/").url == "/sign-in/second-factor/set-up/"


PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def no_limits_left_over(db):
    cache.clear()


def totp_now(secret: str) -> str:
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


def last_code() -> str:
    line = (conf.LINLI_HOME / "phones" / "outbox.ndjson").read_text().splitlines()[-1]
    return re.search(r"\d{6}", json.loads(line)["text"]).group()


def ask(client, phone, capture, next_url=""):
    with capture(execute=True):
        return client.post("/sign-in/", {"phone": phone, "next": next_url})


def signed_in_as(client) -> str | None:
    return client.session.get("_auth_user_id")


def test_a_resident_signs_in_by_code_and_lands_where_they_were_going(client, world, django_capture_on_commit_callbacks):
    phone = world.phones["elder"]
    assert ask(client, phone, django_capture_on_commit_callbacks, "/my/matters/").url == "/sign-in/code/"
    answer = client.post("/sign-in/code/", {"code": last_code()})
    assert (answer.status_code, answer.url) == (302, "/my/matters/")
    assert signed_in_as(client) == str(world.accounts["elder"].pk)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)", "\\\\evil.example"]
)
def test_nobody_is_sent_to_another_site(client, world, django_capture_on_commit_callbacks, target):
    ask(client, world.phones["elder"], django_capture_on_commit_callbacks, target)
    assert client.post("/sign-in/code/", {"code": last_code()}).url == "/"
    assert client.post("/preferences/language/", {"language": "en", "next": target}).url == "/"


def test_the_page_after_the_number_is_the_same_for_everybody(client, world, django_capture_on_commit_callbacks):
    pages = []
    for phone in (world.phones["elder"], "19911112222"):
        ask(client, phone, django_capture_on_commit_callbacks)
        page = client.get("/sign-in/code/").content.decode().replace(phone, "NUMBER")
        pages.append(re.sub(r"(csrfmiddlewaretoken\" value=\"|X-CSRFToken\": \")\w+", "", page))
    assert pages[0] == pages[1]
    assert world.community.phone in pages[0]


def test_a_wrong_code_says_so_beside_the_field(client, world, django_capture_on_commit_callbacks):
    ask(client, world.phones["elder"], django_capture_on_commit_callbacks)
    answer = client.post("/sign-in/code/", {"code": "000000" if last_code() != "000000" else "111111"})
    assert answer.status_code == 422
    assert "验证码不对" in answer.content.decode()
    assert signed_in_as(client) is None


def test_staff_see_nothing_before_the_second_factor_is_set_up(client, world):
    worker = world.accounts["grid_worker"]
    client.post("/sign-in/staff/", {"username": worker.username, "password": PASSWORD})
    assert client.session[MUST_ENROL]
    for path in ("/my/", "/api/v1/me", "/"):
        assert client.get(path).url == "/sign-in/second-factor/set-up/"
    page = client.get("/sign-in/second-factor/set-up/")
    assert "data:image/svg+xml" in page.content.decode()
    secret = page.context["form"].secret
    wrong = client.post("/sign-in/second-factor/set-up/", {"code": "000000"})
    assert "动态口令不对" in wrong.content.decode()
    client.post("/sign-in/second-factor/set-up/", {"code": totp_now(secret)})
    assert client.get("/api/v1/me").status_code == 200
    assert client.session[MUST_ENROL] is False
    kept = Authenticator.objects.get(user=worker, type="totp").data["secret"]
    assert secret not in kept


@pytest.fixture
def worker_with_totp(client, world):
    worker = world.accounts["grid_worker"]
    client.post("/sign-in/staff/", {"username": worker.username, "password": PASSWORD})
    secret = client.get("/sign-in/second-factor/set-up/").context["form"].secret
    client.post("/sign-in/second-factor/set-up/", {"code": totp_now(secret)})
    codes = client.get("/sign-in/second-factor/recovery/").context["unused_codes"]
    client.post("/sign-out/")
    cache.clear()
    return worker, secret, codes


def test_password_alone_does_not_sign_in_who_has_a_second_factor(client, worker_with_totp):
    worker, secret, _ = worker_with_totp
    answer = client.post("/sign-in/staff/", {"username": worker.username, "password": PASSWORD})
    assert answer.url == "/sign-in/second-factor/"
    assert signed_in_as(client) is None
    assert client.post("/sign-in/second-factor/", {"code": "000000"}).status_code == 200
    assert signed_in_as(client) is None
    client.post("/sign-in/second-factor/", {"code": totp_now(secret)})
    assert signed_in_as(client) == str(worker.pk)


def test_a_recovery_code_works_once(client, worker_with_totp):
    worker, _, codes = worker_with_totp
    for expected in (str(worker.pk), None):
        client.post("/sign-in/staff/", {"username": worker.username, "password": PASSWORD})
        client.post("/sign-in/second-factor/", {"code": codes[0]})
        assert signed_in_as(client) == expected
        client.post("/sign-out/")
        client.session.flush()
        cache.clear()


def test_the_second_factor_of_staff_cannot_be_removed(client, worker_with_totp):
    worker, secret, _ = worker_with_totp
    client.post("/sign-in/staff/", {"username": worker.username, "password": PASSWORD})
    client.post("/sign-in/second-factor/", {"code": totp_now(secret)})
    client.post("/sign-in/second-factor/remove/")
    assert Authenticator.objects.filter(user=worker, type="totp").exists()


def test_the_api_asks_for_the_second_factor_too(client, worker_with_totp):
    worker, secret, _ = worker_with_totp

    def sign_in(**more):
        body = json.dumps({"username": worker.username, "password": PASSWORD, **more})
        return client.post("/api/v1/sign-in", body, content_type="application/json")

    assert sign_in().json()["code"] == "totp_required"
    assert sign_in(totp="000000").json()["code"] == "wrong_totp"
    code = totp_now(secret)
    assert sign_in(totp=code).status_code == 200
    assert sign_in(totp=code).json()["code"] == "wrong_totp"


def test_a_link_does_not_sign_anybody_out(client, world):
    client.force_login(world.accounts["resident"])
    assert client.get("/sign-out/").status_code == 200
    assert signed_in_as(client)
    client.post("/sign-out/")
    assert signed_in_as(client) is None


def test_the_language_stays_with_the_account_and_with_the_browser(client, world):
    client.force_login(world.accounts["resident"])
    client.post("/preferences/language/", {"language": "en"})
    world.accounts["resident"].refresh_from_db()
    assert world.accounts["resident"].language == "en"
    client.logout()
    client.cookies["linli_language"] = "en"
    assert 'lang="en"' in client.get("/sign-in/").content.decode()
    del client.cookies["linli_language"]
    page = client.get("/sign-in/", headers={"Accept-Language": "en"}).content.decode()
    assert 'lang="zh-CN"' in page


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/staff/", "/sign-in/closed/", "/sign-out/"])
def test_every_page_of_the_door_speaks_both_languages(client, world, path):
    assert client.get(path).status_code == 200
    client.cookies["linli_language"] = "en"
    assert client.get(path).status_code == 200


def test_a_one_time_password_works_once_for_as_long_as_it_is_valid(client, worker_with_totp):
    """allauth forgets a used one after half a minute, but takes it for a minute and a half."""
    worker, secret, _ = worker_with_totp
    for expected in (str(worker.pk), None):
        client.post("/sign-in/staff/", {"username": worker.username, "password": PASSWORD})
        code = totp_now(secret)
        client.post("/sign-in/second-factor/", {"code": code})
        assert signed_in_as(client) == expected
        client.post("/sign-out/")
        client.session.flush()
        cache.delete(f"allauth.mfa.totp.used?user={worker.pk}&code={code}")


def test_a_resident_who_becomes_staff_shows_a_second_factor_first(client, world, django_capture_on_commit_callbacks):
    account = world.accounts["neighbour"]
    token = issue_token(account, label="phone")
    ask(client, world.phones["neighbour"], django_capture_on_commit_callbacks)
    client.post("/sign-in/code/", {"code": last_code()})
    assert client.get("/portal/").status_code == 200
    with world.scope():
        grant_role(account, Role.GRID_WORKER, grid=world.grids[0], actor=world.actor("community_director"))
    assert client.get("/workbench/").url == "/sign-in/second-factor/set-up/"
    assert account_of_token(token) is None


@pytest.mark.parametrize("path", ["/sign-in/staff/", "/sign-in/password/", "/sign-in/again/"])
def test_password_fields_hide_and_help(client, world, path):
    """Hidden while typed, and open to pasting and to a password manager (ASVS 6.2.6, 6.2.7)."""
    if path != "/sign-in/staff/":
        client.force_login(world.accounts["building_lead"])
    fields = re.findall(r"<input[^>]*name=\"(?:password|current)\"[^>]*>", client.get(path).content.decode())
    assert fields
    for one in fields:
        assert 'type="password"' in one and re.search(r'autocomplete="(current|new)-password"', one)
        assert "onpaste" not in one and 'autocomplete="off"' not in one


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in/second-factor/set-up/",
        "/sign-in/second-factor/passkey/",
        "/sign-in/second-factor/recovery/new/",
    ],
)
def test_changing_how_one_signs_in_asks_again(client, world, path):
    """A browser left open is not enough (ASVS 7.5.1)."""
    client.force_login(world.accounts["building_lead"])
    assert client.get(path).url.startswith("/sign-in/again/")
    client.post("/sign-in/again/", {"password": PASSWORD})
    assert client.get(path).status_code == 200
