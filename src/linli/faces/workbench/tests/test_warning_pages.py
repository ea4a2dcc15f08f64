"""What a warning's page offers fits what it is about, and what still sounds is not closed in passing."""

import pytest

from linli.foundation import clock
from linli.understand.warnings import actions, queries
from linli.understand.warnings.models import Warning
from linli.understand.warnings.tests.test_warning_life import EVIDENCE, kinds_of, raised

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def worker(world, client, monday_morning):
    client.force_login(world.accounts["grid_worker"])
    return client


def test_a_p0_that_still_sounds_is_closed_as_untrue_only_with_a_reason_and_a_tick(world, worker):
    with world.scope():
        warning = raised(world)
    page = f"/workbench/warnings/{warning.pk}/"
    assert "设备还在报警，没有说已经好了。" in worker.get(page).content.decode()
    for given, said in (({}, "请写下为什么"), ({"note": "烧饭"}, "到现场看过了，才能说不是真的。")):
        refused = worker.post(f"{page}do/dismiss/", {"finding": "false"} | given)
        assert refused.status_code == 422 and said in refused.content.decode()
    done = worker.post(f"{page}do/dismiss/", {"finding": "false", "note": "烧饭", "on_site": "on"}, follow=True)
    assert "设备还在报警" not in done.content.decode()
    with world.scope():
        assert Warning.objects.get(pk=warning.pk).state == "false"


def test_a_lesser_one_only_says_that_it_still_holds(world, worker):
    with world.scope():
        warning = raised(world, kind="door_open_long", level="P2")
    page = f"/workbench/warnings/{warning.pk}/"
    seen = worker.get(page).content.decode()
    assert "设备还在报警" in seen and "on_site" not in seen
    assert worker.post(f"{page}do/dismiss/", {"finding": "false"}).status_code == 302


def test_answering_again_in_another_tab_is_calm(world, worker):
    with world.scope():
        warning = raised(world)
    answer = f"/workbench/warnings/{warning.pk}/do/acknowledge/"
    worker.post(answer)
    again = worker.post(answer, follow=True).content.decode()
    assert "您已经应了。" in again and "现在的状态不能做这一步" not in again
    with world.scope():
        assert kinds_of(warning).count("acknowledged") == 1


def test_what_nobody_has_taken_stands_before_what_somebody_has(world, monday_morning):
    with world.scope():
        taken, waits = raised(world), raised(world, source="device:2")
        lesser = raised(world, source="device:3", kind="door_open_long", level="P2")
        actions.acknowledge(taken, actor=world.actor("grid_worker"))
        ranked = [one.pk for one in queries.active_ranked(world.actor("grid_worker"))]
    assert ranked == [waits.pk, taken.pk, lesser.pk]


def test_findings_and_being_away_are_offered_only_where_they_fit(world, worker):
    with world.scope():
        home = world.homes[0]
        of = {"level": "P1", "home": home, "building": home.entrance.building, "grid": home.entrance.building.grid,
              "opened_at": clock.now(), "last_triggered_at": clock.now(), "evidence": EVIDENCE}  # fmt: skip
        lift = raised(world, kind="door_open_long", level="P2")
        smoke = Warning.objects.create(kind="smoke", source=f"home:{home.pk}", **of | {"level": "P0"})
    shared = worker.get(f"/workbench/warnings/{lift.pk}/").content.decode()
    assert "人不在家" not in shared and "本人不需要" not in shared and "设备故障" in shared
    at_home = worker.get(f"/workbench/warnings/{smoke.pk}/").content.decode()
    assert "人不在家" in at_home and "家里没人？" not in at_home
    away = worker.post(f"/workbench/warnings/{smoke.pk}/away/", {"until": clock.now().date()})
    assert away.status_code == 404


def test_a_p0_that_was_handled_and_still_sounds_is_ended_only_with_a_tick(world, worker):
    with world.scope():
        warning = raised(world)
    page = f"/workbench/warnings/{warning.pk}/"
    refused = worker.post(f"{page}do/handle/", {"finding": "true"})
    assert refused.status_code == 422 and "到现场看过了，才能写发现。" in refused.content.decode()
    worker.post(f"{page}do/handle/", {"finding": "true", "on_site": "on"})
    assert "到现场看过了，已经没事了" in worker.get(page).content.decode()
    refused = worker.post(f"{page}do/clear/", {})
    assert refused.status_code == 422 and "到现场看过了，才能解除。" in refused.content.decode()
    worker.post(f"{page}do/clear/", {"on_site": "on"})
    with world.scope():
        assert Warning.objects.get(pk=warning.pk).state == "cleared"
