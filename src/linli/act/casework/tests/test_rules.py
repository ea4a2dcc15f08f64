"""The pure rules: rates, deadlines with pauses, duplicates, titles."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.act.casework.rules.duplicates import Matter, alike, likeness
from linli.act.casework.rules.reckoning import reckon
from linli.act.casework.rules.three_rates import Answer, Order, three_rates
from linli.act.casework.rules.titles import LONGEST, title_of
from linli.foundation.lifecycle.deadlines import versions
from linli.foundation.shares import Rate, wilson

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
RULES = versions()[0]


def limits(level):
    return {step: RULES.limit(level, step) for step in ("accept", "contact", "finish")}


def test_the_worked_example_of_the_three_rates():
    """domain.md §18: 120 orders, 6 excluded, 111 contacted in time, 100 answers, 88 solved, 91 satisfied."""
    orders = [Order(True, excluded="duplicate")] * 4 + [
        Order(True, excluded="withdrawn"),
        Order(False, excluded="unreachable"),
    ]
    answers = [Answer(n < 88, 4 if n < 91 else 3) for n in range(100)]
    orders += [Order(n < 111, (answers[n],) if n < 100 else ()) for n in range(114)]
    rates = three_rates(orders)
    assert rates.base == 114
    assert rates.excluded == {"duplicate": 4, "withdrawn": 1, "unreachable": 1}
    assert round(100 * rates.response.share, 2) == 97.37
    assert (rates.resolution.n, 100 * rates.resolution.share) == (100, 88.0)
    assert 100 * rates.satisfaction.share == 91.0
    assert round(100 * rates.score, 2) == 91.07


def test_wilson_of_45_in_50():
    assert [round(edge, 4) for edge in wilson(45, 50)] == [0.7864, 0.9565]


def test_rates_of_fewer_than_ten_are_not_told():
    assert (Rate(9, 9).share, Rate(9, 9).interval) == (None, None)
    assert Rate(9, 10).share == 0.9
    assert three_rates([]).score is None


def test_whether_neutral_counts_is_a_switch():
    orders = [Order(True, (Answer(True, 3),))] * 10
    assert three_rates(orders).satisfaction.part == 0
    assert three_rates(orders, satisfied_from=3).satisfaction.part == 10


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_between_0_and_1(pair):
    part, n = pair
    low, high = wilson(part, n)
    assert 0 <= low <= part / n + 1e-12
    assert part / n - 1e-12 <= high <= 1


orders_ = st.lists(
    st.builds(
        Order,
        st.booleans(),
        st.lists(st.builds(Answer, st.booleans(), st.integers(1, 5)), max_size=3).map(tuple),
        st.sampled_from(["", "", "duplicate", "withdrawn"]),
    ),
    max_size=60,
)


@given(orders_)
def test_rates_agree_with_counting_by_hand(orders):
    rates = three_rates(orders)
    base = [o for o in orders if o.excluded == ""]
    assert rates.base == rates.response.n == len(base)
    assert rates.response.part == len([o for o in base if o.contacted_in_time])
    solved = satisfied = n = 0
    for order in base:
        for answer in order.answers:
            n += 1
            solved += answer.solved
            satisfied += answer.satisfaction in (4, 5)
    assert (rates.resolution.part, rates.satisfaction.part, rates.resolution.n) == (solved, satisfied, n)
    assert rates.base + sum(rates.excluded.values()) == len(orders)


@given(orders_)
def test_silent_orders_never_raise_resolution_or_satisfaction(orders):
    quiet = [*orders, *[Order(True)] * 7]
    assert three_rates(quiet).resolution == three_rates(orders).resolution
    assert three_rates(quiet).satisfaction == three_rates(orders).satisfaction


minutes = st.integers(1, 30 * 24 * 60)


@given(st.lists(st.tuples(minutes, minutes), max_size=4), st.sampled_from(["P0", "P1"]))
def test_calendar_deadlines_move_by_exactly_the_time_that_stood_still(spans, level):
    """Brute force, minute by minute: the limit is used up by minutes that lie in no pause."""
    pauses, at = [], NOON
    for wait, length in spans:
        began = at + timedelta(minutes=wait)
        at = began + timedelta(minutes=length)
        pauses.append((began, at))
    due = reckon(limits(level), opened_at=NOON, clock_from=NOON, pauses=pauses).finish.due_at
    left, moment = (30 if level == "P0" else 24 * 60), NOON
    while left:
        pause = next((p for p in pauses if p[0] <= moment < p[1]), None)
        if pause is not None:
            moment = pause[1]
            continue
        moment += timedelta(minutes=1)
        left -= 1
    assert due == moment


@given(minutes, minutes, st.sampled_from(["P2", "P3", "Q"]))
def test_a_pause_never_brings_a_deadline_forward(wait, length, level):
    pause = (NOON + timedelta(minutes=wait), NOON + timedelta(minutes=wait + length))
    without = reckon(limits(level), opened_at=NOON, clock_from=NOON)
    with_pause = reckon(limits(level), opened_at=NOON, clock_from=NOON, pauses=[pause])
    assert with_pause.finish.due_at >= without.finish.due_at
    assert with_pause.accept == without.accept
    if pause[0] >= without.finish.due_at:
        assert with_pause.finish.due_at == without.finish.due_at


def test_a_pause_before_the_clock_began_does_not_count():
    """A reopened case counts from its reopening."""
    pause = (NOON, NOON + timedelta(days=3))
    start = NOON + timedelta(days=5)
    assert reckon(limits("P1"), opened_at=NOON, clock_from=start, pauses=[pause]).finish.due_at == start + timedelta(
        hours=24
    )


def matter(words="楼道一直往下滴水", **fields):
    return Matter(
        **{"category": "050300", "level": "P2", "words": words, "at": NOON, "place": ("building", 1)} | fields
    )


def test_two_who_speak_of_one_leak_are_alike_with_evidence():
    found = likeness(matter(), matter("楼道往下滴水了", at=NOON + timedelta(hours=7)))
    assert found is not None
    assert (found.metres, found.gap) == (0.0, timedelta(hours=7))
    assert found.similarity >= 0.6
    assert "滴水" in found.shared


@pytest.mark.parametrize(
    "other",
    [
        {"category": "050400"},
        {"place": ("building", 2)},
        {"place": ("building", 2), "x": 51.0, "y": 0.0},
        {"at": NOON + timedelta(days=15)},
        {"level": "P1", "at": NOON + timedelta(hours=73)},
        {"words": "路灯不亮了"},
        {"words": ""},
    ],
)
def test_each_condition_alone_makes_them_two_matters(other):
    assert likeness(matter(x=0.0, y=0.0), matter(**other)) is None


def test_fifty_metres_and_seventy_two_hours_still_count():
    assert likeness(matter(x=0.0, y=0.0), matter(place=("building", 2), x=30.0, y=40.0)).metres == 50
    assert likeness(matter(level="P1"), matter(at=NOON + timedelta(hours=72))) is not None


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_of_words_is_a_symmetric_share(one, other):
    assert 0 <= alike(one, other) <= 1
    assert alike(one, other) == alike(other, one)


@given(st.text(max_size=200))
def test_a_title_is_short_and_on_one_line(words):
    title = title_of(words)
    assert len(title) <= LONGEST
    assert "\n" not in title


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("您好，楼道灯坏了。麻烦看看", "楼道灯坏了"),
        ("灯坏了", "灯坏了"),
        ("急！灯坏了", "灯坏了"),
        ("急，快来人！！电梯不动了", "电梯不动了"),
        ("急！", "急"),
        ("", ""),
        (
            "三楼到二楼那个楼道一直往下滴水，昨天半夜开始的，地上滑得很，我家老头差点摔跤",
            "三楼到二楼那个楼道一直往下滴水，昨天半夜开始的，地上滑得很",
        ),
    ],
)
def test_titles_of_what_people_say(words, title):
    assert title_of(words) == title
