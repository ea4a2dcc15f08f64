"""What a visitor may want to handle is left alone in real time, whatever the pace and however often it restarts."""

from types import SimpleNamespace

import pytest

from linli.simulator import team as team_module
from linli.simulator.team import KEPT_SECONDS, Team

ROW = {"id": 7, "number": "n7", "grid_id": 1, "state": "dispatched", "warning_id": None, "reopened_times": 0}


@pytest.fixture
def team():
    """A team of nobody, in whose life nothing happened."""
    n = SimpleNamespace(
        seed=1,
        personas=SimpleNamespace(grid=3),
        staff=[SimpleNamespace(role="community_director", username="d", grid=None)],
    )
    places = SimpleNamespace(grid_number={1: 3, 2: 4})
    api = SimpleNamespace(as_staff=lambda username: None)
    made = Team(SimpleNamespace(n=n, places=places, api=api, incidents_of_case={}, ongoing={}, find=lambda i: None))
    made.visited, made.visitors = True, {7}
    return made


def test_a_personas_case_waits_for_the_visitor_in_real_seconds(team, monkeypatch):
    real = SimpleNamespace(monotonic=lambda: 1000.0)
    monkeypatch.setattr(team_module, "time", real)
    assert team._left_to_visitor(ROW)
    real.monotonic = lambda: 1000.0 + KEPT_SECONDS - 1
    assert team._left_to_visitor(ROW)
    real.monotonic = lambda: 1000.0 + KEPT_SECONDS
    assert not team._left_to_visitor(ROW)


@pytest.mark.parametrize("change", [{"state": "submitted"}, {"grid_id": 2}])
def test_what_is_not_yet_sent_or_another_grids_waits_for_nobody(team, change):
    assert not team._left_to_visitor({**ROW, **change})


def test_without_a_visitor_nothing_waits(team):
    team.visited = False
    assert not team._left_to_visitor(ROW)
