"""Whatever byte of the log is changed, the check finds it and names the first event at fault."""

import random
from datetime import timedelta

import pytest
from django.db import connection, transaction

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events import audit
from linli.foundation.events.leaf import EVENT
from linli.foundation.events.merkle import verify_inclusion
from linli.foundation.events.models import AuditLeaf, AuditTree, Event, TreeHead
from linli.foundation.events.recording import record
from linli.foundation.events.sequencing import sequence
from linli.foundation.events.stored import stored_rows
from linli.foundation.events.verifying import HEAD, TREE, verify


@pytest.fixture
def log(world, monday_morning, settings, tmp_path):
    """48 events over four days, a root sealed each day."""
    settings.LINLI_HOME = tmp_path
    AuditTree.objects.all().delete()
    Event.objects.all().delete()
    for day in range(4):
        with clock.frozen(monday_morning + timedelta(days=day, microseconds=day)):
            with world.scope(), transaction.atomic():
                for n in range(12):
                    record(
                        "tests.happened", world.homes[n % 4], actor=Actor.for_system("test"),
                        n=n, ratio=n / 7, 楼="三幢", nested={"list": [1, None, True]},
                    )  # fmt: skip
            sequence()
            audit.seal()
    return world


def exported():
    return {
        "events": [dict(row) for row in stored_rows(Event.objects.order_by("position"), EVENT)],
        "leaves": [(p, bytes(h)) for p, h in AuditLeaf.objects.order_by("position").values_list("position", "hash")],
        "tree": dict(next(iter(stored_rows(AuditTree.objects.all(), TREE)))),
        "heads": [dict(row) for row in stored_rows(TreeHead.objects.order_by("id"), HEAD)],
    }


def flipped(value: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(value))
    return value[:at] + bytes([value[at] ^ rng.randrange(1, 256)]) + value[at + 1 :]


def test_an_untouched_log_is_sound(log):
    report = audit.verify()
    assert report.sound and report.size == Event.objects.count() == 52
    assert report.root == audit.prove(Event.objects.first().pk).root


def test_ten_thousand_changed_bytes_are_found_ten_thousand_times(log):
    rows = exported()
    rng = random.Random(6962)
    missed = []
    for attempt in range(10_000):
        part = rng.choice(["events", "events", "leaves", "heads", "tree"])
        touched = {**rows}
        if part == "leaves":
            index = rng.randrange(len(rows["leaves"]))
            position, hashed = rows["leaves"][index]
            new = (position, flipped(hashed, rng))
            touched["leaves"] = [*rows["leaves"][:index], new, *rows["leaves"][index + 1 :]]
        elif part == "tree":
            column = rng.choice(list(TREE))
            touched["tree"] = {**rows["tree"], column: flipped(rows["tree"][column], rng)}
        else:
            index = rng.randrange(len(rows[part]))
            row = rows[part][index]
            column = rng.choice([name for name, value in row.items() if value])
            touched[part] = [
                *rows[part][:index],
                {**row, column: flipped(row[column], rng)},
                *rows[part][index + 1 :],
            ]
        if verify(**touched).sound:
            missed.append((attempt, part))
    assert missed == []


def test_the_first_bad_event_is_named(log):
    for position in (40, 17, 30):
        Event.objects.filter(position=position).update(actor="account:1")
    report = audit.verify()
    assert [f.position for f in report.findings] == [17, 30, 40]
    assert audit.first_bad_event(report) == f"position 17 (event {Event.objects.get(position=17).pk})"


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="writes raw bytes into SQLite's columns")
def test_bytes_changed_in_the_database_itself_are_found(log):
    rng = random.Random(1)
    tables = {Event: list(EVENT), TreeHead: list(HEAD), AuditTree: list(TREE), AuditLeaf: ["hash"]}
    texts = {"kind", "subject", "actor", "happened_at", "data", "day", "root", "made_at", "tops"}
    for _ in range(300):
        model = rng.choice([Event, Event, TreeHead, AuditTree, AuditLeaf])
        column = rng.choice([c for c in tables[model] if c in texts or c == "hash"])
        pk = rng.choice(list(model.objects.values_list("pk", flat=True)))
        name, key = model._meta.db_table, model._meta.pk.column
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT CAST({column} AS BLOB) FROM {name} WHERE {key} = %s", [pk])
            before = cursor.fetchone()[0]
            as_type = "BLOB" if column == "hash" else "TEXT"
            change = f"UPDATE {name} SET {column} = CAST(%s AS {as_type}) WHERE {key} = %s"
            try:
                with transaction.atomic():
                    cursor.execute(change, [flipped(before, rng), pk])
            except connection.Database.IntegrityError:
                continue
            except Exception as refused:
                assert "constraint" in str(refused).lower()
                continue
            assert not audit.verify().sound, (name, column, pk)
            cursor.execute(change, [before, pk])
    assert audit.verify().sound


def test_removed_added_and_moved_events_are_found(log):
    event = Event.objects.get(position=20)
    Event.objects.filter(pk=event.pk).update(position=5000)
    codes = {(f.code, f.position) for f in audit.verify().findings}
    assert codes == {("missing", 20), ("event_extra", 5000)}
    Event.objects.filter(pk=event.pk).update(position=20)
    assert audit.verify().sound
    event.delete()
    assert {(f.code, f.position) for f in audit.verify().findings} == {("missing", 20)}


def test_a_removed_leaf_and_a_removed_head_are_found(log):
    AuditLeaf.objects.filter(position=30).delete()
    assert ("leaf_missing", 30) in {(f.code, f.position) for f in audit.verify().findings}


def test_a_removed_head_is_missed_by_the_event_that_sealed_it(log):
    head = TreeHead.objects.order_by("size")[1]
    size = head.size
    head.delete()
    assert [(f.code, f.position) for f in audit.verify().findings] == [("head", size)]


def test_a_log_rewritten_from_end_to_end_fails_against_the_posted_roots(log):
    posted = audit.roots_log().read_text()
    path = audit.roots_log().with_name("elsewhere.log")
    path.write_text(posted)
    assert audit.verify(audit.read_roots(path)).sound
    Event.objects.filter(position=3).update(actor="account:9")
    TreeHead.objects.all().delete()
    Event.objects.filter(kind="events.root_sealed").delete()
    AuditLeaf.objects.all().delete()
    AuditTree.objects.all().delete()
    Event.objects.update(position=None)
    sequence(limit=1000)
    assert audit.verify().sound, "the forger has been thorough"
    assert not audit.verify(audit.read_roots(path)).sound


def test_a_day_is_sealed_once_and_posted_once(log, monday_morning):
    lines = audit.roots_log().read_text().splitlines()
    assert len(lines) == 4 and lines[0].startswith("2026-03-02 12 ")
    with clock.frozen(monday_morning + timedelta(days=3, hours=5)):
        assert audit.seal() is None
    assert audit.roots_log().read_text().splitlines() == lines


def test_a_root_that_was_sealed_but_not_posted_is_posted_next_time(log):
    path = audit.roots_log()
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:2]))
    audit.seal()
    assert path.read_text().splitlines(keepends=True)[:4] == lines


def test_a_proof_of_one_event_can_be_checked_by_anyone(log):
    proof = audit.prove(Event.objects.get(position=41).pk)
    steps = [bytes.fromhex(step) for step in proof.path]
    assert verify_inclusion(bytes.fromhex(proof.leaf), proof.position, proof.size, steps, bytes.fromhex(proof.root))
    assert len(steps) <= 6


def test_a_posted_file_that_is_none_is_refused_by_line(tmp_path):
    path = tmp_path / "roots.log"
    path.write_text("2026-03-02 12 " + "ab" * 32 + "\nnonsense\n")
    with pytest.raises(ValueError, match="line 2"):
        audit.read_roots(path)
