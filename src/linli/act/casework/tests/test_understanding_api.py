"""What became of what was said, through the API; topics are found in a job, so that nobody's write waits for them."""

import pytest

from linli.act.casework import actions
from linli.foundation.events.background import run_one_job
from linli.foundation.events.dispatching import drain
from linli.sense.requests.actions import Caller, Place
from linli.understand.topics.models import Topic

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("monday_morning")]

SAID = (
    "3幢门口的路灯不亮，晚上太黑",
    "路灯不亮好几天了，晚上太黑",
    "门口路灯又不亮，晚上太黑",
    "有人被困在电梯里了",
    "嗯",
)


@pytest.fixture
def staff(client, world, settings, tmp_path):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    settings.LINLI_HOME = tmp_path
    client.force_login(world.accounts["community_worker"])
    return client


@pytest.fixture
def said(world):
    with world.scope():
        for n, words in enumerate(SAID):
            actions.receive(
                words,
                actor=world.actor("community_worker"),
                channel="phone",
                caller=Caller(name=f"住户{n}", phone=f"1990001{n:04d}"),
                place=Place(building_id=world.buildings[0].pk) if n == 1 else None,
            )


def test_everything_that_was_said_is_counted_and_nothing_twice(staff, said):
    assert staff.get("/api/v1/understanding").json()["behind"] > 0
    drain()
    found = staff.get("/api/v1/understanding").json()
    assert found["behind"] == 0
    assert found["total"] == len(SAID) == sum(found["by"].values()) == sum(found["classes"].values())
    assert found["by"] == {"danger": 1, "model": 0, "words": 3, "nobody": 1}
    assert found["waiting"] >= 1
    assert found["placed"] >= 1
    assert found["grouped"] == found["checked"] == 0
    assert staff.get("/api/v1/understanding?channel=hotline").json()["total"] == 0
    assert staff.get("/api/v1/understanding?channel=pigeon").status_code == 422


def test_topics_are_found_in_a_job_and_not_while_the_event_is_taken_in(staff, said, world):
    drain()
    asked = staff.post("/api/v1/topics/refresh", {}, content_type="application/json")
    assert asked.status_code == 202 and asked.json()["behind"] > 0
    drain()
    with world.scope():
        assert not Topic.objects.exists()
    assert staff.get("/api/v1/understanding").json()["behind"] > 0
    while run_one_job():
        pass
    found = staff.get("/api/v1/understanding").json()
    assert found["behind"] == 0
    assert found["grouped"] >= 3
