"""Warnings over HTTP: what staff see and do, what others are told."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.models import AccessRecord
from linli.sense.telemetry.models import Device
from linli.understand.warnings.actions import end_condition, raise_warning
from linli.understand.warnings.places import Place


@pytest.fixture
def warning(world, monday_morning):
    with world.scope():
        return raise_warning(
            "smoke",
            source="device:1",
            level="P0",
            place=Place(world.grids[0].pk, world.buildings[0].pk, world.homes[0].pk),
            evidence={"since": "2026-03-02T01:00:00+00:00", "seconds": 60},
            actor=Actor.for_system("detector.smoke"),
        )


def client_of(world, who):
    client = Client()
    client.force_login(world.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client, warning, verb, **body):
    return client.post(f"/api/v1/warnings/{warning.pk}/{verb}", body, content_type="application/json")


def test_the_list_tells_each_warning_in_one_sentence_with_what_may_be_done(world, warning):
    (item,) = client_of(world, "grid_worker").get("/api/v1/warnings?state=open").json()["items"]
    assert item["why"] == "烟感从 3 月 2 日 09:00 起报警，60 秒以上没有人确认。"
    assert (item["level"], item["verbs"]) == ("P0", ["acknowledge", "arrive", "handle", "dismiss"])
    assert client_of(world, "grid_worker").get("/api/v1/warnings?state=cleared").json()["items"] == []


def test_it_is_acknowledged_handled_and_cleared(world, warning):
    client = client_of(world, "grid_worker")
    assert post(client, warning, "acknowledge").json()["state"] == "acknowledged"
    handled = post(client, warning, "handle", finding="true", note="锅烧干了", on_site=True).json()
    assert (handled["state"], handled["finding"], handled["verbs"]) == (
        "handled",
        "true",
        ["clear", "dismiss"],
    )
    with world.scope(), clock.frozen(clock.now()):
        end_condition("smoke", source="device:1", at=clock.now(), actor=Actor.for_system("detector.smoke"))
    assert client.get(f"/api/v1/warnings/{warning.pk}").json()["state"] == "cleared"


def test_a_false_one_is_dismissed_with_what_was_found(world, warning):
    client = client_of(world, "community_worker")
    refused = post(client, warning, "dismiss", finding="true")
    assert (refused.status_code, refused.json()["field"]) == (422, "finding")
    assert post(client, warning, "dismiss", finding="technical").json()["field"] == "note"
    told = {"finding": "technical", "note": "探头坏了", "on_site": True}
    assert post(client, warning, "dismiss", **told).json()["state"] == "false"


def test_a_step_that_is_not_possible_now_is_a_conflict(world, warning):
    answer = post(client_of(world, "grid_worker"), warning, "clear")
    assert (answer.status_code, answer.json()["code"]) == (409, "undeclared_transition")
    assert answer["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("who", ["other_grid_worker", "elder", "neighbour", "wall_display", "property_company"])
def test_others_are_told_nothing(world, warning, who):
    client = client_of(world, who)
    assert client.get("/api/v1/warnings").json()["items"] == []
    assert client.get(f"/api/v1/warnings/{warning.pk}").status_code == 404
    assert post(client, warning, "acknowledge").status_code == 404


def test_another_communitys_director_is_told_nothing(world, other_world, warning):
    client = client_of(other_world, "community_director")
    assert client.get(f"/api/v1/warnings/{warning.pk}").status_code == 404


def test_who_is_not_signed_in_is_asked_to(world, warning):
    assert Client().get("/api/v1/warnings").status_code == 401


def test_a_long_list_of_homes_asks_no_more_than_a_short_one_and_everybody_there_reads_who_looked(world, monday_morning):
    devices, asked = [], []
    with world.scope():
        give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
        home = world.residents["elder"].home
        for many in (2, 8, 20):
            for _ in range(many):
                device = Device.objects.create(
                    code=f"water-{len(devices)}", type="water_meter", home=home, building=home.entrance.building,
                    credential_digest="0" * 64, enrolled_at=clock.now(),
                )  # fmt: skip
                devices.append(device)
                raise_warning(
                    "slow_leak", source=f"device:{device.pk}", level="P3", device_id=device.pk,
                    place=Place(world.grids[0].pk, home.entrance.building_id, home.pk),
                    evidence={"from": "2026-03-02T01:00:00+00:00", "to": "2026-03-02T01:00:00+00:00", "litres": 3},
                    actor=Actor.for_system("detector.slow_leak"),
                )  # fmt: skip
            client = client_of(world, "grid_worker")
            with CaptureQueriesContext(connection) as queries:
                listed = client.get("/api/v1/warnings").json()["items"]
            assert len(listed) == len(devices)
            asked.append(len(queries))
        looks = AccessRecord.objects.filter(resident=world.residents["elder"], field="readings")
        assert sorted(looks.values_list("about", flat=True)) == sorted(f"device:{one.pk}" for one in devices)
        assert set(looks.values_list("purpose", flat=True)) == {"water_care"}
    assert asked[0] == asked[1] == asked[2], asked


def test_what_was_handled_but_still_sounds_is_ended_by_who_is_there(world, warning):
    client = client_of(world, "grid_worker")
    post(client, warning, "handle", finding="true", on_site=True)
    for said in ({}, {"on_site": False}):
        refused = post(client, warning, "clear", **said)
        assert (refused.status_code, refused.json()["field"]) == (422, "on_site")
    assert client.get(f"/api/v1/warnings/{warning.pk}").json()["state"] == "handled"
    assert post(client, warning, "clear", on_site=True).json()["state"] == "cleared"
