"""Two people agree to a joint count on their pages, and an analyst gets totals out of a study, on a desk and on a phone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from linli.foundation.privacy.analysis.actions import open_study
from linli.foundation.privacy.analysis.models import Study
from linli.foundation.privacy.joint import journal
from linli.foundation.privacy.joint.keys import PartyKeys
from linli.foundation.privacy.joint.models import JointRun
from linli.foundation.privacy.joint.tests.people import number
from linli.foundation.registry.models import Resident
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import Looker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def crowd(world):
    with world.scope():
        Resident.objects.bulk_create(
            Resident(
                community=world.community, code=f"J{n}", name=f"孟{n}", sex="fm"[n % 3 > 1], home=world.homes[n % 4],
                birth_date=date(1941, 1, 1) + timedelta(days=17 * n),
                identity_number=number(date(1941, 1, 1) + timedelta(days=17 * n), 2),
            )
            for n in range(240)
        )  # fmt: skip
        yield world


def test_a_joint_count_is_proposed_by_one_and_approved_by_another(crowd, signed_in, tmp_path):
    station = PartyKeys.make(tmp_path / "station", "枫杨里卫生站")
    director = signed_in("community_director", DESK)
    looker = Looker(director, None)
    director.goto("/workbench/privacy/")
    director.get_by_role("link", name="联合数一数").click()
    looker.examine(1440)
    director.get_by_text("登记一个对方").click()
    director.get_by_label("对方的名片文件").set_input_files(
        {"name": "card.json", "mimeType": "application/json", "buffer": station.card.as_text().encode()}
    )
    director.get_by_role("button", name="登记", exact=True).click()
    expect(director.get_by_text("登记的人不能自己核对")).to_be_visible()

    lead = signed_in("dpo", DESK)
    lead.goto("/workbench/privacy/joint/")
    expect(lead.get_by_text(station.card.spoken)).to_be_visible()
    lead.get_by_role("button", name="念过了，都一样").click()

    director.goto("/workbench/privacy/joint/new/")
    looker.examine(1440)
    director.get_by_label("要数什么").fill("65 岁以上的居民里，多少人建了档案")
    director.get_by_role("button", name="提出，等另一位同意").click()
    expect(director.get_by_text("提出的人不能自己同意")).to_be_visible()
    looker.examine(1440)
    with crowd.scope():
        run = JointRun.objects.get()
    lead.goto(f"/workbench/privacy/joint/{run.pk}/")
    lead.get_by_role("button", name="同意数这一次").click()
    expect(lead.get_by_role("link", name="下载邀请，交给对方")).to_be_visible()

    with crowd.scope():
        journal.note(run.run, "finished", {"counts": [166]})
        JointRun.objects.filter(pk=run.pk).update(
            state="done", counts=[166], ours=300, theirs=900, sent=25_000, received=60_000, percent=100
        )
    phone = signed_in("community_director", PHONE)
    on_phone = Looker(phone, None)
    for address in ("", "new/", f"{run.pk}/", "log/"):
        phone.goto(f"/workbench/privacy/joint/{address}")
        on_phone.examine(390)
    phone.goto(f"/workbench/privacy/joint/{run.pk}/")
    expect(phone.get_by_text("大约 166 个人")).to_be_visible()
    director.goto("/workbench/privacy/joint/log/")
    expect(director.get_by_text("查过了，完整，没有人改过")).to_be_visible()
    looker.examine(1440)
    assert not looker.findings + on_phone.findings


def test_an_analyst_sees_totals_only_after_two_yeses(crowd, signed_in):
    analyst, director = signed_in("analyst", DESK), signed_in("community_director", DESK)
    looker = Looker(analyst, None)
    analyst.goto("/")
    analyst.get_by_role("link", name="研究室").click()
    looker.examine(1440)
    analyst.get_by_role("link", name="提出一个研究").click()
    analyst.get_by_label("研究叫什么").fill("没有电梯的楼")
    analyst.get_by_label("为什么要研究").fill("先给哪几幢装电梯")
    analyst.get_by_label("居民：").check()
    looker.examine(1440)
    analyst.get_by_role("button", name="提出，等负责人同意").click()
    with crowd.scope():
        study = Study.objects.get()
    director.goto(f"/workbench/privacy/studies/{study.pk}/")
    director.get_by_role("button", name="同意这个研究").click()
    with crowd.scope():
        open_study(study.pk)

    analyst.goto(f"/workbench/privacy/studies/{study.pk}/")
    looker.examine(1440)
    analyst.get_by_label("按什么分", exact=True).select_option(label="性别")
    analyst.get_by_label("再按什么分（可以不选）").select_option(label="出生年代")
    analyst.get_by_role("button", name="提出，等第二个人同意").click()
    expect(analyst.get_by_text("提问的人不能自己同意")).to_be_visible()
    director.goto(analyst.url)
    director.get_by_role("button", name="同意这个问题").click()

    analyst.reload()
    expect(analyst.get_by_text("还有 18 格不显示")).to_be_visible()
    looker.examine(1440)
    with analyst.expect_download() as download:
        analyst.get_by_role("button", name="下载表格").click()
    assert "analyst 于" in download.value.path().read_text(encoding="utf-8-sig")
    analyst.get_by_role("button", name="重放一遍，看一样不一样").click()
    expect(analyst.get_by_text("一个数字都不差")).to_be_visible()
    question = analyst.url
    phone = signed_in("analyst", PHONE)
    on_phone = Looker(phone, None)
    for address in (
        "/workbench/privacy/studies/",
        "/workbench/privacy/studies/new/",
        f"/workbench/privacy/studies/{study.pk}/",
        question,
    ):
        phone.goto(address)
        on_phone.examine(390)
    assert not looker.findings + on_phone.findings
