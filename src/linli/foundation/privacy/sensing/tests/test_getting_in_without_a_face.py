"""A face only with a consent of its own; whoever refuses is let in another way, from that moment, and it is tried."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.consents.guarding import register_guardian
from linli.foundation.privacy.consents.lapsing import end_what_lapsed
from linli.foundation.privacy.consents.models import Decline
from linli.foundation.privacy.consents.paper import consent_purposes
from linli.foundation.privacy.sensing import actions
from linli.foundation.privacy.sensing.models import WayIn
from linli.foundation.privacy.sensing.queries import faces_to_remove, gates_of, untried_ways
from linli.testing import gate_at

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def here(world, monday_morning):
    with world.scope():
        yield world


@pytest.fixture
def gate(here):
    return here.put_in_force(gate_at(here.estate))


def agree(here, who="elder", by=None, **more):
    channel = {"channel": "app"} | more
    return give_consent(here.residents[who], "face_access", actor=here.actor(by or who), **channel)


def current(here, who="elder"):
    return [way.method for way in WayIn.objects.current().filter(resident=here.residents[who]).order_by("pk")]


def asked_about_faces(resident):
    return "face_access" in {one.key for one in consent_purposes(resident)}


def test_nobody_is_asked_about_a_face_where_no_gate_knows_one(here):
    assert not asked_about_faces(here.residents["elder"])
    here.put_in_force(gate_at(here.estate, methods=("card",), stored=("open",), tried_method=""))
    assert not asked_about_faces(here.residents["elder"])
    here.put_in_force(gate_at(here.estate))
    assert asked_about_faces(here.residents["elder"])


def test_what_was_answered_stays_on_the_page_when_the_gate_is_gone(here, gate):
    agree(here)
    actions.withdraw(gate.pk, "拆了", actor=here.actor("community_director"))
    assert asked_about_faces(here.residents["elder"])


def test_without_a_consent_of_its_own_no_face_is_taken_whoever_asks(here, gate):
    for who in ("elder", "grid_worker", "community_director"):
        with pytest.raises(Conflict) as refused:
            actions.give_way_in(gate, here.residents["elder"], "face", actor=here.actor(who))
        assert refused.value.code == "face_needs_consent"
    agree(here)
    assert actions.give_way_in(gate, here.residents["elder"], "face", actor=here.actor("grid_worker")).method == "face"


def test_for_a_child_the_guardian_agrees_and_nobody_else(here, gate):
    child = here.residents["child"]
    with pytest.raises(Invalid) as refused:
        agree(here, "child", by="community_director", channel="door", evidence="妈妈在场")
    assert refused.value.code == "too_young"
    register_guardian(
        child, here.residents["resident"], relation="mother", evidence="户口本", actor=here.actor("grid_worker")
    )
    agree(here, "child", by="resident")
    assert actions.give_way_in(gate, child, "face", actor=here.actor("resident")).resident == child


def test_who_refuses_is_let_in_another_way_from_that_moment(here, gate):
    elder = here.residents["elder"]
    way = actions.refuse_face(gate, elder, "card", channel="app", actor=here.actor("elder"))
    assert current(here) == ["card"]
    assert Decline.objects.filter(resident=elder, purpose="face_access", lifted_at__isnull=True).exists()
    assert [one.pk for one in untried_ways(here.actor("grid_worker"))] == [way.pk]
    actions.say_it_works(way, actor=here.actor("elder"))
    assert not untried_ways(here.actor("grid_worker")).exists()


@pytest.mark.parametrize("instead", ["face", "phone", "code", "", "window"])
def test_the_other_way_is_one_that_the_gate_really_has_and_that_needs_no_phone(here, gate, instead):
    with pytest.raises(Invalid):
        actions.refuse_face(gate, here.residents["elder"], instead, channel="app", actor=here.actor("elder"))
    assert not WayIn.objects.exists()
    assert not Decline.objects.exists()


def test_taking_the_consent_back_takes_the_face_off_the_gate_within_a_week_and_leaves_nobody_outside(here, gate):
    consent = agree(here)
    actions.give_way_in(gate, here.residents["elder"], "face", actor=here.actor("elder"))
    withdraw_consent(consent, actor=here.actor("elder"))
    drain()
    drain()
    assert current(here) == ["card"]
    [gone] = faces_to_remove(here.actor("community_director"))
    assert gone.remove_by == clock.today() + timedelta(days=7)
    with pytest.raises(NotAllowed):
        actions.confirm_removed(gone, actor=here.actor("grid_worker"))
    actions.confirm_removed(gone, actor=here.actor("community_director"))
    assert not faces_to_remove(here.actor("community_director")).exists()


def test_a_card_that_is_there_already_is_not_given_twice(here, gate):
    consent = agree(here)
    for method in ("staff", "face"):
        actions.give_way_in(gate, here.residents["elder"], method, actor=here.actor("elder"))
    withdraw_consent(consent, actor=here.actor("elder"))
    drain()
    assert current(here) == ["staff"]


def test_whoever_moves_away_leaves_no_face_behind(here, gate):
    agree(here)
    elder = here.residents["elder"]
    actions.give_way_in(gate, elder, "face", actor=here.actor("elder"))
    type(elder).objects.filter(pk=elder.pk).update(left_on=clock.today())
    end_what_lapsed()
    drain()
    assert current(here) == []
    assert faces_to_remove(here.actor("community_director")).count() == 1


def test_nobody_gets_a_way_through_a_gate_that_is_not_theirs(here, gate):
    entrance = here.homes[0].entrance
    own = here.put_in_force(gate_at(here.estate, name="一幢门禁", room="doorway", place=("entrance", entrance.pk)))
    assert {one.pk for one in gates_of(here.residents["elder"])} == {gate.pk, own.pk}
    assert {one.pk for one in gates_of(here.residents["neighbour"])} == {gate.pk}
    with pytest.raises(NotFound):
        actions.give_way_in(own, here.residents["neighbour"], "card", actor=here.actor("neighbour"))


@pytest.mark.parametrize("who", ["resident", "other_grid_worker", "family_proxy", "property_company", "wall_display"])
def test_others_choose_nothing_for_somebody(here, gate, who):
    with pytest.raises((NotAllowed, NotFound)):
        actions.refuse_face(gate, here.residents["elder"], "card", channel="app", actor=here.actor(who))


def test_a_gate_that_was_taken_down_lets_nobody_choose(here, gate):
    actions.withdraw(gate.pk, "拆了", actor=here.actor("community_director"))
    with pytest.raises(NotFound):
        actions.give_way_in(gate, here.residents["elder"], "card", actor=here.actor("community_director"))
