"""Staff without a second factor can do nothing, by page or by token, and nobody can do anything before signing in whole."""

from __future__ import annotations

import json

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from linli.foundation.accounts.roles import TWO_FACTOR_ROLES
from tests.sweep.objects import place_objects
from tests.sweep.routes import ROUTES
from tests.sweep.test_permissions import address, body_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
SET_UP = "/sign-in/second-factor/set-up/"
DOORS = ("/sign-in/", "/sign-out/", "/preferences/")
STAFF = sorted(role.value for role in TWO_FACTOR_ROLES)


@pytest.fixture(autouse=True)
def no_limits_left_over(db):
    cache.clear()


@pytest.mark.parametrize("who", STAFF)
def test_every_page_leads_to_setting_one_up(who, world):
    objects = place_objects(world)
    client = Client()
    client.post("/sign-in/staff/", {"username": world.accounts[who].username, "password": PASSWORD})
    got_through = []
    for key in ROUTES:
        url = address(key, objects)
        if url.startswith(DOORS):
            continue
        with transaction.atomic():
            answer = client.get(url) if key.startswith("GET") else client.post(url, body_of(key, objects))
            transaction.set_rollback(True)
        if answer.headers.get("Location") != SET_UP:
            got_through.append(f"{key}: {answer.status_code}")
    assert got_through == []


@pytest.mark.parametrize("who", STAFF)
def test_no_token_is_given_for_a_password_alone(who, world):
    body = {"username": world.accounts[who].username, "password": PASSWORD}
    answer = Client().post("/api/v1/sign-in", json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "totp_enrolment_required")


def test_who_has_a_passkey_alone_gets_no_token_for_a_password(world):
    account = world.accounts["building_lead"]
    Authenticator.objects.create(user=account, type=Authenticator.Type.WEBAUTHN, data={"name": "x", "credential": {}})
    body = {"username": account.username, "password": PASSWORD}
    answer = Client().post("/api/v1/sign-in", json.dumps(body), content_type="application/json")
    assert answer.status_code == 403
