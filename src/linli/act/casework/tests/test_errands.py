"""A unit without an account answers by its link; departments that are whistled for have a clock."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.sweep.objects import picture

from linli.act.casework import actions, queries
from linli.act.casework.actions.errands import tell_late_arrivals
from linli.act.casework.links import errand_token
from linli.act.casework.models import ERRAND_WORKFLOW, Case, Errand, State
from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Event
from linli.foundation.lifecycle.state_table import Undeclared
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.door import masked

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def case(world):
    for n, who in enumerate(("grid_worker", "community_director")):
        world.accounts[who].phone = f"1990000030{n}"
        world.accounts[who].save()
    with world.scope():
        opened = actions.receive("楼道灯坏了，我家孟奶奶看不见", actor=world.actor("resident")).case
        actions.accept(opened.pk, actor=world.actor("community_worker"))
        actions.take(opened.pk, actor=world.actor("grid_worker"))
        yield actions.start(opened.pk, actor=world.actor("grid_worker"))


@pytest.fixture
def firm(world, case):
    return actions.write_unit(
        kind="contractor", name="亮光电工", phone="19900007777", actor=world.actor("community_worker")
    )


@pytest.fixture
def police(world, case):
    return actions.write_unit(kind="department", name="综合执法队", actor=world.actor("community_worker"))


@pytest.fixture
def errand(world, case, firm):
    return actions.send_errand(case.pk, unit_id=firm.pk, task="换二楼的灯", actor=world.actor("grid_worker"))


def token_of(errand):
    errand.refresh_from_db()
    return errand_token(errand.community_id, errand.pk, errand.nonce)


GIVEN = {"result": "换好了", "reason": "没人手", "their_number": "GD-7"}


@pytest.mark.parametrize("verb", ERRAND_WORKFLOW.verbs)
@pytest.mark.parametrize("state", Errand.State.values)
def test_every_state_and_verb_does_what_the_table_says(world, errand, state, verb):
    Errand.objects.filter(pk=errand.pk).update(state=state)
    needed = {name: value for name, value in GIVEN.items() if name in ("result", "reason", "their_number")}
    declared = next((s for st, v, s in ERRAND_WORKFLOW.steps() if (st, v) == (state, verb)), None)
    by_link = lambda: actions.errand_by_link(token_of(errand), verb, **needed)  # noqa: E731
    by_staff = lambda: actions.errand_step(errand.pk, verb, actor=world.actor("grid_worker"), **needed)  # noqa: E731
    for who, act in (("unit", by_link), ("staff", by_staff)):
        Errand.objects.filter(pk=errand.pk).update(state=state, nonce="n")
        if declared is None:
            with pytest.raises(Undeclared):
                act()
        elif who not in declared.who:
            with pytest.raises(NotAllowed):
                act()
        else:
            assert act().state == declared.target(state)


def test_the_firm_takes_it_with_its_number_and_the_resident_reads_it(world, case, errand):
    drain()
    assert "/e/" in Notice.objects.get(to__isnull=False, key__contains=f"errand:{errand.pk}").text
    client = Client()
    page = client.get(f"/e/{token_of(errand)}")
    assert "换二楼的灯" in page.content.decode() and "孟奶奶" not in page.content.decode()
    client.post(f"/e/{token_of(errand)}", {"verb": "accept", "their_number": "LG-88"})
    resident = world.actor("resident")
    shown = queries.my_matter(case.joined.get().request_id, resident).timeline[0]
    assert shown.sentence == "亮光电工接了，对方编号 LG-88"
    from io import BytesIO

    photo = BytesIO(picture("red"))
    photo.name = "after.jpg"
    said = client.post(f"/e/{token_of(errand)}", {"verb": "finish", "result": "灯换了", "photos": photo})
    assert "收到了" in said.content.decode()
    errand.refresh_from_db()
    assert (errand.state, errand.after.count()) == (Errand.State.DONE, 1)
    assert "灯换了" not in "".join(
        line.text for line in queries.my_matter(case.joined.get().request_id, resident).timeline
    )
    assert client.get(f"/e/{token_of(errand)}/photo/{errand.after.get().pk}").status_code == 200
    worker = Client()
    worker.force_login(world.accounts["grid_worker"])
    assert worker.get(f"/photos/{errand.after.get().pk}").status_code == 200


def test_whoever_holds_the_link_reads_whom_to_call_also_when_it_opens_nothing_any_more(world, other_world, errand):
    client, address = Client(), f"/e/{token_of(errand)}"
    call = f'href="tel:{world.community.phone}"'
    page = client.get(address).content.decode()
    assert page.index(call) < page.index("换二楼的灯"), "before the task, not below the form"
    declined = client.post(address, {"verb": "decline", "reason": "没人手"}).content.decode()
    assert call in declined
    over = client.get(address)
    assert over.status_code == 404 and call in over.content.decode() and "换二楼的灯" not in over.content.decode()
    assert call not in client.get(f"{address[:-2]}xx").content.decode(), "a forged link tells of no community"


def test_staff_of_the_case_press_for_the_number_of_the_firm_and_that_is_on_record(world, other_world, case, errand):
    worker = Client()
    worker.force_login(world.accounts["grid_worker"])
    page, press = f"/workbench/cases/{case.pk}/", f"/workbench/errands/{errand.pk}/phone/"
    shown = worker.get(page).content.decode()
    assert press in shown and "19900007777" not in shown
    for answer in (worker.post(press), worker.post(press, headers={"HX-Request": "true"})):
        assert 'href="tel:19900007777"' in answer.content.decode()
    seen = Event.objects.filter(kind="privacy.caller_revealed").latest("pk")
    assert (seen.data["about"], seen.data["purpose"]) == (f"case:{case.pk}", "case_contact")
    assert worker.get(press).status_code == 405
    for who, small in (("other_grid_worker", world), ("resident", world), ("grid_worker", other_world)):
        stranger = Client()
        stranger.force_login(small.accounts[who])
        assert stranger.post(press).status_code in {403, 404}, who
    errand.unit.phone = ""
    errand.unit.save()
    assert worker.post(press).status_code == 404
    assert "没有登记对方的电话" in worker.get(page).content.decode()


def test_an_empty_result_is_asked_for_and_nothing_is_lost(world, errand):
    client, address = Client(), f"/e/{token_of(errand)}"
    client.post(address, {"verb": "accept", "their_number": ""})
    answer = client.post(address, {"verb": "finish", "result": " "})
    assert answer.status_code == 422 and "还没有写" in answer.content.decode()
    assert client.post(address, {"verb": "recall", "reason": "x"}).status_code == 404
    errand.refresh_from_db()
    assert errand.state == Errand.State.ACCEPTED


def test_a_link_ends_by_recall_by_renewal_by_time_and_by_the_end_of_the_case(world, case, errand):
    worker, client = world.actor("grid_worker"), Client()
    first = token_of(errand)
    actions.errand_step(errand.pk, "renew", actor=worker)
    assert client.get(f"/e/{first}").status_code == 404
    second = token_of(errand)
    assert client.get(f"/e/{second}").status_code == 200
    assert client.get(f"/e/{second[:-2]}xx").status_code == 404
    Errand.objects.filter(pk=errand.pk).update(expires_at=clock.real_now())
    assert client.get(f"/e/{second}").status_code == 404
    with pytest.raises(NotFound):
        actions.errand_by_link(second, "accept")
    actions.errand_step(errand.pk, "renew", actor=worker)
    third = token_of(errand)
    actions.withdraw(case.pk, reason="自己换了", actor=world.actor("resident"))
    errand.refresh_from_db()
    assert errand.state == Errand.State.RECALLED
    assert client.get(f"/e/{third}").status_code == 404


def test_a_case_is_done_while_a_unit_works_at_it_only_with_a_reason(world, case, errand):
    worker = world.actor("grid_worker")
    with pytest.raises(Conflict) as refused:
        actions.feed_back(case.pk, outcome="fixed", result="换了灯", actor=worker)
    assert (refused.value.code, refused.value.field) == ("errands_open", "anyway")
    done = actions.feed_back(case.pk, outcome="fixed", result="换了灯", anyway="我们自己换了", actor=worker)
    assert done.state == State.EVALUATING
    errand.refresh_from_db()
    assert (errand.state, errand.reason) == (Errand.State.RECALLED, "我们自己换了")


def test_declined_it_comes_back_to_the_handler(world, case, errand):
    actions.errand_by_link(token_of(errand), "decline", reason="合同不含公共部位")
    drain()
    told = Notice.objects.filter(key__contains="errand_decline").values_list("text", flat=True)
    assert len(told) == 1 and "接不了" in told[0]
    again = actions.send_errand(case.pk, unit_id=errand.unit_id, task="补充协议签了", actor=world.actor("grid_worker"))
    assert again.state == Errand.State.SENT
    with pytest.raises(Conflict):
        actions.send_errand(case.pk, unit_id=errand.unit_id, task="又一次", actor=world.actor("grid_worker"))


def test_a_whistle_has_a_clock_that_is_told_once(world, case, police):
    director = world.actor("community_director")
    with pytest.raises(NotAllowed):
        actions.send_errand(
            case.pk, unit_id=police.pk, task="来", whistle="emergency", actor=world.actor("grid_worker")
        )
    emergency = actions.send_errand(case.pk, unit_id=police.pk, task="占道，快来", whistle="emergency", actor=director)
    assert emergency.arrive_by == clock.now() + timedelta(minutes=30)
    with clock.frozen(clock.now() + timedelta(minutes=30)):
        assert tell_late_arrivals() == 0
    with clock.frozen(clock.now() + timedelta(minutes=31)):
        assert (tell_late_arrivals(), tell_late_arrivals()) == (1, 0)
        assert queries.errands_of(case, director, clock.now())[0].late
        drain()
        assert Notice.objects.filter(key__contains="errand_late").exists()
        actions.errand_by_link(token_of(emergency), "arrive")
        assert not queries.errands_of(case, director, clock.now())[0].late


def test_a_contractor_cannot_be_whistled_for_and_an_ended_case_sends_nobody(world, case, firm):
    with pytest.raises(Invalid):
        actions.send_errand(case.pk, unit_id=firm.pk, task="来", whistle="law", actor=world.actor("community_director"))
    Case.objects.filter(pk=case.pk).update(state=State.CLOSED)
    with pytest.raises(Conflict):
        actions.send_errand(case.pk, unit_id=firm.pk, task="来", actor=world.actor("grid_worker"))
    for who in ("other_grid_worker", "resident"):
        with pytest.raises(Refusal):
            actions.send_errand(case.pk, unit_id=firm.pk, task="来", actor=world.actor(who))


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ("给方晓家换灯", "name_in_words"),
        ("去 1 单元 501 室换灯", "home_in_words"),
        ("先打 199 0000 1111", "number_in_words"),
    ],
)
def test_a_unit_is_told_neither_who_reported_nor_the_home(world, case, firm, task, code):
    with pytest.raises(Invalid) as refused:
        actions.send_errand(case.pk, unit_id=firm.pk, task=task, actor=world.actor("grid_worker"))
    assert (refused.value.code, refused.value.field) == (code, "task")
    assert not Errand.objects.exists()


def test_the_telephone_of_a_unit_is_a_mobile_number_and_an_empty_one_changes_nothing(world, case, firm):
    clerk = world.actor("community_worker")
    with pytest.raises(Invalid) as refused:
        actions.write_unit(kind="contractor", name="顺风开锁", phone="123", actor=clerk)
    assert (refused.value.code, refused.value.field) == ("not_a_mobile_number", "phone")
    kept = actions.write_unit(kind="contractor", name="亮光电工", phone=" ", unit_id=firm.pk, actor=clerk)
    assert masked(kept, "phone") == "199****7777"
    kept = actions.write_unit(
        kind="contractor", name="亮光电工", phone="+86 199-0000-8888", unit_id=firm.pk, actor=clerk
    )
    assert masked(kept, "phone") == "199****8888"


def test_the_form_speaks_of_leaving_the_telephone_only_where_there_is_a_unit(world, firm):
    client = Client()
    client.force_login(world.accounts["community_worker"])
    assert "空着就不改" not in client.get("/workbench/rules/units/new/").content.decode()
    assert "空着就不改" in client.get(f"/workbench/rules/units/{firm.pk}/").content.decode()
