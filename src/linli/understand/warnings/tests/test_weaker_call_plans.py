"""An order of calling that reaches fewer people about a danger, or later, waits for a second person; any other holds at once."""

from dataclasses import replace
from datetime import timedelta
from math import inf

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
    held_now,
    moments,
    plan_change_waiting,
    plan_changes,
    weakened,
)
from linli.understand.warnings.climbing import ROLES, SHIPPED, SHIPPED_ARRIVALS, Arrival, Rung
from linli.understand.warnings.models import CallPlan

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


def without_calls(role, name="P0"):
    rungs = tuple(replace(one, voice=one.voice and one.role != role) for one in SHIPPED.ladders[name])
    return replace(SHIPPED, ladders={**SHIPPED.ladders, name: rungs})


@pytest.mark.parametrize(
    ("after", "weaker"),
    [
        (with_order("grid_worker"), ["people:P0", "voice:P0"]),
        (with_order("grid_worker", "grid_lead"), ["people:P0", "voice:P0"]),
        (with_order("grid_worker", "community_director"), []),
        (with_order("grid_lead", "community_director", "grid_worker"), []),
        (with_order("grid_worker", "street_office", "community_director", minutes=4), []),
        (with_order("grid_worker", "grid_lead", "community_director", minutes=6), ["people:P0", "voice:P0"]),
        (with_order("grid_worker", name="P1"), []),
        (with_order("grid_worker", minutes=0.5, name="sos"), ["people:sos", "voice:sos"]),
        (without_calls("grid_worker"), ["voice:P0"]),
        (without_calls("street_office"), ["voice:P0"]),
        (replace(SHIPPED, arrivals={**SHIPPED_ARRIVALS, "sos": Arrival(16, 1)}), ["arrival:sos"]),
        (replace(SHIPPED, arrivals={**SHIPPED_ARRIVALS, "P0": Arrival(30, 3)}), ["arrival:P0"]),
        (replace(SHIPPED, arrivals={**SHIPPED_ARRIVALS, "P0": Arrival(10, 1, 999)}), []),
    ],
)
def test_whoever_is_called_later_or_never_in_any_grid_is_missed(after, weaker):
    assert weakened(SHIPPED, after, HELD, [1, 2]) == weaker


@pytest.mark.parametrize(
    ("roles", "grid", "expected"),
    [
        (["grid_worker", "grid_lead"], 1, (0, 5)),
        (["grid_lead", "grid_worker"], 2, (0, inf)),
        (["grid_lead", "grid_worker", "community_director"], 2, (0, 5)),
        (["street_office", "grid_worker", "grid_lead"], 1, (5, 10)),
        (["street_office"], 1, (inf, inf)),
        (["grid_worker", "grid_lead"], 3, (inf, inf)),
    ],
)
def test_the_first_and_the_second_who_can_go_have_their_moments(roles, grid, expected):
    held = {*HELD, ("street_office", None, 30)}
    assert moments([Rung(role, 5) for role in roles], held, grid) == expected


def test_somebody_who_holds_two_roles_is_one_person():
    held = {("grid_worker", 1, 10), ("grid_lead", 1, 10), ("community_director", None, 12)}
    assert moments(SHIPPED.ladders["P0"], held, 1) == (0, 7.5)


@given(
    st.lists(st.sampled_from(ROLES), min_size=1, max_size=5), st.lists(st.sampled_from(ROLES), min_size=1, max_size=5)
)
def test_whoever_adds_people_and_takes_no_time_weakens_nothing(first, more):
    before = with_order(*first)
    assert weakened(before, with_order(*first, *more), HELD, [1, 2]) == []
    assert weakened(before, before, HELD, [1, 2]) == []


def test_what_is_few_already_may_be_ordered_otherwise():
    lonely = with_order("grid_worker")
    assert weakened(lonely, with_order("grid_worker", "grid_lead"), HELD, [1, 2]) == []
    assert weakened(lonely, with_order("street_office"), HELD, [1, 2]) == ["people:P0", "voice:P0"]


def test_two_sign_ins_of_one_person_are_one_who_can_go(scene):
    worker, lead = scene.accounts["grid_worker"], scene.accounts["grid_lead"]
    assert len({who for role, _grid, who in held_now() if role in {"grid_worker", "grid_lead"}}) > 1
    Account.objects.filter(pk=lead.pk).update(display_name=worker.display_name)
    held = [(role, who) for role, grid, who in held_now() if grid == scene.grids[0].pk]
    assert len({who for _role, who in held}) == 1
    order = [Rung("grid_worker", 5), Rung("grid_lead", 5)]
    with pytest.raises(Invalid) as refused:
        change(scene, P0=order, reason="")
    assert "people:P0" in refused.value.details["weakens"]


def test_one_role_stands_on_one_rung_only(scene):
    with pytest.raises(Invalid) as refused:
        change(scene, P0=[Rung("grid_worker", 5), *SHIPPED.ladders["P0"]])
    assert (refused.value.code, refused.value.field) == ("role_twice", "P0")


def test_the_order_that_holds_changes_nothing_and_what_waits_goes_on_waiting(scene):
    change_plan(
        ladders=SHIPPED.ladders,
        rules=SHIPPED.rules,
        quiet_from=22,
        quiet_until=7,
        actor=scene.actor("community_director"),
    )
    assert not CallPlan.objects.exists()
    change(scene, arrivals={"P0": Arrival(60, 2)})
    waits = plan_change_waiting()
    for _press in range(2):
        change_plan(
            ladders=SHIPPED.ladders, rules=SHIPPED.rules, quiet_from=22, quiet_until=7,
            actor=scene.actor("community_director"),
        )  # fmt: skip
    assert plan_change_waiting() == waits and not CallPlan.objects.exists()


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
