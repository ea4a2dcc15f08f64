"""Publishing into the stream on behalf of the HTTP door: one connection a web process, answered once it is on disk."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from django.conf import settings

from linli.sense.telemetry.broker import service_address
from linli.sense.telemetry.stream import ASKED, StreamError
from linli.sense.telemetry.wire import Connection, WireError

ANSWER_SECONDS = 5.0

_lock = threading.Lock()
_link: Connection | None = None


def publish(subject: bytes, payload: bytes, *, home: Path | None = None, asked: bool = False) -> int:
    """Put ``payload`` into the stream; returns its sequence once the message server has it on disk.

    What a person ``asked`` for, such as the readings of a file, is no flood of the device that it is about.
    Raises :class:`WireError` when it cannot say so: the caller must send it again, which is harmless.
    """
    global _link
    with _lock:
        fresh = _link is None
        if _link is None:
            _link = Connection(service_address(home or settings.LINLI_HOME), name="http-door")
        try:
            return _put(_link, subject, payload, asked)
        except WireError:
            _link.close()
            _link = None
            if fresh:
                raise
        _link = Connection(service_address(home or settings.LINLI_HOME), name="http-door")
        return _put(_link, subject, payload, asked)


def forget_connection() -> None:
    """Close the connection; the next :func:`publish` makes a new one."""
    global _link
    with _lock:
        if _link is not None:
            _link.close()
        _link = None


def _put(link: Connection, subject: bytes, payload: bytes, asked: bool) -> int:
    header = ASKED if asked else b""
    answer = json.loads(link.request(subject, payload, timeout=ANSWER_SECONDS, header=header))
    if "error" in answer:
        raise StreamError(answer["error"])
    return answer["seq"]
