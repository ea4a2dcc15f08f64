"""The ring as a process holds it: read when needed, forgotten after a minute, so that a dead key service closes reads."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from threading import Lock

from django.conf import settings

from linli.config.secrets import keep, replace
from linli.foundation.vault.errors import KeysUnavailable
from linli.foundation.vault.ring import Ring
from linli.foundation.vault.sources import source

HELD_FOR = 60.0
"""Seconds: so long a process may go on after its keys were taken away, and so late it learns of a rotation."""


class _Held:
    def __init__(self) -> None:
        self.ring: Ring | None = None
        self.read_at = 0.0
        self.place = ""
        self.lock = Lock()


_held = _Held()


def ring(*, fresh: bool = False) -> Ring:
    """The keys now; ``fresh`` reads them anew.

    Raises :class:`KeysUnavailable` when they cannot be reached, when they are gone, and when they are others than those
    with which this installation has sealed: nothing is ever sealed with keys that open nothing of what is there.
    """
    place = f"{settings.LINLI_KEYS}|{settings.LINLI_HOME}"
    with _held.lock:
        age = time.monotonic() - _held.read_at
        if _held.ring is None or fresh or age > HELD_FOR or _held.place != place:
            _held.ring = None
            found = source().load(begin=not _public_path().exists())
            _publish(found)
            _held.ring, _held.read_at, _held.place = found, time.monotonic(), place
        return _held.ring


def replace_ring(changed: Ring) -> None:
    """Write a changed ring for every process; raises :class:`KeysUnavailable`."""
    source().save(changed)
    forget()


def forget() -> None:
    """Let go of the keys held in memory."""
    with _held.lock:
        _held.ring = None


def box_public() -> bytes:
    """The public key to which values are sealed while the keys are away; raises :class:`KeysUnavailable` before the
    keys have been seen for the first time on this machine."""
    try:
        return base64.b64decode(_public_path().read_text())
    except (OSError, ValueError) as error:
        raise KeysUnavailable from error


def _publish(found: Ring) -> None:
    """Keep the public key of the box; one that this ring never had belongs to other keys, one from before a rotation is replaced."""
    text = base64.b64encode(found.box_public).decode()
    known = keep(_public_path(), text)
    if known == text:
        return
    if known not in {base64.b64encode(one).decode() for one in found.known_publics}:
        raise KeysUnavailable
    replace(_public_path(), text.encode())


def _public_path() -> Path:
    return settings.LINLI_HOME / "keys" / "box.pub"
