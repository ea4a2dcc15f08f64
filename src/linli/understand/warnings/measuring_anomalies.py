"""How the Numenta Anomaly Benchmark scores detections, and the volume under the surface of precision and recall. Pure.

After the official scorer (github.com/numenta/NAB, ``nab/sweeper.py``, ``nab/scorer.py``): a window counts once, by its
earliest detection; false detections cost by their distance from the last window; the first 15 % of a series (750 points
at most) count nothing; one threshold holds for all series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf

import numpy as np

PROBATION, PROBATION_OF_AT_MOST = 0.15, 5000


@dataclass(frozen=True)
class Profile:
    """What a found window, a missed one and a false detection weigh."""

    found: float
    missed: float
    false: float


PROFILES = {
    "standard": Profile(1.0, 1.0, 0.11),
    "reward_low_FP_rate": Profile(1.0, 1.0, 0.22),
    "reward_low_FN_rate": Profile(1.0, 2.0, 0.11),
}


@dataclass(frozen=True)
class Series:
    """Scores of one series, one for each point, and its windows as (first, last) positions, both inside."""

    name: str
    scores: Sequence[float]
    windows: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Scored:
    """``score`` is 100 for a perfect detector and 0 for one that says nothing; ``threshold`` the best for all series."""

    score: float
    threshold: float


def probation(points: int) -> int:
    return int(PROBATION * min(points, PROBATION_OF_AT_MOST))


def swept(series: Sequence[Series], profile: Profile) -> Scored:
    """The score at the threshold that is best over all series together, as the official optimiser finds it."""
    windows = sum(len(one.windows) for one in series)
    raw = best = -profile.missed * windows
    best_at = inf
    credited: dict[tuple[int, int], float] = {}
    points = sorted(
        (point for n, one in enumerate(series) for point in _points(n, one)), key=lambda point: -point.score
    )
    for place, point in enumerate(points):
        raw += _gain(point, credited, profile)
        last = place + 1 == len(points) or points[place + 1].score != point.score
        if last and raw > best:
            best, best_at = raw, point.score
    return Scored(_normal(best, windows, profile), best_at)


def at_threshold(series: Sequence[Series], profile: Profile, thresholds: Sequence[float]) -> float:
    """The score with a threshold for each series, chosen elsewhere."""
    windows = sum(len(one.windows) for one in series)
    raw = -profile.missed * windows
    credited: dict[tuple[int, int], float] = {}
    for n, (one, threshold) in enumerate(zip(series, thresholds, strict=True)):
        for point in _points(n, one):
            raw += _gain(point, credited, profile) if point.score >= threshold else 0.0
    return _normal(raw, windows, profile)


def leaving_each_out(series: Sequence[Series], profile: Profile) -> float:
    """Each series scored at the threshold that is best for all the others."""
    thresholds = [swept([*series[:n], *series[n + 1 :]], profile).threshold for n in range(len(series))]
    return at_threshold(series, profile, thresholds)


def vus_pr(scores: Sequence[float], windows: Sequence[tuple[int, int]], *, widest: int = 100, step: int = 10) -> float:
    """Volume under the surface of precision, recall and buffer (Paparrizos et al., VLDB 2022); 0 to 1.

    For each buffer from 0 to ``widest`` points the labels slope down on both sides of each anomaly as the square root
    of the distance; recall is weighted by how many anomalies are touched at all. Average precision over the thresholds,
    averaged over the buffers.
    """
    order = np.argsort(-np.asarray(scores, float), kind="stable")
    ranked = np.asarray(scores, float)[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    areas = [_area(order, ends, len(ranked), windows, buffer) for buffer in range(0, widest + 1, step)]
    return float(np.mean(areas))


@dataclass(frozen=True)
class _Point:
    """``window`` is None outside; ``weight`` is what the sigmoid gives, scaled as the official scorer does."""

    score: float
    series: int
    window: int | None
    weight: float


def _points(number: int, one: Series):
    """The points that count."""
    inside = {at: n for n, (first, last) in enumerate(one.windows) for at in range(first, last + 1)}
    before: tuple[int, int] | None = None
    for at, score in enumerate(one.scores):
        window = inside.get(at)
        if window is not None:
            first, last = one.windows[window]
            weight = _sigmoid(-(last - at + 1) / (last - first + 1)) / _sigmoid(-1.0)
            before = (first, last)
        elif before is None:
            weight = -1.0
        else:
            first, last = before
            weight = _sigmoid((at - last) / (last - first)) if last > first else -1.0
        if at >= probation(len(one.scores)):
            yield _Point(score, number, window, weight)


def _gain(point: _Point, credited: dict[tuple[int, int], float], profile: Profile) -> float:
    """What counting this point as detected adds to the raw score."""
    if point.window is None:
        return point.weight * profile.false
    key = (point.series, point.window)
    had = credited.get(key, -profile.missed)
    credited[key] = max(had, point.weight * profile.found)
    return credited[key] - had


def _normal(raw: float, windows: int, profile: Profile) -> float:
    nothing, perfect = -profile.missed * windows, profile.found * windows
    return 100 * (raw - nothing) / (perfect - nothing)


def _sigmoid(place: float) -> float:
    """1 at the left of a window, 0 at its right end, -1 far behind it."""
    return -1.0 if place > 3 else 2 / (1 + exp(5 * place)) - 1


def _area(order, ends, length: int, windows: Sequence[tuple[int, int]], buffer: int) -> float:
    labels = np.zeros(length)
    half = buffer // 2
    for first, last in windows:
        labels[first : last + 1] = 1
        for away in range(1, half + 1):
            slope = (1 - away / (2 * half)) ** 0.5
            for at in (first - away, last + away):
                if 0 <= at < length:
                    labels[at] = max(labels[at], slope)
    hit = np.cumsum(labels[order])[ends]
    called = ends + 1.0
    rank = np.empty(length, int)
    rank[order] = np.arange(length)
    touched = np.sort([rank[max(0, a - half) : b + half + 1].min() for a, b in windows])
    share = np.searchsorted(touched, ends, side="right") / max(1, len(windows))
    whole = (sum(b - a + 1 for a, b in windows) + labels.sum()) / 2
    recall = np.minimum(hit / whole, 1) * share
    precision = hit / called
    return float((np.diff(np.append(0.0, recall)) * precision).sum())
