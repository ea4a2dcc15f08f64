"""Observations on their way are in the backup, even when devices go on speaking while it is made."""

from pathlib import Path
from threading import Event, Thread

import pytest

from linli.cli.tests.running import linli, make_recovery_key, migrate
from linli.sense.telemetry import stream
from linli.sense.telemetry.broker import Broker, service_address_of
from linli.sense.telemetry.wire import Connection

BEFORE = 2_000

pytestmark = pytest.mark.crash


def connect(broker: Broker) -> Connection:
    return Connection(service_address_of(broker), name="test", timeout=10)


def speak_until(stop: Event, broker: Broker) -> None:
    connection = connect(broker)
    while not stop.is_set():
        connection.request(stream.subject_of("mx", "meter-1"), b'{"t": 1772413200000, "v": {"volume": 2}}')
    connection.close()


def test_what_was_acknowledged_before_the_backup_is_there_after_the_restore(tmp_path: Path):
    home, again, stop = tmp_path / "home", tmp_path / "again", Event()
    migrate(home)
    key = make_recovery_key(home)
    with Broker(home) as broker:
        connection = connect(broker)
        stream.ensure_stream(connection)
        for _ in range(BEFORE):
            connection.request(stream.subject_of("mx", "meter-1"), b'{"t": 1772413200000, "v": {"volume": 1}}')
        speaker = Thread(target=speak_until, args=(stop, broker))
        speaker.start()
        try:
            done = linli("backup", str(tmp_path / "backup.tar.gz"), home=home)
        finally:
            stop.set()
            speaker.join()
        made = stream.state(connection).made
        connection.close()
    assert done.returncode == 0, done.stderr
    assert linli("restore", str(tmp_path / "backup.tar.gz"), "--key", str(key), home=again).returncode == 0
    with Broker(again) as restored:
        connection = connect(restored)
        state = stream.state(connection)
        connection.close()
    assert state.made == made, "the cursor in the database speaks of this very stream"
    assert state.first == 1
    assert state.last >= BEFORE
