"""``linli admin import-readings`` at a machine with a real message server: mistakes are returned, good files sent."""

import json
import sqlite3
from datetime import UTC, datetime

import pytest

from linli.cli.tests.running import linli
from linli.sense.telemetry.broker import Broker, service_address
from linli.sense.telemetry.stream import ensure_stream, state
from linli.sense.telemetry.wire import Connection


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("instance") / "home"
    assert linli("admin", "migrate", home=folder).returncode == 0
    assert linli("admin", "create-community", "mx", "试验社区", "--phone", "0571-00000000", home=folder).returncode == 0
    with sqlite3.connect(folder / "linli.sqlite3") as database:
        database.execute(
            "INSERT INTO telemetry_device (code, type, name, credential_digest, firmware, installer, community_id, enrolled_at)"
            " SELECT 'P-1', 'charger', '', 'x', '', '', id, '2026-01-01 00:00:00' FROM registry_community"
        )
    return folder


def test_a_file_is_checked_returned_mended_and_sent(home, tmp_path):
    now = datetime.now(UTC).isoformat(timespec="seconds")
    file = tmp_path / "readings.csv"
    file.write_text(f"设备,时间,温度\nP-1,{now},热\n", encoding="gb18030")
    refused = linli("admin", "import-readings", "mx", str(file), home=home)
    assert refused.returncode == 1 and "nothing was sent" in refused.stderr
    assert "不是数字" in (tmp_path / "readings.bad.csv").read_text(encoding="utf-8-sig")
    file.write_text(f"设备,时间,温度\nP-1,{now},21.5\n", encoding="gb18030")
    only_checked = linli("admin", "import-readings", "mx", str(file), "--check", home=home)
    assert only_checked.stdout.strip() == "1 lines (gb18030), 1 readings, 0 bad lines, 0 sent"
    assert not (tmp_path / "readings.bad.csv").exists()
    with Broker(home, sync_always=False):
        wire = Connection(service_address(home), name="test")
        ensure_stream(wire)
        sent = linli("admin", "import-readings", "mx", str(file), home=home)
        assert (sent.returncode, "1 sent" in sent.stdout) == (0, True), sent.stderr
        assert state(wire).last == 1
        wire.close()
    with sqlite3.connect(home / "linli.sqlite3") as database:
        [(data,)] = database.execute("SELECT data FROM events_event WHERE kind = 'telemetry.readings_imported'")
    assert json.loads(data)["readings"] == 1


def test_what_cannot_be_read_is_said_plainly(home, tmp_path):
    file = tmp_path / "readings.csv"
    file.write_text("device,value\n")
    for arguments, words in (
        (("mx", str(file)), "time"),
        (("nowhere", str(file)), "no community nowhere"),
        (("mx", str(file), "--zone", "Mars/Phobos"), "no time zone"),
    ):
        refused = linli("admin", "import-readings", *arguments, home=home)
        assert (refused.returncode, words in refused.stderr) == (1, True), refused.stderr
    assert list(tmp_path.iterdir()) == [file]
