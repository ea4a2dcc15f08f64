"""From a proposal to published numbers, with four eyes and one payment."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from linli.foundation.events.models import Event
from linli.foundation.lifecycle.state_table import Undeclared
from linli.foundation.privacy.publishing import actions, ledger, releasing
from linli.foundation.privacy.publishing.models import OPEN_NUMBERS, WORKFLOW, Figure, LedgerEntry, Release, State
from linli.foundation.privacy.publishing.numbers import all_indicators, all_questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

FIRST, LAST = date(2026, 1, 1), date(2026, 2, 28)


@pytest.fixture
def here(world):
    with world.scope():
        yield world


@pytest.fixture
def granted(here):
    ledger.grant(OPEN_NUMBERS, "5", actor=here.actor("community_director"))
    return here


@pytest.fixture
def proposed(granted):
    return actions.propose(FIRST, LAST, share=1000, actor=granted.actor("community_worker"))


def left() -> int:
    found = ledger.standing(OPEN_NUMBERS)
    assert found is not None
    return found.left


def test_ten_indicators_are_published_and_each_says_what_it_means():
    indicators = all_indicators()
    assert len(indicators) == 10
    assert all(one.title and one.definition for one in indicators)
    assert {one.question for one in indicators} == {question.key for question in all_questions()}
    assert releasing.price_of(1000) == 5000 == ledger.SUGGESTED


def test_one_proposes_another_approves_and_the_worker_publishes(granted, django_capture_on_commit_callbacks):
    release = actions.propose(FIRST, LAST, share=1000, actor=granted.actor("community_worker"))
    with django_capture_on_commit_callbacks() as callbacks:
        actions.approve(release.pk, version=release.version, actor=granted.actor("dpo"))
    release.refresh_from_db()
    assert release.state == State.APPROVED and left() == 5000
    for queue_the_job in callbacks:
        queue_the_job()
    release.refresh_from_db()
    assert (release.state, release.percent, left()) == (State.PUBLISHED, 100, 0)
    assert {figure.key for figure in Figure.objects.filter(release=release)} == {one.key for one in all_indicators()}
    assert [entry["key"] for entry in release.codebook] == [one.key for one in all_indicators()]
    kinds = Event.objects.filter(subject=f"release:{release.pk}").values_list("kind", flat=True)
    assert {f"publishing.release_{what}" for what in ("proposed", "approved", "published")} == set(kinds)


def test_a_handful_of_people_is_no_number(proposed, granted):
    """Five people with ± 10 would be a number that says nothing, and costs all the same."""
    actions.approve(proposed.pk, version=0, actor=granted.actor("dpo"))
    actions.make(proposed.pk)
    assert Figure.objects.filter(release=proposed, value__isnull=False).count() == 0
    assert left() == 0


def test_who_proposes_does_not_approve(granted):
    director = granted.actor("community_director")
    release = actions.propose(FIRST, LAST, share=1000, actor=director)
    for verb in (actions.approve, lambda pk, **given: actions.refuse(pk, "不行", **given)):
        with pytest.raises(NotAllowed) as refused:
            verb(release.pk, version=0, actor=director)
        assert refused.value.code == "same_person"
    assert Release.objects.get().state == State.PROPOSED


def test_linli_itself_neither_proposes_nor_approves(proposed, granted):
    system = Actor.for_system("anything", granted.community.pk)
    with pytest.raises(NotAllowed):
        actions.approve(proposed.pk, version=0, actor=system)
    actions.withdraw(proposed.pk, version=0, actor=granted.actor("community_worker"))
    with pytest.raises(NotAllowed):
        actions.propose(FIRST, LAST, share=1000, actor=system)


@pytest.mark.parametrize(
    "who", ["grid_worker", "elder", "property_company", "street_office", "wall_display", "auditor"]
)
def test_only_community_staff_propose(granted, who):
    with pytest.raises(NotAllowed):
        actions.propose(FIRST, LAST, share=1000, actor=granted.actor(who))


@pytest.mark.parametrize("who", ["community_worker", "grid_worker", "elder", "street_office"])
def test_only_the_director_and_oversight_approve(proposed, granted, who):
    with pytest.raises(NotAllowed):
        actions.approve(proposed.pk, version=0, actor=granted.actor(who))


def test_what_was_refused_is_never_published(proposed, granted):
    actions.refuse(proposed.pk, "先不公布", version=0, actor=granted.actor("dpo"))
    for version in (0, 1):
        with pytest.raises(Refusal):
            actions.approve(proposed.pk, version=version, actor=granted.actor("auditor"))
    actions.make(proposed.pk)
    assert Release.objects.get().state == State.REFUSED
    assert not Figure.objects.exists() and left() == 5000
    again = actions.propose(FIRST, LAST, share=1000, actor=granted.actor("community_worker"))
    assert again.number == 2


def test_a_refusal_says_why(proposed, granted):
    with pytest.raises(Invalid) as refused:
        actions.refuse(proposed.pk, "  ", version=0, actor=granted.actor("dpo"))
    assert refused.value.field == "reason"


def test_every_step_that_is_not_declared_is_refused():
    assert WORKFLOW.reachable() == frozenset(State.values)
    for state, verb, transition in WORKFLOW.steps():
        if transition is None:
            with pytest.raises(Undeclared):
                WORKFLOW.transition(state, verb)


def test_a_job_that_runs_twice_pays_once(proposed, granted):
    actions.approve(proposed.pk, version=0, actor=granted.actor("dpo"))
    actions.make(proposed.pk)
    first = list(Figure.objects.values_list("key", "value"))
    actions.make(proposed.pk)
    assert list(Figure.objects.values_list("key", "value")) == first
    assert LedgerEntry.objects.count() == 1


def test_a_release_that_fails_costs_nothing(proposed, granted):
    """The budget is lowered between approval and the worker's turn."""
    actions.approve(proposed.pk, version=0, actor=granted.actor("dpo"))
    ledger.lower(OPEN_NUMBERS, "0.001", actor=granted.actor("auditor"))
    actions.make(proposed.pk)
    release = Release.objects.get()
    assert (release.state, release.trouble, left()) == (State.FAILED, "budget_spent", 4999)
    assert not Figure.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (date(2026, 2, 1), date(2026, 3, 2), "not_over"),
        (date(2026, 2, 20), date(2026, 2, 28), "too_short"),
        (date(2024, 1, 1), date(2026, 2, 28), "too_long"),
        (date(2026, 2, 28), date(2026, 1, 1), "too_short"),
    ],
)
def test_a_period_is_over_and_neither_short_nor_long(granted, first, last, code):
    with pytest.raises(Invalid) as refused:
        actions.propose(first, last, share=1000, actor=granted.actor("community_worker"))
    assert refused.value.code == code


def test_the_same_days_are_not_published_twice(granted):
    worker, dpo = granted.actor("community_worker"), granted.actor("dpo")
    for first, last in ((date(2025, 10, 1), date(2025, 12, 31)), (date(2026, 1, 1), date(2026, 2, 28))):
        release = actions.propose(first, last, share=250, actor=worker)
        actions.approve(release.pk, version=0, actor=dpo)
        actions.make(release.pk)
    for first, last in ((date(2025, 12, 15), date(2026, 1, 31)), (date(2025, 10, 1), date(2026, 2, 28))):
        with pytest.raises(Conflict) as refused:
            actions.propose(first, last, share=250, actor=worker)
        assert refused.value.code == "overlaps"
    assert left() == 5000 - 2 * releasing.price_of(250)


def test_one_release_at_a_time(proposed, granted):
    with pytest.raises(Conflict) as refused:
        actions.propose(date(2025, 6, 1), date(2025, 8, 31), share=250, actor=granted.actor("community_worker"))
    assert refused.value.code == "one_at_a_time"


def test_without_a_budget_nothing_is_proposed(here):
    with pytest.raises(Invalid) as refused:
        actions.propose(FIRST, LAST, share=1000, actor=here.actor("community_worker"))
    assert refused.value.code == "no_budget"


def test_a_stale_form_is_refused(proposed, granted):
    with pytest.raises(Conflict) as refused:
        actions.approve(proposed.pk, version=7, actor=granted.actor("dpo"))
    assert refused.value.code == "stale"


def test_another_communitys_release_is_not_there(proposed, granted, other_world):
    with other_world.scope(), pytest.raises(NotFound):
        actions.approve(proposed.pk, version=0, actor=other_world.actor("dpo"))


def test_a_new_year_has_its_own_budget(granted):
    with clock.frozen(clock.now() + timedelta(days=365)), pytest.raises(Invalid) as refused:
        actions.propose(FIRST, LAST, share=1000, actor=granted.actor("community_worker"))
    assert refused.value.code == "no_budget"
