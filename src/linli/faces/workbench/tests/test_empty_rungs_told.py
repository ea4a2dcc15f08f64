"""Where it is told that nobody stands on a rung of the call order."""

import re
from datetime import timedelta

from linli.foundation import clock
from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.roles import Role
from linli.foundation.events.dispatching import drain
from linli.understand.warnings import calling
from linli.understand.warnings.tests.test_warning_life import raised


def test_the_page_of_the_order_and_the_directors_day_say_it_and_a_workers_does_not(world, client):
    with world.scope():
        Grant.objects.filter(role=Role.GRID_LEAD, grid=world.grids[0]).delete()
    client.force_login(world.accounts["community_director"])
    page = client.get("/workbench/warnings/calling/").content.decode()
    assert "这一级现在没有人" in page and "第 1 网格 · 网格长" in page
    today = client.get("/workbench/").content.decode()
    assert "现在没有人：" in today and "第 1 网格 网格长" in today
    client.force_login(world.accounts["grid_worker"])
    assert "现在没有人：" not in client.get("/workbench/").content.decode()


def rows_of(page: str) -> list[str]:
    return re.findall(r'<tr class="rung">.*?</tr>', page, re.DOTALL)


def test_the_order_shows_a_rung_without_people_as_such_and_offers_no_telephone_call(world, client):
    with world.scope():
        Grant.objects.filter(role=Role.COMMUNITY_DIRECTOR).exclude(
            account=world.accounts["community_director"]
        ).delete()
        Grant.objects.filter(role=Role.GRID_LEAD).delete()
        Grant.objects.filter(role=Role.GRID_WORKER, grid=world.grids[1]).delete()
    client.force_login(world.accounts["community_director"])
    page = "/workbench/warnings/calling/"
    worker, lead, director, *_rest = rows_of(client.get(page).content.decode())
    assert "第 2 网格 没有人" in worker and "第 1 网格" not in worker and "没有人可打" not in worker
    assert ">没有人<" in lead and "没有人可打" in lead
    assert "没有人" not in director
    assert 'name="P0-1-voice"' in lead, "what is not shown is still sent, or saving the page would change it"


def test_who_is_called_next_is_the_first_on_whose_rung_somebody_stands(world, client, monday_morning):
    with world.scope():
        Grant.objects.filter(role=Role.GRID_LEAD).delete()
        warning = raised(world)
        drain()
    client.force_login(world.accounts["grid_worker"])
    page = f"/workbench/warnings/{warning.pk}/"
    assert "还没有人应，就叫社区主任" in client.get(page).content.decode()
    with world.scope():
        Grant.objects.filter(role=Role.COMMUNITY_DIRECTOR).delete()
    assert "还没有人应，就叫街道" in client.get(page).content.decode()
    with world.scope():
        Grant.objects.filter(role=Role.STREET_OFFICE).delete()
    assert "还没有人应，就叫专职网格员" in client.get(page).content.decode(), "in the next round"
    with world.scope(), clock.frozen(monday_morning + timedelta(minutes=6)):
        calling.climb_due()
        assert "网格长" not in client.get(page).content.decode().partition("下一步")[2][:200]
