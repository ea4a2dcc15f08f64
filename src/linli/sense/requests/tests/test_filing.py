"""Filing a request: kept as said, from every channel, once."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.accounts.models import ProxyAuthority
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from linli.foundation.events.models import Event
from linli.sense.requests.actions import Caller, Place, file_request
from linli.sense.requests.models import Request

pytestmark = pytest.mark.usefixtures("monday_morning")


def test_it_keeps_the_words_exactly_and_places_them_at_home(world):
    words = "  三楼那个楼道一直往下滴水，\n你们快来看看。😀 "
    with world.scope():
        filed = file_request(words, actor=world.actor("resident"))
        kept = Request.objects.get(pk=filed.request.pk)
        assert kept.words == words
        assert kept.speaker == world.residents["resident"]
        assert kept.home == world.homes[1]
        assert kept.building == world.buildings[0]
        assert kept.said_at == kept.received_at == clock.now()
        event = Event.objects.get(kind="requests.filed")
        assert event.subject == f"request:{kept.pk}"
        assert words.strip() not in str(event.data)


@pytest.mark.parametrize(
    ("words", "code"),
    [("", "words_missing"), ("  \n", "words_missing"), ("水" * 2001, "words_too_long"), ("a\x00b", "words_unreadable")],
)
def test_it_says_what_is_wrong_with_words_and_keeps_nothing(world, words, code):
    with world.scope():
        with pytest.raises(Invalid) as refused:
            file_request(words, actor=world.actor("resident"))
        assert (refused.value.code, refused.value.field) == (code, "words")
        assert not Request.objects.exists()


@pytest.mark.parametrize("words", ["😀", "水" * 2000, "?", "水！"])
def test_it_accepts_what_is_short_long_or_only_a_picture_of_a_feeling(world, words):
    with world.scope():
        assert file_request(words, actor=world.actor("resident")).request.words == words


@given(words=st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_text_is_kept_whole_or_refused_in_words(world, words):
    with world.scope():
        try:
            filed = file_request(words, actor=world.actor("resident"))
        except Refusal as refused:
            assert str(refused)
        else:
            assert Request.objects.get(pk=filed.request.pk).words == words


def test_the_same_client_key_is_one_request_and_belongs_to_its_sender(world):
    with world.scope():
        first = file_request("停水了", actor=world.actor("resident"), client_key="k1")
        again = file_request("停水了", actor=world.actor("resident"), client_key="k1")
        assert again.request == first.request
        assert again.repeated and not first.repeated
        assert Event.objects.filter(kind="requests.filed").count() == 1
        with pytest.raises(Conflict) as refused:
            file_request("停水了", actor=world.actor("neighbour"), client_key="k1")
        assert refused.value.code == "client_key_taken"


def test_the_same_outer_number_of_a_channel_is_one_request(world):
    clerk = world.actor("community_worker")
    with world.scope():
        first = file_request("路灯坏了", actor=clerk, channel="hotline", outer_number="HZ-1")
        assert file_request("路灯坏了", actor=clerk, channel="hotline", outer_number="HZ-1").request == first.request
        assert file_request("路灯坏了", actor=clerk, channel="group_chat", outer_number="HZ-1").request != first.request


def test_guessing_an_outer_number_shows_nobody_elses_words(world):
    with world.scope():
        file_request(
            "我家老人要人看着",
            actor=world.actor("community_worker"),
            channel="hotline",
            outer_number="HZ-1",
            place=Place(building_id=world.buildings[0].pk),
        )
        for who in ("other_grid_worker", "property_company"):
            with pytest.raises(Conflict) as refused:
                file_request("?", actor=world.actor(who), channel="hotline", outer_number="HZ-1")
            assert refused.value.code == "outer_number_taken"


def test_staff_enter_what_a_caller_says_whether_or_not_the_registry_knows_them(world):
    clerk = world.actor("community_worker")
    with world.scope():
        known = file_request("没水", actor=clerk, channel="phone", speaker_id=world.residents["elder"].pk).request
        assert known.speaker == world.residents["elder"]
        assert known.entered_by == world.accounts["community_worker"]
        assert known.home == world.homes[0]
        stranger = file_request("路堵了", actor=clerk, channel="phone", caller=Caller("过路人", "19900099999")).request
        assert (stranger.speaker, stranger.speaker_name, stranger.home) == (None, "过路人", None)


def test_grid_staff_enter_only_for_residents_of_their_grid(world):
    with world.scope():
        file_request("没水", actor=world.actor("grid_worker"), channel="door", speaker_id=world.residents["elder"].pk)
        with pytest.raises(NotFound):
            file_request(
                "没水", actor=world.actor("grid_worker"), channel="door", speaker_id=world.residents["neighbour"].pk
            )


def test_a_daughter_speaks_for_her_father_as_long_as_her_authority_covers_requests(world):
    daughter = world.actor("family_proxy")
    with world.scope():
        filed = file_request("爸爸家没水了", actor=daughter)
        assert filed.request.speaker == world.residents["elder"]
        with pytest.raises(NotAllowed) as refused:
            file_request("没水", actor=daughter, speaker_id=world.residents["neighbour"].pk)
        assert refused.value.code == "not_proxy"
        ProxyAuthority.objects.update(scopes=["booking"])
        daughter = world.actor("family_proxy")
        with pytest.raises(NotAllowed):
            file_request("爸爸家没水了", actor=daughter)
        assert not Request.objects.visible_to(daughter).exclude(entered_by_id=daughter.account_id).exists()


def test_a_resident_speaks_only_for_itself_through_its_own_channels(world):
    resident = world.actor("resident")
    with world.scope():
        for given in (
            {"speaker_id": world.residents["elder"].pk},
            {"channel": "hotline"},
            {"outer_number": "X-1"},
            {"caller": Caller("别人", "")},
        ):
            with pytest.raises(NotAllowed):
                file_request("没水", actor=resident, **given)


@pytest.mark.parametrize("who", ["wall_display", "auditor", "dpo"])
def test_who_has_nobody_to_speak_for_is_refused(world, who):
    with world.scope(), pytest.raises(NotAllowed):
        file_request("没水", actor=world.actor(who))


def test_a_pin_beside_a_building_means_it_and_a_pin_far_away_means_none(world):
    with world.scope():
        near = file_request("灯坏了", actor=world.actor("resident"), place=Place(x=30.0, y=15.0)).request
        assert (near.building, near.home, near.x) == (world.buildings[0], None, 30.0)
        far = file_request("灯坏了", actor=world.actor("resident"), place=Place(x=900.0, y=900.0)).request
        assert far.building is None


def test_a_facility_leads_to_its_building_and_other_places_are_refused(world, other_world):
    resident = world.actor("resident")
    with world.scope():
        at_lift = file_request("电梯响", actor=resident, place=Place(facility_id=world.lift.pk)).request
        assert (at_lift.facility, at_lift.building) == (world.lift, world.buildings[0])
        with pytest.raises(NotFound):
            file_request("灯坏了", actor=resident, place=Place(building_id=other_world.buildings[0].pk))
        with pytest.raises(NotFound):
            file_request("灯坏了", actor=resident, place=Place(home_id=world.homes[2].pk))
        with pytest.raises(Invalid) as refused:
            file_request("灯坏了", actor=resident, place=Place(building_id=1, facility_id=1))
        assert refused.value.code == "place_ambiguous"


def test_an_unbelievable_moment_is_refused(world):
    clerk = world.actor("community_worker")
    with world.scope():
        for said_at, code in (
            (clock.now() + timedelta(hours=1), "said_in_future"),
            (clock.now() - timedelta(days=40 * 366), "said_long_ago"),
            (clock.now().replace(tzinfo=None), "said_at_naive"),
        ):
            with pytest.raises(Invalid) as refused:
                file_request("没水", actor=clerk, said_at=said_at)
            assert refused.value.code == code


def test_who_sees_a_request(world, other_world):
    with world.scope():
        request = file_request("没水", actor=world.actor("resident")).request
        sees = {
            who: Request.objects.visible_to(world.actor(who)).filter(pk=request.pk).exists() for who in world.accounts
        }
    assert {who for who, seen in sees.items() if seen} == {
        "resident", "community_director", "community_worker", "grid_lead", "grid_worker",
    }  # fmt: skip
    with other_world.scope():
        assert not Request.objects.visible_to(other_world.actor("community_director")).exists()
