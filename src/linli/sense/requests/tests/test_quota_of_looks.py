"""The quota of a day: callers count as residents do, lists are watched, and many windows at once are no way round it."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection

from linli.foundation import clock
from linli.foundation.accounts.refusals import TooMany
from linli.foundation.events.dispatching import drain
from linli.foundation.privacy import concerning
from linli.foundation.privacy.door import REVEALS_A_DAY, reveal, reveal_caller
from linli.foundation.privacy.exports import actions as exports
from linli.foundation.privacy.exports.queries import Scope
from linli.foundation.privacy.tests.quota_at_once import what_came_of_it
from linli.foundation.privacy.unusual.models import UnusualLook
from linli.sense.requests.models import Request
from linli.testing import build_community


@pytest.fixture
def outcome(transactional_db, tmp_path):
    """On PostgreSQL in the test database, else by a program of its own with a database file."""
    if connection.vendor == "postgresql":
        return what_came_of_it(build_community("many", serial=7))
    ran = subprocess.run(
        [sys.executable, "-m", "linli.foundation.privacy.tests.quota_at_once"],
        env={**os.environ, "LINLI_HOME": str(tmp_path), "LINLI_MODE": "test", "DJANGO_SETTINGS_MODULE": "linli.config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_of_eight_looks_at_once_one_gets_the_last_of_the_day(outcome):
    *came, over = outcome
    assert came.count("seen") == 1, came
    assert over == "0"


@pytest.fixture
def callers(world, monday_morning, monkeypatch):
    """Twenty-one people outside the registry who left their number."""
    monkeypatch.setattr(concerning, "_kinds", {"case": lambda number, resident, reader, *, emergency: True})
    with world.scope():
        yield [
            Request.objects.create(
                words="路灯不亮", channel="phone", speaker_name="过路人", speaker_phone=f"1990000{n:04d}", said_at=clock.now(),
                received_at=clock.now(),
            )
            for n in range(REVEALS_A_DAY + 1)
        ]  # fmt: skip


@pytest.mark.django_db
def test_callers_count_in_the_quota_of_the_day(world, callers):
    worker = world.actor("grid_worker")
    for n, said in enumerate(callers[:-1]):
        reveal_caller(said, "speaker_phone", "case_contact", f"case:{n}", actor=worker)
    with pytest.raises(TooMany):
        reveal_caller(callers[-1], "speaker_phone", "case_contact", "case:30", actor=worker)
    with pytest.raises(TooMany):
        reveal(world.residents["elder"], "phone", "case_contact", "case:31", actor=worker)
    assert reveal_caller(callers[-1], "speaker_phone", "emergency", "case:30", actor=worker)


@pytest.mark.django_db
def test_ten_people_in_an_hour_are_asked_about_callers_or_not(world, callers):
    worker = world.actor("grid_worker")
    reveal(world.residents["elder"], "phone", "case_contact", "case:50", actor=worker)
    for n, said in enumerate(callers[:8]):
        reveal_caller(said, "speaker_phone", "case_contact", f"case:{n}", actor=worker)
    drain()
    assert not UnusualLook.objects.exists()
    reveal_caller(callers[8], "speaker_phone", "case_contact", "case:8", actor=worker)
    drain()
    assert UnusualLook.objects.get().reasons == ["many"]


@pytest.mark.django_db
def test_the_third_list_of_a_week_and_one_in_the_night_are_asked_about(world, monday_morning):
    asks, decides = world.actor("community_worker"), world.actor("dpo")

    def take(at) -> list[str]:
        with world.scope(), clock.frozen(at):
            made = exports.ask(
                "registry_upkeep", ["name"], Scope(grid=world.grids[0].pk), reason="核对名单", actor=asks
            )
            exports.approve(made.pk, actor=decides)
            exports.fetch(made.pk, "csv", actor=asks)
            drain()
            found = UnusualLook.objects.filter(record__about=f"export:{made.pk}").first()
            return found.reasons if found is not None else []

    assert take(monday_morning) == []
    assert take(monday_morning + timedelta(days=1)) == []
    assert take(monday_morning + timedelta(days=2)) == ["lists"]
    assert take(monday_morning + timedelta(days=12, hours=13)) == ["night"]
