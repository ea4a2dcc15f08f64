"""Reporting on a phone with a bad network, in a real browser."""

import pytest
from playwright.sync_api import expect

from linli.sense.requests.models import Request
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(signed_in, live_server):
    page = signed_in("resident", PHONE)
    page.base = live_server.url
    return page


def test_what_is_written_without_a_network_is_sent_once_it_is_back(world, phone):
    phone.goto(f"{phone.base}/portal/report/?theme=standard")
    phone.fill("#words", "楼道灯不亮，看不见")
    phone.context.set_offline(True)
    phone.click("text=交给社区")
    phone.wait_for_selector("text=写的都存在手机里")
    phone.context.set_offline(False)
    phone.wait_for_url("**/portal/report/sent/**")
    with world.scope():
        assert Request.objects.get().words == "楼道灯不亮，看不见"


def test_a_closed_page_loses_nothing(phone):
    phone.goto(f"{phone.base}/portal/report/?theme=standard")
    phone.fill("#words", "单元门关不上")
    phone.goto(f"{phone.base}/portal/")
    phone.goto(f"{phone.base}/portal/report/?theme=standard")
    assert phone.input_value("#words") == "单元门关不上"


def test_a_tap_on_the_plan_is_the_place(world, phone):
    phone.goto(f"{phone.base}/portal/report/?theme=standard")
    phone.fill("#words", "路灯歪了")
    phone.check("input[value=pin]")
    phone.locator("[data-plan]").click(position={"x": 120, "y": 80})
    phone.wait_for_selector("text=已经点好位置")
    phone.click("text=交给社区")
    phone.wait_for_url("**/portal/report/sent/**")
    with world.scope():
        assert Request.objects.get().x is not None


def test_words_of_danger_show_the_numbers_while_typing(phone):
    phone.goto(f"{phone.base}/portal/report/?theme=standard")
    assert not phone.locator("a[href='tel:119']").is_visible()
    phone.fill("#words", "有人困在电梯里")
    expect(phone.locator("a[href='tel:119']")).to_be_visible()


def test_the_first_mistake_is_in_view_and_under_the_fingers(phone):
    phone.goto(f"{phone.base}/portal/report/?theme=standard")
    phone.fill("#words", "电梯不动")
    phone.check("input[value=facility]")
    phone.click("text=交给社区")
    phone.wait_for_selector(".err")
    assert phone.evaluate("document.activeElement.id") == "id_facility"
    top = phone.locator(".err").first.bounding_box()["y"]
    assert 0 < top < PHONE["height"]
