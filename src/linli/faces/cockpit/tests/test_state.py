import json
import re
from datetime import timedelta

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.act.casework.models import Case
from linli.faces.cockpit import state as kept
from linli.foundation import clock
from linli.foundation.registry.models import Resident
from linli.sense.telemetry.models import Device
from linli.understand.warnings.models import Warning


@pytest.fixture(autouse=True)
def _nothing_kept():
    kept.forget()
    yield
    kept.forget()


def open_case(world, number="EV-1", **changed) -> Case:
    now = clock.now()
    usual = {
        "number": number, "title": "楼道渗水，地上滑", "category": "050100", "level": "P2", "state": "in_progress",
        "grid": world.grids[0], "building": world.buildings[0], "rules_version": "2026.1", "opened_at": now, "clock_from": now,
        "accept_by": now + timedelta(days=1), "contact_by": now + timedelta(days=1), "finish_by": now + timedelta(days=5),
    }  # fmt: skip
    return Case.objects.create(**(usual | changed))


def panels(client, world, who) -> dict[str, str]:
    client.force_login(world.accounts[who])
    response = client.get("/cockpit/state")
    assert response.status_code == 200
    return json.loads(response.content)["panels"]


def words(html: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", html))


def test_a_calm_day_is_said_to_be_calm(client, world, monday_morning):
    told = panels(client, world, "community_director")
    assert "今天09:00，邻里平稳，没有等着人的急事" in words(told["headline"])


def test_danger_is_the_first_thing_said_and_the_reddest_thing_drawn(client, world, monday_morning):
    with world.scope():
        open_case(world, level="P0", state="dispatched")
        open_case(world, "EV-2", level="P1", building=world.buildings[1], grid=world.grids[1])
    told = panels(client, world, "community_director")
    assert "1件险情，要人马上到场，另有1件今天要处理" in words(told["headline"])
    assert told["map"].count('class="bd danger"') == 1 and told["map"].count('class="bd attention"') == 1
    assert 'class="pin danger"' in told["map"]


def test_every_count_opens_to_exactly_its_rows(client, world, monday_morning):
    with world.scope():
        open_case(world)
        open_case(world, "EV-2", state="submitted", grid=world.grids[1], building=world.buildings[1])
        open_case(world, "EV-3", finish_by=monday_morning - timedelta(hours=1))
        Device.objects.create(code="d1", type="smoke", building=world.buildings[0], enrolled_at=monday_morning)
        for n in range(3):
            open_case(world, f"EV-P1-{n}", level="P1")
        Warning.objects.create(
            kind="smoke", source="device:9", level="P1", state="open", grid=world.grids[0], building=world.buildings[0],
            evidence={}, opened_at=monday_morning, last_triggered_at=monday_morning,
        )  # fmt: skip
    told = panels(client, world, "community_director")
    links = {
        (href.replace("&amp;", "&"), int(number.replace(",", "")))
        for html in told.values()
        for href, number in re.findall(
            r'class="num[^"]*" href="(/cockpit/rows/[^"]+)">(?:<i[^>]*></i>)?([\d,]+)(?: 件)?<', html
        )
    }
    assert len(links) > 15
    for href, number in links:
        page = client.get(href)
        assert page.status_code == 200, href
        assert page.context["page"].paginator.count == number, href


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    level=st.sampled_from(["P0", "P1", "P2"]),
    state=st.sampled_from(["submitted", "dispatched", "in_progress", "reopened", "evaluating", "waiting_citizen"]),
    at_home=st.booleans(),
    title=st.sampled_from(["孟广田家没水", "欧阳娜娜说灯坏了", "201 的老人摔了"]),
    warned=st.booleans(),
)
def test_a_wall_never_shows_a_name_a_home_somebodys_words_or_a_link(
    client, world, level, state, at_home, title, warned
):
    kept.forget()
    home = world.homes[0] if at_home else None
    with world.scope():
        Case.objects.all().delete()
        Warning.objects.all().delete()
        now = clock.now()
        warning = None
        if warned:
            warning = Warning.objects.create(
                kind="no_water", source=f"home:{world.homes[0].pk}", level=level, state="open", grid=world.grids[0],
                building=world.buildings[0], home=home, evidence={"hours": 13}, opened_at=now, last_triggered_at=now,
            )  # fmt: skip
        open_case(
            world, level=level, state=state, home=home, title="" if warned else title, warning=warning,
            handler=world.accounts["grid_worker"],
        )  # fmt: skip
        names = [r.name for r in Resident.objects.all()] + [r.name[1:] for r in Resident.objects.all()]
    told = panels(client, world, "wall_display")
    everything = " ".join(told.values())
    for secret in [*names, title, "独居", world.accounts["grid_worker"].display_name, "201", "501"]:
        assert secret not in everything, secret
    assert "<a " not in everything and "href" not in everything


def test_a_rate_of_few_answers_is_not_shown(client, world, monday_morning):
    assert "不到10个不算率" in words(panels(client, world, "community_director")["rates"])


def test_nothing_is_sent_again_while_nothing_changed(client, world, monday_morning):
    client.force_login(world.accounts["community_director"])
    first = client.get("/cockpit/state")
    again = client.get("/cockpit/state", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.content == b""
    weak = client.get("/cockpit/state", headers={"If-None-Match": f"W/{first.headers['ETag']}"})
    assert weak.status_code == 304
    with world.scope():
        open_case(world, level="P0")
    kept.forget()
    changed = client.get("/cockpit/state", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200 and changed.headers["ETag"] != first.headers["ETag"]


def test_another_community_changes_nothing_here(client, world, other_world, monday_morning):
    before = panels(client, world, "community_director")
    with other_world.scope():
        open_case(other_world, level="P0")
    kept.forget()
    assert panels(client, world, "community_director") == before


def test_the_whole_state_takes_few_queries(client, world, monday_morning, django_assert_max_num_queries):
    with world.scope():
        for n in range(30):
            open_case(world, f"EV-{n}")
        with django_assert_max_num_queries(17):
            kept.gather(wall=False)
        with django_assert_max_num_queries(9):
            kept.gather(wall=False)


def test_the_map_names_buildings_in_the_readers_language(client, world, monday_morning):
    with world.scope():
        with translation.override("zh-hans"):
            names = [entry["block"].name for entry in kept.gather(wall=False)["map"]["blocks"]]
        assert any("幢" in name for name in names)
        with translation.override("en"):
            names = [entry["block"].name for entry in kept.gather(wall=False)["map"]["blocks"]]
        assert not any("幢" in name for name in names)


@pytest.mark.parametrize("who", ["resident", "family_proxy", "property_company", "building_lead"])
def test_only_staff_oversight_and_the_wall_stand_before_it(client, world, who):
    client.force_login(world.accounts[who])
    assert client.get("/cockpit/").status_code == 403
    assert client.get("/cockpit/state").status_code == 403


def test_a_visitor_is_asked_to_sign_in(client, db):
    response = client.get("/cockpit/")
    assert response.status_code == 302 and "/sign-in" in response.headers["Location"]


def test_a_line_of_the_list_leads_to_its_case(client, world, monday_morning):
    with world.scope():
        case = open_case(world, level="P0")
    told = panels(client, world, "community_director")
    assert f'href="/workbench/cases/{case.pk}/"' in told["needs"]
    assert client.get(f"/workbench/cases/{case.pk}/").status_code == 200
