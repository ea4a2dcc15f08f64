"""Material, minutes and money of a case: what was written stays, a mistake is taken back by its opposite."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from linli.act.casework import actions, queries
from linli.act.casework.links import errand_token
from linli.act.casework.models import CaseSpending, Errand
from linli.act.casework.rules.spending import Entry, Totals, counter, fen_of, in_yuan, total
from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def case(world):
    with world.scope():
        opened = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        actions.accept(opened.pk, actor=world.actor("community_worker"))
        yield actions.start(opened.pk, actor=world.actor("grid_worker"))


@pytest.fixture
def errand(world, case):
    unit = actions.write_unit(kind="contractor", name="亮光电工", actor=world.actor("community_worker"))
    return actions.send_errand(case.pk, unit_id=unit.pk, task="换灯", actor=world.actor("grid_worker"))


def token_of(errand):
    errand.refresh_from_db()
    return errand_token(errand.community_id, errand.pk, errand.nonce)


def spend(world, case, **given):
    return actions.spend(case.pk, actor=world.actor("grid_worker"), **{"kind": "material", "name": "灯座"} | given)


def test_entries_add_up_and_say_who(world, case):
    spend(world, case, quantity="2", unit="个", cost_fen=2405)
    spend(world, case, kind="work", name="换灯", minutes=30)
    rows, totals = queries.spendings_of(case)
    assert [(one.row.name, one.who) for one in rows] == [("灯座", "grid_worker"), ("换灯", "grid_worker")]
    assert totals == Totals(entries=2, cost_fen=2405, material_fen=2405, minutes=30)
    line = case.entries.filter(verb="spend").first()
    assert line.text == "灯座 2 个，24.05 元" and not line.public


def test_a_mistake_is_taken_back_by_its_opposite_once(world, case):
    spend(world, case, quantity="2", cost_fen=240500)
    wrong = CaseSpending.objects.get()
    worker = world.actor("grid_worker")
    actions.unspend(case.pk, spending_id=wrong.pk, reason="多打了两个零", actor=worker)
    rows, totals = queries.spendings_of(case)
    assert totals == Totals()
    assert [(one.row.cost_fen, one.row.quantity, one.taken_back) for one in rows] == [
        (240500, Decimal(2), True), (-240500, Decimal(-2), False),
    ]  # fmt: skip
    with pytest.raises(Conflict) as refused:
        actions.unspend(case.pk, spending_id=wrong.pk, reason="再来", actor=worker)
    assert refused.value.code == "corrected_before"
    with pytest.raises(NotFound):
        actions.unspend(case.pk, spending_id=rows[1].row.pk, reason="冲了冲的", actor=worker)


def test_the_database_takes_no_negative_entry_that_corrects_nothing(world, case):
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseSpending.objects.create(case=case, kind="material", name="灯", cost_fen=-1, at=clock.now())


@pytest.mark.parametrize(
    "given",
    [
        {}, {"cost_fen": -1}, {"cost_fen": 100_000_001}, {"minutes": 10_001}, {"minutes": -5}, {"quantity": "0"},
        {"quantity": "-2"}, {"quantity": "1.005"}, {"quantity": "nan"}, {"quantity": "1e9"}, {"quantity": "两个"},
        {"name": " ", "minutes": 5}, {"name": "长" * 61, "minutes": 5}, {"kind": "gift", "minutes": 5},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_whole(world, case, given):
    with pytest.raises(Invalid):
        spend(world, case, **given)
    assert not CaseSpending.objects.exists()


def test_residents_and_other_grids_neither_read_nor_write(world, case):
    spend(world, case, minutes=30)
    for who in ("resident", "neighbour", "other_grid_worker"):
        assert not CaseSpending.objects.visible_to(world.actor(who)).exists()
        with pytest.raises((NotAllowed, NotFound)):
            actions.spend(case.pk, kind="work", name="修", minutes=5, actor=world.actor(who))
    shown = queries.my_matter(case.joined.get().request_id, world.actor("resident"))
    assert "记了一笔" not in [line.sentence for line in shown.timeline]


def test_a_unit_writes_what_it_used_by_its_link_once(world, case, errand):
    with pytest.raises(Conflict) as refused:
        actions.spend_by_link(token_of(errand), kind="material", name="灯", cost_fen=100)
    assert refused.value.code == "errand_not_taken"
    actions.errand_by_link(token_of(errand), "accept")
    for _twice in range(2):
        actions.spend_by_link(token_of(errand), kind="material", name="声控灯", cost_fen=4500, client_key="once")
    rows, totals = queries.spendings_of(case)
    assert [(one.row.name, one.who) for one in rows] == [("声控灯", "亮光电工")]
    assert totals.cost_fen == 4500
    actions.errand_by_link(token_of(errand), "finish", result="换了")
    actions.spend_by_link(token_of(errand), kind="work", name="上门", minutes=40)
    old = token_of(errand)
    Errand.objects.update(nonce="another")
    with pytest.raises(NotFound):
        actions.spend_by_link(old, kind="work", name="上门", minutes=40)


def test_the_director_reads_what_all_of_it_cost(world, case):
    spend(world, case, quantity="2", cost_fen=1000)
    spend(world, case, kind="work", name="换灯", minutes=45)
    with clock.frozen(clock.now() + timedelta(days=40)):
        other = actions.receive("小区门口井盖松了", actor=world.actor("neighbour")).case
        actions.accept(other.pk, actor=world.actor("community_worker"))
        actions.spend(other.pk, kind="other", name="租车", cost_fen=30_000, actor=world.actor("community_worker"))
    window = clock.now() - timedelta(days=1), clock.now() + timedelta(days=60)
    director = world.actor("community_director")
    whole, months = queries.costs(*window, "month", actor=director)
    assert whole.totals == Totals(entries=3, cost_fen=31_000, material_fen=1000, minutes=45) and whole.cases == 2
    assert [(one.name, one.totals.cost_fen) for one in months] == [("2026-03", 1000), ("2026-04", 30_000)]
    _whole, grids = queries.costs(*window, "grid", actor=director)
    assert sum(one.totals.cost_fen for one in grids) == 31_000 and len(grids) == 2
    with pytest.raises(NotAllowed):
        queries.costs(*window, "grid", actor=world.actor("grid_worker"))


ENTRIES = st.builds(
    Entry, st.sampled_from(["material", "work", "other"]), st.integers(0, 10**8), st.integers(0, 10**4),
    st.none() | st.integers(1, 10**8).map(lambda n: Decimal(n) / 100),
)  # fmt: skip


@given(st.lists(ENTRIES, max_size=20), st.data())
def test_taking_back_leaves_the_sum_of_the_rest(entries, data):
    wrong = data.draw(
        st.sets(st.integers(0, max(len(entries) - 1, 0)), max_size=len(entries)) if entries else st.just(set())
    )
    written = [(one, False) for one in entries] + [(counter(entries[n]), True) for n in wrong]
    assert total(written) == total((one, False) for n, one in enumerate(entries) if n not in wrong)


@given(st.integers(-(10**10), 10**10))
def test_fen_and_yuan_are_the_same_money(fen):
    assert fen_of(Decimal(in_yuan(fen))) == fen


def test_parts_of_a_fen_are_no_money():
    with pytest.raises(ValueError, match="fen"):
        fen_of(Decimal("1.005"))
