"""Text messages: number, who and by when; the link; who hears of an unhappy resident."""

import re
from datetime import timedelta

import pytest

from linli.act.casework import actions, queries
from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.door import handed_on
from linli.foundation.vault.fields import holds
from linli.sense.requests.actions import Caller

pytestmark = pytest.mark.usefixtures("monday_morning")


def messages(phone):
    return list(Notice.objects.filter(holds(Notice, to=phone)).order_by("id").values_list("text", flat=True))


def test_a_resident_hears_at_each_turn(world):
    phone = world.phones["resident"]
    worker = world.actor("grid_worker")
    with world.scope():
        case = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        drain()
        assert len(messages(phone)) == 1
        assert case.number in messages(phone)[0]
        assert "明天 09:00" in messages(phone)[0]
        with clock.frozen(clock.now() + timedelta(hours=1)):
            actions.accept(case.pk, actor=worker)
            actions.take(case.pk, actor=worker)
            actions.ask_resident(case.pk, text="哪一层？", actor=worker)
            actions.answer(case.pk, text="三层", actor=world.actor("resident"))
            actions.feed_back(case.pk, outcome="fixed", result="换了灯泡", actor=worker)
            drain()
        said = messages(phone)
        assert len(said) == 4
        assert "grid_worker负责" in said[1]
        assert "哪一层？" in said[2] and world.community.phone in said[2]
        assert "换了灯泡" in said[3]
        token = re.search(r"/r/(\S+)", said[3]).group(1)
    assert queries.rating_form(token).number == case.number


def test_delivering_twice_sends_once(world):
    with world.scope():
        actions.receive("我被困在电梯里了", actor=world.actor("resident"))
    drain()
    before = Notice.objects.count()
    from linli.foundation.events.models import Delivery

    Delivery.objects.update(done_at=None)
    drain()
    assert Notice.objects.count() == before == 1


def test_an_unhappy_answer_reaches_lead_director_and_handler(world):
    for n, who in enumerate(["grid_worker", "grid_lead", "community_director", "community_worker"]):
        world.accounts[who].phone = f"1990000020{n}"
        world.accounts[who].save()
    worker = world.actor("grid_worker")
    with world.scope():
        case = actions.receive("家里停水了", actor=world.actor("resident")).case
        actions.start(case.pk, actor=worker)
        actions.feed_back(case.pk, outcome="fixed", result="好了", actor=worker)
        actions.rate(case.pk, solved=False, satisfaction=1, reason="还没水", actor=world.actor("resident"))
        drain()
    told = {handed_on(n, "to") for n in Notice.objects.filter(text__contains="重新办理")}
    assert told == {"19900000200", "19900000201", "19900000202"}


def test_every_reporter_of_a_joint_case_gets_the_feedback(world):
    worker = world.actor("grid_worker")
    with world.scope():
        first = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        second = actions.receive(
            "楼道灯不亮", actor=world.actor("community_worker"), channel="phone", caller=Caller("过路人", "19900099999")
        ).case
        actions.accept(first.pk, actor=worker)
        actions.merge(second.pk, into_id=first.pk, actor=world.actor("community_worker"))
        actions.start(first.pk, actor=worker)
        actions.feed_back(first.pk, outcome="fixed", result="换了灯泡", actor=worker)
        drain()
    for phone in (world.phones["resident"], "19900099999"):
        assert any("换了灯泡" in text and "/r/" in text for text in messages(phone))
    assert any("一起办" in text for text in messages("19900099999"))


def test_somebody_without_a_mobile_is_no_error(world):
    with world.scope():
        actions.receive(
            "没水", actor=world.actor("community_worker"), channel="phone", caller=Caller("王", "0571-1234")
        )
        drain()
    assert not Notice.objects.exists()


def test_an_english_account_is_told_in_its_language(world):
    Account.objects.filter(pk=world.accounts["resident"].pk).update(language="en")
    with world.scope():
        case = actions.receive("楼道灯坏了", actor=world.actor("resident")).case
        drain()
    text = messages(world.phones["resident"])[0]
    assert case.number in text
