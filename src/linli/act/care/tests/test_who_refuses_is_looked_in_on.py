"""Who does not want to be sensed and asks for people instead is on somebody's list, and is really looked in on."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from linli.act.care.actions import ask_for_round, end_round, find_well, miss
from linli.act.care.alternatives import has_alternative
from linli.act.care.models import Round, Visit
from linli.act.care.queries import visits_due
from linli.act.casework.models import Case
from linli.foundation import clock
from linli.foundation.accounts.models import ProxyAuthority
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.privacy.consents.actions import decline, give_consent
from linli.foundation.privacy.purposes import all_purposes

pytestmark = [pytest.mark.django_db]

OTHER_DOORS = {
    "fraud_drill": "portal:lessons",
    "care_round": "portal:consents",
    "joint_age_bands": "portal:consents",
    "face_access": "portal:sensing",
    "child_sign_in": "portal:family",
}
"""Purposes that sense nothing: where the same help is without them. A round is walked whether or not health notes may be read;
counting by age band changes nothing for anybody; a parent does for a child what it may not do by itself."""


@pytest.fixture
def here(world, monday_morning):
    with world.scope():
        yield world


def asked(here, who="elder", purpose="water_care", by=None):
    return ask_for_round(here.residents[who], purpose, actor=here.actor(by or who))


def test_every_purpose_that_needs_consent_names_an_alternative_that_exists():
    for purpose in all_purposes().values():
        if purpose.needs_consent:
            assert str(purpose.alternative), purpose.key
            assert has_alternative(purpose) or reverse(OTHER_DOORS[purpose.key])


@pytest.mark.parametrize("purpose", [p.key for p in all_purposes().values() if p.needs_consent and p.senses])
def test_for_everything_that_is_sensed_a_visit_can_be_asked_for(here, purpose):
    decline(here.residents["elder"], purpose, channel="app", actor=here.actor("elder"))
    asked(here, purpose=purpose)
    assert [line.visit.round.resident for line in visits_due(here.actor("grid_worker"), clock.today())] == [
        here.residents["elder"]
    ]


def test_she_is_on_the_list_of_her_grid_only_and_of_the_whole_community(here):
    asked(here)
    for who, sees in (
        ("grid_worker", 1), ("grid_lead", 1), ("community_worker", 1), ("other_grid_worker", 0), ("neighbour", 0),
    ):  # fmt: skip
        assert len(visits_due(here.actor(who), clock.today())) == sees, who


def test_an_elder_of_eighty_is_visited_each_week_and_a_younger_one_is_called(here):
    assert (asked(here).kind, asked(here).every_days) == ("visit", 7)
    assert asked(here, "neighbour").kind == "call"
    assert asked(here, "neighbour", "smoke_care").kind == "alarm"


def test_asking_twice_is_one_round(here):
    assert asked(here) == asked(here, purpose="door_care")
    assert Visit.objects.count() == 1


def test_all_is_well_and_the_next_visit_is_due_in_a_week(here, monday_morning):
    asked(here)
    visit = Visit.objects.get()
    assert visit.due_on == date(2026, 3, 4)
    with clock.frozen(monday_morning + timedelta(days=3)):
        find_well(visit, note="在浇花", actor=here.actor("grid_worker"))
        assert Visit.objects.waiting().get().due_on == date(2026, 3, 12)
        with pytest.raises(Conflict):
            find_well(visit, actor=here.actor("grid_worker"))


def test_a_visit_that_nobody_made_stays_on_the_list_and_says_how_late_it_is(here, monday_morning):
    asked(here)
    with clock.frozen(monday_morning + timedelta(days=5)):
        (line,) = visits_due(here.actor("grid_worker"), clock.today())
        assert (line.late, line.overdue) == (3, True)


def test_when_nobody_answers_an_urgent_case_lies_before_the_grid_at_once(here):
    asked(here)
    miss(Visit.objects.get(), actor=here.actor("grid_worker"))
    case = Case.objects.get()
    assert (case.grid, case.home, case.level) == (here.grids[0], here.homes[0], "P0")
    assert case.handler == here.accounts["grid_worker"]
    assert Visit.objects.waiting().count() == 1
    with pytest.raises(Conflict):
        miss(Visit.objects.filter(state="no_answer").get(), actor=here.actor("grid_worker"))
    assert Case.objects.count() == 1


def test_one_missed_call_is_tried_again_and_the_second_half_an_hour_later_opens_a_case(here, monday_morning):
    asked(here, "neighbour")
    worker = here.actor("other_grid_worker")
    visit = miss(Visit.objects.get(), actor=worker)
    assert visit.state == Visit.State.DUE
    assert not Case.objects.exists()
    with clock.frozen(monday_morning + timedelta(minutes=29)), pytest.raises(Conflict) as refused:
        miss(visit, actor=worker)
    assert refused.value.code == "call_too_soon"
    with clock.frozen(monday_morning + timedelta(minutes=30)):
        miss(visit, actor=worker)
    assert Case.objects.get().grid == here.grids[1]
    assert Visit.objects.waiting().get().called_at is None


def test_nobody_at_home_for_the_alarm_check_is_no_emergency(here):
    asked(here, purpose="smoke_care")
    miss(Visit.objects.get(), actor=here.actor("grid_worker"))
    assert Case.objects.get().level == "P2"


def test_only_staff_of_the_place_write_down_what_was_found(here):
    asked(here)
    visit = Visit.objects.get()
    with pytest.raises(NotAllowed):
        find_well(visit, actor=here.actor("elder"))
    with pytest.raises(NotFound):
        find_well(visit, actor=here.actor("other_grid_worker"))


def test_a_proxy_asks_only_when_it_may_act_in_care(here):
    ProxyAuthority.objects.update(scopes=["care"])
    asked(here, by="family_proxy")
    end_round(Round.objects.get(), actor=here.actor("family_proxy"))
    ProxyAuthority.objects.update(scopes=["requests"])
    with pytest.raises(NotAllowed):
        asked(here, by="family_proxy")


def test_a_stranger_asks_for_nobody(here):
    with pytest.raises((NotFound, NotAllowed)):
        asked(here, by="neighbour")


def test_what_needs_no_consent_has_no_round(here):
    with pytest.raises(Invalid):
        asked(here, purpose="case_contact")


def test_agreeing_to_the_sensor_after_all_ends_the_visits_in_its_place(here):
    asked(here)
    give_consent(here.residents["elder"], "water_care", channel="app", actor=here.actor("elder"))
    drain()
    assert not Round.objects.running().exists()
    assert not Visit.objects.waiting().exists()
