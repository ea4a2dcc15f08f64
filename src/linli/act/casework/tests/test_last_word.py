"""Calls by somebody else, reasons, a second unhappy answer, words after the end, "me too", "you said, we did"."""

from datetime import timedelta

import pytest
from django.test import Client

from linli.act.casework import actions, queries
from linli.act.casework.actions.keeping_time import close_unanswered
from linli.act.casework.models import Case, CaseRequest, PublicCard, Rating, State
from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.models import Notice
from linli.sense.requests.models import Request

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def staff(world):
    for n, who in enumerate(("grid_worker", "community_director", "community_worker")):
        world.accounts[who].phone = f"1990000040{n}"
        world.accounts[who].save()
    with world.scope():
        yield {
            who: world.actor(who)
            for who in ("grid_worker", "community_director", "community_worker", "resident", "neighbour")
        }


def done(staff, words="楼道灯坏了"):
    case = actions.receive(words, actor=staff["resident"]).case
    actions.accept(case.pk, actor=staff["community_director"])
    actions.take(case.pk, actor=staff["grid_worker"])
    return again(staff, case)


def again(staff, case):
    actions.start(case.pk, actor=staff["grid_worker"])
    return actions.feed_back(case.pk, outcome="fixed", result="换了灯。", actor=staff["grid_worker"])


def test_somebody_else_calls_three_times_apart_and_then_it_counts_in_no_rate(staff):
    case = done(staff)
    clerk, director = staff["community_worker"], staff["community_director"]
    request_id = case.joined.get().request_id
    (row,) = queries.to_call_back(clerk, clock.now())
    assert (row.case, row.attempts, row.late) == (case, 0, False)
    with pytest.raises(NotAllowed):
        actions.missed(case.pk, request_id, actor=staff["grid_worker"])
    for n in range(3):
        with clock.frozen(clock.now() + timedelta(hours=3 * n)):
            actions.missed(case.pk, request_id, actor=clerk)
            with pytest.raises(Conflict):
                actions.missed(case.pk, request_id, actor=clerk)
    assert queries.to_call_back(clerk, clock.now()) == []
    start = clock.now()
    with clock.frozen(start + timedelta(days=8)):
        close_unanswered()
        rates = queries.three_rates(start, clock.now() + timedelta(days=1), actor=director)
    assert rates.excluded == {"unreachable": 1} and rates.base == 0


def test_whoever_had_a_hand_in_it_is_not_asked_to_call(staff):
    case = actions.receive("路灯坏了", actor=staff["resident"]).case
    actions.accept(case.pk, actor=staff["community_director"])
    actions.start(case.pk, actor=staff["community_worker"])
    actions.feed_back(case.pk, outcome="fixed", result="好了。", actor=staff["community_worker"])
    assert queries.to_call_back(staff["community_worker"], clock.now()) == []
    assert len(queries.to_call_back(staff["community_director"], clock.now())) == 1
    with clock.frozen(clock.now() + timedelta(days=4)):
        assert queries.to_call_back(staff["community_director"], clock.now())[0].late


def test_unhappy_once_it_is_done_again_and_unhappy_twice_it_goes_above_them(staff):
    case = done(staff)
    said = {"solved": False, "satisfaction": 1, "reasons": ["slow", "not_fixed", "nonsense"], "reason": "还是黑的"}
    request_id = case.joined.get().request_id
    actions.rate(case.pk, request_id=request_id, actor=staff["community_worker"], channel="phone", **said)
    assert Rating.objects.get().reasons == ["slow", "not_fixed"]
    case = Case.objects.get(pk=case.pk)
    assert case.state == State.REOPENED and case.handler is not None
    case = again(staff, case)
    actions.rate(case.pk, actor=staff["resident"], **said)
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.handler) == (State.ESCALATED, None)
    items = [i for group in queries.today_list(staff["community_director"], clock.now()).groups for i in group.items]
    assert case in [item.case for item in items]


def test_a_word_on_a_closed_case_always_reaches_a_person_until_it_is_answered(world, staff):
    case = done(staff)
    actions.rate(case.pk, solved=True, satisfaction=5, actor=staff["resident"])
    assert Case.objects.get(pk=case.pk).state == State.CLOSED
    actions.say_more(case.pk, text="又闪了", actor=staff["resident"])
    drain()
    assert Notice.objects.filter(key__contains=":word:").count() == 1

    def listed(who):
        return [i for g in queries.today_list(staff[who], clock.now()).groups for i in g.items if g.key == "first"]

    for who in ("grid_worker", "community_director"):
        assert "办完以后居民又说话了，请回一声" in listed(who)[0].reasons
    actions.add_note(case.pk, text="明天去看", public=True, actor=staff["grid_worker"])
    assert listed("grid_worker") == [] and listed("community_director") == []
    world.accounts["grid_worker"].is_active = False
    world.accounts["grid_worker"].save()
    actions.say_more(case.pk, text="还在闪", actor=staff["resident"])
    drain()
    assert Notice.objects.filter(
        key__contains=f":account:{world.accounts['community_director'].pk}", key__icontains="word"
    ).exists()


def test_a_neighbour_who_says_me_too_is_answered_and_asked_like_everybody(world, staff):
    case = actions.receive("楼道灯坏了，孟奶奶摔了", actor=staff["resident"]).case
    actions.accept(case.pk, actor=staff["community_director"])
    card = actions.show_publicly(case.pk, title="一号楼楼道灯不亮", place="一号楼", actor=staff["community_worker"])
    neighbour = staff["neighbour"]
    assert [(c.title, mine) for c, mine in queries.neighbours(neighbour).open] == [("一号楼楼道灯不亮", False)]
    said = actions.me_too(card.pk, actor=neighbour)
    assert actions.me_too(card.pk, actor=neighbour) == said
    drain()
    assert (Case.objects.count(), CaseRequest.objects.filter(case=case).count(), Request.objects.count()) == (1, 2, 2)
    assert queries.neighbours(neighbour).open[0][1]
    actions.take(case.pk, actor=staff["grid_worker"])
    case = again(staff, case)
    actions.rate(case.pk, solved=True, satisfaction=5, actor=staff["resident"])
    assert Case.objects.get(pk=case.pk).state == State.EVALUATING
    page = queries.my_matter(said.pk, neighbour)
    assert page.line.to_rate and "孟奶奶" not in page.words
    with pytest.raises(Conflict):
        actions.me_too(card.pk, actor=world.actor("elder"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("方晓家门口大门坏了", "name_in_words"),
        ("方 小满说灯坏了", "name_in_words"),
        ("2 单元 101 室门口灯坏了", "home_in_words"),
        ("1 幢 501 门口", "home_in_words"),
        ("１-１-501 漏水", "home_in_words"),
        ("501 门口灯不亮", "home_in_words"),
        ("三零一室漏水", "home_in_words"),
        ("打 199 0000 1111", "number_in_words"),
    ],
)
def test_what_neighbours_read_names_neither_the_reporter_nor_a_home(staff, words, code):
    case = actions.receive("楼道灯坏了", actor=staff["resident"]).case
    for field in ("title", "place"):
        with pytest.raises(Invalid) as refused:
            actions.show_publicly(case.pk, **({"title": "灯不亮"} | {field: words}), actor=staff["community_worker"])
        assert (refused.value.code, refused.value.field) == (code, field)
    assert not PublicCard.objects.exists()


@pytest.mark.parametrize("words", ["1 幢 1 单元灯不亮", "3 户停水", "枫杨里 1 幢", "120 户停电", "2 号楼活动室漏水"])
def test_a_building_an_entrance_and_a_count_may_be_said(staff, words):
    case = actions.receive("楼道灯坏了", actor=staff["resident"]).case
    assert actions.show_publicly(case.pk, title=words, actor=staff["community_worker"]).title == words


def test_what_was_done_is_said_to_everybody_only_once_it_was_fixed(world, staff):
    case = actions.receive("楼道灯坏了", actor=staff["resident"]).case
    clerk, address = staff["community_worker"], f"/done/{world.community.code}/"
    with pytest.raises(Conflict):
        actions.show_publicly(case.pk, title="灯不亮", did="换了", actor=clerk)
    with pytest.raises(Invalid):
        actions.show_publicly(case.pk, title="请打 19900001111", actor=clerk)
    with pytest.raises(NotAllowed):
        actions.show_publicly(case.pk, title="灯不亮", actor=staff["resident"])
    actions.show_publicly(case.pk, title="灯不亮", actor=clerk)
    assert "灯不亮" not in Client().get(address).content.decode()
    actions.accept(case.pk, actor=staff["community_director"])
    actions.take(case.pk, actor=staff["grid_worker"])
    again(staff, case)
    actions.show_publicly(case.pk, title="灯不亮", did="换了声控灯", actor=clerk)
    assert "换了声控灯" in Client().get(address).content.decode()
    assert Client().get("/done/nowhere/").status_code == 404
    actions.hide_card(case.pk, actor=clerk)
    assert "换了声控灯" not in Client().get(address).content.decode()
