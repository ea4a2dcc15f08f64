"""A worker undoes what the machine took for sure and chooses a place; the director makes one matter of many."""

import pytest
from playwright.sync_api import expect

from linli.act.casework import actions
from linli.act.casework.models import Case, State
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.dispatching import drain
from linli.sense.requests.actions import Caller, Place
from linli.sense.requests.models import Channel
from linli.understand.topics import actions as topics
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import Looker, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def call(world, words: str, n: int, building: int | None = None) -> Case:
    place = Place(building_id=world.buildings[building].pk) if building is not None else None
    return actions.receive(
        words, actor=world.actor("community_worker"), channel=Channel.PHONE,
        caller=Caller(name=f"住户{n}", phone=f"1990002{n:04d}"), place=place,
    ).case  # fmt: skip


def test_a_worker_undoes_a_category_on_a_phone_and_sees_whom_to_call(signed_in, world):
    with world.scope():
        number = world.buildings[0].number
        case = call(world, f"{number}幢单元门坏了关不上，老人不敢住，气死人了！！", 1, 0)
        call(world, f"{number}幢单元门坏了，关不上", 2, 0)
        grave = call(world, "我活着没意思，不想活了", 3)
        drain()
    page = signed_in("community_worker", PHONE)
    looker = Looker(page, None)
    page.goto(f"/workbench/cases/{case.pk}/")
    looker.examine(390)
    picture(page, "case-390")
    page.get_by_role("button", name="分类 设施与水电气 › 门禁、大门：撤销").click()
    expect(page.locator(".toast, [role=status]").get_by_text("记下了").first).to_be_visible()
    assert page.locator(".sug b").inner_text() == "其他"
    page.get_by_role("button", name="分类 设施与水电气 › 门禁、大门：还是对的").click()
    assert "门禁、大门" in page.locator(".sug b").inner_text()
    looker.examine(390)
    page.goto(f"/workbench/cases/{grave.pk}/")
    expect(page.get_by_role("link", name="12356")).to_be_visible()
    looker.examine(390)
    picture(page, "danger-390")
    desk = signed_in("community_worker", DESK)
    desk.goto(f"/workbench/cases/{case.pk}/")
    picture(desk, "case-1440")
    assert not looker.findings


def test_the_director_makes_one_matter_of_many_and_reads_the_topics(signed_in, world):
    with world.scope():
        cases = [call(world, f"停电了，冰箱里的菜要坏了，第{n}户", n, n % 2) for n in range(7)]
        for n in range(4):
            call(world, f"东门工地搅拌站半夜施工，噪音吵得睡不着，第{n}夜", 20 + n, n % 2)
        drain()
        topics.refresh(actor=Actor.for_system("topics", world.community.pk))
    page = signed_in("community_director", DESK)
    looker = Looker(page, None)
    page.goto("/workbench/topics/")
    looker.examine(1440)
    picture(page, "topics-1440")
    page.set_viewport_size(PHONE)
    looker.examine(390)
    picture(page, "topics-390")
    page.set_viewport_size(DESK)
    page.get_by_role("link", name="看看，并成一件").first.click()
    page.locator(f"input[value='{cases[3].pk}']").uncheck()
    looker.examine(1440)
    picture(page, "join-1440")
    page.set_viewport_size(PHONE)
    looker.examine(390)
    picture(page, "join-390")
    page.get_by_role("button", name="并成一件").click()
    expect(page.get_by_text("6 件并成一件").first).to_be_visible()
    looker.examine(390)
    for name in ("topics", "understanding", "understanding/categories", "understanding/categories/050200"):
        page.goto(f"/workbench/{name}/")
        looker.examine(390)
        picture(page, f"{name.replace('/', '-')}-390")
    page.set_viewport_size(DESK)
    for name in ("understanding", "understanding/categories"):
        page.goto(f"/workbench/{name}/")
        looker.examine(1440)
        picture(page, f"{name.replace('/', '-')}-1440")
    page.goto("/workbench/topics/")
    page.locator(".topics a").first.click()
    page.get_by_role("button", name="关注这个话题").click()
    expect(page.get_by_role("button", name="不再关注")).to_be_visible()
    looker.examine(1440)
    picture(page, "topic-1440")
    with world.scope():
        assert Case.objects.filter(state=State.MERGED).count() == 5
        assert Case.objects.get(pk=cases[3].pk).state != State.MERGED
    assert not looker.findings
