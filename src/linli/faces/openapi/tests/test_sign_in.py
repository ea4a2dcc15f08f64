"""Signing in through the API as a stranger on the network would try it."""

import json
import re

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from linli.foundation.accounts import sign_in
from linli.foundation.accounts.models import Account, ApiToken, SignInCode
from linli.foundation.notices.models import Notice
from linli.foundation.tenancy import community_scope
from linli.foundation.vault.fields import holds

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limits_left_over(db):
    cache.clear()


def post(client, path, body, **headers):
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


def code_sent_to(phone: str) -> str:
    lines = (settings.LINLI_HOME / "phones" / "outbox.ndjson").read_text().splitlines()
    text = next(m["text"] for m in reversed([json.loads(x) for x in lines]) if m["to"] == phone)
    return re.search(r"\d{6}", text).group()


def ask_for_code(client, phone, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        return post(client, "/sign-in/code", {"phone": phone})


def test_a_resident_signs_in_with_the_code_on_the_phone(client, world, django_capture_on_commit_callbacks):
    phone = world.phones["elder"]
    assert ask_for_code(client, f"+86 {phone}", django_capture_on_commit_callbacks).status_code == 200
    answer = post(client, "/sign-in", {"phone": phone, "code": code_sent_to(phone)})
    assert answer.status_code == 200
    token = answer.json()["token"]
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).json()
    assert me["resident_id"] == world.residents["elder"].pk
    assert me["community"] == "mx"
    assert not ApiToken.objects.filter(digest=token).exists()


def test_the_code_is_blanked_once_it_has_left(client, world, django_capture_on_commit_callbacks):
    phone = world.phones["elder"]
    ask_for_code(client, phone, django_capture_on_commit_callbacks)
    notice = Notice.objects.get(holds(Notice, to=phone))
    assert (notice.state, notice.text) == ("sent", "")
    assert code_sent_to(phone) not in json.dumps(list(SignInCode.objects.values_list("code_digest")))


def test_the_first_code_of_a_registered_resident_opens_the_account(client, world, django_capture_on_commit_callbacks):
    newcomer = world.residents["newcomer"]
    assert not Account.objects.filter(resident=newcomer).exists()
    ask_for_code(client, world.phones["newcomer"], django_capture_on_commit_callbacks)
    answer = post(
        client, "/sign-in", {"phone": world.phones["newcomer"], "code": code_sent_to(world.phones["newcomer"])}
    )
    assert [held["role"] for held in answer.json()["account"]["roles"]] == ["resident"]
    assert Account.objects.get(resident=newcomer).phone_verified


def test_a_code_works_once(client, world, django_capture_on_commit_callbacks):
    phone = world.phones["elder"]
    ask_for_code(client, phone, django_capture_on_commit_callbacks)
    code = code_sent_to(phone)
    assert post(client, "/sign-in", {"phone": phone, "code": code}).status_code == 200
    assert post(client, "/sign-in", {"phone": phone, "code": code}).json()["code"] == "wrong_code"


def test_a_code_older_than_five_minutes_is_refused(client, world, django_capture_on_commit_callbacks):
    phone = world.phones["elder"]
    ask_for_code(client, phone, django_capture_on_commit_callbacks)
    row = SignInCode.objects.get()
    assert row.expires_at - row.sent_at == sign_in.CODE_LIVES
    SignInCode.objects.update(expires_at=row.sent_at)
    assert post(client, "/sign-in", {"phone": phone, "code": code_sent_to(phone)}).json()["code"] == "wrong_code"


def test_nothing_tells_a_registered_number_from_an_unknown_one(client, world, django_capture_on_commit_callbacks):
    known, unknown = world.phones["elder"], "19911112222"
    answers = [ask_for_code(client, phone, django_capture_on_commit_callbacks) for phone in (known, unknown)]
    assert answers[0].content == answers[1].content
    assert not Notice.objects.filter(holds(Notice, to=unknown)).exists()
    for _ in range(sign_in.WRONG_TRIES + 1):
        tries = [post(client, "/sign-in", {"phone": phone, "code": "0000000"}) for phone in (known, unknown)]
        first, second = (t.json() | {"retry_after": None} for t in tries)
        assert (tries[0].status_code, first) == (tries[1].status_code, second)
    assert tries[0].status_code == 429


def test_five_wrong_tries_lock_the_number_even_for_the_right_code(client, world, django_capture_on_commit_callbacks):
    phone = world.phones["elder"]
    ask_for_code(client, phone, django_capture_on_commit_callbacks)
    for _ in range(sign_in.WRONG_TRIES):
        assert post(client, "/sign-in", {"phone": phone, "code": "12345"}).status_code == 422
    answer = post(client, "/sign-in", {"phone": phone, "code": code_sent_to(phone)})
    assert (answer.status_code, answer.json()["code"]) == (429, "locked")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_fourth_code_within_a_minute_is_refused(client, world, django_capture_on_commit_callbacks):
    phone = world.phones["elder"]
    statuses = [ask_for_code(client, phone, django_capture_on_commit_callbacks).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


def test_an_address_that_asks_for_many_numbers_is_slowed_down(client, world):
    statuses = {post(client, "/sign-in/code", {"phone": f"199222200{n:02d}"}).status_code for n in range(25)}
    assert statuses == {200, 429}


def test_a_number_that_two_people_share_opens_no_account(client, world, django_capture_on_commit_callbacks):
    with community_scope(world.community):
        world.residents["child"].phone = world.phones["newcomer"]
        world.residents["child"].save()
    ask_for_code(client, world.phones["newcomer"], django_capture_on_commit_callbacks)
    assert not Notice.objects.exists()


def test_what_is_not_a_mobile_number_is_refused_with_the_field(client, db):
    answer = post(client, "/sign-in/code", {"phone": "0571-8888"})
    assert (answer.status_code, answer.json()["field"]) == (422, "phone")


def test_staff_must_set_up_a_second_factor_before_a_token(client, world):
    staff = world.accounts["grid_worker"]
    answer = post(client, "/sign-in", {"username": staff.username, "password": "correct horse battery"})
    assert (answer.status_code, answer.json()["code"]) == (403, "totp_enrolment_required")
    assert not ApiToken.objects.exists()


def test_in_a_demo_staff_sign_in_by_password_alone(client, world, settings):
    settings.LINLI_DEMO = True
    staff = world.accounts["grid_worker"]
    answer = post(client, "/sign-in", {"username": staff.username, "password": "correct horse battery"})
    assert answer.status_code == 200


def test_a_wrong_password_is_refused_and_the_sixth_try_is_slowed_down(client, world):
    staff = world.accounts["grid_worker"]
    answers = [post(client, "/sign-in", {"username": staff.username, "password": f"wrong {n}"}) for n in range(6)]
    assert [a.status_code for a in answers] == [401] * 5 + [429]


def test_a_revoked_token_and_an_inactive_account_are_nobody(client, world):
    account = world.accounts["resident"]
    token = sign_in.issue_token(account, label="test")
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/me", headers=bearer).status_code == 200
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert client.get("/api/v1/me", headers=bearer).status_code == 401
    Account.objects.filter(pk=account.pk).update(is_active=True)
    assert post(client, "/sign-out", {}, **bearer).status_code == 204
    answer = client.get("/api/v1/me", headers=bearer)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_bad_token_is_not_saved_by_a_good_session(client, world):
    client.force_login(world.accounts["resident"])
    assert client.get("/api/v1/me").status_code == 200
    assert client.get("/api/v1/me", headers={"Authorization": "Bearer linli_nothing"}).status_code == 401


def test_a_session_needs_the_csrf_token_and_a_bearer_does_not(world):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.accounts["resident"])
    answer = post(browser, "/sign-out", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    token = sign_in.issue_token(world.accounts["resident"], label="test")
    assert post(browser, "/sign-out", {}, Authorization=f"Bearer {token}").status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/v1/nothing-here", 404, "not_found"),
        ("delete", "/api/v1/me", 405, "method_not_allowed"),
        ("get", "/api/v1/me", 401, "not_signed_in"),
    ],
)
def test_every_refusal_is_a_problem(client, db, method, path, status, code):
    answer = getattr(client, method)(path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["code"] == code


def test_malformed_json_and_missing_fields_are_told_field_by_field(client, db):
    assert client.post("/api/v1/sign-in", "{", content_type="application/json").status_code == 400
    answer = post(client, "/sign-in/code", {})
    assert answer.json()["errors"] == [{"field": "phone", "code": "missing", "detail": "这一项必须填。"}]


def test_the_documentation_needs_nobody_elses_server(client, db):
    page = client.get("/api/v1/docs").content.decode()
    assert "http://" not in page and "https://" not in page
    assert client.get("/api/v1/openapi.json").json()["info"]["title"] == "Linli"


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800"])
def test_text_that_no_database_can_keep_is_refused_before_any_query(client, db, text):
    answer = post(client, "/sign-in", {"username": text, "password": text})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
