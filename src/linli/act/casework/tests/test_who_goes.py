"""Whoever has the case of a warning goes, and whoever arrived says what was found."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.act.casework import actions
from linli.act.casework.models import Case
from linli.act.casework.queries import case_page, load_case
from linli.act.casework.tests.test_no_warning_left_alone import DETECTOR, called, later, now_of, raised
from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.models import Notice
from linli.foundation.registry.models import Grid
from linli.foundation.vault.index import blind_index
from linli.understand.warnings import actions as warnings
from linli.understand.warnings import calling, owed_findings
from linli.understand.warnings.arriving import arrival_term
from linli.understand.warnings.models import Call, Ladder, Warning
from linli.understand.warnings.places import Place
from linli.understand.warnings.tests.conftest import PHONES

WORKER, LEAD, DESK = "grid_worker", "grid_lead", "community_worker"


@pytest.fixture
def scene(world, monday_morning):
    with world.scope():
        for who, number in PHONES.items():
            account = world.accounts[who]
            account.phone = number
            account.save()
        yield world


def pk(scene, who):
    return scene.accounts[who].pk


def texts_to(who):
    found = Notice.objects.filter(channel="sms", to_index__in=blind_index("notices.notice.to", PHONES[who]))
    return list(found.order_by("pk").values_list("text", flat=True))


def begun(scene, **given):
    """A trapped rider of whom the grid's worker said at once that they go."""
    warning, case = raised(scene, **given)
    actions.start(case.pk, actor=scene.actor(WORKER))
    drain()
    return warning, case


def test_handed_over_the_other_one_goes_by_the_same_moment_and_both_hear_of_it(scene):
    warning, case = begun(scene)
    due = Ladder.objects.get(ended_at=None).arrive_by
    with later(minutes=10):
        actions.hand_over(case.pk, account_id=pk(scene, LEAD), actor=scene.actor(DESK))
        drain()
        drain()
        assert now_of(warning).acknowledged_by_id == pk(scene, LEAD)
        going = Ladder.objects.get(ended_at=None)
        assert (going.said_by_id, going.handed_from_id) == (pk(scene, LEAD), pk(scene, WORKER))
        assert (going.said_at, going.arrive_by, going.due_at) == (clock.now(), due, due)
        page = case_page(load_case(case.pk, actor=scene.actor(DESK)), scene.actor(DESK))
        assert "转给grid_lead，由grid_lead去" in [line.sentence for line in page.timeline]
        assert page.due == due
    (to_lead,) = texts_to(LEAD)
    assert "转给您去，最晚 09:30 到场" in to_lead
    assert "转给 grid_lead 去了，您不用去了" in texts_to(WORKER)[-1]
    with later(minutes=30):
        calling.climb_due()
        assert [one.account_id for one in Call.objects.filter(ladder=going, way="app")] == [pk(scene, LEAD)]
        assert "09:10 转给您去，还没有到场的消息" in texts_to(LEAD)[-1]


def test_who_hands_it_over_themselves_is_not_told_by_message(scene):
    _warning, case = begun(scene)
    before = len(texts_to(WORKER))
    actions.hand_over(case.pk, account_id=pk(scene, LEAD), actor=scene.actor(WORKER))
    drain()
    assert len(texts_to(WORKER)) == before and "转给您去" in texts_to(LEAD)[-1]


def test_handed_over_after_the_term_the_new_one_is_asked_at_once_and_the_next_as_before(scene):
    warning, case = begun(scene)
    with later(minutes=30):
        calling.climb_due()
        assert called() == [WORKER]
    with later(minutes=31):
        actions.hand_over(case.pk, account_id=pk(scene, DESK), actor=scene.actor("community_director"))
        drain()
        going = Ladder.objects.get(ended_at=None)
        assert [one.account_id for one in going.calls.filter(way="app")] == [pk(scene, DESK)]
        assert [one.verb for one in calling.calling_now(scene.actor(DESK))] == ["arrive"]
        assert calling.calling_now(scene.actor(WORKER)) == []
    with later(minutes=32):
        calling.climb_due()
    assert called()[1:] == ["grid_lead"], "a hand-over keeps nobody else from being called"
    assert now_of(warning).arrived_at is None


def test_handed_over_in_a_circle_the_next_rung_is_called_all_the_same(scene):
    _warning, case = begun(scene)
    people = [DESK, WORKER]
    for minute in range(1, 45):
        with later(minutes=minute):
            actions.hand_over(
                case.pk, account_id=pk(scene, people[minute % 2]), actor=scene.actor("community_director")
            )
            drain()
            calling.climb_due()
    rungs = Call.objects.filter(ladder__arrive_by__isnull=False, way="app").exclude(rung=0).order_by("pk")
    assert [one.role for one in rungs][:3] == ["grid_lead", "community_director", "street_office"]


def test_a_tick_between_the_hand_over_and_its_event_calls_nobody_and_loses_nobody(scene):
    warning, case = begun(scene)
    with later(minutes=29):
        actions.hand_over(case.pk, account_id=pk(scene, LEAD), actor=scene.actor(DESK))
    with later(minutes=31):
        calling.climb_due()
        assert Call.objects.filter(ladder__arrive_by__isnull=False).count() == 0
        drain()
        calling.climb_due()
        assert called() == [LEAD]
    assert now_of(warning).acknowledged_by_id == pk(scene, LEAD)


def test_handed_over_before_anybody_heard_of_the_first_word_the_term_counts_from_that_word(scene):
    warning, case = raised(scene)
    warnings.acknowledge(warning, actor=scene.actor(WORKER))
    with later(minutes=4):
        actions.hand_over(case.pk, account_id=pk(scene, LEAD), actor=scene.actor(DESK))
        drain()
    going = Ladder.objects.get(ended_at=None)
    assert (going.said_by_id, going.arrive_by) == (pk(scene, LEAD), clock.now() + timedelta(minutes=30))


def test_while_nobody_goes_a_hand_over_makes_nobody_go(scene):
    warning, case = raised(scene)
    actions.hand_over(case.pk, account_id=pk(scene, LEAD), actor=scene.actor(DESK))
    drain()
    assert now_of(warning).state == Warning.State.OPEN and called() == [WORKER]
    assert "派给您" in texts_to(LEAD)[-1]


def test_dispatched_again_to_somebody_they_go_and_to_nobody_the_others_are_called(scene):
    warning, case = begun(scene)
    desk = scene.actor(DESK)
    actions.dispatch(case.pk, grid_id=scene.grids[0].pk, handler_id=pk(scene, LEAD), actor=desk)
    drain()
    assert now_of(warning).acknowledged_by_id == pk(scene, LEAD)
    other = Grid.objects.get(pk=scene.grids[1].pk)
    actions.dispatch(case.pk, grid_id=other.pk, actor=desk)
    drain()
    assert (now_of(warning).state, now_of(warning).acknowledged_by_id) == ("open", None)
    assert called() == ["community_director"], "not the one from whom it was taken"


def test_who_goes_from_another_grid_sees_where_to_and_says_that_they_are_there(scene, client):
    warning, case = begun(scene)
    other = scene.accounts["other_grid_worker"]
    client.force_login(other)
    page = f"/workbench/warnings/{warning.pk}/"
    assert client.get(page).status_code == 404
    actions.dispatch(case.pk, grid_id=scene.grids[1].pk, handler_id=other.pk, actor=scene.actor(DESK))
    drain()
    assert now_of(warning).acknowledged_by_id == other.pk
    assert client.get(page).status_code == 200
    client.post(f"{page}do/arrive/")
    assert now_of(warning).arrived_at == clock.now()
    warnings.handle(warning, actor=scene.actor("other_grid_worker"))
    warnings.clear(warning, on_site=True, actor=scene.actor("other_grid_worker"))
    assert client.get(page).status_code == 404, "once it is over it is no more theirs to see"


def test_who_was_sent_there_by_the_platform_takes_nothing_from_who_said_that_they_go(scene):
    """The case is opened a moment after the lead has answered its call."""
    warning = warnings.raise_warning(
        "trapped",
        source="facility:9",
        level="P0",
        place=Place(scene.grids[0].pk, scene.buildings[0].pk),
        evidence={"seconds": 60, "reason": "alarm"},
        actor=DETECTOR,
    )
    warnings.acknowledge(warning, actor=scene.actor(LEAD))
    drain()
    assert Case.objects.get(warning=warning).handler_id == pk(scene, WORKER)
    assert now_of(warning).acknowledged_by_id == pk(scene, LEAD)


def test_of_a_p2_the_new_hands_hear_of_it_as_ever(scene):
    warning, case = raised(scene, kind="door_open_long", level="P2", source="device:5")
    actions.take(case.pk, actor=scene.actor(WORKER))
    actions.hand_over(case.pk, account_id=pk(scene, LEAD), actor=scene.actor(DESK))
    drain()
    assert now_of(warning).acknowledged_by_id == pk(scene, LEAD)
    assert "派给您" in texts_to(LEAD)[-1]
    assert Ladder.objects.count() == 0


@pytest.mark.parametrize("how", ["case", "page"])
def test_who_arrived_owes_the_finding_and_not_who_said_that_they_go(scene, how):
    warning, case = begun(scene)
    with later(minutes=8):
        if how == "case":
            actions.contact(case.pk, text="人在说话", on_site=True, actor=scene.actor(LEAD))
        else:
            warnings.arrive(warning, actor=scene.actor(LEAD))
        drain()
    with later(minutes=12):
        warnings.arrive(warning, actor=scene.actor(WORKER))
        drain()
    assert now_of(warning).acknowledged_by_id == pk(scene, LEAD), "of two who come the first has it"
    before = len(texts_to(WORKER))
    with later(minutes=8 + 121):
        assert owed_findings.ask_for_findings() == 1
    assert "您 09:08 到的现场，还没有写发现" in texts_to(LEAD)[-1]
    assert len(texts_to(WORKER)) == before


def test_handed_over_once_somebody_is_there_the_finding_stays_theirs(scene):
    warning, case = begun(scene)
    warnings.arrive(warning, actor=scene.actor(WORKER))
    actions.hand_over(case.pk, account_id=pk(scene, LEAD), actor=scene.actor(DESK))
    drain()
    assert now_of(warning).acknowledged_by_id == pk(scene, WORKER)
    assert now_of(warning).arrived_at is not None and Ladder.objects.filter(ended_at=None).count() == 0


def test_who_said_that_they_go_returns_the_case_while_another_is_there(scene):
    warning, case = raised(scene)
    actions.take(case.pk, actor=scene.actor(WORKER)) if case.handler_id is None else None
    warnings.acknowledge(warning, actor=scene.actor(WORKER))
    warnings.arrive(warning, actor=scene.actor(LEAD))
    drain()
    actions.return_case(case.pk, reason_code="wrong_grid", reason="不是这里", actor=scene.actor(WORKER))
    drain()
    assert now_of(warning).arrived_at is not None and now_of(warning).acknowledged_by_id == pk(scene, LEAD)


SOURCES = count(100)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["hand", "take_over", "arrive", "tick", "drain", "give_back"]),
        st.sampled_from([WORKER, LEAD, DESK]),
        st.integers(0, 12),
    ),
    max_size=14,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_in_whatever_order_one_person_goes_by_one_moment(scene, steps):
    """Hand-overs, takings over, arrivals, ticks and late events in any order: one climb at most goes on, it waits for whoever
    goes, a hand-over moves no moment, and nobody is called once somebody is there."""
    Ladder.objects.filter(ended_at=None).update(ended_at=clock.now(), end=Ladder.End.OVER)
    warning, case = begun(scene, source=f"facility:{next(SOURCES)}")
    minute = 0
    for what, who, wait in steps:
        minute += wait
        with later(minutes=minute):
            seen = now_of(warning)
            match what:
                case "hand" if (holder := Case.objects.get(pk=case.pk).handler_id) != pk(scene, who):
                    actions.hand_over(case.pk, account_id=pk(scene, who), actor=scene.actor("community_director"))
                    goes = pk(scene, who) if seen.awaits_arrival and seen.taken_by(holder) else seen.acknowledged_by_id
                    assert now_of(warning).acknowledged_by_id == goes
                case "take_over" if seen.awaits_arrival:
                    warnings.take_over(warning, actor=scene.actor(who))
                case "arrive":
                    warnings.arrive(warning, actor=scene.actor(who))
                    first = seen.acknowledged_by_id if seen.arrived_at else pk(scene, who)
                    assert now_of(warning).acknowledged_by_id == first
                case "give_back" if seen.state == Warning.State.ACKNOWLEDGED and seen.arrived_at is None:
                    warnings.give_back(warning, actor=scene.actor(DESK), by=seen.acknowledged_by_id)
                case "tick":
                    before = Call.objects.filter(ladder__warning=warning).count()
                    calling.climb_due()
                    if seen.arrived_at is not None:
                        assert Call.objects.filter(ladder__warning=warning).count() == before
                case "drain":
                    drain()
    with later(minutes=minute):
        drain()
        found = now_of(warning)
        going = Ladder.objects.filter(warning=warning, ended_at=None).first()
        if found.awaits_arrival:
            assert going is not None and going.said_by_id == found.acknowledged_by_id
            known = load_case(case.pk, actor=scene.actor(DESK))
            assert known.contacted_at is not None or known.contact_by == going.arrive_by, "one clock"
        if found.arrived_at is not None:
            assert going is None
    for handed in Ladder.objects.filter(warning=warning, handed_from__isnull=False):
        assert Ladder.objects.filter(warning=warning, arrive_by=handed.arrive_by, pk__lt=handed.pk).exists()


def test_who_is_on_the_way_stays_so_when_somebody_else_hands_the_papers_on(scene):
    warning, case = begun(scene)
    warnings.take_over(warning, actor=scene.actor(LEAD))
    actions.hand_over(case.pk, account_id=pk(scene, DESK), actor=scene.actor(WORKER))
    drain()
    assert now_of(warning).acknowledged_by_id == pk(scene, LEAD)


def test_whoever_escalates_does_not_go(scene):
    warning, case = begun(scene)
    actions.escalate(case.pk, reason="我去不了", actor=scene.actor(WORKER))
    drain()
    assert now_of(warning).state == "open" and now_of(warning).acknowledged_by_id is None


def test_of_one_that_sounds_again_hours_later_nobody_is_late_already(scene):
    warning, _case = begun(scene)
    warnings.arrive(warning, actor=scene.actor(WORKER))
    drain()
    with clock.frozen(clock.now() + timedelta(hours=4)):
        raised(scene)
        assert now_of(warning).state == "open"
        assert arrival_term(now_of(warning)).due > clock.now()


def test_pressed_again_the_moment_stays_and_who_goes_is_asked_at_once(scene):
    warning = raised(scene, kind="sos", source="device:7")[0]
    warnings.acknowledge(warning, actor=scene.actor(WORKER))
    drain()
    due = arrival_term(now_of(warning)).due
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        raised(scene, kind="sos", source="device:7")
        assert arrival_term(now_of(warning)).due == due
        assert Ladder.objects.get(warning=warning, ended_at=None).due_at == clock.now()
