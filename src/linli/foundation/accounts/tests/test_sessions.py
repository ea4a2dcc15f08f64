"""Where somebody is signed in, out of it from elsewhere, and for how long it lasts."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client

from linli.foundation import clock
from linli.foundation.accounts.models import BrowserSession
from linli.foundation.accounts.session_store import digest_of
from linli.foundation.accounts.sessions import RESIDENT_LIMITS, STAFF_LIMITS, end_of_those_who_left, sessions_of
from linli.foundation.accounts.sign_in import account_of_token, issue_token
from linli.foundation.registry.correcting import correct_resident

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/116 Mobile Safari/537.36 MicroMessenger/8.0.50"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130 Safari/537.36 Edg/130.0"


@pytest.fixture(autouse=True)
def no_limits_left_over(db):
    cache.clear()


def browser(account, agent: str = WECHAT, address: str = "115.200.33.44") -> Client:
    """A browser that signed in with its password."""
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    client.post("/sign-in/staff/", {"username": account.username, "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(account.pk)
    return client


def age(client: Client, **by) -> None:
    """Let time pass for one session."""
    key = digest_of(client.session.session_key)
    row = BrowserSession.objects.get(pk=key)
    for column, delta in by.items():
        setattr(row, column, getattr(row, column) - delta)
    row.save()


def test_the_list_says_which_device_where_and_when_in_plain_words(world):
    elder = world.accounts["elder"]
    here = browser(elder)
    browser(elder, EDGE, "10.1.2.3")
    issue_token(elder, label="python-httpx/0.28")
    page = here.get("/portal/me/devices/").content.decode()
    assert "安卓手机，微信" in page and "网络 115.200.*.*" in page and "就是这里" in page
    assert "Windows 电脑，Edge" in page and "本地网络" in page
    assert "程序" in page
    assert "115.200.33.44" not in page


def test_one_place_or_all_others_are_signed_out_at_once(world):
    elder = world.accounts["elder"]
    here, there, third = browser(elder), browser(elder, EDGE), browser(elder, EDGE)
    token = issue_token(elder, label="x")
    key = digest_of(there.session.session_key)
    here.post("/portal/me/devices/end/", {"key": key})
    assert there.get("/portal/me/").status_code == 302
    assert third.get("/portal/me/").status_code == 200
    here.post("/portal/me/devices/end/")
    assert third.get("/portal/me/").status_code == 302
    assert account_of_token(token) is None
    assert here.get("/portal/me/").status_code == 200


def test_nobody_ends_anybody_elses_session(world):
    here, other = browser(world.accounts["elder"]), browser(world.accounts["neighbour"])
    answer = here.post("/portal/me/devices/end/", {"key": digest_of(other.session.session_key)})
    assert answer.status_code == 404
    assert other.get("/portal/me/").status_code == 200


def test_a_stolen_copy_of_the_database_signs_nobody_in(world):
    """The cookie's key stands nowhere in it."""
    client = browser(world.accounts["elder"])
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_key, session_data FROM accounts_browsersession")
        rows = str(cursor.fetchall())
    assert key not in rows
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = digest_of(key)
    assert thief.get("/portal/me/").status_code == 302


def test_a_session_that_was_planted_before_is_not_the_one_after_signing_in(world):
    """Session fixation (ASVS 7.2.4)."""
    client = Client()
    client.get("/sign-in/staff/?next=/portal/")
    client.post("/sign-in/staff/", {"username": "nobody", "password": "x"})
    planted = client.session.session_key
    client.post("/sign-in/staff/", {"username": world.accounts["elder"].username, "password": PASSWORD})
    assert client.session.session_key != planted
    assert not client.session.exists(planted)


@pytest.mark.parametrize(
    ("who", "limits", "page"),
    [("elder", RESIDENT_LIMITS, "/portal/me/"), ("building_lead", RESIDENT_LIMITS, "/workbench/mine/")],
)
def test_a_session_ends_after_long_disuse_and_after_its_longest_time(world, who, limits, page):
    client = browser(world.accounts[who])
    age(client, last_used_at=limits.idle - timedelta(hours=1))
    assert client.get(page).status_code == 200
    age(client, last_used_at=limits.idle + timedelta(minutes=10))
    assert client.get(page).status_code == 302
    assert "太久没用，已经自动退出" in client.get("/sign-in/").content.decode()
    client = browser(world.accounts[who])
    age(client, started_at=limits.longest + timedelta(minutes=1))
    assert client.get(page).status_code == 302


def test_staff_are_signed_out_after_hours_not_weeks(world, client):
    client.force_login(world.accounts["grid_worker"])
    assert client.get("/workbench/").status_code == 200
    age(client, last_used_at=STAFF_LIMITS.idle + timedelta(minutes=10))
    assert client.get("/workbench/").status_code == 302


def test_use_is_noted_and_keeps_a_session_alive(world):
    client = browser(world.accounts["elder"])
    age(client, last_used_at=timedelta(hours=2))
    client.get("/portal/me/")
    assert sessions_of(world.accounts["elder"])[0].last_used_at > clock.real_now() - timedelta(minutes=1)


def test_confirming_once_more_changes_the_session_key(world, client):
    client.force_login(world.accounts["building_lead"])
    before = client.session.session_key
    client.post("/sign-in/again/", {"password": PASSWORD})
    assert client.session.session_key != before
    assert client.get("/workbench/mine/").status_code == 200


def test_a_new_password_needs_the_old_one_and_signs_out_every_other_place(world):
    account = world.accounts["building_lead"]
    here, there = browser(account), browser(account, EDGE)
    wrong = here.post("/sign-in/password/", {"current": "wrong", "password": "four words one meadow"})
    assert (wrong.status_code, "现在的密码不对" in wrong.content.decode()) == (422, True)
    weak = here.post("/sign-in/password/", {"current": PASSWORD, "password": "wangge2026"})
    assert (weak.status_code, "人人想得到的词" in weak.content.decode()) == (422, True)
    assert (
        here.post("/sign-in/password/", {"current": PASSWORD, "password": "four words one meadow"}).status_code == 302
    )
    assert here.get("/workbench/mine/").status_code == 200
    assert there.get("/workbench/mine/").status_code == 302
    account.refresh_from_db()
    assert account.check_password("four words one meadow")


def test_a_corrected_number_signs_the_old_one_out(world):
    client = browser(world.accounts["elder"])
    with world.scope():
        correct_resident(world.residents["elder"], "phone", "19955556666", actor=world.actor("community_worker"))
    assert client.get("/portal/me/").status_code == 302


def test_who_has_left_or_died_can_do_nothing_and_is_signed_out(world):
    """Whoever holds the telephone now."""
    elder = world.residents["elder"]
    client, token = browser(world.accounts["elder"]), issue_token(world.accounts["elder"], label="x")
    with world.scope():
        elder.left_on = clock.today()
        elder.save()
    assert client.get("/portal/me/").status_code == 403
    assert end_of_those_who_left() == 1
    assert client.get("/portal/me/").status_code == 302
    assert account_of_token(token) is None
    assert end_of_those_who_left() == 0


def test_a_proxy_does_not_outlive_the_principal(world):
    """The authority is gone with the next request, before any clean-up ran."""
    daughter = browser(world.accounts["family_proxy"])
    assert daughter.get("/portal/matters/").status_code == 200
    with world.scope():
        world.residents["elder"].left_on = clock.today()
        world.residents["elder"].save()
    assert daughter.get("/portal/matters/").status_code == 403
