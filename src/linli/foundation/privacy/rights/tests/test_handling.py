"""The data-protection lead, or the worker they name, answers: each answer is told, each change shows before and after."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.dispatching import run_once
from linli.foundation.events.models import Event
from linli.foundation.lifecycle.state_table import Undeclared
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.models import AccessRecord, Consent
from linli.foundation.privacy.rights import actions
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.foundation.privacy.rights.models import WORKFLOW, RefusalReason, State
from linli.foundation.privacy.rights.queries import allowed_verbs, is_suspended, request_for
from linli.foundation.privacy.rights.wording import entries_of
from linli.foundation.registry.models import Resident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture
def asked(world):
    """``asked(Asked(...))``: of the elder, already taken by the data-protection lead."""

    def make(what: Asked):
        with world.scope():
            request = actions.ask(world.residents["elder"], what, actor=world.actor("elder"))
            return actions.take(request.pk, actor=world.actor("dpo"))

    return make


def test_a_correction_changes_the_registry_and_shows_before_and_after_masked(world, asked):
    request = asked(Asked("correction", field="name", wanted="孟广天"))
    with world.scope():
        done = actions.correct(request.pk, actor=world.actor("dpo"))
        assert Resident.objects.get(pk=request.resident_id).name == "孟广天"
        assert "改好了：姓名改了，不同的地方遮着" in entries_of(done)[0].sentence
    assert (done.state, done.before, done.after) == (State.DONE, "孟**", "孟**")
    assert not done.wanted
    assert "孟广天" not in str(list(Event.objects.values_list("data", flat=True)))


def test_a_corrected_telephone_also_moves_the_sign_in(world, asked):
    request = asked(Asked("correction", field="phone", wanted="13900001234"))
    with world.scope():
        done = actions.correct(request.pk, actor=world.actor("dpo"))
    assert done.after == "139****1234"
    account = world.accounts["elder"]
    account.refresh_from_db()
    assert account.phone.matches("13900001234")
    assert not account.phone_verified


def test_an_address_must_be_one_home_and_the_person_moves_there(world, asked):
    request = asked(Asked("correction", field="address", wanted="枫杨里 99 幢 1 室"))
    with world.scope():
        dpo = world.actor("dpo")
        with pytest.raises(Invalid, match="没有这个地址"):
            actions.correct(request.pk, actor=dpo)
        with pytest.raises(Invalid, match="不止一户"):
            actions.correct(request.pk, "枫杨里", actor=dpo)
        actions.correct(request.pk, "枫杨里 2 幢 501", actor=dpo)
        assert Resident.objects.get(pk=request.resident_id).home == world.homes[3]


def test_staff_may_put_what_they_checked_in_place_of_what_was_said(world, asked):
    request = asked(Asked("correction", field="birth_date", wanted="1941-05-21"))
    with world.scope():
        with pytest.raises(Invalid, match="1941-05-20"):
            actions.correct(request.pk, "不知道", actor=world.actor("dpo"))
        actions.correct(request.pk, "1941-05-22", actor=world.actor("dpo"))
        assert str(Resident.objects.get(pk=request.resident_id).birth_date) == "1941-05-22"


def test_an_objection_stops_the_purpose_and_takes_the_consent_back(world):
    with world.scope():
        elder, dpo = world.residents["elder"], world.actor("dpo")
        give_consent(elder, "water_care", channel="app", actor=world.actor("elder"))
        request = actions.ask(elder, Asked("objection", purpose="water_care"), actor=world.actor("elder"))
        actions.take(request.pk, actor=dpo)
        actions.suspend(request.pk, "停了", actor=dpo)
        assert is_suspended(elder.pk, "water_care")
        assert not Consent.objects.in_force().filter(resident=elder).exists()
    while run_once():
        pass
    with world.scope(), clock.frozen(clock.now() + timedelta(days=1)):
        assert is_suspended(elder.pk, "water_care")
        give_consent(elder, "water_care", channel="app", actor=world.actor("elder"))
        while run_once():
            pass
        assert not is_suspended(elder.pk, "water_care")


def test_what_the_law_orders_cannot_be_stopped_but_must_be_answered(world, asked):
    request = asked(Asked("objection", purpose="case_contact"))
    with world.scope():
        dpo = world.actor("dpo")
        with pytest.raises(Invalid, match="法律规定"):
            actions.suspend(request.pk, actor=dpo)
        actions.refuse(request.pk, RefusalReason.NEEDED_BY_DUTY, "办事要能找到您。", actor=dpo)
    while run_once():
        pass
    told = Notice.objects.get(key=f"rights:{request.pk}:ended").text
    assert "12345" in told and "12377" in told


def test_a_read_without_good_reason_goes_on_record(world):
    with world.scope():
        elder = world.residents["elder"]
        look = AccessRecord.objects.create(
            resident=elder, account=world.accounts["grid_worker"], reader="专职网格员 grid_worker", field="phone",
            purpose="case_contact", about="case:1", at=clock.now(),
        )  # fmt: skip
        what = Asked("objection", "他没有来过", about=f"access_record:{look.pk}")
        request = actions.ask(elder, what, actor=world.actor("elder"))
        actions.take(request.pk, actor=world.actor("dpo"))
        done = actions.answer(request.pk, "查过了，不该看。", read_was_wrong=True, actor=world.actor("dpo"))
    assert done.state == State.DONE
    assert Event.objects.get(kind="rights.read_found_wrong").data == {"record": look.pk}


def test_the_named_worker_sees_and_answers_it_and_others_do_not(world, asked):
    request = asked(Asked("explanation", "为什么报预警"))
    with world.scope():
        worker = world.actor("community_worker")
        with pytest.raises(NotFound):
            request_for(worker, request.pk)
        actions.assign(request.pk, world.accounts["community_worker"].pk, actor=world.actor("dpo"))
        assert "answer" in allowed_verbs(request_for(worker, request.pk), worker)
        with pytest.raises(NotAllowed):
            actions.answer(request.pk, "……", actor=world.actor("elder"))
        assert actions.answer(request.pk, "因为十三小时没用水。", actor=worker).answer == "因为十三小时没用水。"


def test_only_staff_of_the_community_can_be_named(world, asked):
    request = asked(Asked("deletion"))
    with world.scope(), pytest.raises(Invalid):
        actions.assign(request.pk, world.accounts["neighbour"].pk, actor=world.actor("dpo"))


def test_a_refusal_needs_a_reason_that_the_law_knows(world, asked):
    request = asked(Asked("deletion"))
    with world.scope():
        dpo = world.actor("dpo")
        with pytest.raises(Invalid):
            actions.refuse(request.pk, "because", "不想", actor=dpo)
        with pytest.raises(Invalid):
            actions.refuse(request.pk, RefusalReason.KEEP_BY_LAW, " ", actor=dpo)


def test_who_read_an_old_page_is_asked_to_read_again(world, asked):
    request = asked(Asked("deletion"))
    with world.scope(), pytest.raises(Conflict):
        actions.refuse(request.pk, RefusalReason.KEEP_BY_LAW, "还在办", version=0, actor=world.actor("dpo"))


def test_the_table_is_whole_and_nothing_leads_out_of_an_end():
    assert WORKFLOW.reachable() == set(State.values)
    assert WORKFLOW.final() == {State.DONE, State.REFUSED, State.WITHDRAWN}


def test_what_is_over_stays_over(world, asked):
    request = asked(Asked("explanation", "为什么"))
    with world.scope():
        dpo = world.actor("dpo")
        actions.answer(request.pk, "是这样。", actor=dpo)
        with pytest.raises(Undeclared):
            actions.answer(request.pk, "再说一遍", actor=dpo)


def test_the_director_answers_where_there_is_no_lead(world):
    world.accounts["dpo"].grants.filter(role=Role.DPO).delete()
    with world.scope():
        request = actions.ask(world.residents["elder"], Asked("deletion"), actor=world.actor("elder"))
    assert request.owner == world.accounts["community_director"]
