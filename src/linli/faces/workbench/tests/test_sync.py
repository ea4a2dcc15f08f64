"""What arrives later: once, in order, never over somebody else's work, and saying when it was written."""

from datetime import timedelta

import pytest
from django.test import Client

from linli.act.care.actions import ask_for_round
from linli.act.care.models import Visit
from linli.act.casework.actions import accept, receive, reclassify, take
from linli.act.casework.models import Case, CaseEntry
from linli.faces.workbench.models import Delivery
from linli.foundation import clock
from linli.sense.requests.models import Request

pytestmark = pytest.mark.usefixtures("monday_morning")


def client_of(world, who):
    client = Client()
    client.force_login(world.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
    return client


def send(client, path, key="key-00001", **fields):
    return client.post("/workbench/sync/", {"sync_key": key, "sync_path": path, **fields}).json()


@pytest.fixture
def case(world):
    with world.scope():
        opened = receive("楼道灯不亮", actor=world.actor("elder")).case
        accept(opened.pk, actor=world.actor("community_director"))
        take(opened.pk, actor=world.actor("grid_worker"))
        return Case.objects.get(pk=opened.pk)


def test_the_same_key_eleven_times_does_it_once_and_answers_the_same(world, case):
    client = client_of(world, "grid_worker")
    answers = [send(client, f"/workbench/cases/{case.pk}/do/start/", version=case.version) for _n in range(11)]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["outcome"] == "done"
    with world.scope():
        assert CaseEntry.objects.filter(case=case, verb="start").count() == 1
        assert Delivery.objects.count() == 1


def test_what_somebody_else_changed_is_a_conflict_that_writes_nothing_and_can_be_sent_all_the_same(world, case):
    client = client_of(world, "grid_worker")
    with world.scope():
        reclassify(case.pk, category=case.category, level="P2", actor=world.actor("community_director"))
    path = f"/workbench/cases/{case.pk}/do/start/"
    answer = send(client, path, version=case.version)
    assert answer["outcome"] == "conflict" and answer["words"] and answer["version"] > case.version
    with world.scope():
        assert not Delivery.objects.exists()
        assert Case.objects.get(pk=case.pk).state != "in_progress"
    assert send(client, path, version=answer["version"])["outcome"] == "done"


def test_a_note_only_adds_and_does_not_mind_a_newer_version(world, case):
    with world.scope():
        reclassify(case.pk, category=case.category, level="P2", actor=world.actor("community_director"))
    at = (clock.now() - timedelta(hours=3)).isoformat()
    answer = send(
        client_of(world, "grid_worker"), f"/workbench/cases/{case.pk}/do/note/", version=case.version, text="灯座换了",
        sync_at=at,
    )  # fmt: skip
    assert answer["outcome"] == "done"
    with world.scope():
        text = CaseEntry.objects.get(case=case, verb="note").text
        assert text.startswith("灯座换了") and "06:00" in text


@pytest.mark.parametrize("at", ["", "nonsense", "2026-03-02T09:00:00", "2031-01-01T00:00:00Z", "2020-01-01T00:00:00Z"])
def test_a_clock_that_nobody_believes_is_not_used(world, at):
    send(
        client_of(world, "grid_worker"), "/workbench/desk/", channel="door", words="井盖松了", client_key="key-00001",
        sync_at=at,
    )  # fmt: skip
    with world.scope():
        assert Request.objects.get().said_at == clock.now()


def test_a_call_keeps_its_own_moment(world):
    at = clock.now() - timedelta(hours=5)
    answer = send(
        client_of(world, "grid_worker"), "/workbench/desk/", channel="door", words="井盖松了", client_key="k",
        sync_at=at.isoformat(),
    )  # fmt: skip
    assert answer["outcome"] == "done" and answer["number"]
    with world.scope():
        assert Request.objects.get().said_at == at


def test_a_wrong_form_is_refused_in_words_and_keeps_nothing(world, case):
    answer = send(
        client_of(world, "grid_worker"), f"/workbench/cases/{case.pk}/do/note/", version=case.version, text=""
    )
    assert answer["outcome"] == "refused" and answer["words"]
    with world.scope():
        assert not Delivery.objects.exists()


def test_a_visit_is_found_well_once(world):
    with world.scope():
        visit = ask_for_round(world.residents["elder"], "smoke_care", actor=world.actor("elder")).visits.get()
    client = client_of(world, "grid_worker")
    for _n in range(2):
        assert send(client, f"/workbench/visits/{visit.pk}/well/", note="在家")["outcome"] == "done"
    with world.scope():
        assert Visit.objects.get(pk=visit.pk).state == "well"


@pytest.mark.parametrize(
    "path", ["/workbench/accounts/", "/portal/report/", "nowhere", "/workbench/privacy/exports/new/"]
)
def test_only_the_forms_of_the_day_come_in_this_way(world, path):
    assert send(client_of(world, "community_director"), path)["outcome"] == "conflict"


def test_a_round_of_a_building_leader_arrives_once(world):
    client = client_of(world, "building_lead")
    home = world.homes[0].pk
    for _n in range(2):
        answer = send(client, "/workbench/round/", client_key="r1", **{f"home-{home}": "水小"})
        assert answer["outcome"] == "done"
    with world.scope():
        assert Request.objects.get().home_id == home


def test_another_community_cannot_be_reached_and_keys_belong_to_their_account(world, other_world, case):
    stranger = client_of(other_world, "grid_worker")
    path = f"/workbench/cases/{case.pk}/do/start/"
    assert send(stranger, path, version=case.version)["outcome"] == "conflict"
    assert send(client_of(world, "grid_worker"), path, version=case.version)["outcome"] == "done"
    again = send(client_of(world, "grid_lead"), path, version=case.version)
    assert again["outcome"] == "conflict", "the key of somebody else answers nobody"


def test_without_a_key_nothing_is_taken(world):
    answer = client_of(world, "grid_worker").post("/workbench/sync/", {"sync_path": "/workbench/desk/", "words": "x"})
    assert answer.status_code == 422


def test_a_building_leader_sends_rounds_and_nothing_else(world):
    answer = client_of(world, "building_lead").post(
        "/workbench/sync/",
        {"sync_key": "key-00001", "sync_path": "/workbench/desk/", "channel": "door", "words": "灯坏了"},
    )
    assert answer.status_code == 403
    with world.scope():
        assert not Request.objects.exists()
