"""Something in a series that is unlike all that it has shown before. Pure, one pass, no look-ahead, no training.

Three surprises are measured for each point and made comparable by how rare each has been in this series so far:

- *shape*, short and long: the distance of the newest 6 (and 24) values to the nearest pieces of the history
  (nearest-neighbour discords, as in KNN-CAD: Burnaev and Ishimtsev, 2016);
- *time of day*: the distance to the nearest value within half an hour of the same time on each of the 14 days before
  (contextual anomaly; the second smallest counts, so that one odd day teaches nothing).

How rare: the negative decimal logarithm of the tail beyond the 90 % quantile, whose logarithm is taken to be
exponential (Hill's estimator, as in SPOT: Siffer et al., 2017), with a prior of five excesses. Their sum is the score.
A point speaks only when its score is the highest of the last 200: what goes on is one anomaly, not two hundred.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from math import log, log10
from typing import Any

import numpy as np

HISTORY = 3000
"""Points that are compared with."""
RARITY = 4000
"""Earlier surprises by which a new one is judged."""
PIECES = (6, 24)
NEIGHBOURS = 5
WARM_UP = 50
"""Points before the first verdict."""
TAIL = 0.1
PRIOR_EXCESSES, PRIOR_MEAN = 10, 0.25
ASK_TAIL_EVERY = 25
MOST = 8.0
"""No surprise counts for more than one in 10⁸."""
ONE_ANOMALY = 200
FADES_OVER = 50
"""Points."""
DAY, AROUND, DAYS = 1440.0, 30.0, 14
"""Minutes of a day, minutes on both sides of the same time of day, and how many days."""


@dataclass(frozen=True)
class Verdict:
    """``score`` is the surprise, from 0; ``speaks`` the same where it is the highest of :data:`ONE_ANOMALY`, else 0.

    A score of 5 is reached by chance by about one point in 10⁵ of a series that goes on as before, three independent
    surprises together; ``level`` is its mean with weights that fade over :data:`FADES_OVER` points, how odd the time is rather
    than the point; ``parts`` are the surprises by name.
    """

    score: float
    speaks: float
    level: float
    parts: dict[str, float]


class _Rarity:
    """How rare a surprise is among those before it."""

    def __init__(self) -> None:
        self.past: deque[float] = deque(maxlen=RARITY)
        self._seen = 0
        self._fit: tuple[float, float, float] | None = None

    def judge(self, surprise: float) -> float:
        """Decimal digits of rarity, 0 to :data:`MOST`; the surprise then belongs to the past."""
        digits = 0.0
        if self._seen >= WARM_UP:
            if self._fit is None or self._seen % ASK_TAIL_EVERY == 0:
                self._fit = self._fitted()
            grain, from_, mean = self._fit
            digits = -log10(TAIL) + (log(surprise + grain) - from_) / (mean * log(10))
        self.past.append(surprise)
        self._seen += 1
        return min(MOST, max(0.0, digits))

    def _fitted(self) -> tuple[float, float, float]:
        past = np.fromiter(self.past, float)
        grain = float(np.median(past)) * 0.1 + 1e-12
        logs = np.log(past + grain)
        from_ = float(np.quantile(logs, 1 - TAIL))
        excess = logs[logs > from_] - from_
        mean = (float(excess.sum()) + PRIOR_EXCESSES * PRIOR_MEAN) / (len(excess) + PRIOR_EXCESSES)
        return grain, from_, mean

    def keep(self) -> dict[str, Any]:
        return {"past": list(self.past), "seen": self._seen, "fit": self._fit}

    @classmethod
    def load(cls, kept: dict[str, Any]) -> _Rarity:
        rarity = cls()
        rarity.past.extend(kept["past"])
        rarity._seen = kept["seen"]
        rarity._fit = tuple(kept["fit"]) if kept["fit"] else None
        return rarity


class StreamingAnomaly:
    """Feed it points in the order of their time; :meth:`keep` and :meth:`load` carry it over a restart unchanged."""

    def __init__(self) -> None:
        self._minutes = np.empty(2 * HISTORY)
        self._values = np.empty(2 * HISTORY)
        self._held = 0
        self._rarities = [_Rarity() for _ in (*PIECES, "time of day")]
        self._scores: deque[float] = deque(maxlen=ONE_ANOMALY)
        self._level = 0.0

    def observe(self, at: datetime, value: float) -> Verdict:
        self._append(at.timestamp() / 60, value)
        surprises = [self._shape(length) for length in PIECES] + [self._time_of_day()]
        digits = [rarity.judge(one) for rarity, one in zip(self._rarities, surprises, strict=True)]
        score = sum(digits)
        speaks = score if score > max(self._scores, default=0.0) else 0.0
        self._scores.append(score)
        self._level += (score - self._level) / FADES_OVER
        names = [*(f"shape_{length}" for length in PIECES), "time_of_day"]
        return Verdict(score, speaks, self._level, dict(zip(names, digits, strict=True)))

    def keep(self) -> dict[str, Any]:
        """Its memory as JSON."""
        return {
            "minutes": self._minutes[: self._held].tolist(),
            "values": self._values[: self._held].tolist(),
            "rarities": [rarity.keep() for rarity in self._rarities],
            "scores": list(self._scores),
            "level": self._level,
        }

    @classmethod
    def load(cls, kept: dict[str, Any]) -> StreamingAnomaly:
        loaded = cls()
        loaded._held = len(kept["values"])
        loaded._minutes[: loaded._held] = kept["minutes"]
        loaded._values[: loaded._held] = kept["values"]
        loaded._rarities = [_Rarity.load(one) for one in kept["rarities"]]
        loaded._scores.extend(kept["scores"])
        loaded._level = kept["level"]
        return loaded

    def _append(self, minute: float, value: float) -> None:
        if self._held == 2 * HISTORY:
            for array in (self._minutes, self._values):
                array[:HISTORY] = array[HISTORY:]
            self._held = HISTORY
        self._minutes[self._held], self._values[self._held] = minute, value
        self._held += 1

    def _shape(self, length: int) -> float:
        """Root mean square distance of the newest piece to its nearest ones that do not overlap it."""
        newest = self._held
        if newest < 2 * length + 20:
            return 0.0
        first = max(0, newest - HISTORY)
        pieces = np.lib.stride_tricks.sliding_window_view(self._values[first : newest - length], length)
        apart = pieces - self._values[newest - length : newest]
        squares = np.einsum("ij,ij->i", apart, apart)
        nearest = min(NEIGHBOURS, len(squares))
        return float(np.sqrt(np.partition(squares, nearest - 1)[:nearest].mean() / length))

    def _time_of_day(self) -> float:
        now, value = self._minutes[self._held - 1], self._values[self._held - 1]
        minutes = self._minutes[: self._held - 1]
        apart = []
        for days in range(1, DAYS + 1):
            around = now - DAY * days
            if not len(minutes) or around + AROUND < minutes[0]:
                break
            first, last = np.searchsorted(minutes, (around - AROUND, around + AROUND))
            if last > first:
                apart.append(float(np.abs(self._values[first:last] - value).min()))
        apart.sort()
        return apart[min(1, len(apart) - 1)] if apart else 0.0
