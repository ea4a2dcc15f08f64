"""Real input by the public doors: citizens' messages as requests, sensor series over MQTT, and the reconciliation.

Both can be stopped at any moment and run again: messages carry their own number, observations their own time, so what
was taken before is taken as the same. A small file beside the state of the instance remembers how far it came.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from linli.simulator.doors.api import Caller, Refused
from linli.simulator.doors.mqtt import Line

LOCAL = ZoneInfo("Asia/Shanghai")
REMEMBER_EVERY = 100
CHANNEL = "hotline"
AT_ONCE = 3
"""Clerks who file at once."""
TELL_EVERY = 10
READINGS_A_MESSAGE = 200
SETTLE_SECONDS = 120
GROUPING_SECONDS = 1800
"""Comparing thousands of messages is one piece of work that shows nothing on its way."""
LONGEST_WORDS = 2000


@dataclass
class Reconciliation:
    """``sent`` = ``accepted`` + ``repeated`` + ``quarantined`` when all is well; ``stored`` is how many of
    the sent ones the platform holds.

    For messages the quarantine is what the API refused, by line number in ``malformed``, and ``shortened`` names the
    lines whose words are longer than a request may be, and ``understood`` says what became of every request of the
    hotline once the platform has read them all (``GET /understanding``); for series the quarantine is the platform's own.
    """

    sent: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    stored: int = 0
    malformed: list[str] = field(default_factory=list)
    shortened: list[str] = field(default_factory=list)
    understood: dict[str, Any] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        return (
            self.sent == self.accepted + self.repeated + self.quarantined
            and self.stored == self.accepted + self.repeated
        )

    def as_line(self) -> str:
        return json.dumps({**asdict(self), "agrees": self.agrees}, ensure_ascii=False)


class Progress:
    """How far each file came, kept in a small file; ``path`` None keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._done: dict[str, int] = json.loads(path.read_text()) if path and path.exists() else {}

    def of(self, file: Path) -> int:
        return self._done.get(_fingerprint(file), 0)

    def note(self, file: Path, rows: int) -> None:
        self._done[_fingerprint(file)] = rows
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_suffix(".new")
            draft.write_text(json.dumps(self._done))
            draft.replace(self._path)


@dataclass(frozen=True)
class Message:
    line: int
    number: str
    words: str
    said_at: datetime | None

    @property
    def shown(self) -> str:
        """The words as they are filed: too long ones end with an ellipsis."""
        return self.words if len(self.words) <= LONGEST_WORDS else f"{self.words[: LONGEST_WORDS - 1]}…"


def read_messages(file: Path) -> Iterator[Message | str]:
    """Rows of a message file (CSV or CSV.gz with 留言编号, 留言主题, 留言时间, 留言详情), or why one is malformed."""
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        try:
            missing = {"留言编号", "留言主题", "留言详情"} - set(rows.fieldnames or ())
            if missing:
                yield f"{file.name}: line 1: no column {'、'.join(sorted(missing))}"
                return
            for row in rows:
                yield _message(row, rows.line_num, file)
        except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, EOFError) as unreadable:
            yield f"{file.name}: line {rows.line_num + 1} and what follows: {unreadable}"


def _batched(rows: Iterable[Message | str], size: int) -> Iterator[list[Message | str]]:
    """The rows in lists of at most ``size``."""
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


def _message(row: dict[str, Any], line: int, file: Path) -> Message | str:
    number = (row["留言编号"] or "").strip()
    words = "\n".join(part for part in ((row["留言主题"] or "").strip(), (row["留言详情"] or "").strip()) if part)
    if not number:
        return f"{file.name}: line {line}: no number"
    if not words:
        return f"{file.name}: line {line}: no words"
    try:
        said_at = _local_time((row.get("留言时间") or "").strip())
    except ValueError:
        return f"{file.name}: line {line}: not a time: {row['留言时间']}"
    return Message(line, number, words, said_at)


def _local_time(text: str) -> datetime | None:
    """``2019/2/28 11:25:05`` in Hangzhou; raises :class:`ValueError`."""
    if not text:
        return None
    parts = [int(p) for p in re.split(r"[/\-: T]", text)]
    return datetime(*parts, tzinfo=LOCAL)  # type: ignore[arg-type, misc]


def replay_messages(files: list[Path], staff: Caller, progress: Progress) -> Reconciliation:
    """File each message as a request that came by the hotline, with its own number; then count what is stored."""
    found = Reconciliation()
    before = staff.get("/requests")["total"]
    for file in files:
        mark = _fingerprint(file)[:12]
        done = progress.of(file)
        position = 0
        with ThreadPoolExecutor(AT_ONCE) as clerks:
            for rows in _batched(read_messages(file), REMEMBER_EVERY):
                position += len(rows)
                fresh = []
                for at, message in enumerate(rows, start=position - len(rows) + 1):
                    if isinstance(message, str):
                        found.malformed.append(message)
                        continue
                    found.sent += 1
                    found.repeated += at <= done
                    if at > done:
                        fresh.append(message)
                answers = clerks.map(partial(_file, mark=mark, staff=staff), fresh)
                for message, answer in zip(fresh, answers, strict=True):
                    _count(message, answer, found, file)
                progress.note(file, position)
                _say(f"{file.name}: {position:,} rows, {found.accepted:,} accepted, {found.repeated:,} repeated")
    found.stored = staff.get("/requests")["total"] - before + found.repeated
    found.understood = _when_understood(staff)
    return found


def _when_understood(staff: Caller) -> dict[str, Any]:
    """What became of the requests of the hotline, when all are read and their topics found; empty for who may not see it.

    Raises :class:`TimeoutError` when the background work does not move.
    """
    try:
        _wait_until_handled(staff, "reading what was said")
        staff.post("/topics/refresh")
        _wait_until_handled(staff, "finding the topics", patience=GROUPING_SECONDS)
        return {name: n for name, n in staff.get("/understanding", channel=CHANNEL).items() if name != "behind"}
    except Refused as refused:
        if refused.status != 403:
            raise
        return {}


def _wait_until_handled(staff: Caller, doing: str, *, patience: float = SETTLE_SECONDS) -> None:
    behind, since, told = -1, time.monotonic(), 0.0
    while left := staff.get("/understanding", channel=CHANNEL)["behind"]:
        now = time.monotonic()
        if left != behind:
            behind, since = left, now
        if now - since > patience:
            raise TimeoutError(
                f"{doing}: the background work has not moved for a while, {left} events wait; is it running?"
            )
        if now - told > TELL_EVERY:
            told = now
            _say(f"{doing}: {left:,} events to go")
        time.sleep(0.5)


def _count(message: Message, answer: dict[str, Any] | Refused, found: Reconciliation, file: Path) -> None:
    if len(message.words) > LONGEST_WORDS:
        found.shortened.append(
            f"{file.name}: line {message.line}: {len(message.words):,} characters, the first {LONGEST_WORDS - 1:,} are filed"
        )
    if isinstance(answer, Refused):
        found.quarantined += 1
        found.malformed.append(f"{file.name}: line {message.line}: {answer}")
    elif answer["repeated"]:
        found.repeated += 1
    else:
        found.accepted += 1


def _file(message: Message, *, mark: str, staff: Caller) -> dict[str, Any] | Refused:
    body = {
        "words": message.shown,
        "channel": CHANNEL,
        "speaker_name": "留言市民",
        "outer_number": f"{mark}-{message.number}"[:64],
    }
    if message.said_at is not None:
        body["said_at"] = message.said_at.isoformat()
    try:
        return staff.post("/requests", body)
    except Refused as refused:
        return refused


def read_series(file: Path) -> Iterator[tuple[int, float] | str]:
    """(ms, value) of an NAB file (``timestamp,value``; times without a zone are UTC), or why a row is malformed."""
    with file.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.reader(lines), start=1):
            if number == 1 and row and row[0].strip().lower() == "timestamp":
                continue
            try:
                moment = datetime.fromisoformat(row[0].strip())
                if moment.tzinfo is None:
                    moment = moment.replace(tzinfo=UTC)
                yield round(moment.timestamp() * 1000), float(row[1])
            except (ValueError, IndexError):
                yield f"{file.name}: line {number}: not a timestamp and a number: {','.join(row)[:60]}"


def series_code(file: Path) -> str:
    """The device's code for a file: its name, made fit, and the beginning of its digest."""
    return f"series-{re.sub(r'[^a-z0-9]+', '-', file.stem.lower())[:30].strip('-')}-{_fingerprint(file)[:6]}"


def replay_series(
    files: list[Path],
    staff: Caller,
    mqtt: tuple[str, int],
    community: str,
    secrets: dict[str, str],
    progress: Progress,
) -> Reconciliation:
    """Send each series as a device of its own with its own times, wait until all is stored, and count.

    ``secrets`` holds the devices' secrets by code and gains those of newly enrolled ones.
    """
    found = Reconciliation()
    before = staff.get("/telemetry/status")
    for file in files:
        code = series_code(file)
        if code not in secrets:
            secrets[code] = _series_device(code, file, staff)
        line = Line(*mqtt, user=code, secret=secrets[code], community=community)
        try:
            line.wait_connected()
            _send_series(file, line, code, found, progress)
        finally:
            line.close()
    after = _wait_until_stored(staff)
    found.accepted = after["accepted"] - before["accepted"]
    found.repeated += after["repeated"] - before["repeated"]
    found.quarantined = after["quarantined"] - before["quarantined"]
    found.stored = found.accepted + found.repeated
    return found


def _send_series(file: Path, line: Line, code: str, found: Reconciliation, progress: Progress) -> None:
    done, position = progress.of(file), 0
    batch: list[dict] = []

    def flush() -> None:
        if batch:
            line.publish(code, json.dumps(batch))
            batch.clear()

    for row in read_series(file):
        if isinstance(row, str):
            found.malformed.append(row)
            continue
        position += 1
        found.sent += 1
        if position <= done:
            found.repeated += 1
            continue
        batch.append({"t": row[0], "v": {"value": row[1]}})
        if len(batch) >= READINGS_A_MESSAGE:
            flush()
            if line.waiting > 50 and line.drain():
                progress.note(file, position)
                _say(f"{file.name}: {position:,} readings sent")
    flush()
    if not line.drain():
        raise TimeoutError(f"{file.name}: the message server has not acknowledged {line.waiting} messages")
    progress.note(file, position)
    _say(f"{file.name}: {position:,} readings sent")


def _series_device(code: str, file: Path, staff: Caller) -> str:
    try:
        return staff.post("/devices", {"code": code, "type": "series", "name": file.stem[:64]})["secret"]
    except Refused as refused:
        if refused.code != "device_code_taken":
            raise
    return staff.post(f"/devices/{code}/secret")["secret"]


def _wait_until_stored(staff: Caller) -> dict[str, Any]:
    until = time.monotonic() + SETTLE_SECONDS
    while True:
        status = staff.get("/telemetry/status")
        if status["lag"] == 0:
            return status
        if time.monotonic() > until:
            raise TimeoutError(
                f"ingest has not stored {status['lag']} messages: {status['trouble'] or 'is it running?'}"
            )
        time.sleep(0.1)


def _fingerprint(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
