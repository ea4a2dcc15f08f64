"""``linli admin verify-audit`` and ``audit-proof``, as an operator types them."""

import json

import pytest
from django.db import transaction
from typer.testing import CliRunner

from linli.foundation.accounts.actor import Actor
from linli.foundation.events import audit
from linli.foundation.events.merkle import Frontier, verify_inclusion
from linli.foundation.events.models import AuditLeaf, AuditTree, Event, TreeHead
from linli.foundation.events.recording import record
from linli.foundation.events.sequencing import sequence


@pytest.fixture
def run(world, monday_morning, settings, tmp_path, monkeypatch):
    """The commands of ``linli admin`` on the test's own database."""
    from importlib import import_module

    settings.LINLI_HOME = tmp_path
    monkeypatch.setenv("LINLI_HOME", str(tmp_path))
    with world.scope(), transaction.atomic():
        for n in range(9):
            record("tests.happened", world.homes[0], actor=Actor.for_system("test"), n=n)
    sequence()
    audit.seal()
    app = import_module("linli.cli.main").app
    return lambda *arguments: CliRunner().invoke(app, ["admin", *arguments])


def test_a_sound_log_is_said_to_be_sound(run):
    result = run("verify-audit")
    assert result.exit_code == 0 and "sound: 10 events" in result.output
    assert run("verify-audit", "--root", str(audit.roots_log())).exit_code == 0


def test_the_first_bad_event_is_named_and_the_exit_code_says_so(run):
    Event.objects.filter(position=4).update(subject="home:666")
    result = run("verify-audit")
    bad = Event.objects.get(position=4).pk
    assert result.exit_code == 1
    assert f"first bad event: position 4 (event {bad})" in result.output
    assert "position 4: changed" in result.output


def test_a_root_from_outside_that_does_not_fit_is_told(run, tmp_path):
    other = tmp_path / "other.log"
    other.write_text("2026-03-02 9 " + "ab" * 32 + "\n")
    assert run("verify-audit", "--root", str(other)).exit_code == 1
    other.write_text("nonsense\n")
    assert run("verify-audit", "--root", str(other)).exit_code == 2


def test_a_rewritten_or_contradicting_file_of_roots_is_told_without_being_asked_for(run):
    posted = audit.roots_log()
    honest = posted.read_text()
    day, size, _root = honest.split()
    posted.write_text(f"{day} {size} {'ab' * 32}\n")
    result = run("verify-audit")
    assert (result.exit_code, "log: root 9" in result.output) == (1, True)
    posted.write_text(honest + f"{day} {size} {'ab' * 32}\n")
    assert run("verify-audit").exit_code == 2


def test_cutting_off_the_newest_events_with_leaves_and_tree_fails_against_the_posted_root(run):
    """A thief who can count rewinds the tree as well; then only a root that was posted before can tell."""
    Event.objects.filter(position__gte=3).delete()
    AuditLeaf.objects.filter(position__gte=3).delete()
    TreeHead.objects.all().delete()
    grown = Frontier()
    for leaf in AuditLeaf.objects.order_by("position"):
        grown = grown.append(bytes(leaf.hash))
    AuditTree.objects.update(size=3, tops=[top.hex() for top in grown.tops])
    assert audit.verify().sound
    assert run("verify-audit").exit_code == 1


def test_events_that_have_no_place_yet_are_said_not_to_be_covered(run, world):
    with world.scope(), transaction.atomic():
        record("tests.happened", world.homes[0], actor=Actor.for_system("test"))
    result = run("verify-audit")
    assert (result.exit_code, "1 events are newer than the log" in result.output) == (0, True)


def test_the_printed_proof_can_be_checked(run):
    event = Event.objects.get(position=6)
    proof = json.loads(run("audit-proof", str(event.pk)).stdout)
    path = [bytes.fromhex(step) for step in proof["path"]]
    leaf, root = bytes.fromhex(proof["leaf"]), bytes.fromhex(proof["root"])
    assert verify_inclusion(leaf, proof["position"], proof["size"], path, root)
    assert run("audit-proof", "999999").exit_code == 1
