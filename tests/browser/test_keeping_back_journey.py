"""Away in two taps; a planned outage that residents read; three homes without water are one warning with three places."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from linli.act.casework.tests.test_keeping_back import no_water
from linli.foundation import clock
from linli.foundation.registry.models import Home
from linli.understand.warnings.models import Pause, Warning
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_rule_journey import nothing_is_wrong

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_elder_says_in_two_taps_that_she_is_away_and_comes_back(world, signed_in):
    page = signed_in("elder", PHONE)
    page.goto("/portal/")
    page.get_by_role("link", name="出门几天").click()
    nothing_is_wrong(page)
    page.get_by_role("button", name="3 天").click()
    expect(page.get_by_text("家里没人，到")).to_be_visible()
    nothing_is_wrong(page)
    with world.scope():
        pause = Pause.objects.get()
        assert pause.home_id == world.homes[0].pk
        assert timedelta(days=2) < pause.ends_at - clock.now() < timedelta(days=4)
        assert no_water(world, world.homes[0]).state == "held"
    page.get_by_role("button", name="我回来了").click()
    expect(page.get_by_role("button", name="我回来了")).to_have_count(0)
    page.get_by_role("button", name="就到这天").click()
    expect(page.get_by_role("alert").first).to_contain_text("请选哪天回来。")
    nothing_is_wrong(page)


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_staff_write_down_an_outage_and_residents_read_it(world, signed_in, viewport):
    director = signed_in("community_director", viewport)
    director.goto("/workbench/warnings/")
    director.get_by_role("link", name="停水停电、维护、外出：先不打扰").click()
    nothing_is_wrong(director)
    director.get_by_role("button", name="记下").click()
    expect(director.get_by_role("alert").first).to_contain_text("从什么时候")
    nothing_is_wrong(director)
    now = timezone.localtime(clock.now())
    director.get_by_label("哪里停").select_option(label="枫杨里")
    director.get_by_label("从什么时候").fill((now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))
    director.get_by_label("到什么时候").fill((now + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M"))
    director.get_by_label("为什么").fill("换水管")
    director.get_by_role("button", name="记下").click()
    expect(director.get_by_role("cell", name="换水管")).to_be_visible()
    nothing_is_wrong(director)
    neighbour = signed_in("resident", viewport)
    neighbour.goto("/portal/")
    expect(neighbour.get_by_role("note")).to_contain_text("停水")
    expect(neighbour.get_by_role("note")).to_contain_text("换水管")
    nothing_is_wrong(neighbour)
    director.get_by_role("button", name="现在就结束").click()
    expect(director.get_by_text("结束了，从现在起照常看。")).to_be_visible()


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_three_homes_are_one_warning_and_one_of_them_is_treated_alone(world, signed_in, viewport):
    with world.scope():
        entrance = world.homes[0].entrance
        for n in range(3):
            no_water(world, Home.objects.create(entrance=entrance, number=f"60{n}", floor=6))
        whole = Warning.objects.active().get()
    page = signed_in("grid_worker", viewport)
    page.goto("/workbench/warnings/")
    expect(page.get_by_role("heading", name="1 条预警要有人看")).to_be_visible()
    page.get_by_role("link", name="一个单元几户没有水").click()
    expect(page.get_by_role("heading", name="里面有 3 处，一处一处问")).to_be_visible()
    nothing_is_wrong(page)
    page.get_by_role("link", name="601 室").click()
    expect(page.get_by_text("和别的一起处理")).to_be_visible()
    nothing_is_wrong(page)
    page.get_by_role("button", name="单独处理").click()
    expect(page.get_by_text("单独处理，马上有人管。")).to_be_visible()
    with world.scope():
        assert Warning.objects.active().count() == 2 and whole.parts.count() == 2
