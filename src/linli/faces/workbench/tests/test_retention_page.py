"""The page about deletion: what goes tomorrow, what is held and why, what went."""

from datetime import timedelta

import pytest
from django.test import Client

from linli.foundation import clock
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.retention.carrying_out import carry_on
from linli.foundation.privacy.retention.models import LegalHold, Plan
from linli.foundation.privacy.retention.planning import make_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
PAGE = "/workbench/privacy/retention/"


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.LINLI_HOME = tmp_path
    settings.LINLI_TOMBSTONES = tmp_path / "erased.ndjson"


@pytest.fixture
def lead(world):
    with world.scope():
        for days in (1200, 1150):
            AccessRecord.objects.create(
                resident=world.residents["elder"], account=None, reader="x", field="phone", purpose="case_contact",
                at=clock.now() - timedelta(days=days),
            )  # fmt: skip
    client = Client()
    client.force_login(world.accounts["dpo"], backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response):
    return response.content.decode()


def test_without_anything_due_it_says_so(world):
    client = Client()
    client.force_login(world.accounts["dpo"], backend="django.contrib.auth.backends.ModelBackend")
    assert "没有到期要删的" in text(client.get(PAGE))


def test_the_lead_reads_what_goes_stops_it_and_lets_it_go_on(world, lead):
    plan = make_plan(world.community.pk)
    page = text(lead.get(PAGE))
    assert "谁看过的记录" in page and "一共 2 条到期" in page and "36 个月" in page
    wrong = lead.post(f"{PAGE}plan/{plan.pk}/hold/", {"version": 0, "reason": ""})
    assert wrong.status_code == 422 and "还没有写" in text(wrong)
    lead.post(f"{PAGE}plan/{plan.pk}/hold/", {"version": 0, "reason": "等审计看完"})
    assert "等审计看完" in text(lead.get(PAGE))
    plan.refresh_from_db()
    assert plan.state == Plan.State.HELD
    stale = lead.post(f"{PAGE}plan/{plan.pk}/release/", {"version": 0}, follow=True)
    assert "有人改过" in text(stale)
    lead.post(f"{PAGE}plan/{plan.pk}/release/", {"version": 1})
    plan.refresh_from_db()
    assert plan.state == Plan.State.PLANNED


def test_what_went_stands_in_the_register_and_in_the_file(world, lead):
    make_plan(world.community.pk)
    with clock.frozen(clock.now() + timedelta(days=1)):
        carry_on(seconds=5)
        assert "删了 2 条" in text(lead.get(PAGE))
        response = lead.get(f"{PAGE}register.csv")
        lines = response.content.decode().splitlines()
    assert lines[0].startswith("no,at,what")
    assert any(",privacy.AccessRecord,erase,2," in line for line in lines)


def test_a_person_is_held_by_the_number_in_the_register_and_lifted_with_a_reason(world, lead):
    code = world.residents["elder"].code
    unknown = lead.post(f"{PAGE}holds/", {"code": "没有", "reason": "x"})
    assert unknown.status_code == 422 and "没有这个编号" in text(unknown)
    nothing = lead.post(f"{PAGE}holds/", {"reason": "x"})
    assert nothing.status_code == 422
    page = text(lead.post(f"{PAGE}holds/", {"code": code, "reason": "在打官司"}, follow=True))
    assert "在打官司" in page and "孟**" in page and "孟广田" not in page
    with world.scope():
        hold = LegalHold.objects.get()
        assert make_plan(world.community.pk) is None, "nothing else is due"
    lead.post(f"{PAGE}holds/{hold.pk}/lift/", {"reason": "判了"})
    hold.refresh_from_db()
    assert (hold.lifted_reason, hold.lifted_by) == ("判了", world.accounts["dpo"])


def test_the_auditor_reads_and_cannot_stop(world):
    client = Client()
    client.force_login(world.accounts["auditor"], backend="django.contrib.auth.backends.ModelBackend")
    make_plan(world.community.pk)
    page = text(client.get(PAGE))
    assert "销毁登记" in page and "加一个暂停" not in page
