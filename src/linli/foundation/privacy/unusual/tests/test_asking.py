"""A worker looks a neighbour up out of curiosity: it shows, the lead is told, and asks."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.lifecycle.state_table import Undeclared
from linli.foundation.notices.models import Notice
from linli.foundation.privacy import concerning
from linli.foundation.privacy.door import handed_on, reveal
from linli.foundation.privacy.looking import looks_of, told
from linli.foundation.privacy.unusual.actions import decide
from linli.foundation.privacy.unusual.models import WORKFLOW, State, UnusualLook
from linli.foundation.privacy.unusual.queries import questions, unusual_looks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


@pytest.fixture(autouse=True)
def every_case_concerns_everybody(monkeypatch):
    monkeypatch.setattr(concerning, "_kinds", {"case": lambda number, resident, reader, *, emergency: True})


@pytest.fixture
def curious(world):
    """The grid worker lives in the elder's building; the lead has a telephone."""
    world.accounts["grid_worker"].resident = world.residents["newcomer"]
    world.accounts["grid_worker"].save()
    world.residents["newcomer"].home = world.homes[1]
    world.residents["newcomer"].save()
    world.accounts["dpo"].phone = "19900007777"
    world.accounts["dpo"].save()
    with world.scope():
        reveal(world.residents["elder"], "phone", "case_contact", "case:1", actor=world.actor("grid_worker"))
        drain()
        yield UnusualLook.objects.get()


def test_the_lead_is_told_and_reads_the_same_sentence_as_the_person(world, curious):
    [notice] = Notice.objects.filter(key__startswith="unusual:")
    assert handed_on(notice, "to") == "19900007777"
    assert "专职网格员 grid_worker" in notice.text
    [question] = questions(list(unusual_looks(world.actor("dpo"))))
    elder = world.residents["elder"]
    assert question.look.sentence == told(looks_of(elder), elder)[0].sentence
    assert question.why == ("看的人和被看的人住同一幢楼。",)


def test_an_ordinary_look_is_not_asked_about(world):
    with world.scope():
        reveal(world.residents["elder"], "phone", "case_contact", "case:1", actor=world.actor("grid_worker"))
        drain()
        assert not UnusualLook.objects.exists()


def test_in_the_night_it_is(world, monday_morning):
    with world.scope(), clock.frozen(monday_morning + timedelta(hours=13)):
        reveal(world.residents["elder"], "phone", "case_contact", "case:1", actor=world.actor("grid_worker"))
        drain()
        drain()
        assert UnusualLook.objects.get().reasons == ["night"]


def test_it_is_decided_once_with_words_by_the_lead_and_never_by_whoever_looked(world, curious):
    with pytest.raises(NotFound):
        decide(curious.pk, "accept", "我自己", actor=world.actor("grid_worker"))
    with pytest.raises(NotAllowed):
        decide(curious.pk, "accept", "看过", actor=world.actor("auditor"))
    with pytest.raises(Invalid):
        decide(curious.pk, "find_wrong", " ", actor=world.actor("dpo"))
    decide(curious.pk, "find_wrong", "问过，说不出为什么要看。", actor=world.actor("dpo"))
    with pytest.raises(Undeclared):
        decide(curious.pk, "accept", "又有道理了", actor=world.actor("community_director"))


def test_a_director_does_not_see_what_is_asked_about_the_director(world):
    with world.scope():
        world.accounts["community_director"].resident = world.residents["newcomer"]
        world.accounts["community_director"].save()
        reveal(world.residents["neighbour"], "phone", "case_contact", "case:1", actor=world.actor("community_director"))
        drain()
        asked = UnusualLook.objects.get()
        assert not unusual_looks(world.actor("community_director")).exists()
        assert unusual_looks(world.actor("dpo")).get() == asked


def test_the_person_reads_that_a_look_was_found_wrong(world, curious):
    elder = world.residents["elder"]
    assert not told(looks_of(elder), elder)[0].found_wrong
    decide(curious.pk, "find_wrong", "问过，说不出为什么要看。", actor=world.actor("dpo"))
    assert told(looks_of(elder), elder)[0].found_wrong


def test_every_step_of_the_table_is_the_one_declared():
    for state, verb, transition in WORKFLOW.steps():
        assert (transition is not None) == (state == State.OPEN), (state, verb)
    assert WORKFLOW.reachable() == set(State.values)
