"""What is to be done when: a heap of moments (ms) and deeds."""

from __future__ import annotations

import heapq
from collections.abc import Callable

Deed = Callable[[int], object]


class Agenda:
    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Deed]] = []
        self._serial = 0

    def put(self, when: int, deed: Deed) -> None:
        """``deed(when)`` shall be done at ``when``; deeds of one moment keep their order."""
        self._serial += 1
        heapq.heappush(self._heap, (when, self._serial, deed))

    def next_at(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def run_until(self, now: int) -> int:
        """Do everything due up to ``now``, also what that puts on the agenda; returns how many deeds."""
        done = 0
        while self._heap and self._heap[0][0] <= now:
            when, _, deed = heapq.heappop(self._heap)
            deed(when)
            done += 1
        return done
