"""The streaming detector and the scorer: restarts, no look-ahead, what it notices, and the official worked figures."""

import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.understand.warnings.detectors.anomaly import StreamingAnomaly
from linli.understand.warnings.measuring_anomalies import (
    PROFILES,
    Series,
    at_threshold,
    leaving_each_out,
    swept,
    vus_pr,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
STANDARD = PROFILES["standard"]


def wave(days, every=15):
    noise = 0.37
    for n in range(days * 1440 // every):
        noise = (noise * 997.13) % 1
        yield START + timedelta(minutes=every * n), 10 + 5 * math.sin(n * every / 1440 * 2 * math.pi) + noise / 5


def lived(points, detector=None):
    detector = detector or StreamingAnomaly()
    return [detector.observe(at, value) for at, value in points]


def test_a_day_unlike_the_others_speaks_once_and_ordinary_days_do_not():
    points = list(wave(9))
    ordinary = lived(points)
    assert max(verdict.speaks for verdict in ordinary[300:]) < 5
    first = 7 * 96 + 20
    points[first : first + 40] = [(at, 10.0) for at, _ in points[first : first + 40]]
    flat = lived(points)
    spoken = [n for n, verdict in enumerate(flat) if verdict.speaks >= 5 and n >= 300]
    assert spoken and all(first <= n < first + 64 for n in spoken) and len(spoken) < 15


@given(st.lists(st.floats(-1e6, 1e6), min_size=120, max_size=160), st.integers(1, 119))
@settings(max_examples=15)
def test_a_restart_changes_nothing_and_the_future_is_not_looked_at(values, cut):
    points = [(START + timedelta(minutes=5 * n), value) for n, value in enumerate(values)]
    whole = lived(points)
    before = StreamingAnomaly()
    first = lived(points[:cut], before)
    again = lived(points[cut:], StreamingAnomaly.load(json.loads(json.dumps(before.keep()))))
    assert [one.score for one in first + again] == [one.score for one in whole]


def sigmoid(place):
    return 2 / (1 + math.exp(5 * place)) - 1


def scores(points, length=200):
    return [points.get(n, 0.0) for n in range(length)]


def test_the_score_is_that_of_the_official_scorer():
    window = [(100, 149)]
    perfect = Series("a", scores({100: 1.0}), window)
    assert swept([perfect], STANDARD).score == pytest.approx(100)
    late = Series("b", scores({149: 1.0}), window)
    assert at_threshold([late], STANDARD, [0.5]) == pytest.approx(100 * (sigmoid(-1 / 50) / sigmoid(-1) + 1) / 2)
    false = Series("c", scores({100: 1.0, 50: 1.0, 170: 1.0}), window)
    cost = 0.11 * (-1 + sigmoid(21 / 49))
    assert at_threshold([false], STANDARD, [0.5]) == pytest.approx(100 * (1 + cost + 1) / 2)
    assert swept([Series("d", scores({}), window)], STANDARD).score == 0
    early = Series("e", scores({10: 9.0, 100: 1.0}), window)
    assert swept([early], STANDARD).score == pytest.approx(100), "the first 15 % count nothing"


def test_a_threshold_of_others_is_never_better_than_ones_own():
    series = [Series(str(n), scores({100: 1.0 + n, 60: 0.5 + n}), [(100, 149)]) for n in range(4)]
    assert leaving_each_out(series, STANDARD) <= swept(series, STANDARD).score


def test_the_surface_is_whole_for_a_perfect_ranking_and_small_for_a_random_one():
    windows = [(400, 499)]
    assert vus_pr([1.0 if 400 <= n <= 499 else 0.0 for n in range(1000)], windows, widest=0) == pytest.approx(1.0)
    assert vus_pr([(n * 7919) % 1000 for n in range(1000)], windows) < 0.3
    assert vus_pr([0.0] * 1000, windows, widest=0) == pytest.approx(0.1)
