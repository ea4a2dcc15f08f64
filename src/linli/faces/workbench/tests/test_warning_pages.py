"""What a warning's page offers fits what it is about, and what still sounds is not closed in passing."""

import pytest

from linli.understand.warnings.models import Warning
from linli.understand.warnings.tests.test_warning_life import raised

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
