"""An order of calling that reaches fewer people about a danger, or later, waits for a second person; any other holds at once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from linli.foundation.events.dispatching import drain
from linli.foundation.lifecycle.ticks import run_due
from linli.foundation.notices.models import Notice
from linli.understand.warnings.call_plan import plan_in_force
from linli.understand.warnings.changing_plan import (
    change_plan,
    decide_on_plan,
    plan_change_waiting,
    plan_changes,
    weakened,
)
from linli.understand.warnings.climbing import ROLES, SHIPPED, SHIPPED_ARRIVALS, Arrival, Rung

pytestmark = pytest.mark.django_db
REASON = "夜里只有一位网格员值班"
HELD = {("grid_worker", 1, 10), ("grid_lead", 1, 11), ("community_director", None, 12), ("grid_worker", 2, 20)}


def change(here, *, by="community_director", reason=REASON, arrivals=None, **ladders):
    return change_plan(
        ladders={**SHIPPED.ladders, **ladders}, rules=[], quiet_from=22, quiet_until=7, arrivals=arrivals, reason=reason,
        actor=here.actor(by),
    )  # fmt: skip


def with_order(*roles, minutes=5.0, name="P0"):
    return replace(SHIPPED, ladders={**SHIPPED.ladders, name: tuple(Rung(role, minutes) for role in roles)})


@pytest.mark.parametrize(
    ("after", "weaker"),
    [
        (with_order("grid_worker"), ["people:P0"]),
        (with_order("grid_worker", "grid_lead"), ["people:P0"]),
        (with_order("grid_worker", "community_director"), []),
        (with_order("grid_worker", "community_director", minutes=6), ["second:P0"]),
        (with_order("grid_worker", name="P1"), []),
        (with_order("grid_worker", minutes=0.5, name="sos"), ["people:sos"]),
        (replace(SHIPPED, arrivals={**SHIPPED_ARRIVALS, "sos": Arrival(16, 1)}), ["arrival:sos"]),
        (replace(SHIPPED, arrivals={**SHIPPED_ARRIVALS, "P0": Arrival(30, 3)}), ["arrival:P0"]),
        (replace(SHIPPED, arrivals={**SHIPPED_ARRIVALS, "P0": Arrival(10, 1, 999)}), []),
    ],
)
def test_fewer_than_two_people_in_any_grid_or_later_is_weaker(after, weaker):
    assert weakened(SHIPPED, after, HELD, [1, 2]) == weaker


@given(
    st.lists(st.sampled_from(ROLES), min_size=1, max_size=5), st.lists(st.sampled_from(ROLES), min_size=1, max_size=5)
)
def test_whoever_adds_people_and_takes_no_time_weakens_nothing(first, more):
    before = with_order(*first)
    assert weakened(before, with_order(*first, *more), HELD, [1, 2]) == []
    assert weakened(before, before, HELD, [1, 2]) == []


def test_what_is_few_already_may_be_ordered_otherwise(scene):
    lonely = with_order("grid_worker")
    assert weakened(lonely, lonely, HELD, [1, 2]) == []
    assert weakened(lonely, with_order("street_office"), HELD, [1, 2]) == ["people:P0"]


def test_a_weaker_order_waits_with_a_reason_for_another_person(scene):
    later = {"P0": Arrival(60, 2)}
    with pytest.raises(Invalid) as refused:
        change(scene, arrivals=later, reason=" ")
    assert (refused.value.field, refused.value.details["weakens"]) == ("reason", ["arrival:P0"])
    assert change(scene, arrivals=later).arrival("trapped", "P0") == Arrival(30, 2), "until somebody agrees"
    waits = plan_change_waiting()
    with pytest.raises(Conflict):
        change(scene, arrivals=later)
    for who in ("community_director", "grid_worker"):
        with pytest.raises(NotAllowed):
            decide_on_plan(waits.pk, "approve", actor=scene.actor(who))
    decide_on_plan(waits.pk, "approve", actor=scene.actor("community_worker"))
    assert plan_in_force().arrival("trapped", "P0") == Arrival(60, 2)
    (kept,) = plan_changes()
    assert (kept.state, kept.reason) == ("in_force", REASON) and "community_worker" in kept.decided_as
    change(scene, arrivals={"P0": Arrival(20, 1)}, reason="")
    assert plan_in_force().arrival("trapped", "P0") == Arrival(20, 1), "sooner holds at once"


def test_nobody_agrees_to_their_own_by_another_sign_in_nor_to_another_communitys(scene, other_world):
    change(scene, P0=[Rung("grid_worker", 5)])
    waits = plan_change_waiting()
    with other_world.scope(), pytest.raises(NotFound):
        decide_on_plan(waits.pk, "approve", actor=other_world.actor("community_worker"))
    director = scene.accounts["community_director"]
    Account.objects.filter(pk=scene.accounts["community_worker"].pk).update(display_name=director.display_name)
    with pytest.raises(NotAllowed):
        decide_on_plan(waits.pk, "approve", actor=scene.actor("community_worker"))


def test_it_is_refused_with_words_taken_back_or_overtaken(scene):
    worker, director = scene.actor("community_worker"), scene.actor("community_director")
    one = [Rung("grid_worker", 5)]
    change(scene, P0=one)
    with pytest.raises(Invalid):
        decide_on_plan(plan_change_waiting().pk, "refuse", actor=worker)
    decide_on_plan(plan_change_waiting().pk, "refuse", decision="一个人不够", actor=worker)
    change(scene, P0=one)
    with pytest.raises(NotAllowed):
        decide_on_plan(plan_change_waiting().pk, "withdraw", actor=worker)
    decide_on_plan(plan_change_waiting().pk, "withdraw", actor=director)
    change(scene, P0=one)
    waits = plan_change_waiting()
    change(scene, arrivals={"P0": Arrival(20, 1)})
    with pytest.raises(Refusal):
        decide_on_plan(waits.pk, "approve", actor=worker)
    assert [row.state for row in plan_changes()] == ["outdated", "withdrawn", "refused"]
    assert len(plan_in_force().ladder("trapped", "P0")) == 4


def test_the_second_person_is_told_and_after_seven_days_who_asked(scene, monday_morning):
    worker = scene.accounts["community_worker"]
    worker.phone = "19900990005"
    worker.save()
    change(scene, P0=[Rung("grid_worker", 5)])
    drain()
    assert "等您同意" in Notice.objects.get(key__startswith="plan-asked").text
    waits = plan_change_waiting()
    with clock.frozen(monday_morning + timedelta(days=7)):
        assert plan_change_waiting() is None
        with pytest.raises(Refusal):
            decide_on_plan(waits.pk, "approve", actor=scene.actor("community_worker"))
        run_due()
        drain()
        waits.refresh_from_db()
        assert waits.state == "expired" and plan_in_force() == SHIPPED
        change(scene, P0=[Rung("grid_worker", 5)])
    assert "过期了" in Notice.objects.get(key__startswith="plan-expired").text
