"""Each week some closed cases are drawn by lot and looked at by somebody outside the unit that handled them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.act.casework import actions
from linli.act.casework.actions.quality import draw_last_week, find, set_share
from linli.act.casework.models import Case, QualityCheck, QualitySample, State
from linli.act.casework.queries.quality import quality, to_check
from linli.act.casework.rules.sampling import draw, wanted
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.lifecycle.ticks import registered

pytestmark = pytest.mark.usefixtures("monday_morning")
NEXT_WEEK = timedelta(days=7)


def closed(world, n, worker="grid_worker"):
    cases = []
    for number in range(n):
        case = actions.receive(f"楼道灯坏了 {number}", actor=world.actor("resident")).case
        actions.accept(case.pk, actor=world.actor("community_worker"))
        actions.start(case.pk, actor=world.actor(worker))
        actions.feed_back(case.pk, outcome="fixed", result="好了", actor=world.actor(worker))
        actions.rate(case.pk, solved=True, satisfaction=5, actor=world.actor("resident"))
        cases.append(Case.objects.get(pk=case.pk))
    return cases


def drawn(world):
    return draw_last_week(actor=Actor.for_system("quality", world.community.pk))


@pytest.fixture
def scope(world):
    with world.scope():
        yield


@pytest.fixture
def sample(world, scope):
    set_share(30, actor=world.actor("community_director"))
    closed(world, 4)
    closed(world, 1, "community_worker")
    with clock.frozen(clock.now() + NEXT_WEEK):
        yield drawn(world)


def test_of_each_unit_its_share_is_drawn_once_and_can_be_drawn_again(world, sample):
    units = sample.closed
    assert {unit: len(keys) for unit, keys in units.items()} == {f"grid:{world.grids[0].pk}": 4, "community": 1}
    again = draw(units, share=sample.percent, seed=sample.seed)
    assert sorted(key for keys in again.values() for key in keys) == sorted(
        QualityCheck.objects.values_list("case_id", flat=True)
    )
    assert QualityCheck.objects.count() == 2 + 1
    assert drawn(world) is None and QualitySample.objects.count() == 1


def test_the_checker_had_no_hand_in_it(world, sample):
    for check in QualityCheck.objects.select_related("case"):
        assert check.checker is not None
        assert check.checker_id not in {check.case.handler_id, world.accounts["grid_worker"].pk}
    office = QualityCheck.objects.get(unit="community")
    assert office.checker == world.accounts["community_director"]
    with pytest.raises(NotAllowed) as refused:
        find(office.pk, result="ok", actor=world.actor("community_worker"))
    assert refused.value.code == "own_work"
    for who in ("grid_worker", "grid_lead", "other_grid_worker", "resident"):
        with pytest.raises(NotFound):
            find(office.pk, result="ok", actor=world.actor(who))


def test_what_was_found_is_kept_once_with_its_reason(world, sample):
    director = world.actor("community_director")
    check = QualityCheck.objects.filter(unit__startswith="grid").first()
    for result in ("short", "reopen"):
        with pytest.raises(Invalid):
            find(check.pk, result=result, reason=" ", actor=director)
    with pytest.raises(Invalid):
        find(check.pk, result="fine", actor=director)
    find(check.pk, result="short", reason="没有拍照", actor=director)
    line = check.case.entries.last()
    assert (line.verb, line.text, line.public) == ("quality", "没有拍照", False)
    with pytest.raises(Conflict):
        find(check.pk, result="ok", actor=director)
    check.case.refresh_from_db()
    assert check.case.state == State.CLOSED


def test_what_must_be_done_again_starts_again(world, sample):
    check = QualityCheck.objects.filter(unit__startswith="grid").first()
    find(check.pk, result="reopen", reason="灯还是不亮", actor=world.actor("community_director"))
    check.case.refresh_from_db()
    assert check.case.state == State.REOPENED
    other = QualityCheck.objects.filter(unit__startswith="grid", result="").first()
    Case.objects.filter(pk=other.case_id).update(state=State.ARCHIVED)
    with pytest.raises(Conflict):
        find(other.pk, result="reopen", reason="又坏了", actor=world.actor("community_director"))
    other.refresh_from_db()
    assert other.result == ""


def test_rates_of_units_have_their_base_and_are_silent_under_ten(world, scope):
    director = world.actor("community_director")
    set_share(100, actor=director)
    closed(world, 12)
    closed(world, 2, "community_worker")
    with clock.frozen(clock.now() + NEXT_WEEK):
        drawn(world)
        waiting = to_check(director) + to_check(world.actor("community_worker"))
        assert waiting == 14
        for n, check in enumerate(QualityCheck.objects.filter(unit__startswith="grid").order_by("pk")):
            find(check.pk, result="short" if n < 3 else "ok", reason="少照片", actor=director)
        page = quality(clock.today() - timedelta(days=30), clock.today(), actor=director)
        grid = next(one for one in page.rates if one.rate.n)
        assert (grid.rate.part, grid.rate.n, grid.short, grid.waiting) == (9, 12, 3, 0)
        assert grid.rate.interval is not None and grid.rate.interval[0] < 0.75 < grid.rate.interval[1]
        office = next(one for one in page.rates if one is not grid)
        assert (office.rate.share, office.waiting) == (None, 2)
        with pytest.raises(NotAllowed):
            quality(clock.today(), clock.today(), actor=world.actor("grid_worker"))


def test_nothing_is_drawn_without_a_share_and_only_the_director_sets_it(world, scope):
    closed(world, 2)
    with pytest.raises(NotAllowed):
        set_share(10, actor=world.actor("community_worker"))
    with pytest.raises(Invalid):
        set_share(101, actor=world.actor("community_director"))
    with clock.frozen(clock.now() + NEXT_WEEK):
        assert drawn(world) is None
        set_share(50, actor=world.actor("community_director"))
        set_share(0, actor=world.actor("community_director"))
        assert drawn(world) is None
    with pytest.raises(NotAllowed):
        draw_last_week(actor=world.actor("community_director"))


def test_the_hourly_work_draws(world, scope):
    set_share(100, actor=world.actor("community_director"))
    closed(world, 1)
    tick = next(one for name, one in registered.items() if name.endswith("casework.tasks.close_and_archive"))
    with clock.frozen(clock.now() + NEXT_WEEK):
        tick.work()
        assert QualityCheck.objects.count() == 1


UNITS = st.dictionaries(st.sampled_from("abc"), st.sets(st.integers(1, 10**6), max_size=30), max_size=3)


@given(UNITS, st.integers(0, 100), st.integers(0, 2**32).map(str))
def test_a_draw_takes_the_share_of_each_unit_and_the_same_each_time(units, share, seed):
    chosen = draw(units, share=share, seed=seed)
    for unit, keys in units.items():
        assert set(chosen[unit]) <= keys and len(chosen[unit]) == wanted(len(keys), share)
        assert bool(chosen[unit]) == bool(keys and share)
    assert draw({unit: sorted(keys, reverse=True) for unit, keys in units.items()}, share=share, seed=seed) == chosen


@given(st.sets(st.integers(1, 10**6), min_size=1, max_size=30), st.integers(1, 99))
def test_a_larger_share_only_adds(keys, share):
    smaller, larger = (set(draw({"a": keys}, share=one, seed="s")["a"]) for one in (share, share + 1))
    assert smaller <= larger
