"""Requests and cases over HTTP: numbers to tell, problems to read."""

import pytest
from django.test import Client

from linli.act.casework.models import Case
from linli.foundation.accounts.models import Account

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def doors(world):
    """A browser session for each role, by name."""

    def door(who, where=world):
        client = Client()
        client.force_login(where.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return door


def post(client, path, **body):
    return client.post(f"/api/v1{path}", body, content_type="application/json")


def test_the_whole_loop_over_http(world, doors):
    resident, worker = doors("resident"), doors("grid_worker")
    filed = post(resident, "/requests", words="楼道灯坏了", client_key="k-1")
    assert filed.status_code == 201
    told = filed.json()
    assert (told["case_number"], told["danger"], told["channel"]) == ("EV-260302-001", None, "api")
    again = post(resident, "/requests", words="楼道灯坏了", client_key="k-1")
    assert (again.status_code, again.json()["id"], again.json()["repeated"]) == (200, told["id"], True)

    case = f"/cases/{told['case_id']}"
    assert worker.get(f"/api/v1{case}").json()["verbs"][0]["verb"] == "accept"
    for verb, fields in (
        ("accept", {}),
        ("take", {}),
        ("start", {}),
        ("feed_back", {"outcome": "fixed", "result": "换了灯泡"}),
    ):
        version = worker.get(f"/api/v1{case}").json()["version"]
        done = post(worker, f"{case}/{verb}", version=version, **fields)
        assert done.status_code == 200, done.content
    assert done.json()["state"] == "evaluating"

    rated = post(resident, f"/requests/{told['id']}/rating", solved=False, satisfaction=2, reason="还不亮")
    assert rated.status_code == 201
    seen = resident.get(f"/api/v1/requests/{told['id']}").json()
    assert (seen["case_state"], seen["progress"]) == ("reopened", "没办好的，正在重新办。")
    listed = worker.get("/api/v1/cases?state=reopened&mine=true").json()
    assert [row["number"] for row in listed["items"]] == [told["case_number"]]
    assert resident.get("/api/v1/requests").json()["total"] == 1


def test_danger_is_told_at_once(world, doors):
    assert post(doors("resident"), "/requests", words="我被困在电梯里了").json()["danger"] == "trapped"


def test_staff_enter_a_callers_words_and_residents_may_not(world, doors):
    body = {"words": "路堵了", "channel": "phone", "speaker_name": "过路人", "speaker_phone": "19900099999"}
    assert post(doors("community_worker"), "/requests", **body).status_code == 201
    refused = post(doors("resident"), "/requests", **body)
    assert (refused.status_code, refused.json()["code"]) == (403, "channel_for_staff")


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 422, "words_missing", "words"),
        ({"words": "水" * 2001}, 422, "words_too_long", "words"),
        ({"words": "没水", "home_id": 10**12}, 404, "not_found", "home_id"),
        ({"words": "没水", "x": 1.0}, 422, "pin_incomplete", "y"),
        ({"words": "没水", "photo_ids": [99]}, 404, "photo_missing", "photo_ids"),
        ({"words": "没水", "said_at": "2030-01-01T00:00:00+08:00"}, 422, "said_in_future", "said_at"),
        ({"words": "没水", "said_at": "2026-01-01T00:00:00"}, 422, "said_at_naive", "said_at"),
    ],
)
def test_wrong_input_is_answered_with_where_and_what(world, doors, body, status, code, field):
    refused = post(doors("resident"), "/requests", **body)
    assert (refused.status_code, refused["Content-Type"]) == (status, "application/problem+json")
    assert (refused.json()["code"], refused.json()["field"]) == (code, field)
    with world.scope():
        assert not Case.objects.exists()


def test_somebody_was_faster(world, doors):
    told = post(doors("resident"), "/requests", words="楼道灯坏了").json()
    lead, worker = doors("grid_lead"), doors("grid_worker")
    post(lead, f"/cases/{told['case_id']}/accept")
    version = worker.get(f"/api/v1/cases/{told['case_id']}").json()["version"]
    assert post(lead, f"/cases/{told['case_id']}/take", version=version).status_code == 200
    lost = post(worker, f"/cases/{told['case_id']}/take", version=version)
    assert (lost.status_code, lost.json()["code"], lost.json()["handler"]) == (409, "already_taken", "grid_lead")


def test_who_may_not_is_told_so_and_who_may_not_know_finds_nothing(world, other_world, doors):
    told = post(doors("resident"), "/requests", words="楼道灯坏了").json()
    path = f"/cases/{told['case_id']}"
    assert post(doors("resident"), f"{path}/accept").status_code == 403
    for stranger in (doors("neighbour"), doors("other_grid_worker"), doors("community_director", other_world)):
        assert post(stranger, f"{path}/accept").status_code == 404
        assert stranger.get(f"/api/v1{path}").status_code == 404
        assert stranger.get(f"/api/v1/requests/{told['id']}").status_code == 404
        assert post(stranger, f"/requests/{told['id']}/rating", solved=True, satisfaction=5).status_code == 404
    assert Client().get(f"/api/v1{path}").status_code == 401
    assert post(doors("community_director"), f"{path}/close").status_code in (404, 422)
    assert doors("grid_worker").get("/api/v1/cases?state=gone").status_code == 422


def test_every_refusal_is_documented(world):
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    for path, methods in paths.items():
        if path.startswith(("/api/v1/requests", "/api/v1/cases")):
            for operation in methods.values():
                assert {"401", "422"} <= {str(code) for code in operation["responses"]}, path


def test_an_account_without_a_community_has_no_lists(db):
    account = Account.objects.create_user("street", "correct horse battery", display_name="street")
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/cases").status_code in (403, 404)
    assert client.get("/api/v1/requests").status_code in (403, 404)
    assert post(client, "/requests", words="没水").status_code in (403, 404)
