"""A telephone is gone: one call to the desk, and whoever found it cannot get in."""

import json
import re

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from linli.foundation.accounts.lost_phone import lift, lost_phone_of, report_lost
from linli.foundation.accounts.sign_in import account_of_token, issue_token
from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Event
from linli.foundation.notices.models import Notice
from linli.foundation.security.models import SecurityEvent
from linli.foundation.vault.fields import holds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
EVIDENCE = "女儿来窗口，看了身份证"


@pytest.fixture(autouse=True)
def no_limits_left_over(db):
    cache.clear()


def codes_sent() -> list[str]:
    path = settings.LINLI_HOME / "phones" / "outbox.ndjson"
    lines = path.read_text().splitlines() if path.exists() else []
    return [re.search(r"\d{6}", one["text"]).group() for one in map(json.loads, lines) if "验证码" in one["text"]]


def ask_for_a_code(phone: str, capture) -> tuple[Client, int]:
    """A browser after the first step, and how many codes went out for it."""
    before, client = len(codes_sent()), Client()
    with capture(execute=True):
        client.post("/sign-in/", {"phone": phone})
    return client, len(codes_sent()) - before


def lose(world, who="elder", by="grid_worker"):
    with world.scope():
        return report_lost(world.residents[who], evidence=EVIDENCE, actor=world.actor(by))


def test_every_session_ends_and_no_code_reaches_the_finder(world, django_capture_on_commit_callbacks):
    browser, token = Client(), issue_token(world.accounts["elder"], label="x")
    browser.force_login(world.accounts["elder"])
    lose(world)
    assert browser.get("/portal/").status_code == 302
    assert account_of_token(token) is None
    finder, sent = ask_for_a_code(world.phones["elder"], django_capture_on_commit_callbacks)
    assert sent == 0
    assert "如果" in finder.get("/sign-in/code/").content.decode()
    answer = finder.post("/sign-in/code/", {"code": "000000"})
    assert "验证码不对" in answer.content.decode()


def test_a_code_that_was_already_on_its_way_opens_nothing(world, django_capture_on_commit_callbacks):
    client, _sent = ask_for_a_code(world.phones["elder"], django_capture_on_commit_callbacks)
    code = codes_sent()[-1]
    lose(world)
    assert client.post("/sign-in/code/", {"code": code}).status_code == 422
    assert "_auth_user_id" not in client.session


def test_those_who_act_for_each_other_are_warned(world):
    account = world.accounts["family_proxy"]
    account.phone, account.phone_verified = "19944443333", True
    account.save()
    lose(world)
    told = Notice.objects.get(holds(Notice, to="19944443333"))
    assert world.residents["elder"].name in told.text and "都不是本人" in told.text
    with world.scope():
        report_lost(account, evidence=EVIDENCE, actor=world.actor("community_director"))
    back = Notice.objects.filter(holds(Notice, to=world.phones["elder"])).latest("pk")
    assert "family_proxy 的手机丢了" in back.text


def test_it_comes_back_when_staff_have_seen_the_person(world, django_capture_on_commit_callbacks):
    lost = lose(world)
    with world.scope():
        with pytest.raises(Invalid):
            lift(lost, evidence=" ", actor=world.actor("grid_worker"))
        lift(lost, evidence="补了卡，看了身份证", actor=world.actor("grid_worker"))
        lift(lost, evidence="补了卡，看了身份证", actor=world.actor("grid_worker"))
        assert lost_phone_of(world.residents["elder"]) is None
    client, sent = ask_for_a_code(world.phones["elder"], django_capture_on_commit_callbacks)
    assert sent == 1
    client.post("/sign-in/code/", {"code": codes_sent()[-1]})
    assert client.session["_auth_user_id"] == str(world.accounts["elder"].pk)
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds.count("accounts.phone_lost") == 1 and kinds.count("accounts.phone_found") == 1


def test_somebody_who_never_signed_in_is_protected_too(world, django_capture_on_commit_callbacks):
    lose(world, "newcomer", by="community_worker")
    _client, sent = ask_for_a_code(world.phones["newcomer"], django_capture_on_commit_callbacks)
    assert sent == 0


@pytest.mark.parametrize("by", ["other_grid_worker", "neighbour", "family_proxy", "dpo", "property_company", "elder"])
def test_only_staff_whose_person_it_is_stop_a_sign_in(world, by):
    """A lost telephone is also a way to lock somebody out."""
    with pytest.raises(NotAllowed):
        lose(world, by=by)


def test_another_communitys_worker_cannot(world, other_world):
    with other_world.scope(), pytest.raises(NotAllowed):
        report_lost(world.residents["elder"], evidence=EVIDENCE, actor=other_world.actor("community_worker"))


def test_twice_is_said_to_be_twice_and_without_evidence_nothing_happens(world):
    with world.scope(), pytest.raises(Invalid):
        report_lost(world.residents["elder"], evidence="  ", actor=world.actor("grid_worker"))
    lose(world)
    with pytest.raises(Conflict):
        lose(world)


def test_a_password_does_not_help_who_reported_a_loss(world):
    account = world.accounts["building_lead"]
    with world.scope():
        report_lost(account, evidence=EVIDENCE, actor=world.actor("community_director"))
    client = Client()
    client.post("/sign-in/staff/", {"username": account.username, "password": "correct horse battery"})
    assert "_auth_user_id" not in client.session


def test_the_log_tells_who_stopped_whom(world):
    lose(world)
    drain()
    row = SecurityEvent.objects.get(kind="phone_lost")
    assert (row.account, row.about) == (world.accounts["grid_worker"], f"resident:{world.residents['elder'].pk}")


def test_the_desk_does_it_on_one_page(world, client):
    client.force_login(world.accounts["grid_worker"])
    elder = world.residents["elder"]
    page = client.get(f"/workbench/people/{elder.pk}/sign-in/").content.decode()
    assert "手机丢了" in page and elder.name not in page
    wrong = client.post(f"/workbench/people/{elder.pk}/sign-in/lost/", {"evidence": ""})
    assert wrong.status_code == 422 and "怎么知道是本人" in wrong.content.decode()
    client.post(f"/workbench/people/{elder.pk}/sign-in/lost/", {"evidence": EVIDENCE})
    assert EVIDENCE in client.get(f"/workbench/people/{elder.pk}/sign-in/").content.decode()
    client.post(f"/workbench/people/{elder.pk}/sign-in/found/", {"evidence": EVIDENCE})
    with world.scope():
        assert lost_phone_of(elder) is None
