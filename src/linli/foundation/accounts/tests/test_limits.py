"""Guessing: how often, what it tells, and who lets somebody try again."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings as conf
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client

from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.sign_in import WRONG_TRIES, account_of_token, forget_what_has_ended, issue_token
from linli.foundation.accounts.unlocking import is_locked
from linli.foundation.security.models import SecurityEvent

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def no_limits_left_over(db):
    cache.clear()


def last_code() -> str:
    line = (conf.LINLI_HOME / "phones" / "outbox.ndjson").read_text().splitlines()[-1]
    return re.search(r"\d{6}", json.loads(line)["text"]).group()


def ask(client, phone, capture):
    with capture(execute=True):
        return client.post("/sign-in/", {"phone": phone})


def other_than(code: str) -> str:
    return "000000" if code != "000000" else "111111"


def test_five_wrong_codes_lock_the_number_from_whatever_address(world, django_capture_on_commit_callbacks):
    phone = world.phones["elder"]
    client = Client(REMOTE_ADDR="192.0.2.1")
    ask(client, phone, django_capture_on_commit_callbacks)
    right = last_code()
    for _try in range(WRONG_TRIES):
        client.post("/sign-in/code/", {"code": other_than(right)})
    elsewhere = Client(REMOTE_ADDR="192.0.2.99")
    ask(elsewhere, phone, django_capture_on_commit_callbacks)
    answer = elsewhere.post("/sign-in/code/", {"code": last_code()})
    assert answer.status_code == 422 and "试的次数太多" in answer.content.decode()
    kinds = list(SecurityEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds.count("sign_in_failed") == WRONG_TRIES - 1 and kinds.count("locked_out") == 1


def test_a_worker_unlocks_the_number_and_the_right_code_works_again(world, client, django_capture_on_commit_callbacks):
    phone, browser = world.phones["elder"], Client()
    ask(browser, phone, django_capture_on_commit_callbacks)
    right = last_code()
    for _try in range(WRONG_TRIES):
        browser.post("/sign-in/code/", {"code": other_than(right)})
    with world.scope():
        assert is_locked(world.residents["elder"])
    client.force_login(world.accounts["grid_worker"])
    page = f"/workbench/people/{world.residents['elder'].pk}/sign-in/"
    assert "锁住了" in client.get(page).content.decode()
    client.post(f"{page}unlock/")
    browser.post("/sign-in/code/", {"code": right})
    assert browser.session["_auth_user_id"] == str(world.accounts["elder"].pk)
    assert SecurityEvent.objects.get(kind="unlocked").account == world.accounts["grid_worker"]


def test_three_codes_a_minute_go_to_one_number(world, django_capture_on_commit_callbacks):
    client = Client()
    answers = [ask(client, world.phones["elder"], django_capture_on_commit_callbacks).status_code for _n in range(4)]
    assert answers == [302, 302, 302, 422]


def test_one_address_cannot_try_many_numbers(world, django_capture_on_commit_callbacks):
    client = Client(REMOTE_ADDR="192.0.2.7")
    answers = [ask(client, f"1991111{n:04d}", django_capture_on_commit_callbacks).status_code for n in range(21)]
    assert answers[-1] == 422 and set(answers[:-1]) == {302}
    assert ask(Client(REMOTE_ADDR="192.0.2.8"), "19922220000", django_capture_on_commit_callbacks).status_code == 302


def guess(client, username, password="wrong"):
    return client.post("/sign-in/staff/", {"username": username, "password": password})


def test_five_wrong_passwords_lock_the_account_and_the_director_unlocks_it(world, client):
    worker = world.accounts["building_lead"]
    for n in range(5):
        guess(Client(REMOTE_ADDR=f"192.0.2.{n}"), worker.username)
    locked = Client(REMOTE_ADDR="192.0.2.77")
    assert "试的次数太多" in guess(locked, worker.username, PASSWORD).content.decode()
    guess(locked, worker.username, PASSWORD)
    assert SecurityEvent.objects.filter(kind="locked_out").count() == 1, "once, not at each try"
    client.force_login(world.accounts["community_director"])
    assert client.get("/workbench/accounts/").content.decode().count("锁着") == 1
    client.post(f"/workbench/accounts/{worker.pk}/unlock/")
    assert "锁着" not in client.get("/workbench/accounts/").content.decode()
    guess(locked, worker.username, PASSWORD)
    assert locked.session["_auth_user_id"] == str(worker.pk)


def test_a_wrong_one_time_password_counts_and_stands_in_the_log(world):
    client, worker = Client(), world.accounts["grid_worker"]
    guess(client, worker.username, PASSWORD)
    secret = client.get("/sign-in/second-factor/set-up/").context["form"].secret
    from linli.foundation.accounts.tests.test_sign_in_pages import totp_now

    client.post("/sign-in/second-factor/set-up/", {"code": totp_now(secret)})
    client.post("/sign-out/")
    cache.clear()
    guess(client, worker.username, PASSWORD)
    for _try in range(6):
        page = client.post("/sign-in/second-factor/", {"code": "000000"}).content.decode()
    assert SecurityEvent.objects.filter(kind="sign_in_failed", account=worker).count() == 6
    assert "_auth_user_id" not in client.session
    assert "失败次数过多" in page
    client.post("/sign-in/second-factor/", {"code": totp_now(secret)})
    assert "_auth_user_id" not in client.session, "not even by the right one"


def with_one_time_password(account):
    from linli.foundation.accounts.tests.test_sign_in_pages import totp_now

    client = Client()
    guess(client, account.username, PASSWORD)
    secret = client.get("/sign-in/second-factor/set-up/").context["form"].secret
    client.post("/sign-in/second-factor/set-up/", {"code": totp_now(secret)})
    cache.clear()
    return totp_now(secret)


def test_the_page_and_the_api_share_one_count_of_wrong_one_time_passwords(world):
    worker = world.accounts["grid_worker"]
    right = with_one_time_password(worker)
    page = Client(REMOTE_ADDR="192.0.2.1")
    guess(page, worker.username, PASSWORD)
    for _try in range(5):
        page.post("/sign-in/second-factor/", {"code": other_than(right)})
    asked = {"username": worker.username, "password": PASSWORD, "totp": right}
    answer = Client(REMOTE_ADDR="192.0.2.2").post("/api/v1/sign-in", asked, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_tries")


def test_a_flood_of_made_up_numbers_lifts_no_lock(world, django_capture_on_commit_callbacks):
    """The counts stand in the shared cache, which throws rows away when it is full."""
    worker = world.accounts["building_lead"]
    for n in range(5):
        guess(Client(REMOTE_ADDR=f"192.0.2.{n}"), worker.username)
    for n in range(160):
        flood = Client(REMOTE_ADDR=f"198.51.100.{n}")
        assert ask(flood, f"1991111{n:04d}", django_capture_on_commit_callbacks).status_code == 302
    locked = Client(REMOTE_ADDR="192.0.2.77")
    guess(locked, worker.username, PASSWORD)
    assert "_auth_user_id" not in locked.session


def test_counts_that_have_ended_are_deleted_and_live_ones_stay(world, django_capture_on_commit_callbacks):
    cache.set("ended", 1, timeout=-60)
    cache.set("live", 1, timeout=60)
    forget_what_has_ended()
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM shared_cache")
        kept = [key for (key,) in cursor.fetchall()]
    assert [key.rpartition(":")[2] for key in kept] == ["live"]


class Counting(MD5PasswordHasher):
    """Counts how often a password is worked on: what takes the time of an answer."""

    algorithm = "counting"
    worked = 0

    def encode(self, password, salt):
        type(self).worked += 1
        return super().encode(password, salt).replace("md5$", "counting$", 1)


def test_a_wrong_name_takes_as_long_as_a_wrong_password(world, settings):
    """Nothing tells an account that exists from one that does not (ASVS 6.3.8)."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    worker = world.accounts["building_lead"]
    worker.set_password(PASSWORD)
    worker.save()
    took, pages = [], []
    for name in (worker.username, "no-such-name"):
        cache.clear()
        Counting.worked = 0
        page = guess(Client(), name).content.decode().replace(name, "NAME")
        took.append(Counting.worked)
        pages.append(re.sub(r"(csrfmiddlewaretoken\" value=\"|X-CSRFToken\": \")\w+", "", page))
    assert took[0] == took[1] > 0
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    "weak", ["short7!", "password123", "qwertyuiop", "1234567890123", "building_lead-1", "邻里社区网格2026"]
)
def test_a_weak_password_is_refused(world, weak):
    from linli.foundation.accounts.actions import reset_password
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.errors import Invalid

    with pytest.raises(Invalid):
        reset_password(world.accounts["building_lead"], weak, actor=Actor.for_system("admin"))


def test_passwords_are_hashed_with_argon2id():
    from linli.config import settings as real
    from linli.foundation.accounts.hashers import Argon2

    assert real.PASSWORD_HASHERS == ["linli.foundation.accounts.hashers.Argon2"]
    kept = Argon2().encode("一段很长的话 with spaces", "somesaltsomesalt")
    assert kept.startswith("argon2$argon2id$")


def test_a_long_password_counts_to_its_last_character(world):
    """Nothing is cut off, folded or trimmed (ASVS 6.2.8, 6.2.9)."""
    account, long = world.accounts["building_lead"], " 长密码 Four Words one Meadow " * 8
    account.set_password(long)
    account.save()
    for wrong in (long[:-1], long.strip(), long.lower()):
        client = Client()
        guess(client, account.username, wrong)
        assert "_auth_user_id" not in client.session
    cache.clear()
    client = Client()
    guess(client, account.username, long)
    assert client.session["_auth_user_id"] == str(account.pk)


def test_a_password_does_not_grow_old(world, monday_morning):
    """No change is forced by date (ASVS 6.2.10)."""
    account, client = world.accounts["building_lead"], Client()
    with clock.frozen(monday_morning + timedelta(days=3000)):
        guess(client, account.username, PASSWORD)
        assert client.get("/workbench/mine/").status_code == 200


def test_the_director_signs_a_worker_out_everywhere(world, client):
    worker = world.accounts["grid_worker"]
    there, token = Client(), issue_token(worker, label="x")
    there.force_login(worker)
    client.force_login(world.accounts["community_director"])
    assert "grid_worker" in client.get("/workbench/accounts/").content.decode()
    client.post(f"/workbench/accounts/{worker.pk}/end/")
    assert there.get("/workbench/").status_code == 302
    assert account_of_token(token) is None
    assert client.get("/workbench/accounts/").status_code == 200, "the director stays"


def test_a_director_reaches_no_account_of_another_community_and_no_residents_own(world, other_world, client):
    client.force_login(world.accounts["community_director"])
    own = Account.objects.create_user(
        "x", display_name="x", community=world.community, resident=world.residents["newcomer"]
    )
    for account in (other_world.accounts["grid_worker"], own):
        assert client.post(f"/workbench/accounts/{account.pk}/end/").status_code == 404
