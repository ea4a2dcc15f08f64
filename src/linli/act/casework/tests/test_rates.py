"""The three rates and the rest, cut and adjusted: worked by hand, and against a plain count."""

from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from linli.act.casework import actions
from linli.act.casework.models import Case
from linli.act.casework.queries.rates import CUTS, figures
from linli.act.casework.rules.mix import adjusted
from linli.foundation import clock


def test_who_gets_the_hard_matters_is_not_behind_who_gets_the_easy_ones():
    """Both solve nine in ten of the easy and five in ten of the hard; one has mostly hard ones."""
    easy, hard = {"lamp": (81, 90), "roof": (5, 10)}, {"lamp": (9, 10), "roof": (45, 90)}
    found = adjusted({"easy": easy, "hard": hard})
    assert found["easy"] == pytest.approx(found["hard"]) == pytest.approx(140 / 200)


def test_under_ten_and_nothing_expected_give_no_share():
    found = adjusted({"few": {"lamp": (9, 9)}, "none": {"roof": (0, 20)}, "many": {"lamp": (5, 20)}})
    assert found["few"] is None and found["none"] is None and found["many"] is not None


cells = st.dictionaries(
    st.sampled_from("abc"), st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda t: (min(t), max(t)))
)


@given(cells)
def test_one_group_alone_is_its_own_standard(only):
    part, n = (sum(cell[side] for cell in only.values()) for side in (0, 1))
    found = adjusted({"one": only})["one"]
    assert found == (pytest.approx(part / n) if n >= 10 and part else None)


@pytest.fixture
def year(world, monday_morning):
    """Twelve lamps of the resident in grid 1, one of them said twice; a neighbour's in grid 2 that was done again."""
    with world.scope():
        director, worker = world.actor("community_director"), world.actor("grid_worker")
        firm = actions.write_unit(kind="contractor", name="亮光电工", actor=director)
        for n in range(12):
            with clock.frozen(clock.now() + timedelta(days=31 * n if n < 11 else 31 * 10 + 3)):
                case = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
                actions.accept(case.pk, actor=director)
                actions.take(case.pk, actor=worker)
                actions.start(case.pk, actor=worker)
                if n < 10:
                    errand = actions.send_errand(case.pk, unit_id=firm.pk, task="换灯", actor=worker)
                    actions.errand_step(errand.pk, "accept", actor=worker)
                    actions.errand_step(errand.pk, "finish", result="换了", actor=worker)
                with clock.frozen(clock.now() + timedelta(days=0 if n else 20)):
                    actions.feed_back(case.pk, outcome="fixed", result="好了。", actor=worker)
                    actions.rate(case.pk, solved=True, satisfaction=5 if n < 9 else 3, actor=world.actor("resident"))
        Case.objects.update(level="P2")
        yield clock.now(), clock.now() + timedelta(days=400), director


def test_rates_are_those_of_the_rows_behind_them_in_every_cut(year):
    start, end, director = year
    whole, by_grid = figures(start, end, "grid", actor=director)
    assert (whole.three.base, whole.three.resolution.share, whole.three.satisfaction.share) == (12, 1.0, 9 / 12)
    assert (whole.on_time.part, whole.first_time.part, whole.repeat.part) == (11, 12, 1)
    assert whole.returned.n == 12
    for cut in CUTS:
        same, groups = figures(start, end, cut, actor=director)
        assert same.three == whole.three
        assert sum(one.three.base for one in groups) == 12
    assert by_grid[0].adjusted_satisfaction == pytest.approx(9 / 12)
    _whole, units = figures(start, end, "unit", actor=director)
    assert {one.name: one.three.resolution.n for one in units} == {"亮光电工": 10, "社区自己办的": 2}
    small = next(one for one in units if one.name == "社区自己办的")
    assert small.three.resolution.share is None and small.adjusted_resolution is None


def test_the_page_and_the_file_say_how_many_and_never_a_share_of_few(world, year):
    _start, end, _director = year
    client = Client()
    client.force_login(world.accounts["community_director"])
    query = {"from": "2026-03-01", "to": "2027-03-31", "by": "unit"}
    with clock.frozen(end):
        page = client.get("/workbench/rates/", query).content.decode()
        assert "9 / 12" in page and "太少（2）" in page
        assert client.get("/workbench/rates/export.xlsx", query).content[:2] == b"PK"
        assert client.get("/workbench/rates/", {"from": "x", "by": "moon"}).status_code == 200
