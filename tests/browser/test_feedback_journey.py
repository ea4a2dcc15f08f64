"""A worker finishes the case of a false alarm on a phone and says what it was; what is left without a finding is on today's list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from linli.act.casework import actions as casework
from linli.act.casework.models import Case, OutsideUnit
from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.understand.warnings import actions
from linli.understand.warnings.models import Warning
from linli.understand.warnings.owed_findings import ask_for_findings
from linli.understand.warnings.queries import recent_records
from linli.understand.warnings.tests.test_warning_life import raised
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import Looker, picture
from tests.browser.test_rule_journey import nothing_is_wrong

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_false_alarm_finished_from_its_case_is_false_in_the_record(world, signed_in):
    with world.scope():
        warning = raised(world)
        drain()
        case = Case.objects.get(warning=warning)
        casework.start(case.pk, actor=world.actor("grid_worker"))
    worker = signed_in("grid_worker", PHONE)
    worker.goto(f"/workbench/cases/{case.pk}/do/feed_back/")
    main = worker.locator("main")
    expect(main.locator("[name=finding]:checked")).to_have_count(0)
    expect(main.get_by_label("人不在家")).to_have_count(0)
    nothing_is_wrong(worker)
    picture(worker, "feed-back-390")
    main.get_by_label("不需要了").check()
    main.get_by_label("办成什么样").fill("轿厢里没有人，是按错了。")
    send = main.get_by_role("button", name="办完了，写结果")
    send.click()
    expect(main.get_by_text("请选择发现了什么。").first).to_be_visible()
    main.get_by_label("误报", exact=True).check()
    send.click()
    expect(main.get_by_text("到现场看过了，才能算办完。").first).to_be_visible()
    nothing_is_wrong(worker)
    picture(worker, "feed-back-refused-390")
    main.get_by_label("到现场看过了").focus()
    worker.keyboard.press("Space")
    send.click()
    expect(worker.get_by_text("结果记下了。")).to_be_visible()
    with world.scope():
        warning.refresh_from_db()
        assert (warning.finding, warning.finding_note) == ("false", "轿厢里没有人，是按错了。")
        record = recent_records()["trapped"]
        assert (record.true, record.false) == (0, 1)
    director = signed_in("community_director", DESK)
    director.goto(f"/workbench/warnings/{warning.pk}/")
    expect(director.locator("main")).to_contain_text("误报")


def test_what_has_no_finding_is_on_todays_list_until_somebody_writes_it(world, signed_in):
    with world.scope():
        with clock.frozen(clock.now() - timedelta(hours=3)):
            owed = raised(world)
            drain()
            actions.acknowledge(owed, actor=world.actor("grid_worker"))
            actions.arrive(owed, actor=world.actor("grid_worker"))
            drain()
        ask_for_findings()
        alone = raised(world, kind="door_open_long", level="P2", source="device:9")
        drain()
        case = Case.objects.get(warning=alone)
    staff = signed_in("community_worker", DESK)
    staff.goto(f"/workbench/cases/{case.pk}/do/transfer/")
    expect(staff.locator("main")).to_contain_text("预警回到清单上")
    nothing_is_wrong(staff)
    staff.get_by_label("转给哪个单位").fill("门窗厂")
    staff.get_by_label("为什么转").fill("归他们修")
    staff.locator("main").get_by_role("button", name="转给别的单位").click()
    expect(staff.get_by_text("转出去了。")).to_be_visible()

    worker = signed_in("grid_worker", PHONE)
    worker.goto("/workbench/")
    expect(worker.get_by_role("heading", name="预警还没有写发现")).to_be_visible()
    expect(worker.get_by_text("事件结束了，预警还在")).to_be_visible()
    expect(worker.get_by_text("设备还在报警")).to_be_visible()
    nothing_is_wrong(worker)
    picture(worker, "today-390")
    worker.set_viewport_size(DESK)
    picture(worker, "today-1440")
    worker.set_viewport_size(PHONE)
    worker.locator(f'a[href="/workbench/warnings/{owed.pk}/"]').first.click()
    expect(worker.locator("main")).to_contain_text("已经提醒")
    nothing_is_wrong(worker)
    picture(worker, "warning-owed-390")
    worker.get_by_role("link", name="去过了，写下发现").click()
    box = worker.get_by_role("dialog")
    box.get_by_label("属实").check()
    box.get_by_role("button", name="去过了，写下发现").click()
    expect(worker.get_by_text("记下了。")).to_be_visible()
    worker.goto("/workbench/")
    expect(worker.get_by_text("设备还在报警")).to_have_count(0)


def test_the_terms_are_the_directors_and_a_joint_case_shows_every_warning(world, signed_in):
    with world.scope():
        first, second = raised(world), raised(world, kind="smoke", source="device:2")
        drain()
        case, other = Case.objects.get(warning=first), Case.objects.get(warning=second)
        casework.merge(other.pk, into_id=case.pk, actor=world.actor("community_worker"))
        drain()
        casework.start(case.pk, actor=world.actor("grid_worker"))
    director = signed_in("community_director", PHONE)
    director.goto("/workbench/warnings/calling/")
    term = director.get_by_label("P0，危险的事 到场以后几分钟里要写发现")
    expect(term).to_have_value("120")
    nothing_is_wrong(director)
    picture(director, "calling-390")
    term.fill("45")
    director.get_by_role("button", name="就这样叫").click()
    expect(director.get_by_text("改好了，从现在起这样叫。")).to_be_visible()
    expect(term).to_have_value("45")

    worker = signed_in("grid_worker", DESK)
    worker.goto(f"/workbench/cases/{case.pk}/")
    expect(worker.get_by_role("heading", name="一起办的预警")).to_be_visible()
    nothing_is_wrong(worker)
    picture(worker, "joint-1440")
    worker.goto(f"/workbench/cases/{case.pk}/do/feed_back/")
    expect(worker.locator("main")).to_contain_text("这件事有 2 条预警，都这样记。")
    nothing_is_wrong(worker)
    picture(worker, "feed-back-joint-1440")
    with world.scope():
        assert set(Warning.objects.values_list("state", flat=True)) == {"acknowledged"}


def test_a_firms_number_carries_the_mark_of_whoever_looks_at_it(world, signed_in):
    with world.scope():
        OutsideUnit.objects.create(kind="contractor", name="安捷电梯维保站", duty="电梯维修", phone="19900990071")
        warning = raised(world)
        drain()
    for size in (PHONE, DESK):
        page = signed_in("grid_worker", size)
        page.goto(f"/workbench/warnings/{warning.pk}/")
        expect(page.locator(".watermark")).to_have_count(0)
        page.get_by_role("button", name="看号码").click()
        expect(page.locator('a[href="tel:19900990071"]')).to_be_visible()
        expect(page.locator(".watermark")).to_be_visible()
        page.locator('a[href="tel:19900990071"]').click(trial=True)
        picture(page, f"mark-{size['width']}")
        looker = Looker(page, None)
        looker.examine(size["width"])
        assert not looker.findings, "\n".join(looker.findings)
