"""One message that cannot be stored must not hold up everybody's: it is found by halving its batch, and given up.

Only what belongs to the message counts: while the disk is full or the database away nothing is given up, the stream holds
it. A fault of ours would make every message look like the culprit, so that few are given up an hour; then the stream
waits, and the trouble is told.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError

from linli.sense.telemetry.storing import Counts, CursorMoved, Store
from linli.sense.telemetry.stream import Message

log = logging.getLogger(__name__)

MOST_AN_HOUR = 10
_NOT_THE_MESSAGES = (CursorMoved, OperationalError, InterfaceError, OSError)


class Isolator:
    """Stores through ``store``; :meth:`store` raises what that raises, unless one message alone is to blame."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._given_up: deque[float] = deque(maxlen=MOST_AN_HOUR)

    def store(self, messages: Sequence[Message]) -> Counts:
        try:
            return self._store.store(messages)
        except _NOT_THE_MESSAGES:
            raise
        except Exception:
            if len(messages) > 1:
                half = len(messages) // 2
                return self.store(messages[:half]) + self.store(messages[half:])
            if not self._may_give_up():
                raise
            log.exception("message %d cannot be stored and is given up", messages[0].sequence)
            return self._store.give_up(messages[0])

    def _may_give_up(self) -> bool:
        now = time.monotonic()
        if len(self._given_up) == MOST_AN_HOUR and now - self._given_up[0] < 3600:
            return False
        self._given_up.append(now)
        return True
