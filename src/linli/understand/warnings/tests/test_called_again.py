"""Danger that comes back, or that nobody came for, rings again: no late word, empty rung or broken number silences it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from linli.foundation import clock
from linli.foundation.accounts.models import Account, Grant
from linli.foundation.accounts.queries import actor_of
from linli.foundation.errors import NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Delivery, Event
from linli.sense.telemetry import taps
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.taps import Observed
from linli.understand.warnings import actions, answering, call_links, calling, engine, handlers
from linli.understand.warnings.climbing import AGAIN, EMPTY_ROUND, ROUNDS
from linli.understand.warnings.models import Call, Ladder, Warning
from linli.understand.warnings.places import Place
from linli.understand.warnings.tests.conftest import PHONES
from linli.understand.warnings.tests.test_arriving import START, answered, tick
from linli.understand.warnings.tests.test_climbing import at, link_of, open_and_call
from linli.understand.warnings.tests.test_warning_life import DETECTOR, EVIDENCE, raised


@pytest.fixture
def button(scene):
    return Device.objects.create(
        code="sos-1", type="sos", building=scene.buildings[0], credential_digest="0" * 64,
        enrolled_at=START - timedelta(days=1),
    )  # fmt: skip


def press(button, minute):
    with at(minute, START):
        taps.show([Observed(button.pk, button.code, "sos", "pressed", clock.now(), 1.0)])
        engine.wake_due()
        drain()


def people_called_since(pk):
    rows = Call.objects.filter(pk__gt=pk, way="app", account__isnull=False).order_by("pk")
    return list(rows.values_list("role", flat=True))


def newest():
    return Call.objects.latest("pk").pk


def test_a_press_of_the_button_after_somebody_was_there_rings_everybody_anew(button):
    press(button, 0)
    with at(1, START):
        answering.answer_by_link(link_of("grid_worker"))
        drain()
    with at(10, START):
        answering.answer_by_link(link_of("grid_worker"), arrived=True)
        drain()
    before = newest()
    press(button, 3 * 24 * 60)
    warning = Warning.objects.get()
    assert (warning.state, warning.arrived_at, warning.triggers) == ("open", None, 2)
    tick(3 * 24 * 60 + 1)
    assert people_called_since(before) == ["grid_worker", "grid_lead"]


def test_a_press_while_somebody_is_there_rings_nobody_else(button):
    press(button, 0)
    with at(1, START):
        answering.answer_by_link(link_of("grid_worker"))
        drain()
    with at(10, START):
        answering.answer_by_link(link_of("grid_worker"), arrived=True)
        drain()
    before = newest()
    press(button, 15)
    tick(24)
    warning = Warning.objects.get()
    assert (warning.state, warning.triggers) == ("acknowledged", 2)
    assert people_called_since(before) == []
    press(button, 26)
    assert Warning.objects.get().state == "open", "they came for the press before"
    assert people_called_since(before) == ["grid_worker"]


def test_a_press_while_somebody_is_on_the_way_asks_them_at_once_and_then_the_next(button):
    press(button, 0)
    with at(1, START):
        answering.answer_by_link(link_of("grid_worker"))
        drain()
    before = newest()
    press(button, 12)
    tick(12)
    assert people_called_since(before) == ["grid_worker"], "their term would last four minutes more"
    tick(13)
    assert people_called_since(before) == ["grid_worker", "grid_lead"]
    with at(14, START):
        assert answering.answer_by_link(link_of("grid_worker"), arrived=True).mine
        drain()
    assert Warning.objects.get().arrived_at is not None


def test_an_alarm_that_ended_and_comes_back_waits_for_nobodys_old_term(scene):
    warning = answered(scene)
    with at(5, START):
        actions.end_condition("trapped", source=warning.source, at=clock.now(), actor=DETECTOR)
        drain()
    before = newest()
    with at(20, START):
        raised(scene)
        drain()
    warning.refresh_from_db()
    assert warning.state == "open" and people_called_since(before) == ["grid_worker"]
    assert [one.end for one in Ladder.objects.order_by("pk")] == ["answered", "over", ""]


def test_who_said_that_they_go_may_say_that_they_are_there_after_it_opened_again(scene):
    warning = answered(scene)
    first = link_of("grid_worker")
    with at(5, START):
        actions.end_condition("trapped", source=warning.source, at=clock.now(), actor=DETECTOR)
        raised(scene)
        drain()
    with at(8, START):
        assert "我到了" in Client().get(f"/a/{first}").content.decode()
        answering.answer_by_link(first, arrived=True)
        drain()
    warning.refresh_from_db()
    assert warning.arrived_at is not None and not Ladder.objects.filter(ended_at=None).exists()


def test_an_alarm_that_goes_on_while_somebody_is_on_the_way_opens_nothing_again(scene):
    warning = answered(scene)
    with at(5, START):
        raised(scene)
        drain()
    warning.refresh_from_db()
    assert warning.awaits_arrival and Ladder.objects.get(ended_at=None).arrive_by == START + timedelta(minutes=32)


def test_what_nobody_is_called_about_stays_with_whoever_took_it(scene):
    warning = open_and_call(scene, kind="door_open_long", level="P2")
    actions.acknowledge(warning, actor=scene.actor("grid_worker"))
    actions.end_condition("door_open_long", source=warning.source, at=clock.now(), actor=DETECTOR)
    raised(scene, kind="door_open_long", level="P2")
    warning.refresh_from_db()
    assert warning.state == "acknowledged"


def test_a_finding_that_is_told_late_does_not_silence_what_came_after_it(scene, monkeypatch):
    warning = answered(scene)
    real, stumbled = handlers.stop_climb, []

    def locked(*given, **more):
        if not stumbled:
            stumbled.append(True)
            raise RuntimeError("database is locked")
        return real(*given, **more)

    with at(10, START):
        actions.arrive(warning, actor=scene.actor("grid_worker"))
        drain()
    monkeypatch.setattr(handlers, "stop_climb", locked)
    with at(12, START):
        actions.handle(warning, actor=scene.actor("grid_worker"))
        drain()
    with at(13, START):
        raised(scene)
        drain()
    Delivery.objects.filter(done_at=None).update(retry_at=None)
    with at(14, START):
        drain()
    assert stumbled and not Delivery.objects.filter(done_at=None).exists()
    before = newest()
    tick(18)
    assert people_called_since(before) == ["grid_lead"]


def break_number(account):
    column = Account._meta.get_field("phone").column
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM accounts_account WHERE id=%s", [account.pk])
        sealed = cursor.fetchone()[0]
        cursor.execute(f"UPDATE accounts_account SET {column}=%s WHERE id=%s", [sealed[:-6] + "AAAAAA", account.pk])


def test_one_number_that_cannot_be_read_keeps_nobody_from_being_called(scene):
    break_number(scene.accounts["grid_worker"])
    with clock.frozen(START):
        open_and_call(scene)
        assert [one.verb for one in calling.calling_now(scene.actor("grid_worker"))] == ["acknowledge"]
    ways = Call.objects.filter(role="grid_worker").values_list("way", "notice")
    assert list(ways) == [("app", None), ("sms", None)]
    assert Call.objects.get(way="sms").unreadable
    assert not answering.answer_by_code(PHONES["grid_worker"], "")
    tick(5)
    assert set(Call.objects.filter(role="grid_lead").values_list("way", flat=True)) == {"app", "sms", "voice"}


def test_a_moment_in_which_nobody_holds_a_role_ends_nothing(scene):
    ends = Grant.objects.values_list("pk", "expires_at")
    ends = dict(ends)
    with clock.frozen(START):
        Grant.objects.update(expires_at=START)
        open_and_call(scene)
    ladder = Ladder.objects.get()
    assert (ladder.ended_at, ladder.due_at) == (None, START + EMPTY_ROUND)
    for pk, until in ends.items():
        Grant.objects.filter(pk=pk).update(expires_at=until)
    tick(EMPTY_ROUND.total_seconds() / 60)
    assert list(Call.objects.filter(account__isnull=False, way="app").values_list("role", flat=True)) == ["grid_worker"]


@pytest.mark.parametrize("went", [False, True])
def test_a_p0_that_still_sounds_is_called_about_again_after_a_while_until_it_ends(scene, went):
    with clock.frozen(START):
        warning = answered(scene) if went else open_and_call(scene)
    told = Event.objects.filter(kind="warnings.nobody_answered", subject=f"warning:{warning.pk}")
    minute = 0
    while not told.exists():
        minute += 1
        tick(minute)
        assert minute < 120
    before = newest()
    again = int(AGAIN.total_seconds() / 60)
    tick(minute + again - 1)
    assert people_called_since(before) == []
    tick(minute + again)
    assert people_called_since(before) == ["grid_worker"]
    assert Call.objects.latest("pk").round == ROUNDS + 1
    actions.end_condition("trapped", source=warning.source, at=clock.now(), actor=DETECTOR)
    for later in range(minute + again, minute + 300):
        tick(later)
    ladder = Ladder.objects.latest("pk")
    assert (ladder.end, ladder.round) == ("nobody", 2 * ROUNDS)


def test_somebody_may_answer_between_one_calling_and_the_next(scene):
    with clock.frozen(START):
        warning = open_and_call(scene)
    for minute in range(60):
        tick(minute)
    assert Event.objects.filter(kind="warnings.nobody_answered").exists()
    with at(59, START):
        answering.answer_by_link(link_of("grid_lead"))
        drain()
    warning.refresh_from_db()
    assert warning.acknowledged_by_id == scene.accounts["grid_lead"].pk


@pytest.mark.parametrize("went", [False, True])
def test_the_street_asks_and_people_are_called_until_one_of_them_goes(scene, went):
    with clock.frozen(START):
        warning = answered(scene) if went else open_and_call(scene)
    for minute in (32, 34, 36.5, 39) if went else (5, 7.5, 10):
        tick(minute)
    first = link_of("street_office")
    with at(40, START):
        assert "直到有人去" in Client().get(f"/a/{first}").content.decode()
        said = answering.answer_by_link(first)
        assert said.mine and not said.open
        answering.answer_by_link(first)
        drain()
        lead = answering.call_by_link(link_of("grid_lead"))
        assert lead.open and lead.answered_by != "street_office"
    assert Event.objects.filter(kind="warnings.street_answered").count() == 1
    before = newest()
    for minute in range(41, 60):
        tick(minute)
    assert "grid_lead" in people_called_since(before)
    with at(60, START):
        answering.answer_by_link(link_of("grid_lead"))
        drain()
    warning.refresh_from_db()
    assert warning.acknowledged_by_id == scene.accounts["grid_lead"].pk
    before = newest()
    tick(70)
    assert people_called_since(before) == []


def test_the_street_that_asks_after_a_p1_ends_the_calls(scene):
    with clock.frozen(START):
        open_and_call(scene, kind="no_water", level="P1", source="home:1")
    for minute in (30, 45, 60):
        tick(minute)
    with at(61, START):
        answering.answer_by_link(link_of("street_office"))
    assert Ladder.objects.get().end == "answered"


def test_the_link_of_somebody_who_left_the_grid_tells_no_home(scene):
    home = scene.homes[0]
    building = home.entrance.building
    with clock.frozen(START):
        actions.raise_warning(
            "trapped", source="device:5", level="P0", place=Place(building.grid_id, building.pk, home.pk),
            evidence=EVIDENCE, actor=DETECTOR,
        )  # fmt: skip
        drain()
    token = link_of("grid_worker")
    with at(1, START):
        assert answering.call_by_link(token).whole_place == str(home)
    Grant.objects.filter(account=scene.accounts["grid_worker"]).update(expires_at=START)
    with at(2, START):
        for look in (answering.call_by_link, answering.answer_by_link):
            with pytest.raises(NotFound) as refused:
                look(token)
            assert refused.value.code == "link_expired"
        page = Client().get(f"/a/{token}")
        assert page.status_code == 404 and str(home) not in page.content.decode()


def test_who_moved_to_another_grid_reads_no_call_of_the_old_one(scene):
    with clock.frozen(START):
        open_and_call(scene)
        grant = Grant.objects.get(account=scene.accounts["grid_worker"])
        grant.grid = scene.grids[1]
        grant.save()
        moved = actor_of(Account.objects.get(pk=scene.accounts["grid_worker"].pk))
        assert moved.is_staff and calling.calling_now(moved) == []
    token = call_links.call_url(Call.objects.filter(way="sms").latest("pk")).partition("/a/")[2]
    with pytest.raises(NotFound):
        answering.call_by_link(token)


def test_who_arrives_at_what_opened_again_is_the_one_who_took_it(scene):
    warning = answered(scene)
    with at(10, START):
        actions.arrive(warning, actor=scene.actor("grid_worker"))
        actions.handle(warning, actor=scene.actor("grid_worker"))
        drain()
    with at(20, START):
        open_and_call(scene)
        warning = actions.arrive(warning, actor=scene.actor("grid_lead"))
    assert warning.acknowledged_by_id == scene.accounts["grid_lead"].pk


def test_a_climb_that_fails_each_time_stands_in_no_others_way(scene, monkeypatch):
    with clock.frozen(START):
        open_and_call(scene)
        open_and_call(scene, source="device:99")
    first, second = Ladder.objects.order_by("pk")
    go_on, tried = calling._climb, []

    def broken(ladder, now):
        if ladder.pk == first.pk:
            tried.append(now)
            raise RuntimeError("broken")
        go_on(ladder, now)

    monkeypatch.setattr(calling, "_climb", broken)
    monkeypatch.setattr(calling, "AT_ONCE", 1)
    for minute in (5, 5, 5.9):
        tick(minute)
    second.refresh_from_db()
    assert len(tried) == 1 and second.rung == 1
    tick(6)
    assert len(tried) == 2, "tried again after a minute"
