"""A resident, somebody in its name, or staff for it, uses a right: it gets a number, an owner and the legal deadline."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.foundation import clock
from linli.foundation.accounts.models import ProxyAuthority
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.dispatching import run_once
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.rights.actions import ask, ask_for, withdraw
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.foundation.privacy.rights.models import RightsRequest, State
from linli.foundation.privacy.rights.queries import requests_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

WRONG_PHONE = Asked("correction", "号码换了", field="phone", wanted="138 0000 1234")


def test_a_right_used_is_a_piece_of_work_due_in_fifteen_working_days(world):
    with world.scope():
        request = ask(world.residents["elder"], WRONG_PHONE, actor=world.actor("elder"))
    assert (request.number, request.state) == ("PI-260302-001", State.RECEIVED)
    assert request.wanted.matches("13800001234")
    assert request.owner == world.accounts["dpo"]
    assert timezone.localtime(request.due_at).isoformat() == "2026-03-24T00:00:00+08:00"


def test_the_person_and_the_owner_are_told(world):
    with world.scope():
        ask(world.residents["elder"], WRONG_PHONE, actor=world.actor("elder"))
        world.accounts["dpo"].phone = "13900000099"
        world.accounts["dpo"].save()
    while run_once():
        pass
    said = sorted(Notice.objects.filter(about__startswith="rights:").values_list("text", flat=True))
    assert len(said) == 2
    assert "PI-260302-001" in said[0] and "PI-260302-001" in said[1]
    assert not any("13800001234" in text for text in said)


def test_a_proxy_asks_only_where_its_authority_covers_information(world):
    elder = world.residents["elder"]
    with world.scope():
        ProxyAuthority.objects.update(scopes=["requests"])
        with pytest.raises(NotAllowed):
            ask(elder, Asked("copy"), actor=world.actor("family_proxy"))
        ProxyAuthority.objects.update(scopes=["requests", "privacy"])
        proxy = world.actor("family_proxy")
        request = ask(elder, Asked("copy"), actor=proxy)
        assert request.asked_as == "proxy"
        assert [one.pk for one in requests_of(world.actor("elder"))] == [request.pk]
        assert [one.pk for one in requests_of(proxy)] == [request.pk]


@pytest.mark.parametrize("who", ["neighbour", "other_grid_worker", "wall_display"])
def test_a_stranger_cannot_ask_about_somebody(world, who):
    with world.scope(), pytest.raises(NotFound):
        ask(world.residents["elder"], Asked("copy"), actor=world.actor(who))


def test_staff_write_down_what_somebody_without_a_telephone_says(world):
    elder = world.residents["elder"]
    with world.scope():
        worker = world.actor("grid_worker")
        with pytest.raises(Invalid, match="怎么核对"):
            ask_for(elder, Asked("copy"), channel="desk", evidence=" ", actor=worker)
        request = ask_for(elder, Asked("copy"), channel="desk", evidence="看了身份证", actor=worker)
        assert [one.pk for one in requests_of(worker)] == [request.pk]
        assert [one.pk for one in requests_of(world.actor("elder"))] == [request.pk]
        assert not requests_of(world.actor("neighbour")).exists()


def test_a_near_relative_asks_for_somebody_who_died_and_not_for_more_than_the_law_gives(world):
    elder, worker = world.residents["elder"], world.actor("community_worker")
    with world.scope():
        with pytest.raises(Invalid, match="近亲属"):
            ask_for(
                elder, Asked("objection", "不同意"), channel="desk", evidence="死亡证明", relative=True, actor=worker
            )
        request = ask_for(
            elder, Asked("copy"), channel="desk", evidence="死亡证明、户口本", relative=True, actor=worker
        )
        assert request.asked_as == "relative"
        assert not requests_of(world.actor("elder")).exists()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (Asked("nothing"), "kind"),
        (Asked("correction", field="phone"), "wanted"),
        (Asked("correction", field="phone", wanted="12"), "wanted"),
        (Asked("correction", field="birth_date", wanted="2090-01-01"), "wanted"),
        (Asked("correction", field="code", wanted="R1"), "field"),
        (Asked("explanation"), "words"),
        (Asked("objection"), "words"),
        (Asked("objection", "x", purpose="no_such"), "purpose"),
        (Asked("explanation", "长" * 2001), "words"),
    ],
)
def test_what_is_missing_or_wrong_is_named(world, asked, field):
    with world.scope():
        with pytest.raises(Invalid) as refused:
            ask(world.residents["elder"], asked, actor=world.actor("elder"))
        assert refused.value.field == field
        assert not RightsRequest.objects.exists()


def test_a_read_of_somebody_else_cannot_be_objected_to(world):
    with world.scope(), pytest.raises(NotFound):
        ask(world.residents["elder"], Asked("objection", "不对", about="access_record:999"), actor=world.actor("elder"))


@pytest.mark.parametrize("about", ["access_record:x", "case", "case:", "案:1", "case:1;2", "x" * 64])
def test_an_explanation_of_what_is_no_work_is_refused_and_breaks_no_page(world, about):
    with world.scope(), pytest.raises(Invalid) as refused:
        ask(world.residents["elder"], Asked("explanation", about=about), actor=world.actor("elder"))
    assert refused.value.field == "about"


def test_two_people_whose_programs_use_the_same_key_do_not_meet(world):
    with world.scope():
        first = ask(world.residents["elder"], Asked("copy"), client_key="1", actor=world.actor("elder"))
        second = ask(world.residents["neighbour"], Asked("copy"), client_key="1", actor=world.actor("neighbour"))
    assert first != second


def test_the_second_of_two_clicks_waits_before_it_looks_for_what_the_first_made(world):
    with world.scope(), CaptureQueriesContext(connection) as asked:
        ask(world.residents["elder"], Asked("copy"), client_key="k1", actor=world.actor("elder"))
    statements = [one["sql"] for one in asked.captured_queries]
    held = next(n for n, sql in enumerate(statements) if 'FROM "registry_community"' in sql)
    looked = next(n for n, sql in enumerate(statements) if '"client_key" =' in sql)
    assert held < looked


def test_one_copy_at_a_time_and_the_same_form_sent_twice_is_one_request(world):
    elder, actor = world.residents["elder"], world.actor("elder")
    with world.scope():
        first = ask(elder, Asked("copy"), client_key="k1", actor=actor)
        assert ask(elder, Asked("copy"), client_key="k1", actor=actor) == first
        with pytest.raises(Conflict):
            ask(elder, Asked("copy"), client_key="k2", actor=actor)


def test_a_request_is_withdrawn_by_the_person_only_and_forgets_the_value(world):
    with world.scope():
        request = ask(world.residents["elder"], WRONG_PHONE, actor=world.actor("elder"))
        with pytest.raises(NotAllowed):
            withdraw(request.pk, actor=world.actor("dpo"))
        request = withdraw(request.pk, actor=world.actor("elder"))
        assert request.state == State.WITHDRAWN
        assert not request.wanted
        assert request.due_at - clock.now() > timedelta(0)
