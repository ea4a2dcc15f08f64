"""Importing a file of readings: checked whole first, then put into the stream as the devices themselves would have said it.

Ingest stores them: a reading is known by device, metric and time, so that a file can be imported again after anything.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from hashlib import sha256
from typing import BinaryIO, TextIO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.documents.spreadsheets import plain
from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id
from linli.sense.telemetry import publishing
from linli.sense.telemetry.importing.checking import Checker
from linli.sense.telemetry.importing.reading import CHUNK, Layout, Unusable, encoding_of, lines_of, said_in
from linli.sense.telemetry.stream import subject_of
from linli.sense.telemetry.wire import WireError

READINGS_A_MESSAGE = 500
READINGS_HELD = 20_000
TELL_EVERY = 2_000
PATIENCE_SECONDS = 60.0

Tell = Callable[[str, int], None]
"""Called now and then with ``check`` or ``send`` and the number of lines so far."""


@dataclass
class Imported:
    """``readings`` that may be sent, lines with a fault, and what was put into the stream; ``encoding`` as it was read."""

    encoding: str
    lines: int = 0
    readings: int = 0
    bad: int = 0
    sent: int = 0
    messages: int = 0


def import_readings(
    file: BinaryIO,
    *,
    actor: Actor,
    bad_rows: TextIO | None = None,
    good_rows: bool = False,
    check_only: bool = False,
    zone: tzinfo | None = None,
    tell: Tell = lambda what, lines: None,
) -> Imported:
    """Check the whole file, write its bad rows with their line and the reason into ``bad_rows``, and send the others.

    With a bad row nothing is sent unless ``good_rows``. Times without a zone are of ``zone``, the neighbourhood's by default.
    Raises :class:`NotAllowed`, :class:`Invalid` for a file that cannot be read, :class:`Conflict` (``message_server_away``)
    when the message server does not answer for a minute: what was sent stays sent, and the file can be imported again.
    """
    if not (actor.system or actor.is_community_staff):
        raise NotAllowed()
    community = Community.objects.get(pk=active_community_id())
    zone = zone or ZoneInfo(settings.TIME_ZONE)
    try:
        done = Imported(encoding_of(file))
        _check(file, done, actor, bad_rows, zone, tell)
        if check_only or (done.bad and not good_rows) or not done.readings:
            return done
        digest = _digest(file)
        _send(file, done, community.code, actor, zone, tell)
    except Unusable as unusable:
        raise _refusal(unusable) from None
    with transaction.atomic():
        record(
            "telemetry.readings_imported", community, actor=actor, sha256=digest, readings=done.sent, bad=done.bad
        )  # fmt: skip
    return done


def layout_in(file: BinaryIO) -> Layout:
    """How the columns of the file are understood; raises :class:`Invalid`."""
    try:
        return lines_of(file, encoding_of(file))[0]
    except Unusable as unusable:
        raise _refusal(unusable) from None


def _check(file: BinaryIO, done: Imported, actor: Actor, bad_rows: TextIO | None, zone: tzinfo, tell: Tell) -> None:
    checker = Checker(actor, zone)
    layout, lines = lines_of(file, done.encoding)
    writer = csv.writer(bad_rows, delimiter=layout.separator) if bad_rows is not None else None
    if writer is not None:
        writer.writerow([*map(plain, layout.heading), _("行号"), _("原因")])
    for line, cells in lines:
        done.lines += 1
        faults: list[str] = []
        good = 0
        for said in said_in(layout, line, cells, zone):
            why = checker.judge(said)[2]
            good += not why
            faults += [why] if why else []
        done.readings += good
        if faults:
            done.bad += 1
            if writer is not None:
                padded = cells + [""] * (len(layout.heading) - len(cells))
                writer.writerow([*map(plain, padded[: len(layout.heading)]), line, " ".join(dict.fromkeys(faults))])
        if done.lines % TELL_EVERY == 0:
            tell("check", done.lines)
    tell("check", done.lines)


def _send(file: BinaryIO, done: Imported, community: str, actor: Actor, zone: tzinfo, tell: Tell) -> None:
    checker = Checker(actor, zone)
    layout, lines = lines_of(file, done.encoding)
    held: dict[str, list[bytes]] = {}
    waiting = 0
    for line, device, reading in _good(lines, layout, checker, zone):
        mine = held.setdefault(device, [])
        mine.append(reading)
        waiting += 1
        if len(mine) == READINGS_A_MESSAGE:
            _publish(community, device, held.pop(device), done)
            waiting -= READINGS_A_MESSAGE
        elif waiting >= READINGS_HELD:
            for code, readings in held.items():
                _publish(community, code, readings, done)
            held, waiting = {}, 0
        if line % TELL_EVERY == 0:
            tell("send", line)
    for code, readings in held.items():
        _publish(community, code, readings, done)
    tell("send", done.lines)


def _good(
    lines: Iterator[tuple[int, list[str]]], layout: Layout, checker: Checker, zone: tzinfo
) -> Iterator[tuple[int, str, bytes]]:
    for line, cells in lines:
        for said in said_in(layout, line, cells, zone):
            device, reading, why = checker.judge(said)
            if not why:
                yield line, device, reading


def _publish(community: str, device: str, readings: list[bytes], done: Imported) -> None:
    """Put a message into the stream; waits while the message server is away or the stream is full."""
    until = time.monotonic() + PATIENCE_SECONDS
    payload = b"[" + b",".join(readings) + b"]"
    while True:
        try:
            publishing.publish(subject_of(community, device), payload, asked=True)
            break
        except (WireError, OSError):
            if time.monotonic() > until:
                raise Conflict(
                    _("消息服务器没有回答。已经送出 %(n)s 条，请稍后把同一个文件再导入一次，不会重复。")
                    % {"n": done.sent},
                    code="message_server_away",
                ) from None
            time.sleep(1)
    done.sent += len(readings)
    done.messages += 1


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    made = sha256()
    while chunk := file.read(CHUNK):
        made.update(chunk)
    return made.hexdigest()


def _refusal(unusable: Unusable) -> Invalid:
    words = {
        "unknown_encoding": _("文件的编码看不懂，请存成 UTF-8 或者 GB18030。"),
        "no_heading": _("第一行要写列名。"),
        "missing_column": _("缺少“%(what)s”这一列。") % {"what": unusable.what},
        "twice": _("“%(what)s”这一列出现了两次。") % {"what": unusable.what},
        "long_line": _("第 %(what)s 行读不出来，引号可能没有关上。") % {"what": unusable.what},
    }
    return Invalid(words[unusable.code], code=unusable.code, field="file")
