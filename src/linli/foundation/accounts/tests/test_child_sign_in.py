"""A child under 14 signs in by itself only once a guardian has agreed (PIPL art. 31)."""

import json
import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from linli.foundation import clock
from linli.foundation.accounts.queries import CHILD_SIGN_IN
from linli.foundation.events.dispatching import drain
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.consents.guarding import register_guardian
from linli.foundation.privacy.consents.lapsing import end_what_lapsed
from linli.foundation.privacy.consents.paper import consent_purposes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
PHONE = "19977778888"


@pytest.fixture(autouse=True)
def no_limits_left_over(db):
    cache.clear()


@pytest.fixture
def child(world):
    """A girl of ten with a telephone of her own, and her mother registered as guardian."""
    with world.scope():
        child = world.residents["child"]
        child.phone = PHONE
        child.save()
        register_guardian(
            child, world.residents["resident"], relation="mother", evidence="户口本", actor=world.actor("grid_worker")
        )
    return child


def try_to_sign_in(capture) -> tuple[Client, str]:
    client = Client()
    with capture(execute=True):
        client.post("/sign-in/", {"phone": PHONE})
    line = (settings.LINLI_HOME / "phones" / "outbox.ndjson").read_text().splitlines()[-1]
    code = re.search(r"\d{6}", json.loads(line)["text"]).group()
    return client, client.post("/sign-in/code/", {"code": code}).content.decode()


def agree(world, child):
    with world.scope():
        return give_consent(child, CHILD_SIGN_IN, channel="app", actor=world.actor("resident"))


def test_without_a_guardians_yes_the_child_is_told_what_parents_must_do(child, django_capture_on_commit_callbacks):
    client, page = try_to_sign_in(django_capture_on_commit_callbacks)
    assert "_auth_user_id" not in client.session
    assert "要家长先同意" in page
    assert "0571-0000-0001" in page, "and whom to call"


def test_no_account_is_made_for_a_child_that_nobody_agreed_to(world, child, django_capture_on_commit_callbacks):
    from linli.foundation.accounts.models import Account

    try_to_sign_in(django_capture_on_commit_callbacks)
    assert not Account.objects.filter(resident=child).exists()


def test_with_a_guardians_yes_the_child_signs_in(world, child, django_capture_on_commit_callbacks):
    agree(world, child)
    client, _page = try_to_sign_in(django_capture_on_commit_callbacks)
    assert client.get("/portal/").status_code == 200


def test_taken_back_the_child_is_signed_out_at_once(world, child, django_capture_on_commit_callbacks):
    consent = agree(world, child)
    client, _page = try_to_sign_in(django_capture_on_commit_callbacks)
    with world.scope():
        withdraw_consent(consent, actor=world.actor("resident"))
    drain()
    assert client.get("/portal/").status_code == 302
    _again, page = try_to_sign_in(django_capture_on_commit_callbacks)
    assert "要家长先同意" in page


def test_at_fourteen_it_goes_on_without_anybodys_yes(world, child, django_capture_on_commit_callbacks, monday_morning):
    agree(world, child)
    client, _page = try_to_sign_in(django_capture_on_commit_callbacks)
    birthday = date(2030, 3, 1)
    with clock.frozen(monday_morning + timedelta(days=(birthday - date(2026, 3, 2)).days)), world.scope():
        end_what_lapsed()
        drain()
        assert client.get("/portal/").status_code == 200
        fresh, _page = try_to_sign_in(django_capture_on_commit_callbacks)
        assert "_auth_user_id" in fresh.session


def test_a_child_cannot_agree_for_itself(world, child, django_capture_on_commit_callbacks):
    agree(world, child)
    client, _page = try_to_sign_in(django_capture_on_commit_callbacks)
    client.post(f"/portal/me/consents/{CHILD_SIGN_IN}/give/")
    with world.scope():
        assert child.consents.filter(purpose=CHILD_SIGN_IN).count() == 1


def test_only_children_are_asked(world, child):
    with world.scope():
        asked = {who: {one.key for one in consent_purposes(world.residents[who])} for who in ("child", "elder")}
        assert CHILD_SIGN_IN in asked["child"] and CHILD_SIGN_IN not in asked["elder"]
