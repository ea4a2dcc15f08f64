"""Now against after: which times are the same, which are new, which fall away."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from linli.understand.warnings.comparing import Compared, Episode, compare

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def said(minute: float, until: float, about: str = "device:1", **evidence) -> Episode:
    at, over = NINE + timedelta(minutes=minute), NINE + timedelta(minutes=until)
    return Episode(about, about, int(about[-1]), at, over, evidence)


def test_a_longer_duration_speaks_later_about_the_same_and_not_about_what_was_short():
    now = [said(2, 4), said(62, 80), said(62, 80, "device:2")]
    after = [said(70, 80)]
    assert compare(now, after) == Compared(1, frozenset(), frozenset({0, 2}))


def test_a_shorter_one_adds_what_was_too_short_before():
    assert compare([said(62, 80)], [said(1, 3), said(61, 80)]) == Compared(1, frozenset({0}), frozenset())


def test_what_began_at_the_same_moment_is_the_same_though_it_spoke_at_other_times():
    assert compare([said(2, 3, since="a")], [said(9, 12, since="a")]).kept == 1


episodes = st.lists(
    st.builds(
        lambda minute, long, who: said(minute, minute + long, f"device:{who}"),
        st.integers(0, 500), st.integers(1, 60), st.integers(1, 3),
    ),
    max_size=12,
)  # fmt: skip


@given(now=episodes, after=episodes)
def test_every_time_is_counted_once(now, after):
    found = compare(now, after)
    assert found.kept + len(found.new) == len(after)
    assert found.kept + len(found.gone) == len(now)


@given(now=episodes)
def test_without_a_change_nothing_is_new_and_nothing_falls_away(now):
    assert compare(now, now) == Compared(len(now), frozenset(), frozenset())
