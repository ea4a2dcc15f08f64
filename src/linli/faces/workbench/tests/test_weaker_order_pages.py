"""The order of calling is weakened on its page: a reason is asked for, another person agrees, and everybody's change is told."""

import pytest

from linli.understand.warnings.call_plan import plan_in_force
from linli.understand.warnings.changing_plan import plan_change_waiting

pytestmark = pytest.mark.django_db
PAGE = "/workbench/warnings/calling/"


def sent(**changed):
    rungs = {f"{name}-{n}-{part}": value for name in ("P0", "P1", "sos")
             for n, role in enumerate(("grid_worker", "community_director"))
             for part, value in (("role", role), ("minutes", "0.5"), ("voice", "on"))}  # fmt: skip
    rungs |= {f"{name}-{part}": "1" for name in ("P0", "P1", "sos") for part in ("within", "grace", "finding")}
    return rungs | {"quiet_from": 22, "quiet_until": 7, "rules": []} | changed


def test_fewer_people_about_a_danger_wait_for_a_community_worker(world, other_world, client, monday_morning):
    client.force_login(world.accounts["community_director"])
    fewer = {"P0-1-role": "", "P0-1-minutes": ""}
    bare = client.post(PAGE, sent(**fewer))
    assert bare.status_code == 422 and "请写清楚为什么" in bare.content.decode()
    told = client.post(PAGE, sent(**fewer, reason="主任出差，叫了也没有用"), follow=True).content.decode()
    assert "另一位同意以前，还照原来的叫" in told and "自己不能同意" in told and "专职网格员等 0.5 分钟" in told
    assert "叫应次序的改动等您同意" not in client.get("/workbench/").content.decode()
    with world.scope():
        number = plan_change_waiting().pk
    approve, refuse = (f"{PAGE}changes/{number}/{verb}/" for verb in ("approve", "refuse"))
    assert client.post(approve).status_code == 403
    client.force_login(other_world.accounts["community_worker"])
    assert client.post(approve).status_code == 404
    client.force_login(world.accounts["grid_worker"])
    assert client.post(approve).status_code == 403
    client.force_login(world.accounts["community_worker"])
    assert "叫应次序的改动等您同意" in client.get("/workbench/").content.decode()
    assert "请写一句为什么不同意" in client.post(refuse, {"decision": ""}, follow=True).content.decode()
    assert "同意了，从现在起这样叫" in client.post(approve, follow=True).content.decode()
    assert client.post(approve).status_code in (302, 409), "a second press changes nothing"
    with world.scope():
        assert [rung.role for rung in plan_in_force().ladder("trapped", "P0")] == ["grid_worker"]


def test_saving_what_holds_says_that_nothing_changed_and_keeps_what_waits(world, client, monday_morning):
    client.force_login(world.accounts["community_director"])
    client.post(PAGE, sent())
    assert "没有改什么" in client.post(PAGE, sent(), follow=True).content.decode()
    told = client.post(PAGE, sent(**{"P0-0-voice": ""}, reason="夜里电话吵醒孩子"), follow=True).content.decode()
    assert "专职网格员等 0.5 分钟（不打电话）" in told
    again = client.post(PAGE, sent(), follow=True).content.decode()
    assert "没有改什么" in again and "有一个改动在等另一位同意" in again


def test_a_role_chosen_twice_is_a_mistake_beside_its_field(world, client, monday_morning):
    client.force_login(world.accounts["community_director"])
    told = client.post(PAGE, sent(**{"P0-1-role": "grid_worker"}))
    assert told.status_code == 422
    assert told.context["form"].errors["P0-1-role"] == ["同一种人只能叫一级。"]
