"""Own grid, other grid, other community: what is not yours is not there."""

import pytest

from linli.act.casework import actions, queries
from linli.act.casework.actions.reaching import see_phone
from linli.act.casework.models import WORKFLOW, Case, State
from linli.foundation import clock
from linli.foundation.accounts.models import ProxyAuthority
from linli.foundation.errors import Invalid, NotAllowed, NotFound, Refusal
from linli.foundation.events.models import Event
from linli.foundation.privacy.door import reveal
from linli.sense.requests.actions import Caller, Place

pytestmark = pytest.mark.usefixtures("monday_morning")

SEES = {"resident", "community_director", "community_worker", "grid_lead", "grid_worker"}


@pytest.fixture
def case(world):
    with world.scope():
        yield actions.receive("楼道灯坏了", actor=world.actor("resident")).case


def test_who_sees_a_case(world, case):
    seen = {who for who in world.accounts if Case.objects.visible_to(world.actor(who)).filter(pk=case.pk).exists()}
    assert seen == SEES


@pytest.mark.parametrize("verb", sorted(actions.VERBS))
def test_outsiders_find_no_case_whatever_they_ask_for(world, other_world, case, verb):
    """A stranger cannot tell a case of somebody else from none at all."""
    outsiders = [world.actor(who) for who in world.accounts if who not in SEES]
    for actor in outsiders:
        with pytest.raises(NotFound):
            actions.perform(case.pk, verb, actor=actor)
    with other_world.scope(), pytest.raises(NotFound):
        actions.perform(case.pk, verb, actor=other_world.actor("community_director"))
    assert case.entries.count() == 1


@pytest.mark.parametrize("state", State.values)
def test_the_page_offers_exactly_the_verbs_that_the_action_would_not_refuse_for_who_asks(world, case, state):
    actions.write_checklist("050000", [("断电挂牌", True)], actor=world.actor("community_director"))
    actions.accept(case.pk, actor=world.actor("community_worker"))
    Case.objects.filter(pk=case.pk).update(
        state=state, handler=None, dispatched_at=clock.now(), closed_at=clock.now(), outcome="fixed"
    )
    for who in SEES:
        actor = world.actor(who)
        row = queries.load_case(case.pk, actor=actor)
        offered = {verb.verb for verb in queries.case_page(row, actor).verbs}
        for verb in actions.VERBS:
            refused = _refusal(case.pk, verb, actor)
            kept_out = isinstance(refused, NotAllowed) or (
                refused and refused.code in {"already_yours", "already_taken"}
            )
            undeclared = refused is not None and refused.code == "undeclared_transition"
            assert (verb in offered) == (not kept_out and not undeclared), (who, verb, refused)


def _refusal(case_id, verb, actor):
    """What keeps ``actor`` from beginning the verb; nothing is changed, because nothing is given or it is undone."""
    from django.db import transaction

    class Undo(Exception):
        pass

    try:
        with transaction.atomic():
            actions.perform(case_id, verb, actor=actor)
            raise Undo
    except Refusal as refused:
        return refused
    except Undo:
        return None


def test_residents_do_only_what_is_theirs(world, case):
    offered = {v.verb for v in queries.my_matter(case.joined.get().request_id, world.actor("resident")).verbs}
    assert offered == {"say_more", "withdraw"}
    staff_only = set(WORKFLOW.verbs) - {
        "say_more",
        "answer",
        "withdraw",
        "rate",
        "reopen",
        "close",
        "settle",
        "archive",
    }
    for verb in staff_only:
        step = next(step for step in WORKFLOW.transitions if step.verb == verb)
        assert "speaker" not in step.who


def test_a_proxy_follows_its_principals_matters_as_far_as_its_authority_goes(world):
    daughter = world.actor("family_proxy")
    with world.scope():
        received = actions.receive("爸爸家停水了", actor=daughter)
        lines = queries.my_matters(daughter)
        assert [line.number for line in lines] == [received.case.number]
        assert lines[0].speaker == world.residents["elder"].name
        assert [line.speaker for line in queries.my_matters(world.actor("elder"))] == [""]
        ProxyAuthority.objects.update(scopes=["care"])
        daughter = world.actor("family_proxy")
        assert queries.my_matters(daughter) == []
        assert not Case.objects.visible_to(daughter).exists()
        with pytest.raises(NotFound):
            queries.my_matter(received.request.pk, daughter)


def test_a_resident_sees_nobody_else_in_a_joint_case(world, case):
    other = actions.receive("楼道灯不亮", actor=world.actor("elder"))
    worker = world.actor("grid_worker")
    actions.merge(other.case.pk, into_id=case.pk, actor=worker)
    row = queries.load_case(case.pk, actor=worker)
    assert [r.words for r in queries.case_page(row, worker).reporters] == ["楼道灯坏了", "楼道灯不亮"]
    assert [r.words for r in queries.case_page(row, world.actor("elder")).reporters] == ["楼道灯不亮"]
    with pytest.raises(NotFound):
        queries.my_matter(other.request.pk, world.actor("resident"))


def test_names_and_numbers_are_masked_for_staff(world, case):
    worker = world.actor("grid_worker")
    reporter = queries.case_page(queries.load_case(case.pk, actor=worker), worker).reporters[0]
    phone = world.phones["resident"]
    assert (reporter.name, reporter.phone) == ("方*", f"{phone[:3]}****{phone[-4:]}")


def test_a_grid_is_blind_to_the_other_grid(world, case):
    other = world.actor("other_grid_worker")
    assert queries.search("灯", actor=other) == []
    assert queries.today_list(other, clock.now()).open == 0
    assert queries.matrix(other, clock.now()).total == 0
    assert queries.building_attention(other, clock.now()) == {}


def test_the_wall_counts_nothing_by_itself_and_opens_nothing(world, case):
    """Its numbers come from the gate."""
    wall = world.actor("wall_display")
    assert queries.matrix(wall, clock.now()).total == 0
    assert queries.search("灯", actor=wall) == []
    with pytest.raises(NotFound):
        queries.load_case(case.pk, actor=wall)


def test_details_are_shown_to_whoever_works_for_that_person_and_in_danger_for_the_whole_building(world, case):
    """A lamp on the stairs is no reason to read a neighbour's number; somebody trapped in the lift is."""
    worker = world.actor("grid_worker")
    speaker, upstairs = world.residents["resident"], world.residents["elder"]
    assert reveal(speaker, "phone", "case_contact", f"case:{case.pk}", actor=worker) == world.phones["resident"]
    for whom, purpose in ((upstairs, "case_contact"), (upstairs, "emergency"), (speaker, "emergency")):
        with pytest.raises(Invalid) as refused:
            reveal(whom, "phone", purpose, f"case:{case.pk}", actor=worker)
        assert refused.value.code == "about_somebody_else"
    urgent = actions.receive("有人被困在电梯里了", actor=world.actor("resident")).case
    assert reveal(upstairs, "phone", "emergency", f"case:{urgent.pk}", actor=worker) == world.phones["elder"]


def test_the_number_of_a_caller_outside_the_registry_is_masked_and_seen_on_record(world):
    with world.scope():
        worker, caller = world.actor("grid_worker"), Caller("过路人", "19900009999")
        place = Place(building_id=world.buildings[0].pk)
        filed = actions.receive("路灯坏了", actor=worker, channel="phone", caller=caller, place=place)
        page = queries.case_page(queries.load_case(filed.case.pk, actor=worker), worker)
        assert (page.reporters[0].phone, page.reporters[0].name) == ("199****9999", "过**")
        assert see_phone(filed.case.pk, filed.request.pk, actor=worker) == ("19900009999", False)
        event = Event.objects.get(kind="privacy.caller_revealed")
        assert (event.actor, event.data["about"], event.data["purpose"]) == (
            worker.label,
            f"case:{filed.case.pk}",
            "case_contact",
        )
        with pytest.raises(NotFound):
            see_phone(filed.case.pk, filed.request.pk, actor=world.actor("other_grid_worker"))


def test_a_reporter_of_a_joint_case_sees_no_neighbours_number(world, case):
    other = actions.receive("走廊的灯不亮", actor=world.actor("neighbour"))
    actions.merge(other.case.pk, into_id=case.pk, actor=world.actor("community_worker"))
    with pytest.raises(NotAllowed):
        see_phone(case.pk, other.request.pk, actor=world.actor("resident"))
