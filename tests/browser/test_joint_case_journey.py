"""Five households tell of one trouble on their own phones; the community makes one case of it, the grid leads and two units help;
when they have finished, every one of the five reads the answer in the portal and says whether it helped."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from linli.act.casework.actions import write_unit
from linli.act.casework.models import Case, CaseRequest, Errand, Rating, State
from linli.foundation.accounts.models import Account
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.models import Notice
from linli.foundation.registry.models import Home, Household, Resident
from linli.sense.requests.models import Request
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import seen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAID = {
    "elder": "停电了，冰箱里的菜要坏了",
    "resident": "家里停电了，什么时候来电",
    "neighbour": "我们这幢也停电了，电梯不走",
    "newcomer": "停电了，孩子没法写作业",
    "upstairs": "停电了，热水器用不了",
}


@pytest.fixture
def five(world):
    """The small community and one household more, each with somebody who can sign in."""
    with world.scope():
        home = Home.objects.create(entrance=world.homes[0].entrance, number="601", floor=6)
        household = Household.objects.create(home=home, code="H601")
        world.residents["upstairs"] = Resident.objects.create(
            code="R601", name="蒋新月", sex="f", birth_date=date(1968, 4, 3), phone="19900016001", home=home,
            household=household,
        )  # fmt: skip
        for who in ("newcomer", "upstairs"):
            resident = world.residents[who]
            world.accounts.setdefault(
                who,
                Account.objects.filter(resident=resident).first()
                or Account.objects.create_user(
                    f"{who}-phone", "correct horse battery", display_name=resident.name, community=world.community,
                    resident=resident, phone=f"199000170{len(world.accounts):02d}", phone_verified=True,
                ),
            )  # fmt: skip
        director = world.actor("community_director")
        for kind, name in (("contractor", "亮光电工"), ("contractor", "迅达维保")):
            write_unit(kind=kind, name=name, actor=director)
    return world


def test_five_who_tell_of_one_trouble_are_each_answered(five, signed_in):
    for who, words in SAID.items():
        phone = signed_in(who, PHONE)
        phone.goto("/portal/report/?theme=standard")
        phone.fill("#words", words)
        phone.get_by_role("button", name="交给社区").click()
        phone.wait_for_url("**/sent/**")
    with five.scope():
        drain()
        requests = {who: Request.objects.get(words=words).pk for who, words in SAID.items()}
        assert Case.objects.count() == 5

    director = signed_in("community_director", DESK)
    director.goto("/workbench/")
    director.get_by_role("link", name="5 户说").first.click()
    seen(director, "joint-offer")
    director.get_by_role("button", name="并成一件").click()
    expect(director.get_by_text("5 件并成一件").first).to_be_visible()
    seen(director, "joint-made")
    with five.scope():
        drain()
        case = Case.objects.exclude(state=State.MERGED).get()
        assert set(CaseRequest.objects.filter(case=case).values_list("request_id", flat=True)) == set(requests.values())
        lead = next(who for who, one in five.accounts.items() if one.pk == case.handler_id)

    links = []
    for name in ("亮光电工", "迅达维保"):
        director.goto(f"/workbench/cases/{case.pk}/errands/new/")
        director.get_by_label("请哪个单位").select_option(label=f"{name}（维修、服务单位）")
        director.get_by_label("请对方做什么").fill("查配电房，恢复供电")
        director.get_by_role("button", name="派出去").click()
        links.append(director.get_by_label("给对方的链接").last.input_value())
    seen(director, "joint-with-units")

    worker = signed_in(lead, DESK)
    worker.goto(f"/workbench/cases/{case.pk}/")
    worker.get_by_role("button", name="开始处置").first.click()

    def finish(result: str) -> None:
        worker.goto(f"/workbench/cases/{case.pk}/do/feed_back/")
        worker.locator("form.card").get_by_label("办好了").check()
        worker.locator("form.card").get_by_label("告诉居民办成什么样").fill(result)
        worker.locator("form.card").get_by_role("button", name="办完了，告诉居民").click()

    finish("电来了，总闸换了新的。")
    expect(worker.locator(".errors")).to_contain_text("还有外单位没办完")
    seen(worker, "joint-waits-for-units")
    for link in links:
        unit = signed_in(None, PHONE)
        unit.goto("/e/" + link.rpartition("/e/")[2])
        unit.get_by_role("button", name="我们接").click()
        unit.get_by_label("做了什么", exact=True).fill("换了总闸")
        unit.get_by_role("button", name="办完了", exact=True).click()
        expect(unit.locator("main")).to_contain_text("收到了，谢谢")
    finish("电来了，总闸换了新的。")
    worker.wait_for_url(f"**/cases/{case.pk}/")
    with five.scope():
        drain()
        assert set(Errand.objects.values_list("state", flat=True)) == {"done"}
        told = Notice.objects.filter(text__contains="总闸换了新的", key__contains="fed_back")
        assert {int(one.key.rpartition(":")[2]) for one in told} == set(requests.values())

    for who, words in SAID.items():
        phone = signed_in(who, PHONE)
        phone.goto("/portal/matters/")
        phone.goto(f"/portal/matters/{requests[who]}/")
        page = phone.locator("main")
        expect(page).to_contain_text("电来了，总闸换了新的。")
        expect(page).to_contain_text(words)
        for other, said in SAID.items():
            if other != who:
                expect(page).not_to_contain_text(said)
        phone.get_by_role("radio", name="办好了").check()
        phone.get_by_role("radio", name="满意", exact=True).check(force=True)
        seen(phone, f"joint-answer-{who}")
        phone.get_by_role("button", name="交评价").click()
        expect(phone.get_by_role("heading", name="您的评价")).to_be_visible()
    with five.scope():
        assert Rating.objects.filter(case=case).count() == 5
        assert Case.objects.get(pk=case.pk).state == State.CLOSED
