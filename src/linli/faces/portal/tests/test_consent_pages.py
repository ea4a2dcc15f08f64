"""The resident's own page of consents: decide, take back, keep a receipt, ask for people instead."""

import io
import json

import pytest
from pypdf import PdfReader

from linli.act.care.models import Round, Visit
from linli.foundation.accounts.models import Account, ProxyAuthority
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.consents.guarding import register_guardian
from linli.foundation.privacy.models import Consent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

PAGE = "/portal/me/consents/"


@pytest.fixture
def elder(world, client):
    client.force_login(world.accounts["elder"])
    return client


def agreed(world, purpose="water_care", **more):
    with world.scope():
        return give_consent(
            world.residents["elder"], purpose, channel="app", actor=world.actor("elder"), **more
        )  # fmt: skip


def test_each_purpose_is_asked_by_itself_with_what_there_is_without_it(elder):
    body = elder.get(PAGE).content.decode()
    for name in ("水表关怀", "门磁关怀", "烟感报警"):
        assert name in body
    assert " checked" not in body
    asked = elder.get(PAGE + "?give=water_care").content.decode()
    assert "不用它，还有什么办法" in asked
    assert asked.count("/give/") == 1


def test_a_yes_a_no_and_a_yes_after_all(world, elder):
    elder.post(PAGE + "water_care/give/")
    elder.post(PAGE + "water_care/decline/")
    assert "2026-03-02 停的" in elder.get(PAGE).content.decode()
    elder.post(PAGE + "water_care/give/")
    with world.scope():
        assert Consent.objects.in_force().count() == 1


def test_who_says_no_asks_for_people_and_reads_when_they_come(world, elder):
    elder.post(PAGE + "water_care/decline/")
    body = elder.get(PAGE).content.decode()
    assert "改成每周有人来看我" in body
    told = elder.post(PAGE + "water_care/instead/", follow=True).content.decode()
    assert "下一次最晚 2026-03-04" in told
    assert "改成每周有人来看我" not in told
    with world.scope():
        started = Round.objects.get()
    elder.post(f"/portal/me/visits/{started.pk}/end/")
    with world.scope():
        assert not Visit.objects.waiting().exists()


def test_the_receipt_is_a_page_to_keep_and_a_file_for_machines(world, elder):
    consent = agreed(world)
    pdf = elder.get(f"{PAGE}{consent.pk}/receipt.pdf")
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    for expected in ("同意的凭据", "水表关怀", "孟广田", "试验社区", "2026-03-02 09:00", "0571-0000-0001", "27560"):
        assert expected in words
    facts = json.loads(elder.get(f"{PAGE}{consent.pk}/receipt.json").content)["consent_record"]
    assert facts["record_metadata"]["record_id"] == f"mx-consent-{consent.pk}"
    (purpose,) = facts["pii_processing"]["purposes"]
    assert purpose["lawful_basis"] == "separate_consent"
    assert purpose["withdrawal_method"]
    assert purpose["retention_months"] == 3
    assert facts["party_identification"][0]["party_role"] == "pii_controller"
    assert [event["event_state"] for event in facts["events"]] == ["explicitly_given"]
    assert "孟广田" not in json.dumps(facts, ensure_ascii=False)


def test_the_receipt_of_what_was_taken_back_says_by_when_it_is_erased(world, elder):
    consent = agreed(world)
    with world.scope():
        withdraw_consent(consent, actor=world.actor("elder"))
    events = json.loads(elder.get(f"{PAGE}{consent.pk}/receipt.json").content)["consent_record"]["events"]
    assert [event["event_state"] for event in events] == ["explicitly_given", "withdrawn"]
    assert events[1]["delete_by"] == "2026-03-23"


def test_nobody_else_gets_the_receipt(world, client):
    consent = agreed(world)
    client.force_login(world.accounts["neighbour"])
    assert client.get(f"{PAGE}{consent.pk}/receipt.pdf").status_code == 404


def test_a_proxy_without_privacy_reads_why_it_sees_nothing_and_with_it_may_only_take_back(world, client):
    consent = agreed(world)
    client.force_login(world.accounts["family_proxy"])
    home = client.get("/portal/?theme=standard").content.decode()
    assert "不看您家的水表" not in home
    assert PAGE not in home
    refused = client.get(PAGE)
    assert refused.status_code == 403
    assert "您替人办的事里，没有这一项" in refused.content.decode()
    with world.scope():
        ProxyAuthority.objects.update(scopes=["privacy"])
    body = client.get(PAGE).content.decode()
    assert f"{PAGE}{consent.pk}/withdraw/" in client.get(f"{PAGE}?withdraw={consent.pk}").content.decode()
    assert "看看，再决定" not in body
    client.post(PAGE + "door_care/give/")
    with world.scope():
        assert [one.purpose for one in Consent.objects.in_force()] == ["water_care"]


def test_a_thirteen_year_old_reads_what_a_parent_must_do(world, client):
    with world.scope():
        child = world.residents["child"]
        type(child).objects.filter(pk=child.pk).update(birth_date="2012-06-01")
        account = Account.objects.create_user("kid", display_name="小满", community=world.community, resident=child)
    client.force_login(account)
    assert "家长要做什么" in client.get("/portal/").content.decode()
    body = client.get(PAGE).content.decode()
    assert "带上户口本" in body
    assert "看看，再决定" not in body
    told = client.post(PAGE + "smoke_care/give/", follow=True).content.decode()
    assert "监护人" in told
    with world.scope():
        assert not Consent.objects.exists()


def test_a_mother_decides_for_her_child_on_her_own_phone(world, client):
    with world.scope():
        register_guardian(
            world.residents["child"], world.residents["resident"], relation="mother", evidence="户口本",
            actor=world.actor("grid_worker"),
        )  # fmt: skip
    client.force_login(world.accounts["resident"])
    client.post("/portal/proxy/", {"resident": world.residents["child"].pk})
    client.post(PAGE + "smoke_care/give/")
    with world.scope():
        assert Consent.objects.get().resident == world.residents["child"]
    assert "代为同意" in client.get(PAGE).content.decode()
