"""Who says "I go" is at the place in time, is reminded, and then the next one is called: until somebody is there."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.accounts.models import Grant
from linli.foundation.errors import Conflict, Invalid
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Event
from linli.foundation.notices.models import Notice
from linli.understand.warnings import actions, answering, call_links, calling
from linli.understand.warnings.call_plan import plan_in_force
from linli.understand.warnings.changing_plan import change_plan
from linli.understand.warnings.climbing import ROUNDS, SHIPPED, Arrival, Rung, asking_after
from linli.understand.warnings.models import Call, Ladder
from linli.understand.warnings.tests.conftest import PHONES
from linli.understand.warnings.tests.test_climbing import at, link_of, open_and_call
from linli.understand.warnings.tests.test_warning_life import DETECTOR

ORDER = ["grid_worker", "grid_lead", "community_director", "street_office"]
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@given(st.lists(st.sampled_from(ORDER), min_size=1, max_size=6, unique=True), st.integers(-1, 5), st.floats(0.5, 240))
def test_who_answered_is_asked_first_and_everybody_else_once_from_the_next_rung_on(roles, answered, grace):
    rungs, answered = [Rung(role, 5) for role in roles], min(answered, len(roles) - 1)
    order = asking_after(rungs, answered, "grid_worker", grace)
    assert (order[0].role, order[0].minutes, order[0].voice) == ("grid_worker", grace, True)
    assert sorted(one.role for one in order[1:]) == sorted(roles)
    assert order[1].role == roles[(answered + 1) % len(roles)]


def test_as_shipped_a_p0_has_thirty_minutes_and_an_sos_fifteen():
    assert SHIPPED.arrival("trapped", "P0").within == 30
    assert SHIPPED.arrival("sos", "P0").within == 15
    assert SHIPPED.arrival("no_water", "P1").within == 120


def answered(scene, *, after=2, **given):
    """A P0 of which the grid's worker says after two minutes that they go."""
    with clock.frozen(START):
        warning = open_and_call(scene, **given)
    with clock.frozen(START + timedelta(minutes=after)):
        answering.answer_by_link(link_of("grid_worker"))
        drain()
    return warning


def tick(minute):
    with at(minute, START):
        calling.climb_due()


def asked():
    """Whom the climb after an answer has called, in order."""
    rows = Call.objects.filter(ladder__arrive_by__isnull=False, way="app").order_by("pk")
    return list(rows.values_list("role", flat=True))


def test_nobody_is_disturbed_before_the_term_then_the_one_who_goes_then_the_next(scene):
    answered(scene)
    expected = {31.9: 0, 32: 1, 33.9: 1, 34: 2, 36.4: 2, 36.5: 3, 39: 4}
    for minute, called in expected.items():
        tick(minute)
        tick(minute)
        assert asked() == ORDER[:called], minute
    texts = dict(Call.objects.filter(ladder__arrive_by__isnull=False, way="sms").values_list("role", "notice__text"))
    assert "您 09:02 答应去，还没有到场的消息。到了，请点" in texts["grid_worker"]
    assert "grid_worker 09:02 答应去，09:34 仍没有到场的消息" in texts["grid_lead"]
    assert "电梯" not in texts["street_office"] and "一直没有到场" in texts["street_office"]
    voices = Notice.objects.filter(channel="voice", text__contains="答应去").count()
    assert voices == 4 and all(len(one.text) <= 300 for one in Notice.objects.all())


def test_whoever_says_that_they_are_there_ends_it_in_every_way(scene, monday_morning):
    client = Client()
    for n, way in enumerate(("first link", "link", "code", "key", "page")):
        warning = answered(scene, source=f"device:{n}")
        first = link_of("grid_worker")
        if way != "first link":
            tick(32)
        call = {one.way: one for one in Call.objects.filter(ladder__warning=warning, ladder__arrive_by__isnull=False)}
        with at(33, START):
            if way == "first link":
                assert "我到了" in client.get(f"/a/{first}").content.decode()
                client.post(f"/a/{first}", {"here": "1"})
            elif way == "link":
                token = call_links.call_url(call["sms"]).partition("/a/")[2]
                assert "我到了" in client.get(f"/a/{token}").content.decode()
                client.post(f"/a/{token}", {"here": "1"})
            elif way == "code":
                assert answering.answer_by_code(PHONES["grid_worker"], call["sms"].code)
            elif way == "key":
                assert answering.answer_by_key(call["voice"].notice.key, "1")
            else:
                actions.arrive(warning, actor=scene.actor("grid_worker"))
            warning.refresh_from_db()
            assert (warning.state, warning.arrived_at) == ("acknowledged", clock.now()), way
            drain()
        before = Call.objects.count()
        tick(60)
        assert Call.objects.count() == before, way
        assert Ladder.objects.get(warning=warning, arrive_by__isnull=False).end == "arrived"
        actions.handle(warning, actor=scene.actor("grid_worker"))
        drain()


def test_pressing_twice_that_one_goes_does_not_say_that_one_is_there(scene, monday_morning):
    warning = answered(scene)
    client, token = Client(), link_of("grid_worker")
    assert client.post(f"/a/{token}").status_code == 302
    warning.refresh_from_db()
    assert warning.arrived_at is None


def test_the_next_one_takes_over_and_has_a_term_of_their_own(scene, monday_morning):
    warning = answered(scene)
    tick(32)
    tick(34)
    with at(35, START):
        page = Client().get(f"/a/{link_of('grid_lead')}").content.decode()
        assert "我去" in page and "grid_worker 09:02 答应去，09:35 仍没有到场的消息" in page
        answering.answer_by_link(link_of("grid_lead"))
        drain()
        old = answering.call_by_link(link_of("grid_worker"))
        assert (old.mine, old.answered_by, old.may_arrive) == (False, "grid_lead", False)
    warning.refresh_from_db()
    assert warning.acknowledged_by_id == scene.accounts["grid_lead"].pk
    (going,) = Ladder.objects.filter(ended_at=None)
    assert (going.said_by_id, going.arrive_by) == (
        scene.accounts["grid_lead"].pk, START + timedelta(minutes=65),
    )  # fmt: skip
    tick(64)
    assert going.calls.count() == 0
    for minute in (65, 67, 70):
        tick(minute)
    roles = going.calls.filter(way="app").order_by("pk").values_list("role", flat=True)
    assert list(roles) == ["grid_lead", "community_director", "street_office"]


def test_taken_over_in_the_workbench_the_first_term_rings_no_more(scene, monday_morning):
    warning = answered(scene)
    with at(20, START):
        actions.take_over(warning, actor=scene.actor("community_worker"))
        with pytest.raises(Conflict):
            actions.acknowledge(warning, actor=scene.actor("grid_worker"))
    tick(33)
    assert asked() == [], "not even before the event is delivered"
    drain()
    tick(49)
    assert asked() == []
    tick(50)
    assert Call.objects.latest("pk").account_id == scene.accounts["community_worker"].pk
    with at(51, START):
        actions.arrive(warning, actor=scene.actor("community_worker"))
        with pytest.raises(Conflict):
            actions.take_over(warning, actor=scene.actor("grid_worker"))


def test_on_the_list_it_says_who_was_to_come_and_what_one_press_does(scene, monday_morning):
    answered(scene)
    tick(32)
    tick(34)
    with at(34, START):
        (worker,) = calling.calling_now(scene.actor("grid_worker"))
        (lead,) = calling.calling_now(scene.actor("grid_lead"))
    assert (worker.verb, lead.verb) == ("arrive", "take_over")
    assert "grid_worker 09:02 答应去" in lead.late


def test_when_nobody_ever_comes_it_goes_round_and_then_says_so(scene, monday_morning):
    warning = answered(scene)
    actions.end_condition("trapped", source=warning.source, at=START, actor=DETECTOR)
    for minute in range(0, 120):
        tick(minute)
    ladder = Ladder.objects.get(arrive_by__isnull=False)
    assert (ladder.end, ladder.round) == ("nobody", ROUNDS)
    assert asked() == [role for _n in range(ROUNDS) for role in [*ORDER]]
    assert Event.objects.filter(kind="warnings.nobody_answered", subject=f"warning:{warning.pk}").count() == 1


def test_who_goes_has_left_meanwhile_and_the_next_is_called_at_once(scene, monday_morning):
    answered(scene)
    scene.accounts["grid_worker"].is_active = False
    scene.accounts["grid_worker"].save()
    tick(32)
    rows = Call.objects.filter(ladder__arrive_by__isnull=False, way="app").order_by("pk")
    assert [(one.role, one.nobody) for one in rows] == [("grid_worker", True), ("grid_lead", False)]


def test_somebody_from_outside_the_order_answers_and_the_first_rung_is_called_after_them(scene, monday_morning):
    with clock.frozen(START):
        warning = open_and_call(scene)
        actions.acknowledge(warning, actor=scene.actor("community_worker"))
        drain()
    for minute in (30, 32):
        tick(minute)
    rows = Call.objects.filter(ladder__arrive_by__isnull=False, way="app").order_by("pk")
    assert [one.account.display_name for one in rows] == ["community_worker", "grid_worker"]


def test_it_opens_again_and_the_old_arrival_counts_no_more(scene, monday_morning):
    warning = answered(scene)
    with at(10, START):
        actions.arrive(warning, actor=scene.actor("grid_worker"))
        actions.handle(warning, actor=scene.actor("grid_worker"))
        drain()
    with at(20, START):
        open_and_call(scene)
        actions.acknowledge(warning, actor=scene.actor("grid_lead"))
        drain()
    warning.refresh_from_db()
    assert warning.arrived_at is None and warning.acknowledged_by_id == scene.accounts["grid_lead"].pk
    tick(50)
    assert Call.objects.latest("pk").account_id == scene.accounts["grid_lead"].pk


def test_what_is_not_called_about_has_no_term(scene, monday_morning):
    with clock.frozen(START):
        warning = open_and_call(scene, kind="water_running", level="P1", source="home:9")
        actions.acknowledge(warning, actor=scene.actor("grid_worker"))
        drain()
    assert Ladder.objects.count() == 0


def test_at_night_the_term_of_a_p1_waits_for_the_morning_and_that_of_a_p0_does_not(scene):
    evening = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
    with clock.frozen(evening):
        for kind, level, source in (("no_water", "P1", "home:1"), ("trapped", "P0", "device:1")):
            actions.acknowledge(
                open_and_call(scene, kind=kind, level=level, source=source), actor=scene.actor("grid_worker")
            )
        drain()
    due = dict(Ladder.objects.filter(arrive_by__isnull=False).values_list("warning__level", "due_at"))
    assert due == {"P0": evening + timedelta(minutes=30), "P1": datetime(2026, 3, 2, 23, 0, tzinfo=UTC)}


def test_the_director_sets_the_terms_and_those_under_way_stay(scene, monday_morning):
    answered(scene)
    director = scene.actor("community_director")
    same = {"ladders": SHIPPED.ladders, "rules": [], "quiet_from": 22, "quiet_until": 7, "actor": director}
    for wrong in (Arrival(0.5, 2), Arrival(241, 2), Arrival(30, 0), Arrival(30, 241)):
        with pytest.raises(Invalid) as refused:
            change_plan(**same, arrivals={"P0": wrong})
        assert refused.value.field == "arrivals"
    assert plan_in_force() == SHIPPED
    change_plan(**same, arrivals={"P0": Arrival(10, 1)})
    plan = plan_in_force()
    assert (plan.arrival("trapped", "P0"), plan.arrival("sos", "P0")) == (Arrival(10, 1), Arrival(15, 1))
    change_plan(**same)
    assert plan_in_force().arrival("trapped", "P0") == Arrival(10, 1)
    assert Ladder.objects.get(ended_at=None).arrive_by == START + timedelta(minutes=32)
    answered(scene, source="device:2")
    assert Ladder.objects.latest("pk").arrive_by == START + timedelta(minutes=12)


def test_an_event_that_is_delivered_again_begins_no_second_term(scene, monday_morning):
    warning = answered(scene)
    said = Ladder.objects.get(arrive_by__isnull=False)
    calling.await_arrival(warning.pk, by=said.said_by_id, at=said.said_at)
    tick(32)
    tick(34)
    with at(35, START):
        answering.answer_by_link(link_of("grid_lead"))
        drain()
    calling.await_arrival(warning.pk, by=said.said_by_id, at=said.said_at)
    (going,) = Ladder.objects.filter(ended_at=None)
    assert going.said_by_id == scene.accounts["grid_lead"].pk


SOURCES = count()
ENDS = ("handle", "dismiss", "arrive", "take_over")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.floats(0, 90), min_size=1, max_size=25), st.floats(3, 60), st.sampled_from(ENDS), st.booleans()
)  # fmt: skip
def test_whenever_the_ticks_come_nobody_is_called_twice_early_or_after_it_was_seen_to(
    scene,
    ticks,
    seen_at,
    how,
    told,
):
    """``told``: whether the event has been delivered before the next tick."""
    Ladder.objects.all().delete()
    warning = answered(scene, source=f"device:{next(SOURCES)}")
    done = False
    for minute in sorted(ticks):
        if minute >= seen_at and not done:
            done = True
            with at(seen_at, START):
                given = {"note": "去看过", "on_site": True, "finding": "false"} if how == "dismiss" else {}
                given |= {"on_site": True} if how == "handle" else {}
                verb = {"dismiss": actions.dismiss, "handle": actions.handle, "arrive": actions.arrive}.get(
                    how, actions.take_over
                )
                verb(warning, actor=scene.actor("grid_lead"), **given)
                if told:
                    drain()
        tick(minute)
        tick(minute)
    calls = Call.objects.filter(ladder__warning=warning, ladder__said_by=scene.accounts["grid_worker"]).order_by("pk")
    times = [(one.called_at - START).total_seconds() / 60 for one in calls]
    assert all(minute >= 32 for minute in times)
    assert all(minute < seen_at for minute in times) or not done
    rungs = [(one.round, one.rung) for one in calls.filter(way="app")]
    assert rungs == [(turn, rung) for turn in range(1, ROUNDS + 1) for rung in range(4)][: len(rungs)]


def test_a_grant_that_ended_does_not_keep_the_next_from_being_called(scene, monday_morning):
    answered(scene)
    Grant.objects.filter(account=scene.accounts["grid_lead"]).update(expires_at=START)
    tick(32)
    tick(34)
    assert asked()[-1] == "community_director"


def test_a_p0_that_was_taken_before_there_were_terms_is_asked_after_once(scene, monday_morning):
    answered(scene)
    Ladder.objects.filter(arrive_by__isnull=False).delete()
    with at(60, START):
        assert calling.await_unasked() == 1
        assert calling.await_unasked() == 0
        calling.climb_due()
    assert asked() == ["grid_worker"]
    with at(62, START):
        calling.climb_due()
    assert asked() == ["grid_worker", "grid_lead"]
