"""Where it is told that nobody stands on a rung of the call order."""

from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.roles import Role


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
