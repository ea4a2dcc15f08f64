"""The demo door is wide open in a demo and does not exist anywhere else."""

import json
from datetime import timedelta

import pytest

from linli.faces.demo_door import actions
from linli.faces.demo_door.models import Order
from linli.faces.demo_door.scenes import PERSONAS, SCENES
from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.clock.models import ClockState
from linli.foundation.clock.reading import forget_line
from linli.foundation.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings):
    settings.LINLI_DEMO = settings.LINLI_SIMULATED_CLOCK = True
    forget_line()
    yield
    forget_line()


def post(client, path, body):
    return client.post(path, json.dumps(body), content_type="application/json")


def test_outside_a_demo_no_address_of_it_exists(client, world):
    assert post(client, "/api/v1/demo/clock", {"speed": 60}).status_code == 404
    assert client.get("/api/v1/demo/clock").status_code == 404
    assert client.get("/api/v1/demo/orders").status_code == 404
    assert post(client, "/api/v1/demo/happen", {"what": "trapped"}).status_code == 404
    assert client.post("/demo/enter/", {"who": "director"}).status_code == 404
    assert client.post("/demo/speed/", {"speed": "60"}).status_code == 404
    assert client.post("/demo/happen/", {"what": "trapped"}).status_code == 404
    assert client.get("/demo/bar/").status_code == 404


def test_outside_a_demo_the_actions_refuse_too(db):
    for refused in (
        lambda: actions.set_pace(speed=60),
        lambda: actions.make_happen("trapped"),
        lambda: actions.take_orders(after=0),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert not Order.objects.exists()
    assert not ClockState.objects.exists()


def test_outside_a_demo_nobody_becomes_a_persona_even_if_the_account_is_there(client, world):
    Account.objects.create_user("demo-director", display_name="d", community=world.community)
    assert client.post("/demo/enter/", {"who": "director"}).status_code == 404
    assert "_auth_user_id" not in client.session


def test_outside_a_demo_the_first_page_leads_to_ones_own_work(client, world):
    assert client.get("/").url == "/sign-in/"
    for who, lands in {
        "elder": "/portal/",
        "family_proxy": "/portal/",
        "grid_worker": "/workbench/",
        "community_director": "/workbench/",
        "wall_display": "/cockpit/",
    }.items():
        client.force_login(world.accounts[who])
        assert client.get("/").url == lands, who


def test_the_first_page_of_a_demo_says_what_is_happening(client, world, demo):
    page = client.get("/").content.decode()
    assert world.community.name in page
    assert "5 个人正在过日子" in page
    for persona in PERSONAS.values():
        assert str(persona.who) in page
    for scene in SCENES.values():
        assert str(scene.title) in page


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=PERSONAS)
def test_one_click_makes_a_visitor_somebody(client, world, demo, persona):
    account = Account.objects.create_user(persona.username, display_name="x", community=world.community)
    answer = client.post("/demo/enter/", {"who": persona.key})
    assert (answer.status_code, answer.url) == (302, persona.lands)
    assert client.session["_auth_user_id"] == str(account.pk)


def test_only_the_personas_can_be_entered(client, world, demo):
    Account.objects.create_user("demo-other", display_name="x", community=world.community)
    for who in ("other", "", world.accounts["community_director"].username):
        assert client.post("/demo/enter/", {"who": who}).status_code == 404
    assert client.get("/demo/enter/").status_code == 405


def test_the_pace_changes_and_time_does_not_jump(client, world, demo):
    before = clock.now()
    assert post(client, "/api/v1/demo/clock", {"speed": 600}).json()["speed"] == 600
    assert abs(clock.now() - before) < timedelta(hours=1)
    client.post("/demo/speed/", {"speed": "0", "next": "/"})
    stopped = client.get("/api/v1/demo/clock").json()
    assert (stopped["speed"], stopped["simulated"]) == (0, True)
    assert client.get("/api/v1/demo/clock").json()["now"] == stopped["now"]


@pytest.mark.parametrize(
    "body",
    [
        {"speed": -1},
        {"speed": 1e9},
        {"speed": "fast"},
        {"at": "2026-03-02T09:00:00"},
        {"at": "9999-12-31T23:59:59Z"},
    ],
)
def test_an_impossible_pace_is_refused(client, world, demo, body):
    assert post(client, "/api/v1/demo/clock", body).status_code == 422


def test_time_cannot_be_turned_back(client, world, demo):
    now = clock.now()
    assert post(client, "/api/v1/demo/clock", {"at": (now + timedelta(days=1)).isoformat()}).status_code == 200
    assert post(client, "/api/v1/demo/clock", {"at": now.isoformat()}).json()["code"] == "clock_runs_forward"


def test_an_order_reaches_whoever_polls_and_is_taken_once_they_ask_beyond_it(client, world, demo):
    first = post(client, "/api/v1/demo/happen", {"what": "trapped"}).json()
    second = post(client, "/api/v1/demo/happen", {"what": "ten_complain"}).json()
    seen = client.get("/api/v1/demo/orders?after=0").json()
    assert [one["what"] for one in seen] == ["trapped", "ten_complain"]
    assert Order.objects.filter(taken_at__isnull=True).count() == 2
    assert client.get(f"/api/v1/demo/orders?after={second['id']}").json() == []
    assert Order.objects.filter(taken_at__isnull=True).count() == 0
    assert first["id"] < second["id"]


def test_what_cannot_happen_is_refused(client, world, demo):
    assert post(client, "/api/v1/demo/happen", {"what": "earthquake"}).json()["field"] == "what"


def test_after_a_click_the_bar_says_what_to_watch(client, world, demo):
    page = client.post("/demo/happen/", {"what": "trapped"}, headers={"HX-Request": "true"}).content.decode()
    assert str(SCENES["trapped"].watch) in page
    assert 'name="who" value="wall"' in page
    client.force_login(world.accounts["grid_worker"])
    page = client.post("/demo/happen/", {"what": "trapped"}, headers={"HX-Request": "true"}).content.decode()
    assert 'href="/cockpit/"' in page


@pytest.mark.parametrize(("what", "pace"), [("trapped", 1), ("no_water", 600), ("burst_pipe", 60)])
def test_what_happens_is_shown_at_the_pace_at_which_it_can_be_followed(client, world, demo, what, pace):
    post(client, "/api/v1/demo/clock", {"speed": 60})
    client.post("/demo/happen/", {"what": what}, headers={"HX-Request": "true"})
    assert client.get("/api/v1/demo/clock").json()["speed"] == pace


def test_who_may_not_look_where_it_happens_is_offered_a_person_who_may(client, world, demo):
    client.force_login(world.accounts["resident"])
    page = client.post("/demo/happen/", {"what": "burst_pipe"}, headers={"HX-Request": "true"}).content.decode()
    assert 'href="/workbench/"' not in page
    assert 'name="who" value="grid-worker"' in page


def test_the_bar_stands_on_every_page_of_a_demo_and_on_none_outside(client, world, demo, settings):
    assert 'id="demo-bar"' in client.get("/sign-in/").content.decode()
    settings.LINLI_DEMO = False
    assert 'id="demo-bar"' not in client.get("/sign-in/").content.decode()
