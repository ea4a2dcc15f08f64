"""A file of readings that a person brings by the browser: kept sealed for a day, checked and imported in the background.

What is checked and sent, and by which gates, is :func:`~linli.sense.telemetry.importing.actions.import_readings`; here is only
how far it is, and whose it is. Begun again after a crash, or brought a second time, it stores nothing twice.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.queries import actor_of
from linli.foundation.errors import Conflict, NotAllowed, NotFound, Refusal
from linli.foundation.events.recording import record
from linli.foundation.registry.importing.reading import read_table
from linli.foundation.vault.resealing import reseals_files
from linli.foundation.vault.sealing import seal_bytes, unseal_bytes
from linli.sense.telemetry.importing.actions import Imported, import_readings, layout_in
from linli.sense.telemetry.models import ReadingsFile

FILE_KEPT = timedelta(days=1)
LABELS = {"content": "telemetry.readingsfile.content", "bad_rows": "telemetry.readingsfile.bad_rows"}
_BOOKS = (b"PK", b"\xd0\xcf\x11\xe0")


def keep_file(content: bytes, file_name: str, *, actor: Actor) -> ReadingsFile:
    """Keep a CSV or an Excel file, and let the background check it.

    Raises :class:`NotAllowed`, and :class:`Invalid` for a file that cannot be read or lacks a column.
    """
    if not actor.is_community_staff or actor.account_id is None:
        raise NotAllowed
    text = as_csv(content) if content.startswith(_BOOKS) else content
    layout = layout_in(io.BytesIO(text))
    with transaction.atomic():
        forget_old_files()
        kept = ReadingsFile.objects.create(
            file_name=PurePath(file_name).name[:120],
            content=seal_bytes(text, LABELS["content"]),
            heading=list(layout.heading),
            of=max(0, text.count(b"\n") + (not text.endswith(b"\n")) - 1),
            brought_by_id=actor.account_id,
            brought_at=clock.real_now(),
        )
        _enqueue("check_readings", kept)
    return kept


def start_file(file_id: int, *, actor: Actor) -> ReadingsFile:
    """Let the background import its good rows; twice is once. Raises :class:`NotFound`, and :class:`Conflict` while there is
    nothing to import."""
    if not actor.is_community_staff:
        raise NotAllowed
    with transaction.atomic():
        kept = ReadingsFile.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=file_id).first()
        if kept is None:
            raise NotFound
        again = kept.state == ReadingsFile.State.FAILED and bool(kept.content) and kept.readings > 0
        if kept.state == ReadingsFile.State.CHECKED or again:
            if not kept.readings:
                raise Conflict(_("这个文件里没有能导入的读数。"), code="nothing_to_import")
            kept.state, kept.at, kept.trouble = ReadingsFile.State.SENDING, 0, ""
            kept.save(update_fields=["state", "at", "trouble"])
            record("telemetry.readings_file_started", kept, actor=actor, readings=kept.readings, bad=kept.bad)
            _enqueue("send_readings", kept)
    return kept


def check_file(file_id: int) -> None:
    """Check the whole file by the gates of whoever brought it; writes down its counts and returns its bad rows."""
    with _whose(file_id, ReadingsFile.State.CHECKING) as (kept, actor):
        if kept is not None:
            bad = io.StringIO()
            done = import_readings(
                io.BytesIO(content_of(kept)), actor=actor, bad_rows=bad, check_only=True, tell=_telling(kept)
            )
            _settle(kept, done, bad.getvalue(), ReadingsFile.State.CHECKED)


def send_file(file_id: int) -> None:
    """Check it once more, as things are now, and put its good rows into the stream."""
    with _whose(file_id, ReadingsFile.State.SENDING) as (kept, actor):
        if kept is not None:
            bad = io.StringIO()
            done = import_readings(
                io.BytesIO(content_of(kept)), actor=actor, bad_rows=bad, good_rows=True, tell=_telling(kept)
            )
            kept.content = b""
            _settle(kept, done, bad.getvalue(), ReadingsFile.State.DONE)


def content_of(kept: ReadingsFile) -> bytes:
    return unseal_bytes(bytes(kept.content), LABELS["content"])


def bad_rows_of(kept: ReadingsFile) -> str:
    """The bad rows as a CSV with their line and the reason; empty when there are none."""
    return unseal_bytes(bytes(kept.bad_rows), LABELS["bad_rows"]).decode() if kept.bad_rows else ""


def load_file(file_id: int, *, actor: Actor) -> ReadingsFile:
    """Raises :class:`NotFound`."""
    found = ReadingsFile.objects.visible_to(actor).defer("content").filter(pk=file_id).first()
    if found is None:
        raise NotFound
    return found


def forget_old_files() -> int:
    return ReadingsFile.objects.filter(brought_at__lt=clock.real_now() - FILE_KEPT).delete()[0]


def as_csv(book: bytes) -> bytes:
    """The first sheet as CSV, each row on its own line of the file. Raises :class:`Invalid`."""
    table = read_table(book)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(map(_written, table.headings))
    line = table.lines[0][0] if table.lines else 0
    for number, cells in table.lines:
        out.write("\r\n" * (number - line))
        writer.writerow([_written(cell).replace("\n", " ").replace("\r", " ") for cell in cells])
        line = number + 1
    return out.getvalue().encode()


def _written(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="milliseconds" if cell.microsecond else "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


@contextlib.contextmanager
def _whose(file_id: int, state: str) -> Iterator[tuple[ReadingsFile | None, Actor]]:
    """The file in this state and who brought it, as they are now, in their language; ``None`` once it is done or gone. A
    refusal is written down."""
    kept = ReadingsFile.objects.select_related("brought_by").filter(pk=file_id, state=state).first()
    if kept is None:
        yield None, Actor.nobody()
        return
    with translation.override(kept.brought_by.language or settings.LANGUAGE_CODE):
        try:
            yield kept, actor_of(kept.brought_by)
        except Refusal as refusal:
            _fail(kept, refusal.code)
        except Exception:
            _fail(kept, "broken")
            raise


def _fail(kept: ReadingsFile, trouble: str) -> None:
    ReadingsFile.objects.filter(pk=kept.pk).update(state=ReadingsFile.State.FAILED, trouble=trouble[:24])


def _settle(kept: ReadingsFile, done: Imported, bad: str, state: str) -> None:
    with transaction.atomic():
        kept.state, kept.at, kept.of = state, done.lines, done.lines
        kept.readings, kept.bad, kept.sent = done.readings, done.bad, done.sent
        kept.bad_rows = seal_bytes(bad.encode(), LABELS["bad_rows"]) if done.bad else b""
        # One that was erased or has lapsed meanwhile is gone, and stays so.
        fields = ("state", "at", "of", "readings", "bad", "sent", "bad_rows", "content")
        ReadingsFile.objects.filter(pk=kept.pk).update(**{name: getattr(kept, name) for name in fields})


def _telling(kept: ReadingsFile) -> Callable[[str, int], None]:
    """Half of an import is its second check. A busy database costs a step of what is shown, never the import."""
    sends = kept.state == ReadingsFile.State.SENDING

    def tell(what: str, lines: int) -> None:
        at = lines if not sends else lines // 2 if what == "check" else (kept.of + lines) // 2
        with contextlib.suppress(OperationalError):
            ReadingsFile.objects.filter(pk=kept.pk).update(at=min(at, kept.of))

    return tell


def _enqueue(name: str, kept: ReadingsFile) -> None:
    community, number = kept.community_id, kept.pk

    def enqueue() -> None:
        from linli.sense.telemetry import tasks

        getattr(tasks, name).enqueue(community, number)

    transaction.on_commit(enqueue)


reseals_files(*((ReadingsFile, column, label) for column, label in LABELS.items()))
