"""亲情代办 from the desk to the phone: registered with a mistake in the middle, used, and taken back in two taps."""

import pytest

from linli.foundation.accounts.models import Account, ProxyAuthority
from linli.foundation.notices.models import Notice
from linli.foundation.vault.fields import holds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

PHONE = "19900007777"


@pytest.fixture
def page(world):
    return f"/workbench/people/{world.residents['neighbour'].pk}/relatives/"


@pytest.fixture
def given():
    return {
        "name": "林晓", "phone": PHONE, "scopes": ["requests", "privacy"], "days": "90", "evidence": "本人在窗口签字",
    }  # fmt: skip


@pytest.fixture
def worker(world, client):
    client.force_login(world.accounts["community_worker"])
    return client


def test_a_relative_is_registered_with_a_mistake_in_the_middle_and_then_acts(world, worker, page, given):
    wrong = worker.post(page, given | {"phone": "123"})
    assert wrong.status_code == 422
    assert "这不是手机号" in wrong.content.decode() and "林晓" in wrong.content.decode()
    assert not Account.objects.filter(display_name="林晓").exists()

    assert worker.post(page, given).status_code == 302
    shown = worker.get(page).content.decode()
    assert "林晓" in shown and "反映和评价、看信息、停掉同意" in shown and PHONE not in shown
    with world.scope():
        told = Notice.objects.get(holds(Notice, to=world.phones["neighbour"]))
    assert "林晓" in told.text

    worker.force_login(Account.objects.get(display_name="林晓"))
    assert worker.get("/portal/me/looks/").status_code == 200


def test_the_same_relative_twice_is_said_and_a_known_number_is_the_account_it_belongs_to(world, worker, page, given):
    daughter = world.accounts["family_proxy"]
    daughter.phone = PHONE
    daughter.save()
    assert worker.post(page, given).status_code == 302
    assert not Account.objects.filter(display_name="林晓").exists()
    assert ProxyAuthority.objects.filter(principal=world.residents["neighbour"], proxy=daughter).count() == 1
    again = worker.post(page, given)
    assert again.status_code == 422
    assert "已经是代办人" in again.content.decode()


def test_a_grid_worker_sees_who_acts_and_is_told_who_registers(world, client, given):
    client.force_login(world.accounts["grid_worker"])
    page = f"/workbench/people/{world.residents['elder'].pk}/relatives/"
    assert "由社区工作者办" in client.get(page).content.decode()
    assert client.post(page, given).status_code == 403


def test_the_principal_takes_it_back_in_two_taps(world, client):
    client.force_login(world.accounts["elder"])
    authority = ProxyAuthority.objects.get(principal=world.residents["elder"])
    asked = client.get(f"/portal/family/?end={authority.pk}").content.decode()
    assert "现在取消" in asked and "先不取消" in asked
    client.post(f"/portal/family/{authority.pk}/end/")
    assert "还没有人替您办事" in client.get("/portal/family/").content.decode()
    client.force_login(world.accounts["family_proxy"])
    assert client.get("/portal/").status_code == 403


def test_nobody_else_takes_it_back(world, client):
    authority = ProxyAuthority.objects.get(principal=world.residents["elder"])
    client.force_login(world.accounts["neighbour"])
    assert client.post(f"/portal/family/{authority.pk}/end/").status_code == 404
    authority.refresh_from_db()
    assert authority.revoked_at is None


def test_a_proxy_is_shown_no_page_that_its_authority_does_not_cover(world, client):
    client.force_login(world.accounts["family_proxy"])
    body = client.get("/portal/family/").content.decode()
    assert "/portal/me/looks/" not in body and "/portal/me/consents/" not in body
    ProxyAuthority.objects.update(scopes=["requests", "privacy"])
    assert "/portal/me/looks/" in client.get("/portal/family/").content.decode()
