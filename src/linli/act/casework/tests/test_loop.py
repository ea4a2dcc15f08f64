"""From what somebody said to their last word: closing is not fixing."""

from datetime import timedelta

import pytest

from linli.act.casework import actions, queries
from linli.act.casework.actions.keeping_time import close_unanswered
from linli.act.casework.links import rating_token
from linli.act.casework.models import Case, CaseEntry, Rating, State
from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.sense.requests.actions import Caller

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def fed_back(world):
    """A case of ``resident`` that the grid worker has answered."""
    with world.scope():
        case = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        worker = world.actor("grid_worker")
        actions.accept(case.pk, actor=worker)
        actions.take(case.pk, actor=worker)
        actions.start(case.pk, actor=worker)
        yield actions.feed_back(case.pk, outcome="fixed", result="换了灯泡", actor=worker)


def test_the_person_leaves_with_a_number_and_the_case_waits_for_somebody_to_accept_it(world):
    with world.scope():
        received = actions.receive("楼道灯坏了", actor=world.actor("resident"))
        assert received.case.number == "EV-260302-001"
        assert (received.case.state, received.case.level) == (State.SUBMITTED, "P2")
        accepted = actions.accept(received.case.pk, actor=world.actor("grid_worker"))
        assert (accepted.state, accepted.grid) == (State.DISPATCHED, world.grids[0])


def test_an_urgent_request_is_in_the_workers_hands_at_once_and_shows_the_danger(world):
    with world.scope():
        received = actions.receive("我被困在电梯里了", actor=world.actor("resident"))
        assert received.danger.sign == "trapped"
        assert (received.case.level, received.case.state) == ("P0", State.DISPATCHED)
        assert received.case.handler == world.accounts["grid_worker"]


def test_the_same_key_answers_with_the_same_case(world):
    with world.scope():
        first = actions.receive("灯坏了", actor=world.actor("resident"), client_key="k")
        again = actions.receive("灯坏了", actor=world.actor("resident"), client_key="k")
        assert again.repeated
        assert again.case == first.case
        assert Case.objects.count() == 1


def test_a_happy_resident_closes_the_case(world, fed_back):
    rating = actions.rate(fed_back.pk, solved=True, satisfaction=5, actor=world.actor("resident"))
    case = Case.objects.get(pk=fed_back.pk)
    assert (case.state, case.closed_at) == (State.CLOSED, clock.now())
    assert (rating.channel, rating.round) == ("portal", 0)
    assert Event.objects.filter(kind="casework.case_closed", data__answered=True).count() == 1


@pytest.mark.parametrize(("solved", "satisfaction"), [(False, 5), (True, 2), (True, 1), (False, 3)])
def test_an_unhappy_resident_opens_it_again_with_a_new_limit(world, fed_back, solved, satisfaction):
    with clock.frozen(clock.now() + timedelta(days=2)):
        actions.rate(
            fed_back.pk, solved=solved, satisfaction=satisfaction, reason="还是不亮", actor=world.actor("resident")
        )
        case = Case.objects.get(pk=fed_back.pk)
        assert (case.state, case.reopened_times, case.outcome) == (State.REOPENED, 1, "")
        assert case.clock_from == clock.now()
        assert case.finish_by > fed_back.finish_by
        first = queries.today_list(world.actor("grid_worker"), clock.now()).groups[0]
        assert first.key == "first"
        assert "居民不满意，重新办理" in first.items[0].reasons


def test_neutral_but_solved_closes(world, fed_back):
    actions.rate(fed_back.pk, solved=True, satisfaction=3, actor=world.actor("resident"))
    assert Case.objects.get(pk=fed_back.pk).state == State.CLOSED


def test_one_rating_a_round(world, fed_back):
    resident, worker = world.actor("resident"), world.actor("grid_worker")
    actions.rate(fed_back.pk, solved=False, satisfaction=1, actor=resident)
    actions.start(fed_back.pk, actor=worker)
    actions.feed_back(fed_back.pk, outcome="fixed", result="又换了", actor=worker)
    actions.rate(fed_back.pk, solved=True, satisfaction=4, actor=resident)
    with pytest.raises(Conflict) as refused:
        actions.rate(fed_back.pk, solved=False, satisfaction=1, actor=resident)
    assert refused.value.code == "rated_before"
    assert list(Rating.objects.order_by("round").values_list("round", "satisfaction")) == [(0, 1), (1, 4)]


def test_whoever_handled_it_cannot_enter_the_rating_and_a_colleague_who_called_back_can(world, fed_back):
    with pytest.raises(NotAllowed) as refused:
        actions.rate(fed_back.pk, solved=True, satisfaction=5, actor=world.actor("grid_worker"))
    assert refused.value.code == "handler_cannot_rate"
    for who in ("grid_lead", "neighbour"):
        with pytest.raises((NotAllowed, NotFound)):
            actions.rate(fed_back.pk, solved=True, satisfaction=5, actor=world.actor(who))
    rating = actions.rate(
        fed_back.pk, solved=True, satisfaction=4, channel="phone", actor=world.actor("community_worker")
    )
    assert rating.channel == "phone"


def test_a_worker_who_handled_her_own_complaint_cannot_rate_it(world):
    with world.scope():
        clerk = world.accounts["community_worker"]
        clerk.resident = world.residents["newcomer"]
        clerk.save()
        actor = world.actor("community_worker")
        case = actions.receive("灯坏了", actor=actor, speaker_id=actor.resident_id).case
        actions.accept(case.pk, actor=actor)
        actions.start(case.pk, actor=actor)
        actions.feed_back(case.pk, outcome="fixed", result="好了", actor=actor)
        with pytest.raises(NotAllowed):
            actions.rate(case.pk, solved=True, satisfaction=5, actor=actor)


def test_silence_closes_after_seven_days_and_is_no_answer(world, fed_back):
    with clock.frozen(clock.now() + timedelta(days=7) - timedelta(seconds=1)):
        assert close_unanswered() == 0
    with clock.frozen(clock.now() + timedelta(days=7)):
        assert close_unanswered() == 1
        assert close_unanswered() == 0
        assert Case.objects.get(pk=fed_back.pk).state == State.CLOSED
        assert Event.objects.get(kind="casework.case_closed").data["answered"] is False
        rates = queries.three_rates(
            clock.now() - timedelta(days=30), clock.now() + timedelta(days=1), actor=world.actor("community_director")
        )
        assert (rates.base, rates.satisfaction.n, rates.satisfaction.part) == (1, 0, 0)


def test_not_fixed_after_closing_still_reaches_a_person(world, fed_back):
    with clock.frozen(clock.now() + timedelta(days=8)):
        close_unanswered()
        actions.rate(fed_back.pk, solved=False, satisfaction=2, actor=world.actor("resident"))
        assert Case.objects.get(pk=fed_back.pk).state == State.REOPENED


def test_a_caller_without_an_account_rates_by_the_link_once(world):
    with world.scope():
        clerk, worker = world.actor("community_worker"), world.actor("grid_worker")
        received = actions.receive("路灯不亮", actor=clerk, channel="phone", caller=Caller("过路人", "19900099999"))
        case = received.case
        actions.accept(case.pk, actor=clerk)
        actions.dispatch(case.pk, actor=clerk, grid_id=world.grids[0].pk)
        actions.start(case.pk, actor=worker)
        actions.feed_back(case.pk, outcome="fixed", result="修好了", actor=worker)
    token = rating_token(world.community.pk, received.request.pk, 0)
    form = queries.rating_form(token)
    assert (form.number, form.result, form.open) == (case.number, "修好了", True)
    actions.rate_by_link(token, solved=True, satisfaction=5)
    assert not queries.rating_form(token).open
    with pytest.raises(Conflict):
        actions.rate_by_link(token, solved=False, satisfaction=1)
    with world.scope():
        assert Case.objects.get(pk=case.pk).state == State.CLOSED
        assert Rating.objects.get().channel == "link"


@pytest.mark.parametrize("token", ["", "x", "1.1.0", "1.1.0:abc:def", "1:2:3:4"])
def test_a_forged_link_opens_nothing(world, token):
    with pytest.raises(NotFound):
        queries.rating_form(token)
    with pytest.raises(NotFound):
        actions.rate_by_link(token, solved=True, satisfaction=5)


def test_a_link_of_an_earlier_round_is_worthless(world, fed_back):
    request_id = fed_back.joined.get().request_id
    token = rating_token(world.community.pk, request_id, 0)
    actions.rate(fed_back.pk, solved=False, satisfaction=1, actor=world.actor("resident"))
    assert not queries.rating_form(token).open
    with pytest.raises(NotFound):
        actions.rate_by_link(token, solved=True, satisfaction=5)


def test_a_joint_case_answers_everybody_and_one_unhappy_voice_opens_it(world):
    with world.scope():
        worker = world.actor("grid_worker")
        first = actions.receive("楼道灯坏了", actor=world.actor("resident"))
        second = actions.receive("楼道灯不亮", actor=world.actor("elder"))
        actions.accept(first.case.pk, actor=worker)
        parent = actions.merge(second.case.pk, into_id=first.case.pk, actor=worker)
        assert Case.objects.get(pk=second.case.pk).state == State.MERGED
        assert set(parent.joined.values_list("request_id", flat=True)) == {first.request.pk, second.request.pk}
        actions.start(parent.pk, actor=worker)
        actions.feed_back(parent.pk, outcome="fixed", result="好了", actor=worker)
        actions.rate(parent.pk, solved=True, satisfaction=5, actor=world.actor("resident"))
        assert Case.objects.get(pk=parent.pk).state == State.EVALUATING
        actions.rate(parent.pk, solved=False, satisfaction=1, actor=world.actor("elder"))
        assert Case.objects.get(pk=parent.pk).state == State.REOPENED
        with pytest.raises(Conflict) as refused:
            actions.merge(parent.pk, into_id=parent.pk, actor=worker)
        assert refused.value.code == "parent_is_self"


def test_merging_into_an_ended_case_is_refused(world, fed_back):
    actions.rate(fed_back.pk, solved=True, satisfaction=5, actor=world.actor("resident"))
    other = actions.receive("楼道灯又坏了", actor=world.actor("elder")).case
    with pytest.raises(Conflict) as refused:
        actions.merge(other.pk, into_id=fed_back.pk, actor=world.actor("grid_worker"))
    assert refused.value.code == "parent_ended"
    assert Case.objects.get(pk=other.pk).state == State.SUBMITTED


def test_one_reporter_withdraws_and_the_case_goes_on_for_the_other(world):
    with world.scope():
        worker = world.actor("grid_worker")
        first = actions.receive("楼道灯坏了", actor=world.actor("resident"))
        second = actions.receive("楼道灯不亮", actor=world.actor("elder"))
        actions.accept(first.case.pk, actor=worker)
        actions.merge(second.case.pk, into_id=first.case.pk, actor=worker)
        actions.withdraw(first.case.pk, actor=world.actor("resident"))
        assert Case.objects.get(pk=first.case.pk).state == State.DISPATCHED
        actions.withdraw(first.case.pk, actor=world.actor("elder"))
        assert Case.objects.get(pk=first.case.pk).state == State.WITHDRAWN


def test_every_change_leaves_an_entry_and_an_event_without_words(world, fed_back):
    verbs = list(CaseEntry.objects.filter(case=fed_back).values_list("verb", flat=True))
    assert verbs == ["open", "accept", "dispatch", "take", "start", "feed_back"]
    kinds = list(Event.objects.filter(subject=f"case:{fed_back.pk}").order_by("id").values_list("kind", flat=True))
    assert kinds == [
        "casework.case_opened", "casework.case_accepted", "casework.case_dispatched", "casework.case_taken",
        "casework.case_started", "casework.case_fed_back",
    ]  # fmt: skip
    told = str(list(Event.objects.values_list("data", flat=True)))
    assert "换了灯泡" not in told
    assert "grid_worker" not in told


def test_needs_are_named_when_they_are_missing(world):
    with world.scope():
        case = actions.receive("我被困在电梯里了", actor=world.actor("resident")).case
        worker = world.actor("grid_worker")
        actions.start(case.pk, actor=worker)
        for verb, given, field in (
            ("feed_back", {"outcome": "fixed"}, "result"),
            ("feed_back", {"result": "x"}, "outcome"),
            ("feed_back", {"result": "x", "outcome": "gone"}, "outcome"),
            ("note", {"text": ""}, "text"),
            ("note", {"text": "x", "grid_id": 1}, "grid_id"),
        ):
            with pytest.raises(Invalid) as refused:
                actions.perform(case.pk, verb, actor=worker, **given)
            assert refused.value.field == field
