"""The three rates and the rest, cut and adjusted: worked by hand, and against a plain count."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from linli.act.casework import actions
from linli.act.casework.models import CallAttempt, Case, CaseRequest, Errand, OutsideUnit, Rating
from linli.act.casework.queries.rates import CUTS, figures
from linli.act.casework.rules.mix import adjusted
from linli.act.casework.tests import plain_rates
from linli.foundation import clock
from linli.sense.requests.models import Request


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


def random_cases(world, rng, many):
    """Cases of all kinds and ends: joint, merged, said again, rated twice, called in vain, done by units, of devices."""
    now = clock.now()
    people = list(world.residents.values())
    units = [OutsideUnit.objects.create(kind="contractor", name=f"单位{n}") for n in range(3)]
    account = world.accounts["grid_worker"]
    days = [date(1940, 2, 29), date(1966, 3, 1), date(2000, 2, 29), date(2012, 7, 1)]
    for person in people:
        person.birth_date = rng.choice(days)
        person.save()
    for n in range(many):
        opened = now - timedelta(days=rng.randrange(60), hours=rng.randrange(24) * rng.randrange(2))
        later = [None, *(opened + timedelta(hours=rng.randrange(90)) for _ in range(4))]
        case = Case.objects.create(
            number=f"EV-{n}", title="", category=rng.choice(["020200", "020300", "030100", "059900"]),
            level=rng.choice(["P1", "P2"]), state=rng.choice(["closed", "archived", "merged", "withdrawn", "closed", "started"]),
            law=rng.choice(["", "", "", "petition"]), outcome=rng.choice(["fixed", "fixed", "not_ours"]),
            grid=rng.choice([*world.grids, None]), building=rng.choice([*world.buildings, None]), opened_at=opened,
            clock_from=opened, contacted_at=rng.choice(later), dispatched_at=rng.choice(later), fed_back_at=rng.choice(later),
            closed_at=rng.choice([now - timedelta(days=rng.randrange(25)), now - timedelta(days=rng.randrange(400))]),
            accept_by=opened, contact_by=opened + timedelta(hours=40), finish_by=opened + timedelta(hours=50),
            reopened_times=rng.randrange(2), returned_times=rng.randrange(2), rules_version="2023-1",
        )  # fmt: skip
        for _ in range(rng.randrange(4)):
            said = Request.objects.create(
                words="灯",
                channel=rng.choice(["portal", "phone", "desk"]),
                speaker=rng.choice([*people, None]),
                said_at=opened,
                received_at=opened,
            )
            CaseRequest.objects.create(
                case=case, request=said, joined_at=opened, withdrawn_at=rng.choice([None, None, None, opened])
            )
            for round_ in range(rng.choice([0, 0, 0, 1, 2])):
                Rating.objects.create(
                    case=case, request=said, round=round_, solved=rng.random() < 0.6, satisfaction=rng.randrange(1, 6),
                    at=opened, channel="portal",
                )  # fmt: skip
            for _call in range(rng.choice([0, 2, 3, 4, 5])):
                CallAttempt.objects.create(
                    case=case, request=said, round=rng.choice([0, case.reopened_times]), by=account, at=opened
                )
        for unit in rng.choices(units, k=rng.randrange(3)):
            Errand.objects.create(
                case=case, unit=unit, state=rng.choice(["done", "done", "accepted"]), task="换灯", sent_at=opened,
                place="", due_at=opened, expires_at=opened,
            )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_what_the_database_counts_is_what_counting_case_by_case_finds(world, monday_morning, seed):
    with world.scope():
        random_cases(world, random.Random(seed), 220)
        start, end = clock.now() - timedelta(days=30), clock.now() + timedelta(days=1)
        for who in ("community_director", "grid_worker"):
            for cut in CUTS:
                whole, groups = figures(start, end, cut, actor=world.actor(who))
                plain_whole, plain_groups = plain_rates.figures(start, end, cut, actor=world.actor(who))
                assert whole == plain_whole, (who, cut)
                assert len(whole.three.excluded) == 5 or who != "community_director", "each reason is there"
                assert [near(one) for one in groups] == [near(one) for one in plain_groups], (who, cut)


def near(one):
    rounded = {
        name: None if (share := getattr(one, name)) is None else round(share, 9)
        for name in ("adjusted_resolution", "adjusted_satisfaction")
    }
    return replace(one, **rounded)
