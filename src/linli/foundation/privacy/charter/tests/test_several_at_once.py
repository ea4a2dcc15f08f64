"""Two leads at the same moment, and a job that runs while its purpose is removed: in real threads and processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

import linli
from linli.foundation.errors import Conflict
from linli.foundation.privacy.charter import actions
from linli.foundation.privacy.charter.models import Change, State
from linli.foundation.privacy.charter.queries import alterations
from linli.foundation.privacy.charter.tests.changing import announced, drafted, in_force_after, proposed
from linli.foundation.privacy.charter.tests.two_at_once import what_came_of_it
from linli.foundation.privacy.purposes import in_force
from linli.testing import build_community

TESTS = "linli.foundation.privacy.charter.tests"
ONE_WON = (
    "proposing done 1, somebody_was_faster 3; kept [20, 21, 22, 23]; deciding done 1, stale 1; writing done 1, stale 2"
)


def run_on_disk(program: str, home: Path) -> str:
    """In an SQLite database on disk, in a process of its own: threads cannot share the in-memory database of the tests."""
    environment = {name: value for name, value in os.environ.items() if name != "LINLI_DATABASE_URL"}
    environment |= {"LINLI_HOME": str(home), "LINLI_MODE": "test", "LINLI_KEYS": ""}
    ran = subprocess.run(
        [sys.executable, "-m", f"{TESTS}.{program}"],
        env={**environment, "PYTHONPATH": str(Path(linli.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return ran.stdout.strip() or ran.stderr


def test_of_those_who_act_at_once_one_wins_the_others_are_told_and_nothing_is_lost(tmp_path):
    assert run_on_disk("two_at_once", tmp_path) == ONE_WON


@pytest.mark.django_db(transaction=True)
def test_the_same_on_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("runs when the tests run on PostgreSQL")
    assert what_came_of_it(build_community("many", serial=7)) == ONE_WON


def test_a_job_in_another_process_is_refused_as_soon_as_its_purpose_is_gone(tmp_path):
    assert run_on_disk("removed_while_running", tmp_path) == "used, then refused; 0 uses began after the removal"


@pytest.fixture
def here(world, monday_morning):
    with world.scope():
        yield world


def test_the_second_lead_is_told_who_was_faster_and_keeps_the_draft(here):
    first = proposed(here, {"key": "case_contact", "keep_months": 24})
    second = drafted(here, {"key": "emergency", "keep_months": 24}, by="dpo")
    with pytest.raises(Conflict) as refused:
        actions.propose(second.pk, "短", "Short", actor=here.actor("dpo"))
    assert (refused.value.code, refused.value.details["change"]) == ("somebody_was_faster", first.pk)
    assert "community_director" in str(refused.value) and "3 月 2 日 09:00" in str(refused.value)
    second.refresh_from_db()
    assert second.state == State.DRAFT
    assert [one.key for one in alterations(second)] == ["emergency"]


def test_a_stale_form_names_who_was_faster(here):
    change = proposed(here, {"key": "case_contact", "keep_months": 24})
    seen = change.version
    actions.send_back(change.pk, "再想想", version=seen, actor=here.actor("dpo"))
    with pytest.raises(Conflict) as refused:
        actions.withdraw(change.pk, "不改了", version=seen, actor=here.actor("community_director"))
    assert refused.value.code == "stale"
    assert "个人信息保护负责人 dpo" in str(refused.value)


def test_a_draft_catches_up_with_what_meanwhile_came_into_force(here):
    slow = drafted(
        here,
        {"key": "case_contact", "keep_months": 12},
        {"key": "emergency", "keep_months": 24},
        by="dpo",
    )
    in_force_after(here, {"key": "case_contact", "keep_months": 30, "roles": ["grid_worker"]})
    with pytest.raises(Conflict) as refused:
        actions.propose(slow.pk, "短", "Short", actor=here.actor("dpo"))
    assert refused.value.code == "base_moved"
    slow = actions.catch_up(slow.pk, actor=here.actor("dpo"))
    assert slow.clashes == [["case_contact", "keep_months"]]
    with pytest.raises(Conflict) as refused:
        actions.propose(slow.pk, "短", "Short", actor=here.actor("dpo"))
    assert refused.value.code == "clashes"
    slow = actions.settle(slow.pk, "case_contact", actor=here.actor("dpo"))
    slow = actions.propose(slow.pk, "短", "Short", actor=here.actor("dpo"))
    assert {one.key: [d.part for d in one.differences] for one in alterations(slow)} == {
        "case_contact": ["keep_months"],
        "emergency": ["keep_months"],
    }
    wanted = {facts["key"]: facts for facts in slow.document}["case_contact"]
    assert (wanted["keep_months"], wanted["roles"]) == (12, ["grid_worker"]), "the other lead's change is not lost"


def test_the_database_itself_refuses_a_second_open_change(here):
    announced(here, {"key": "case_contact", "keep_months": 24})
    other = drafted(here, {"key": "emergency", "keep_months": 24}, by="dpo")
    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.filter(pk=other.pk).update(state=State.PROPOSED)
    assert in_force()["emergency"].keep_months == 36
