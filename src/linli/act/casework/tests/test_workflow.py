"""The state table: every state × every verb is declared on purpose, every state is reached, every verb is worded."""

import re
from datetime import timedelta

import pytest

from linli.act.casework import actions
from linli.act.casework.actions.changing import KINDS
from linli.act.casework.models import ENDED, UNFINISHED, WORKFLOW, Case, CaseCheck, CaseSpending, State
from linli.act.casework.wording import VERB_LABELS
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotAllowed, Refusal
from linli.foundation.lifecycle.state_table import Undeclared

GIVEN = {
    "text": "看过了",
    "reason": "有原因",
    "reason_code": {"return": "wrong_grid", "reject": "not_in_remit"},
    "unit": "城管",
    "law": "information",
    "category": "050300",
    "level": "P2",
    "outcome": "fixed",
    "result": "修好了",
    "solved": True,
    "satisfaction": 5,
    "kind": "material",
    "name": "灯泡",
}
GOES_ON = {(State.SUBMITTED, "accept"): State.DISPATCHED, (State.EVALUATING, "rate"): State.CLOSED}
"""Steps that the system follows at once with its own: dispatch to the grid of the place, close when all are happy."""

ANYONE = ("community_director", "community_worker", "grid_lead", "grid_worker", "resident")


def test_every_state_is_reached_and_every_ended_state_but_closed_is_final():
    assert WORKFLOW.reachable() == set(State.values)
    assert WORKFLOW.final() == set(ENDED) - {State.CLOSED}
    assert not set(UNFINISHED) & set(ENDED)


def test_every_verb_has_an_event_and_every_verb_of_people_a_label_and_an_action():
    assert set(KINDS) == set(WORKFLOW.verbs)
    assert set(VERB_LABELS) == set(actions.VERBS) == set(WORKFLOW.verbs) - {"close", "settle", "archive"}


def test_the_diagram_shows_the_way_of_a_case():
    diagram = WORKFLOW.diagram()
    assert "submitted --> accepted: accept" in diagram
    assert re.search(r"in_progress --> evaluating: feed_back", diagram)


def _fields(world, case, verb):
    step = next(t for t in WORKFLOW.transitions if t.verb == verb)
    fields = {}
    for need in step.needs:
        value = GIVEN.get(need)
        fields[need] = value[verb] if isinstance(value, dict) else value
    if "grid_id" in fields:
        fields["grid_id"] = world.grids[0].pk
    if "account_id" in fields:
        fields["account_id"] = world.accounts["community_worker"].pk
    if "review_on" in fields:
        fields["review_on"] = clock.today() + timedelta(days=10)
    if "into_id" in fields:
        fields["into_id"] = actions.receive("另一件事", actor=world.actor("neighbour")).case.pk
    if "check_id" in fields:
        director = world.actor("community_director")
        written = actions.write_checklist("050000", [("断电", True)], actor=director)
        check = CaseCheck.objects.create(case=case, row=written.rows.get(), round=0)
        fields["check_id"] = check.pk
    if verb == "spend":
        fields["quantity"] = "2"
    if "spending_id" in fields:
        wrong = CaseSpending.objects.create(case=case, kind="work", name="修灯", minutes=30, at=clock.now())
        fields["spending_id"] = wrong.pk
    if verb == "rate":
        fields["request_id"] = case.joined.get().request_id
    return fields


@pytest.mark.parametrize("verb", sorted(actions.VERBS))
@pytest.mark.parametrize("state", State.values)
def test_a_verb_does_what_the_table_says_in_each_state_and_nothing_elsewhere(world, monday_morning, state, verb):
    """Among five people somebody may do each declared verb; nobody may do an undeclared one."""
    with world.scope():
        case = actions.receive("楼道渗水了", actor=world.actor("resident")).case
        Case.objects.filter(pk=case.pk).update(
            state=state, dispatched_at=monday_morning, outcome="fixed", closed_at=monday_morning
        )
        if verb == "extend":
            Case.objects.filter(pk=case.pk).update(level="P3")
        declared = WORKFLOW.transition(state, verb) if _declared(state, verb) else None
        before = case.entries.count()
        done, refusals = False, []
        given = _fields(world, case, verb)
        for who in ANYONE:
            try:
                actions.perform(case.pk, verb, actor=world.actor(who), **given)
            except Refusal as refused:
                refusals.append(refused)
            else:
                done = True
                break
        if declared is None:
            assert not done
            assert all(isinstance(refused, Undeclared) for refused in refusals)
            assert case.entries.count() == before
        else:
            assert done, [f"{r.code}: {r}" for r in refusals]
            after = Case.objects.get(pk=case.pk).state
            reached = {declared.target(state)}
            if (state, verb) in GOES_ON:
                reached = {GOES_ON[state, verb]}
            assert after in reached


def _declared(state, verb):
    return any(s == state and v == verb and step for s, v, step in WORKFLOW.steps())


def test_people_cannot_close_or_archive(world, monday_morning):
    with world.scope():
        case = actions.receive("楼道渗水了", actor=world.actor("resident")).case
        Case.objects.filter(pk=case.pk).update(state=State.EVALUATING)
        with pytest.raises(NotAllowed):
            actions.close(case.pk, actor=world.actor("community_director"), answered=True)
        actions.close(case.pk, actor=Actor.for_system("test", world.community.pk), answered=False)
        with pytest.raises(NotAllowed):
            actions.archive(case.pk, actor=world.actor("community_director"))
