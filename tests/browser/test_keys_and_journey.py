"""A worker's hands on the keys, in a real browser."""

import pytest

from linli.act.casework.actions import perform, receive
from tests.browser.conftest import DESK

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def worker_page(signed_in, live_server):
    page = signed_in("grid_worker", DESK)
    page.base = live_server.url
    return page


def test_a_case_is_chosen_called_and_noted_without_a_mouse(world, worker_page):
    with world.scope():
        cases = [
            receive(words, actor=world.actor("resident")).case for words in ("楼道灯不亮，看不见", "单元门关不上了")
        ]
        for case in cases:
            perform(case.pk, "accept", actor=world.actor("community_worker"))
            perform(case.pk, "take", actor=world.actor("grid_worker"))
    page = worker_page
    page.goto(f"{page.base}/workbench/")
    first = page.locator("#detail h1").inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function("words => document.querySelector('#detail h1').innerText !== words", arg=first)
    page.wait_for_function("location.pathname.startsWith('/workbench/cases/')")
    page.keyboard.press("e")
    dialog = page.locator("dialog[open]")
    dialog.locator("textarea").fill("约好下午三点")
    dialog.locator("button.primary").click()
    page.wait_for_selector("text=记下了，已联系居民")
    with world.scope():
        assert [case for case in cases if case.entries.filter(text="约好下午三点").exists()]


def test_what_arrives_appears_on_the_list_without_reloading(world, worker_page):
    page = worker_page
    page.goto(f"{page.base}/workbench/")
    page.wait_for_selector("text=今天没有待办")
    with world.scope():
        receive("全楼停水了，水管爆了", actor=world.actor("resident"))
    page.wait_for_selector("#list a.it", timeout=15_000)
    assert "全楼停水" in page.locator("#list a.it").first.inner_text()
