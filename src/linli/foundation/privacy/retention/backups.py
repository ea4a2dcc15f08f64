"""Which archives were made and where: they expire, and the list of erasures must lie beside each.

``linli backup`` writes them down in ``LINLI_HOME/backups.ndjson``. The newest is never removed, whatever its age: an
old backup is worth more than none. A copy that somebody made of an archive is out of reach: ``docs/retention.md``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from linli.foundation import clock


@dataclass(frozen=True)
class Archive:
    """``made_at`` is ISO 8601 by the machine's clock; ``size`` in bytes tells the file from another of that name."""

    path: str
    made_at: str
    size: int

    @property
    def there(self) -> bool:
        path = Path(self.path)
        return path.is_file() and path.stat().st_size == self.size

    @property
    def age(self) -> timedelta:
        return clock.real_now() - datetime.fromisoformat(self.made_at)


def note(path: Path, made_at: str) -> None:
    """Remember an archive that was just written."""
    listed = _listed()
    line = json.dumps(asdict(Archive(str(path), made_at, path.stat().st_size)), ensure_ascii=False) + "\n"
    listed.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(listed, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(line.encode())


def archives() -> Iterator[Archive]:
    """Those that were made here and are still there, oldest first."""
    if not _listed().exists():
        return
    for line in _listed().read_text(encoding="utf-8").splitlines():
        try:
            one = Archive(**json.loads(line))
        except (ValueError, TypeError):
            continue
        if one.there:
            yield one


def folders() -> list[Path]:
    """Where archives lie."""
    return sorted({Path(one.path).parent for one in archives()})


def expired() -> list[Archive]:
    """Archives older than ``LINLI_BACKUP_DAYS``, but never the newest; none where that is 0."""
    kept = settings.LINLI_BACKUP_DAYS
    if not kept:
        return []
    return [one for one in list(archives())[:-1] if one.age > timedelta(days=kept)]


def remove_expired() -> list[Archive]:
    """Delete them; returns those that went. One that cannot be deleted is left for the next time and for ``doctor``."""
    gone = []
    for one in expired():
        try:
            Path(one.path).unlink()
        except OSError:
            continue
        gone.append(one)
    if gone:
        _forget(gone)
    return gone


def _forget(gone: list[Archive]) -> None:
    """Take archives off the list that are no longer there."""
    kept = [json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in archives() if one not in gone]
    draft = _listed().with_suffix(".part")
    draft.write_text("".join(kept), encoding="utf-8")
    draft.chmod(0o600)
    draft.replace(_listed())


def _listed() -> Path:
    return settings.LINLI_HOME / "backups.ndjson"
