"""At most so many a day: what is told is worth most, nothing is dropped, and the rate is the one that was asked for."""

import random
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.errors import Invalid, NotAllowed
from linli.understand.warnings import attention
from linli.understand.warnings.budgeting import Arrival, ranked, told, worth
from linli.understand.warnings.models import Warning
from linli.understand.warnings.tests.test_warning_life import raised

DAY = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 10), st.booleans()), max_size=12).map(
    lambda rows: [Arrival(n, share, score, urgent) for n, (share, score, urgent) in enumerate(sorted(rows))]
)
PAST = st.lists(st.lists(st.floats(0, 10), max_size=8), max_size=4)


@given(DAY, PAST, st.integers(0, 12))
def test_never_more_than_the_budget_p0_always_and_nothing_is_lost(day, past, budget):
    passed = told(day, past, budget)
    urgent = {one.key for one in day if one.urgent}
    assert urgent <= passed
    assert len(passed - urgent) <= budget
    assert {one.key for one in ranked(day)} == {one.key for one in day}


@given(DAY, PAST, st.integers(1, 12))
def test_of_two_that_come_at_once_never_the_lesser_alone_is_told(day, past, budget):
    passed = told(day, past, budget)
    for one in day:
        for other in day:
            same = one.share == other.share and not one.urgent and not other.urgent
            if same and one.key < other.key and one.score > other.score:
                assert one.key in passed or other.key not in passed


def simulated(rng: random.Random, a_day: float) -> list[Arrival]:
    """A day whose warnings come at random times; most are worth little."""
    shares = sorted(rng.random() for _ in range(rng.randint(round(a_day * 0.5), round(a_day * 1.5))))
    return [
        Arrival(n, share, rng.choice([0.3, 0.75, 1.5, 2.2]) * rng.uniform(0.8, 1.2)) for n, share in enumerate(shares)
    ]


@pytest.mark.parametrize("budget", [2, 5, 12])
@pytest.mark.parametrize("times", [2, 4, 10])
def test_on_ninety_days_that_were_not_used_for_it_the_rate_is_within_a_fifth(budget, times):
    rng = random.Random(budget * 100 + times)
    past = [[one.score for one in simulated(rng, budget * times)] for _day in range(28)]
    days = [simulated(rng, budget * times) for _day in range(90)]
    told_each = [told(day, past, budget) for day in days]
    rate = sum(map(len, told_each)) / 90
    assert abs(rate - budget) <= 0.2 * budget
    scores = [one.score for day, keys in zip(days, told_each, strict=True) for one in day if one.key in keys]
    every = [one.score for day in days for one in day]
    assert sum(scores) / len(scores) > sum(every) / len(every), "what is told is worth more than the usual"


def test_a_graver_or_surer_warning_is_worth_more():
    assert worth("P1", 0.8, 1) > worth("P2", 0.8, 1) > worth("P2", 0.3, 1) > worth("P3", 0.3, 1)
    assert worth("P2", None, 3) > worth("P2", None, 1)


@pytest.fixture
def scene(world, monday_morning):
    with world.scope():
        yield world


def test_a_worker_sets_a_limit_and_the_rest_is_folded_ranked_and_still_there(scene, monday_morning):
    worker = scene.actor("grid_worker")
    for n in range(6):
        raised(scene, source=f"device:{n}", kind="door_open_long", level="P2")
    raised(scene, source="device:9")
    assert attention.folded(list(Warning.objects.active()), worker) == []
    attention.set_budget(2, actor=worker)
    later = attention.folded(list(Warning.objects.active()), worker)
    assert [one.level for one in later] == ["P2"] * 4
    assert attention.folded(list(Warning.objects.active()), scene.actor("community_worker")) == []
    client = Client()
    client.force_login(scene.accounts["grid_worker"])
    assert "今天多出来的 4 条" in client.get("/workbench/warnings/").content.decode()
    with clock.frozen(monday_morning + timedelta(days=1)):
        assert attention.folded(list(Warning.objects.active()), worker) == [], "a new day"


def test_a_limit_is_between_one_and_two_hundred_and_of_staff(scene):
    for wrong in (0, 201):
        with pytest.raises(Invalid):
            attention.set_budget(wrong, actor=scene.actor("grid_worker"))
    with pytest.raises(NotAllowed):
        attention.set_budget(3, actor=scene.actor("elder"))
    attention.set_budget(3, actor=scene.actor("grid_worker"))
    attention.set_budget(None, actor=scene.actor("grid_worker"))
    assert attention.budget_of(scene.actor("grid_worker")) is None
