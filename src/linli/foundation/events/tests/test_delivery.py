"""Events reach handlers at least once, in order for one subject, and a failure holds up nobody else."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events import handling
from linli.foundation.events.dispatching import LONGEST_PAUSE, deliver, drain, pause_after, run_once
from linli.foundation.events.handling import on
from linli.foundation.events.models import Delivery, Event
from linli.foundation.events.queries import backlog, failing, orphaned
from linli.foundation.events.recording import record
from linli.foundation.events.sequencing import sequence
from linli.foundation.registry.models import Building, Grid
from linli.foundation.tenancy import active_community_id


@pytest.fixture(autouse=True)
def own_handlers(monkeypatch):
    monkeypatch.setattr(handling, "registered", handling.registered)
    before = dict(handling.registered)
    yield
    handling.registered.clear()
    handling.registered.update(before)


def happen(world, subject, *numbers, kind="tests.happened"):
    with world.scope(), transaction.atomic():
        return [record(kind, subject, actor=Actor.for_system("test"), n=n) for n in numbers]


def test_each_handler_gets_every_event_of_its_kind_in_order(world):
    seen = []

    @on("tests.happened")
    def first(event):
        seen.append(("first", event.data["n"], active_community_id()))

    @on("tests.happened", "tests.other")
    def second(event):
        seen.append(("second", event.data["n"], active_community_id()))

    happen(world, world.buildings[0], 1, 2)
    happen(world, world.buildings[0], 3, kind="tests.other")
    drain()
    here = world.community.pk
    assert [n for who, n, _ in seen if who == "first"] == [1, 2]
    assert [n for who, n, _ in seen if who == "second"] == [1, 2, 3]
    assert {community for _, _, community in seen} == {here}
    drain()
    assert len(seen) == 5, "nothing is delivered twice without a crash"
    assert backlog().pending == backlog().unplaced == 0


def test_events_recorded_by_a_handler_are_delivered_too(world):
    seen = []

    @on("tests.happened")
    def follow(event):
        record("tests.followed", world.buildings[0], actor=Actor.for_system("test"), n=event.data["n"] + 1)

    @on("tests.followed")
    def watch(event):
        seen.append(event.data["n"])

    happen(world, world.buildings[0], 1)
    drain()
    assert seen == [2]


def test_a_failing_handler_holds_up_only_its_own_subject(world):
    seen, broken = [], [True]

    @on("tests.happened")
    def fragile(event):
        if broken[0] and event.subject == f"building:{world.buildings[0].pk}":
            raise ValueError("not today")
        seen.append((event.subject, event.data["n"]))

    @on("tests.happened")
    def sturdy(event):
        seen.append(("sturdy", event.data["n"]))

    happen(world, world.buildings[0], 1, 2)
    happen(world, world.buildings[1], 3, 4)
    drain()
    other = f"building:{world.buildings[1].pk}"
    assert [entry for entry in seen if entry[0] != "sturdy"] == [(other, 3), (other, 4)]
    assert [n for who, n in seen if who == "sturdy"] == [1, 2, 3, 4]
    stuck = failing().get()
    assert stuck.event.data["n"] == 1 and stuck.error == "ValueError: not today"
    assert stuck.retry_at > clock.real_now()

    broken[0] = False
    drain()
    assert len(seen) == 6, "it waits for its pause"
    Delivery.objects.update(retry_at=clock.real_now() - timedelta(seconds=1))
    drain()
    own = f"building:{world.buildings[0].pk}"
    assert [entry for entry in seen if entry[0] == own] == [(own, 1), (own, 2)], "in order, none dropped"
    assert not failing().exists()


def test_what_a_handler_wrote_before_failing_is_undone(world):
    @on("tests.happened")
    def half(event):
        Grid.objects.create(number=99)
        raise RuntimeError("power cut")

    happen(world, world.buildings[0], 1)
    drain()
    with world.scope():
        assert not Grid.objects.filter(number=99).exists()
    assert failing().get().attempts == 1


def test_an_undone_action_leaves_no_event(world):
    with pytest.raises(RuntimeError), world.scope(), transaction.atomic():
        Building.objects.filter(pk=world.buildings[0].pk).update(storeys=7)
        record("tests.happened", world.buildings[0], actor=Actor.for_system("test"))
        raise RuntimeError
    assert not Event.objects.filter(kind="tests.happened").exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_cannot_be_recorded_outside_a_transaction():
    with pytest.raises(RuntimeError):
        record("tests.happened", Grid(pk=1), actor=Actor.for_system("test"))


def test_positions_have_no_gap_and_follow_what_is_committed(world):
    happen(world, world.buildings[0], 1, 2, 3)
    sequence(limit=2)
    happen(world, world.buildings[1], 4)
    sequence()
    placed = Event.objects.order_by("position").values_list("position", flat=True)
    assert list(placed) == list(range(len(placed)))


def test_an_event_that_becomes_visible_late_is_still_delivered(world):
    """PostgreSQL may show a higher id before a lower one: the lower comes later in the log, not never."""
    seen = []

    @on("tests.happened")
    def watch(event):
        seen.append(event.data["n"])

    late, early = happen(world, world.buildings[0], 1)[0], happen(world, world.buildings[1], 2)[0]
    Event.objects.filter(pk=late.pk).update(position=-1)
    sequence()
    Event.objects.filter(pk=late.pk).update(position=None)
    drain()
    assert seen == [2, 1]
    early.refresh_from_db(), late.refresh_from_db()
    assert late.position > early.position


def test_when_nothing_waits_it_costs_one_query(world, django_assert_num_queries):
    happen(world, world.buildings[0], 1)
    drain()
    with django_assert_num_queries(1):
        assert run_once() == 0


def test_a_delivery_for_a_handler_that_is_gone_stays_visible(world):
    @on("tests.happened")
    def leaving(event):
        raise AssertionError("never called")

    happen(world, world.buildings[0], 1)
    sequence()
    handling.registered.clear()
    assert deliver() == 0
    assert orphaned().count() == 1


@given(st.integers(1, 10_000))
def test_pauses_grow_and_never_exceed_five_minutes(attempts):
    assert pause_after(1) <= pause_after(attempts) <= pause_after(attempts + 1) <= LONGEST_PAUSE
