"""A file that a person brings by the browser: kept sealed, checked and imported in the background, forgotten after a day."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from openpyxl import Workbook

from linli.foundation import clock
from linli.foundation.accounts.models import Grant
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.consents.retention import Gathered
from linli.sense.telemetry import publishing
from linli.sense.telemetry.actions import NewDevice, enrol, revoke
from linli.sense.telemetry.importing.keeping import (
    FILE_KEPT,
    as_csv,
    bad_rows_of,
    check_file,
    forget_old_files,
    keep_file,
    load_file,
    send_file,
    start_file,
)
from linli.sense.telemetry.ingesting import Ingest
from linli.sense.telemetry.models import ReadingsFile
from linli.sense.telemetry.stream import ensure_stream, state

LINES = 12_000


@pytest.fixture
def charger(director):
    return enrol(NewDevice("P-1", "charger"), actor=director).device


@pytest.fixture
def stream(settings, broker, wire):
    settings.LINLI_HOME = broker.home
    publishing.forget_connection()
    ensure_stream(wire)
    yield broker
    publishing.forget_connection()


def long_file() -> bytes:
    """Every hundredth line is wrong."""
    rows = ["device,metric,time,value"]
    begin = datetime(2026, 3, 1)
    for n in range(LINES):
        when = begin + timedelta(seconds=n)
        rows.append(f"P-1,temperature,{when:%Y-%m-%d %H:%M:%S},{'warm' if n % 100 == 99 else n % 90}")
    return "\n".join(rows).encode()


def settled(kept):
    kept.refresh_from_db()
    return kept


@pytest.mark.django_db(transaction=True)
def test_a_long_file_with_bad_rows_is_checked_then_its_good_rows_are_imported_once(charger, director, stream, wire):
    kept = keep_file(long_file(), "三月.csv", actor=director)
    assert (kept.state, kept.of) == ("checking", LINES)
    assert b"temperature" not in bytes(kept.content)
    check_file(kept.pk)
    settled(kept)
    assert (kept.state, kept.of, kept.readings, kept.bad, kept.sent) == ("checked", LINES, LINES - 120, 120, 0)
    assert state(wire).last == 0
    rows = list(csv.DictReader(io.StringIO(bad_rows_of(kept))))
    assert len(rows) == 120
    assert rows[0] | {"原因": ""} == {
        "device": "P-1", "metric": "temperature", "time": "2026-03-01 00:01:39", "value": "warm", "行号": "101", "原因": "",
    }  # fmt: skip
    assert "不是数字" in rows[0]["原因"]

    start_file(kept.pk, actor=director)
    start_file(kept.pk, actor=director)
    send_file(kept.pk)
    send_file(kept.pk)
    settled(kept)
    assert (kept.state, kept.sent, bytes(kept.content)) == ("done", LINES - 120, b"")
    assert bad_rows_of(kept)
    ingest = Ingest(stream.home, say=lambda words: None)
    ingest.run(until=state(wire).last)
    assert ingest.counts.accepted == LINES - 120

    again = keep_file(long_file(), "三月.csv", actor=director)
    check_file(again.pk)
    start_file(again.pk, actor=director)
    send_file(again.pk)
    ingest = Ingest(stream.home, say=lambda words: None)
    ingest.run(until=state(wire).last)
    assert (ingest.counts.accepted, ingest.counts.repeated) == (0, LINES - 120)
    assert Event.objects.filter(kind="telemetry.readings_imported").count() == 2


def test_an_excel_sheet_is_read_with_its_own_line_numbers(charger, director):
    book = Workbook()
    sheet = book.active
    sheet.append(["设备", "时间", "温度"])
    sheet.append(["P-1", datetime(2026, 3, 1, 8, 0), 21.5])
    sheet.append([])
    sheet.append(["P-9", datetime(2026, 3, 1, 9, 0), 22])
    out = io.BytesIO()
    book.save(out)
    assert as_csv(out.getvalue()).splitlines()[1:] == [
        b"P-1,2026-03-01 08:00:00,21.5",
        b"",
        b"P-9,2026-03-01 09:00:00,22",
    ]
    kept = keep_file(out.getvalue(), "三月.xlsx", actor=director)
    check_file(kept.pk)
    settled(kept)
    assert (kept.readings, kept.bad, kept.heading) == (1, 1, ["设备", "时间", "温度"])
    assert next(csv.DictReader(io.StringIO(bad_rows_of(kept))))["行号"] == "4"


@pytest.mark.parametrize("content", [b"", b"device,time\n", b"PK\x03\x04 no book", b"\xff\xfe\x00\x80", b"%PDF-1.7"])
def test_a_file_that_cannot_be_read_is_refused_at_once(director, content):
    with pytest.raises(Invalid):
        keep_file(content, "x.csv", actor=director)
    assert not ReadingsFile.objects.exists()


def test_nothing_is_imported_of_a_file_without_a_good_row(director):
    kept = keep_file(b"device,metric,time,value\nX,temperature,2026-03-01 08:00,1\n", "x.csv", actor=director)
    check_file(kept.pk)
    with pytest.raises(Conflict):
        start_file(kept.pk, actor=director)


def test_only_community_staff_brings_a_file_and_nobody_else_sees_it(world, other_world, director):
    for who in ("grid_worker", "resident", "auditor"):
        with pytest.raises(NotAllowed):
            keep_file(b"device,time,temperature\n", "x.csv", actor=world.actor(who))
    kept = keep_file(b"device,time,temperature\n", "x.csv", actor=director)
    for stranger in (world.actor("community_worker"), other_world.actor("community_director")):
        with pytest.raises(NotFound):
            load_file(kept.pk, actor=stranger)
        with pytest.raises(NotFound):
            start_file(kept.pk, actor=stranger)


def test_who_has_left_imports_no_more(charger, director):
    kept = keep_file(b"device,metric,time,value\nP-1,temperature,2026-03-01 08:00,1\n", "x.csv", actor=director)
    check_file(kept.pk)
    start_file(kept.pk, actor=director)
    Grant.objects.filter(account=director.account_id).update(expires_at=clock.now())
    send_file(kept.pk)
    assert (settled(kept).state, kept.trouble, kept.sent) == ("failed", "not_allowed", 0)


def test_the_gates_are_asked_again_when_it_is_sent(world, charger, director, stream, wire):
    home = world.homes[0]
    consent = give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
    enrol(NewDevice("W-1", "water_meter", home_id=home.pk), actor=director)
    text = b"device,metric,time,value\nW-1,volume,2026-03-01 08:00,1\nP-1,temperature,2026-03-01 08:00,1\n"
    kept = keep_file(text, "x.csv", actor=director)
    check_file(kept.pk)
    assert settled(kept).readings == 2
    start_file(kept.pk, actor=director)
    revoke(charger, actor=director)
    send_file(kept.pk)
    assert (settled(kept).sent, kept.bad) == (1, 1)
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        withdraw_consent(consent, actor=world.actor("elder"))
        while Gathered().step(clock.now(), lambda count, marks: None):
            pass
    assert not ReadingsFile.objects.exists()


def test_without_the_message_server_it_waits_and_can_be_sent_again(charger, director, monkeypatch, settings, tmp_path):
    monkeypatch.setattr("linli.sense.telemetry.importing.actions.PATIENCE_SECONDS", 0)
    settings.LINLI_HOME = tmp_path
    publishing.forget_connection()
    kept = keep_file(b"device,metric,time,value\nP-1,temperature,2026-03-01 08:00,1\n", "x.csv", actor=director)
    check_file(kept.pk)
    start_file(kept.pk, actor=director)
    send_file(kept.pk)
    assert (settled(kept).state, kept.trouble) == ("failed", "message_server_away")
    assert start_file(kept.pk, actor=director).state == "sending"


def test_a_file_is_kept_a_day(director):
    kept = keep_file(b"device,time,temperature\n", "x.csv", actor=director)
    assert forget_old_files() == 0
    ReadingsFile.objects.filter(pk=kept.pk).update(brought_at=clock.real_now() - FILE_KEPT - timedelta(minutes=1))
    assert forget_old_files() == 1
