from datetime import UTC, datetime, timedelta

import pytest

from linli.faces.cockpit.standing import Matter, Standing, ranked, standing_of, worst_of

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TONIGHT = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)


def matter(**changed) -> Matter:
    usual = {
        "key": "case:1", "level": "P2", "state": "in_progress", "since": NOW - timedelta(hours=1),
        "finish_by": NOW + timedelta(days=4), "case_id": 1, "building_id": 7,
    }  # fmt: skip
    return Matter(**(usual | changed))


@pytest.mark.parametrize(
    ("changed", "standing"),
    [
        ({"level": "P0"}, Standing.DANGER),
        ({"level": "P0", "state": "evaluating"}, Standing.CALM),
        ({"level": "P1"}, Standing.ATTENTION),
        ({"finish_by": NOW - timedelta(minutes=1)}, Standing.ATTENTION),
        ({"finish_by": NOW - timedelta(minutes=1), "paused": True}, Standing.WATCH),
        ({"finish_by": NOW + timedelta(hours=3)}, Standing.ATTENTION),
        ({"state": "reopened"}, Standing.ATTENTION),
        ({"state": "submitted", "owed_by": NOW - timedelta(days=2)}, Standing.ATTENTION),
        ({"case_id": None, "warning_id": 3, "state": "open", "finish_by": None}, Standing.ATTENTION),
        ({}, Standing.WATCH),
        ({"state": "evaluating"}, Standing.CALM),
    ],
)
def test_how_grave_a_matter_is(changed, standing):
    assert standing_of(matter(**changed), now=NOW, end_of_day=TONIGHT) is standing


def test_the_gravest_comes_first_then_what_nobody_holds_then_the_nearest_deadline():
    trapped = matter(key="a", level="P0")
    held = matter(key="b", level="P1", held=True, finish_by=NOW + timedelta(hours=1))
    free_later = matter(key="c", level="P1", finish_by=NOW + timedelta(hours=9))
    free_sooner = matter(key="d", level="P1", finish_by=NOW + timedelta(hours=8))
    order = ranked([held, free_later, free_sooner, trapped], now=NOW, end_of_day=TONIGHT)
    assert [m.key for m, _standing in order] == ["a", "d", "c", "b"]


def test_a_building_wears_the_colour_of_its_worst_matter():
    judged = [(matter(), Standing.WATCH), (matter(key="x"), Standing.DANGER), (matter(key="y"), Standing.CALM)]
    assert worst_of(judged) == {7: Standing.DANGER}
