"""Lists in the order to work in, figures with their rows, and no query too many."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.act.casework import actions, queries
from linli.act.casework.queries import Attention
from linli.foundation import clock
from linli.sense.requests.actions import Place

pytestmark = pytest.mark.usefixtures("monday_morning")
COUNTS = json.loads(Path(__file__).with_name("query_counts.json").read_text())


def test_the_list_of_today_begins_with_danger_and_ends_with_what_is_done(world):
    worker = world.actor("grid_worker")
    with world.scope():
        ordinary = actions.receive("垃圾桶满了", actor=world.actor("resident")).case
        actions.accept(ordinary.pk, actor=worker)
        danger = actions.receive("我被困在电梯里了", actor=world.actor("resident")).case
        urgent = actions.receive("家里停水了", actor=world.actor("elder")).case
        waiting = actions.receive("家里停电了", actor=world.actor("elder")).case
        actions.ask_resident(waiting.pk, text="哪一户？", actor=worker)
        done = actions.receive("楼道停电了", actor=world.actor("resident")).case
        actions.start(done.pk, actor=worker)
        actions.feed_back(done.pk, outcome="fixed", result="好了", actor=worker)
        today = queries.today_list(worker, clock.now())
        groups = {group.key: [item.case.pk for item in group.items] for group in today.groups}
    assert groups["first"] == [danger.pk, urgent.pk]
    assert groups["later"] == [waiting.pk, ordinary.pk] or groups["later"] == [ordinary.pk, waiting.pk]
    assert groups["done"] == [done.pk]
    assert (today.open, today.done) == (4, 1)


def test_yesterdays_done_is_not_todays(world):
    worker = world.actor("grid_worker")
    with world.scope():
        done = actions.receive("楼道停电了", actor=world.actor("resident")).case
        actions.start(done.pk, actor=worker)
        actions.feed_back(done.pk, outcome="fixed", result="好了", actor=worker)
        with clock.frozen(clock.now() + timedelta(hours=15)):
            assert queries.today_list(worker, clock.now()).done == 0


def test_search_finds_number_words_building_and_handler(world):
    clerk = world.actor("community_worker")
    with world.scope():
        case = actions.receive("家里停水了", actor=world.actor("resident")).case
        actions.receive("路灯暗", actor=world.actor("neighbour"))
        for words in (case.number, case.number[-3:], "停水", "1 幢", "grid_worker"):
            assert case in queries.search(words, actor=clerk), words
        assert queries.search("没有这回事", actor=clerk) == []
        assert queries.search("  ", actor=clerk) == []


def test_duplicates_come_with_evidence_and_only_from_what_one_may_see(world):
    with world.scope():
        first = actions.receive("楼道灯坏了好几天了", actor=world.actor("resident")).case
        second = actions.receive("楼道灯坏了", actor=world.actor("elder")).case
        actions.receive("楼道灯坏了", actor=world.actor("neighbour"))
        found = queries.duplicates_of(second, world.actor("community_worker"))
        assert [duplicate.case for duplicate in found] == [first]
        assert found[0].evidence.similarity == 1.0
        assert found[0].words == "楼道灯坏了好几天了"
        assert queries.duplicates_of(second, world.actor("other_grid_worker")) == []


def test_the_worst_open_matter_colours_the_building(world):
    director = world.actor("community_director")
    with world.scope():
        watch = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        attention = queries.building_attention(director, clock.now())
        assert {b: a.attention for b, a in attention.items()} == {world.buildings[0].pk: Attention.WATCH}
        with clock.frozen(clock.now() + timedelta(days=30)):
            assert queries.building_attention(director, clock.now())[world.buildings[0].pk].attention == Attention.TODAY
        danger = actions.receive("我被困在电梯里了", actor=world.actor("resident")).case
        entry = queries.building_attention(director, clock.now())[world.buildings[0].pk]
        assert (entry.attention, entry.case_ids) == (Attention.DANGER, [danger.pk, watch.pk])


def test_the_matrix_adds_up_to_the_open_cases(world):
    director = world.actor("community_director")
    with world.scope():
        actions.receive("楼道灯坏了", actor=world.actor("resident"))
        actions.receive("家里停水了", actor=world.actor("neighbour"))
        actions.receive("路太窄", actor=world.actor("resident"), place=Place(x=900.0, y=900.0))
        table = queries.matrix(director, clock.now())
        assert table.total == sum(n for row in table.counts.values() for n in row.values()) == 3
        assert table.counts[world.grids[1].pk]["dispatched"] == 1
        assert table.counts[None]["waiting"] == 1
        with clock.frozen(clock.now() + timedelta(days=30)):
            assert queries.matrix(director, clock.now()).overdue == {
                world.grids[0].pk: 1, world.grids[1].pk: 1, None: 1,
            }  # fmt: skip


def test_rates_exclude_what_was_merged_or_withdrawn_and_count_each_reporter(world):
    worker, director = world.actor("grid_worker"), world.actor("community_director")
    with world.scope():
        first = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        second = actions.receive("楼道灯不亮", actor=world.actor("elder")).case
        gone = actions.receive("没事了", actor=world.actor("resident")).case
        actions.withdraw(gone.pk, actor=world.actor("resident"))
        actions.accept(first.pk, actor=worker)
        actions.merge(second.pk, into_id=first.pk, actor=worker)
        actions.start(first.pk, actor=worker)
        actions.feed_back(first.pk, outcome="fixed", result="好了", actor=worker)
        for who in ("resident", "elder"):
            actions.rate(first.pk, solved=True, satisfaction=4, actor=world.actor(who))
        rates = queries.three_rates(clock.now() - timedelta(days=1), clock.now() + timedelta(days=1), actor=director)
    assert (rates.base, rates.excluded) == (1, {"duplicate": 1, "withdrawn": 1})
    assert (rates.response.part, rates.resolution.n, rates.satisfaction.part) == (1, 2, 2)


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_the_number_of_queries_does_not_grow_with_the_rows(world, name):
    worker, resident = world.actor("grid_worker"), world.actor("resident")
    with world.scope():
        for n in range(6):
            case = actions.receive(f"家里停水了 {n}", actor=resident).case
            actions.start(case.pk, actor=worker)
            if n < 3:
                actions.feed_back(case.pk, outcome="fixed", result="好了", actor=worker)
                actions.rate(case.pk, solved=True, satisfaction=5, actor=resident)
        last = queries.load_case(case.pk, actor=worker)
        week = clock.now() - timedelta(days=6), clock.now() + timedelta(days=1)
        pages = {
            "today_list": lambda: queries.today_list(worker, clock.now()),
            "list_cases": lambda: [(c.number, str(c.building), c.handler) for c in queries.list_cases(worker)],
            "search": lambda: queries.search("停水", actor=worker),
            "case_page": lambda: queries.case_page(last, worker),
            "duplicates_of": lambda: queries.duplicates_of(last, worker),
            "my_matters": lambda: queries.my_matters(resident),
            "my_matter": lambda: queries.my_matter(case.joined.get().request_id, resident),
            "matrix": lambda: queries.matrix(worker, clock.now()),
            "building_attention": lambda: queries.building_attention(worker, clock.now()),
            "three_rates": lambda: queries.three_rates(*week, actor=worker),
        }
        assert set(pages) == set(COUNTS)
        with CaptureQueriesContext(connection) as captured:
            pages[name]()
    assert len(captured) == COUNTS[name], [q["sql"][:160] for q in captured]
