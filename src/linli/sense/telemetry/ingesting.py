"""The ingest process: read a batch, store it, acknowledge it, seal now and then; for as long as it takes.

What goes wrong outside (message server away, database locked, disk full) is said plainly and waited out; nothing is
acknowledged that is not on disk, so nothing is lost meanwhile.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.sense.telemetry.ahead import BACKLOG, Ahead
from linli.sense.telemetry.broker import service_address
from linli.sense.telemetry.isolating import Isolator
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import HotObservation, IngestCursor
from linli.sense.telemetry.sealing import compact, seal
from linli.sense.telemetry.storing import Counts, CursorMoved, Store
from linli.sense.telemetry.stream import (
    STREAM,
    Reader,
    drop,
    ensure_stream,
    erase,
    purge_retained,
    purge_stored,
)
from linli.sense.telemetry.wire import Connection, WireError

log = logging.getLogger(__name__)

BATCH_MESSAGES = 5_000
BATCH_SECONDS = 0.1
IDLE_SECONDS = 1.0
SEAL_ROWS = 200_000
SEAL_SECONDS = 300.0
HEARTBEAT_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 5.0

Say = Callable[[str], None]


class AlreadyRunning(RuntimeError):
    """Another ingest process works on the same home."""


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the lock of this home's ingest; raises :class:`AlreadyRunning`. The kernel frees it when we die."""
    (home / "nats").mkdir(parents=True, exist_ok=True)
    with (home / "nats" / "ingest.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise AlreadyRunning(_("这里已经有一个 linli ingest 在运行。")) from held
        yield


class Ingest:
    """Stores the stream until :meth:`stop`; ``say`` gets one plain sentence whenever trouble comes or goes."""

    def __init__(
        self,
        home: Path,
        *,
        say: Say,
        seal_rows: int = SEAL_ROWS,
        seal_seconds: float = SEAL_SECONDS,
        backlog: int = BACKLOG,
    ) -> None:
        self._home = home
        self._say = say
        self._seal_rows = seal_rows
        self._seal_seconds = seal_seconds
        self._backlog = backlog
        self._lake = Lake(home / "lake")
        self._store = Store(self._lake)
        self._isolated = Isolator(self._store)
        self._stopping = threading.Event()
        self._trouble = ""
        self._hot = 0
        self._unread = False
        self._sealed_at = time.monotonic()
        self._alive_at = float("-inf")
        self.counts = Counts()

    def stop(self) -> None:
        """Finish the batch at hand and return from :meth:`run`."""
        self._stopping.set()

    def run(self, *, until: int | None = None) -> None:
        """Store until :meth:`stop`; with ``until``, return once the stream is stored and sealed up to there."""
        orphans_removed = False
        pause = 0.1
        while not self._stopping.is_set():
            try:
                if not orphans_removed:
                    with self._lake.alone():
                        self._lake.remove_orphans()
                    orphans_removed = True
                self._follow(until)
                pause = 0.1
            except WireError as gone:
                self._trouble_is(_("消息服务器连不上，等它回来：%(why)s") % {"why": gone})
            except CursorMoved:
                self._trouble_is(_("另一个进程也在存这条流，从它停下的地方接着存。"))
            except (DatabaseError, OSError) as broken:
                self._trouble_is(_("数据存不下去，消息留在消息服务器里等着：%(why)s") % {"why": _plainly(broken)})
                connection.close()
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        connection.close()

    def _follow(self, until: int | None) -> None:
        address = service_address(self._home)
        with (
            contextlib.closing(Connection(address, name="ingest")) as link,
            contextlib.closing(Ahead(self._lake, address, backlog=self._backlog)) as ahead,
        ):
            stream = ensure_stream(link)
            self._store.erase = functools.partial(erase, link)
            self._store.drop = functools.partial(drop, link)
            reader = Reader(link, after=self._store.open(stream.made))
            self._hot = HotObservation.objects.count()
            while not self._stopping.is_set():
                self._count(ahead.look(self._store, reader.waiting))
                if not ahead.unfinished:
                    self._take(reader)
                self._beat()
                if self._seal_is_due():
                    self._seal()
                    purge_stored(link, self._store.sequence)
                    purge_retained(link)
                if until is not None and self._store.sequence >= until:
                    self._seal()
                    self.stop()

    def _take(self, reader: Reader) -> None:
        messages = reader.batch(most=BATCH_MESSAGES, seconds=BATCH_SECONDS, idle_seconds=IDLE_SECONDS)
        if not messages:
            self._store.look_for_calm()
            return
        self._count(self._isolated.store(messages))
        reader.acknowledge(messages[-1])
        self._trouble_is("")

    def _count(self, counts: Counts) -> None:
        self._hot += counts.accepted
        self.counts += counts
        self._unread = self._unread or counts.unconsented + counts.undeclared + counts.withheld > 0

    def _seal_is_due(self) -> bool:
        waited = time.monotonic() - self._sealed_at > self._seal_seconds
        return self._hot >= self._seal_rows or (waited and (self._hot > 0 or self._unread))

    def _seal(self) -> None:
        """Until nothing is hot: what arrives meanwhile waits in the stream, which is purged after it."""
        while moved := seal(self._lake, stream=STREAM, sequence=self._store.sequence):
            self._hot = max(0, self._hot - moved)
        compact(self._lake)
        self._unread = False
        self._sealed_at = time.monotonic()

    def _beat(self) -> None:
        if time.monotonic() - self._alive_at < HEARTBEAT_SECONDS:
            return
        with transaction.atomic():
            IngestCursor.objects.filter(stream=STREAM).update(alive_at=clock.real_now(), trouble="")
        self._alive_at = time.monotonic()
        self._trouble_is("")

    def _trouble_is(self, trouble: str) -> None:
        if trouble == self._trouble:
            return
        self._trouble = trouble
        self._say(trouble or _("又能存了。"))
        with contextlib.suppress(DatabaseError):
            IngestCursor.objects.filter(stream=STREAM).update(trouble=trouble[:200])


def collect_garbage_less_often() -> None:
    """For a process that only stores: a batch makes hundreds of thousands of small things that live as long as it, and
    Python would look through all of them many times; that is a fifth of its work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def _plainly(broken: Exception) -> str:
    words = str(broken)
    if "disk is full" in words or "No space left" in words:
        return _("磁盘满了，请腾出空间")
    if "locked" in words:
        return _("数据库被别的程序占着")
    return words
