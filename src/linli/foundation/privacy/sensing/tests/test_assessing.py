"""The impact assessment: complete, by two people, due again when purpose or risk change, kept for three years."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.foundation.lifecycle.ticks import run_due
from linli.foundation.privacy.sensing import actions
from linli.foundation.privacy.sensing.guide import PAGES
from linli.foundation.privacy.sensing.models import Assessment, Declaration
from linli.foundation.privacy.sensing.rules.risk import RISKS
from linli.testing import assess, camera_at

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def here(world, monday_morning):
    with world.scope():
        yield world


@pytest.fixture
def director(here):
    return here.actor("community_director")


@pytest.fixture
def lead(here):
    return here.actor("dpo")


def filled(director, *, after=(1, 2), measure="锁起来", leave_out=""):
    made = actions.open_assessment("camera", actor=director)
    for page in PAGES.values():
        given = {one.key: "写明白了" for one in page.questions if one.key != leave_out}
        if page.key == "effects":
            given["risks"] = {key: {"likelihood": 3, "harm": 3} for key in RISKS if key != leave_out}
        if page.key == "measures":
            row = {"measure": measure, "likelihood_after": after[0], "harm_after": after[1]}
            given["risks"] = {key: row for key in RISKS if key != leave_out}
        actions.fill(made.pk, page.key, given, actor=director)
    return made


@pytest.fixture
def drafted(here, director):
    return actions.declare(camera_at(here.estate), actor=director)


def test_it_begins_with_what_is_drafted_of_its_kind(drafted, director):
    made = actions.open_assessment("camera", actor=director)
    assert made.weighed == drafted.scope
    assert made.number.startswith("PIA-2026-")
    assert actions.open_assessment("camera", actor=director) == made


def test_the_lead_approves_what_another_proposed(drafted, director, lead):
    made = filled(director)
    actions.propose_assessment(made.pk, actor=director)
    with pytest.raises(NotAllowed):
        actions.approve_assessment(made.pk, actor=director)
    made = actions.approve_assessment(made.pk, actor=lead)
    assert (made.state, made.worst, made.versions) == ("approved", "low", {"public_safety": "2026-11"})


def test_the_lead_does_not_approve_its_own(drafted, lead):
    made = filled(lead)
    actions.propose_assessment(made.pk, actor=lead)
    with pytest.raises(Conflict) as refused:
        actions.approve_assessment(made.pk, actor=lead)
    assert refused.value.code == "same_person"


@pytest.mark.parametrize("question", [one.key for page in PAGES.values() for one in page.questions])
def test_no_question_may_stay_open(drafted, director, question):
    made = filled(director, leave_out=question)
    with pytest.raises(Invalid) as refused:
        actions.propose_assessment(made.pk, actor=director)
    assert (refused.value.code, refused.value.field) == ("missing", question)


@pytest.mark.parametrize("risk", RISKS)
def test_no_risk_may_stay_unrated(drafted, director, risk):
    made = filled(director, leave_out=risk)
    with pytest.raises(Invalid) as refused:
        actions.propose_assessment(made.pk, actor=director)
    assert (refused.value.code, refused.value.field, refused.value.details["page"]) == (
        "unrated",
        f"risk-{risk}",
        "effects",
    )


def test_a_risk_needs_a_measure(drafted, director):
    made = filled(director, measure="", after=(3, 3))
    with pytest.raises(Invalid) as refused:
        actions.propose_assessment(made.pk, actor=director)
    assert refused.value.code == "no_measure"


def test_what_stays_dangerous_is_not_approved(drafted, director, lead):
    made = filled(director, after=(3, 3))
    actions.propose_assessment(made.pk, actor=director)
    with pytest.raises(Conflict) as refused:
        actions.approve_assessment(made.pk, actor=lead)
    assert refused.value.code == "too_risky"


def test_a_rating_anew_before_the_measures_takes_the_earlier_fall_back(drafted, director):
    made = filled(director)
    actions.fill(made.pk, "effects", {"risks": {"leak": {"likelihood": 4, "harm": 4}}}, actor=director)
    made.refresh_from_db()
    assert made.rated["leak"].after == "severe"
    assert made.rated["watched"].after == "low"


@pytest.mark.parametrize(
    "bad", [{"likelihood": 0, "harm": 1}, {"likelihood": 5, "harm": 1}, {"likelihood": "x"}, {"harm": 1}]
)
def test_ratings_go_from_one_to_four(drafted, director, bad):
    made = actions.open_assessment("camera", actor=director)
    with pytest.raises(Invalid):
        actions.fill(made.pk, "effects", {"risks": {"leak": bad}}, actor=director)


def test_a_declaration_that_goes_further_makes_it_due_again_and_waits_for_the_new_one(here, director, lead):
    running = here.put_in_force(camera_at(here.estate))
    weighed = running.assessment
    more = actions.declare(
        camera_at(here.estate, stored=("people", "fire", "blocked"), place=("building", here.buildings[0].pk)),
        actor=director,
    )
    actions.propose(more.pk, actor=director)
    weighed.refresh_from_db()
    assert (weighed.state, "东门摄像头" in weighed.due_reason) == ("due", True)
    assert Declaration.objects.grounding().filter(pk=running.pk).exists()
    with pytest.raises(Conflict) as refused:
        actions.approve(more.pk, actor=lead)
    assert refused.value.code == "not_assessed"
    again = assess("camera", proposer=director, lead=lead)
    assert again.replaces == weighed
    actions.approve(more.pk, actor=lead)
    weighed.refresh_from_db()
    running.refresh_from_db()
    assert (weighed.state, running.assessment) == ("replaced", again)
    assert weighed.keep_until == clock.today() + timedelta(days=3 * 366)


def test_less_of_the_same_does_not(here, director):
    running = here.put_in_force(camera_at(here.estate))
    less = actions.declare(
        camera_at(here.estate, stored=("people",), keep_days=7, place=("building", here.buildings[0].pk)),
        actor=director,
    )
    actions.propose(less.pk, actor=director)
    assert Assessment.objects.get(pk=running.assessment_id).state == "approved"


def test_the_lead_may_call_for_another_and_find_that_it_still_holds(here, lead, director):
    weighed = here.put_in_force(camera_at(here.estate)).assessment
    with pytest.raises(NotAllowed):
        actions.call_again(weighed.pk, "新的漏洞", actor=director)
    with pytest.raises(Invalid):
        actions.call_again(weighed.pk, "", actor=lead)
    actions.call_again(weighed.pk, "新的漏洞", actor=lead)
    assert actions.confirm(weighed.pk, "查过了，和这里无关", actor=lead).state == "approved"


def test_a_purpose_whose_words_changed_makes_it_due_within_the_hour(here):
    weighed = here.put_in_force(camera_at(here.estate)).assessment
    Assessment.objects.filter(pk=weighed.pk).update(versions={"public_safety": "2025-01"})
    run_due()
    weighed.refresh_from_db()
    assert weighed.state == "due"


def test_ended_means_that_the_whole_kind_falls_silent_and_it_is_said_for_each_place(here, lead):
    running = here.put_in_force(camera_at(here.estate))
    actions.end_assessment(running.assessment_id, "不再用摄像头", actor=lead)
    assert not Declaration.objects.grounding().filter(type="camera").exists()
    assert Event.objects.filter(kind="sensing.ended", subject=f"declaration:{running.pk}").count() == 1


def test_a_new_one_that_weighed_less_silences_what_it_left_out(here, director, lead):
    running = here.put_in_force(camera_at(here.estate))
    again = actions.redo(running.assessment_id, actor=director)
    actions.fill(again.pk, "why", {"scope": again.scope | {"stored": ["people"]}}, actor=director)
    actions.propose_assessment(again.pk, actor=director)
    actions.approve_assessment(again.pk, actor=lead)
    assert not Declaration.objects.grounding().filter(pk=running.pk).exists()
    assert Event.objects.filter(kind="sensing.ended", subject=f"declaration:{running.pk}").exists()


def test_it_cannot_be_deleted_before_its_three_years_are_over(here, lead, monday_morning):
    running = here.put_in_force(camera_at(here.estate))
    weighed = running.assessment
    actions.end_assessment(weighed.pk, "不再用", actor=lead)
    weighed.refresh_from_db()
    Declaration.objects.filter(pk=running.pk).delete()
    for day in (0, 365, 3 * 365):
        with clock.frozen(monday_morning + timedelta(days=day)):
            with pytest.raises(Conflict):
                weighed.delete()
            with pytest.raises(Conflict):
                Assessment.objects.filter(pk=weighed.pk).delete()
    with clock.frozen(monday_morning + timedelta(days=3 * 366 + 1)):
        Assessment.objects.filter(pk=weighed.pk).delete()
    assert not Assessment.objects.filter(pk=weighed.pk).exists()


def test_one_that_still_stands_is_never_deleted(here, monday_morning):
    weighed = here.put_in_force(camera_at(here.estate)).assessment
    with clock.frozen(monday_morning + timedelta(days=10_000)), pytest.raises(Conflict):
        weighed.delete()


@pytest.mark.parametrize("who", ["grid_worker", "resident", "property_company", "street_office"])
def test_others_neither_see_nor_make_one(here, director, who):
    made = actions.open_assessment("camera", actor=director)
    with pytest.raises(NotAllowed):
        actions.open_assessment("door_sensor", actor=here.actor(who))
    with pytest.raises(NotFound):
        actions.fill(made.pk, "why", {}, actor=here.actor(who))


def test_another_communitys_is_not_there(here, other_world, director):
    with other_world.scope():
        theirs = actions.open_assessment("camera", actor=other_world.actor("community_director"))
    with pytest.raises(NotFound):
        actions.propose_assessment(theirs.pk, actor=director)
