"""叫应: people are called rung by rung until one answers, in whichever way; a killed worker goes on where it was."""

import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Event
from linli.foundation.notices.actions import deliver_due
from linli.foundation.notices.models import Notice
from linli.understand.warnings import actions, answering, call_links, calling
from linli.understand.warnings.call_plan import plan_in_force
from linli.understand.warnings.changing_plan import change_plan, decide_on_plan, plan_change_waiting
from linli.understand.warnings.climbing import BEGINNING, ROUNDS, SHIPPED, At, Plan, Rung, after, in_hours
from linli.understand.warnings.models import Call, Ladder, Warning
from linli.understand.warnings.tests.conftest import PHONES
from linli.understand.warnings.tests.test_warning_life import DETECTOR, raised


@given(st.integers(1, 6))
def test_every_rung_is_called_once_a_round_in_order_and_then_nobody(rungs):
    at, called = BEGINNING, []
    while (at := after(at, rungs)) is not None:
        called.append(at)
    assert called == [At(turn, rung) for turn in range(1, ROUNDS + 1) for rung in range(rungs)]


@given(st.integers(0, 23), st.integers(0, 23), st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)))
def test_what_may_not_ring_now_rings_at_the_end_of_the_quiet_hours_and_p0_always(start, end, naive):
    local = naive.replace(tzinfo=UTC)
    plan = Plan(SHIPPED.ladders, SHIPPED.rules, start, end)
    assert plan.may_ring("P0", local) == local
    may = plan.may_ring("P1", local)
    assert local <= may < local + timedelta(days=1)
    assert not in_hours(may.hour, start, end)
    assert (may == local) == (not in_hours(local.hour, start, end))


def test_as_shipped_the_street_hears_of_p0_after_ten_minutes_and_an_sos_rings_on_after_thirty_seconds():
    before_street = sum(rung.minutes for rung in SHIPPED.ladder("trapped", "P0")[:-1])
    assert before_street == 10 and SHIPPED.ladder("trapped", "P0")[-1].role == "street_office"
    assert SHIPPED.ladder("sos", "P0")[0].minutes == 0.5
    assert SHIPPED.ladder("water_running", "P1") == () and SHIPPED.ladder("no_water", "P1")
    assert SHIPPED.ladder("door_open_long", "P2") == ()


def open_and_call(scene, **given):
    warning = raised(scene, **given)
    drain()
    return warning


def at(minutes, start=None):
    return clock.frozen((start or clock.now()) + timedelta(minutes=minutes))


def called_roles():
    return list(dict.fromkeys(Call.objects.order_by("pk").values_list("role", flat=True)))


def test_unanswered_it_climbs_to_the_street_and_again_from_the_beginning(scene, monday_morning):
    open_and_call(scene)
    assert called_roles() == ["grid_worker"]
    expected = {4.9: 1, 5: 2, 7.4: 2, 7.5: 3, 9.9: 3, 10: 4, 14.9: 4}
    for minute, rungs in expected.items():
        with at(minute, monday_morning):
            calling.climb_due()
        assert len(called_roles()) == rungs, minute
    with at(15, monday_morning):
        calling.climb_due()
    assert Call.objects.filter(round=2, role="grid_worker").exists()
    assert {notice.channel for notice in Notice.objects.all()} == {"sms", "voice"}
    street = Notice.objects.filter(pk__in=Call.objects.filter(role="street_office").values("notice")).first()
    assert "电梯" not in street.text and "幢" not in street.text, "the street sees no single warning"


def test_when_nobody_answers_at_all_and_it_sounds_no_more_it_ends_and_says_so(scene, monday_morning):
    warning = open_and_call(scene)
    actions.end_condition("trapped", source=warning.source, at=clock.now(), actor=DETECTOR)
    for minute in range(0, 60):
        with at(minute, monday_morning):
            calling.climb_due()
    ladder = Ladder.objects.get()
    assert (ladder.end, ladder.round) == ("nobody", ROUNDS)
    assert Event.objects.filter(kind="warnings.nobody_answered", subject=f"warning:{warning.pk}").count() == 1
    calls = Call.objects.count()
    with at(90, monday_morning):
        calling.climb_due()
    assert Call.objects.count() == calls


def test_somebody_takes_it_in_the_workbench_and_nobody_else_is_called(scene, monday_morning):
    warning = open_and_call(scene)
    with at(3, monday_morning):
        actions.acknowledge(warning, actor=scene.actor("grid_worker"))
        with at(6, monday_morning):
            calling.climb_due()
        drain()
    assert called_roles() == ["grid_worker"]
    answered = Call.objects.get(answered_at__isnull=False)
    assert (answered.account_id, answered.answer) == (scene.accounts["grid_worker"].pk, "app")
    assert Ladder.objects.get(arrive_by=None).end == "answered"


def link_of(role, way="sms"):
    call = Call.objects.filter(role=role, way=way).latest("pk")
    return call_links.call_url(call).partition("/a/")[2]


def test_looking_at_the_link_answers_nothing_and_a_press_stops_the_climb(scene, monday_morning):
    warning = open_and_call(scene)
    token, client = link_of("grid_worker"), Client()
    page = client.get(f"/a/{token}").content.decode()
    assert "我去" in page and "电梯" in page
    client.head(f"/a/{token}")
    warning.refresh_from_db()
    assert warning.state == "open" and not Call.objects.filter(answered_at__isnull=False).exists()
    with at(2, monday_morning):
        assert client.post(f"/a/{token}").status_code == 302
        assert client.post(f"/a/{token}").status_code == 302, "twice is once"
    warning.refresh_from_db()
    assert (warning.state, warning.acknowledged_by_id) == ("acknowledged", scene.accounts["grid_worker"].pk)
    assert (
        Ladder.objects.get(arrive_by=None).end == "answered"
        and Call.objects.filter(answered_at__isnull=False).count() == 1
    )
    assert "记下了" in client.get(f"/a/{token}").content.decode()
    drain()
    with at(30, monday_morning):
        calling.climb_due()
    assert called_roles() == ["grid_worker"]


def test_the_second_who_presses_hears_that_somebody_goes(scene, monday_morning):
    open_and_call(scene)
    with at(5, monday_morning):
        calling.climb_due()
    answering.answer_by_link(link_of("grid_lead"))
    late = answering.answer_by_link(link_of("grid_worker"))
    assert not late.mine and late.answered_by == "grid_lead" and not late.open


def test_forged_foreign_and_dismissed_links_are_not_found(scene, monday_morning):
    open_and_call(scene)
    token = link_of("grid_worker")
    for bad in (token[:-1], "x", token.replace(".", "-", 1), "1.1.a:b"):
        with pytest.raises(NotFound):
            answering.call_by_link(bad)
    scene.accounts["grid_worker"].is_active = False
    scene.accounts["grid_worker"].save()
    with pytest.raises(NotFound):
        answering.answer_by_link(token)
    assert Warning.objects.get().state == "open"


def test_the_street_only_asks_why_and_the_warning_stays_open(scene, monday_morning):
    warning = open_and_call(scene)
    for minute in (5, 7.5, 10):
        with at(minute, monday_morning):
            calling.climb_due()
    asked = answering.answer_by_link(link_of("street_office"))
    warning.refresh_from_db()
    assert (warning.state, asked.place, asked.mine) == ("open", "", True)


def test_a_code_sent_back_answers_from_the_right_number_only(scene, monday_morning):
    open_and_call(scene)
    call = Call.objects.get(way="sms")
    assert not answering.answer_by_code("19900999999", call.code)
    assert not answering.answer_by_code(PHONES["grid_worker"], "x" + call.code)
    assert answering.answer_by_code(PHONES["grid_worker"], f" {call.code} ")
    assert Warning.objects.get().state == "acknowledged"
    call.refresh_from_db()
    assert call.answer == "sms"
    assert not answering.answer_by_code(PHONES["grid_worker"], call.code), "answered once"


def test_the_gateway_hands_on_replies_with_its_token(scene, monday_morning, settings):
    open_and_call(scene)
    call = Call.objects.get(way="voice")
    client, body = Client(), {"key": call.notice.key, "pressed": "1"}

    def post(token, body=body):
        return client.post("/api/v1/warnings/replies", json.dumps(body), content_type="application/json",
                           headers={"Authorization": f"Bearer {token}"})  # fmt: skip

    assert post("").status_code == post("anything").status_code == 401
    settings.LINLI_REPLY_TOKEN = "between us"
    assert post("wrong").status_code == 401
    assert post("between us", {"key": call.notice.key, "pressed": "2"}).json() == {"answered": False}
    assert post("between us").json() == {"answered": True}
    call.refresh_from_db()
    assert call.answer == "voice" and Warning.objects.get().state == "acknowledged"


def test_a_call_is_read_aloud_by_the_gateway_and_one_that_fails_is_seen_and_tried_again(
    scene, monday_morning, settings
):
    heard, busy = [], [True]

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self):
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append((self.headers["Authorization"], said))
            self.send_response(503 if busy[0] else 202)
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Gateway)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.LINLI_VOICE, settings.LINLI_VOICE_TOKEN = "http_gateway", "secret"
    settings.LINLI_VOICE_URL = f"http://127.0.0.1:{server.server_port}/call"
    open_and_call(scene)
    deliver_due()
    notice = Call.objects.get(way="voice").notice
    assert notice.state == "queued" and "503" in notice.last_error
    busy[0] = False
    Notice.objects.update(try_after=clock.real_now())
    deliver_due()
    server.shutdown()
    notice.refresh_from_db()
    assert notice.state == "sent"
    token, said = heard[-1]
    assert token == "Bearer secret" and said["to"] == PHONES["grid_worker"] and "请按 1" in said["text"]
    assert said["key"] == notice.key


def test_a_rung_on_which_nobody_stands_is_written_down_and_skipped(scene, monday_morning):
    Grant.objects.filter(role=Role.GRID_WORKER, grid=scene.grids[0]).delete()
    open_and_call(scene)
    assert called_roles() == ["grid_worker", "grid_lead"]
    assert Call.objects.get(role="grid_worker").nobody


def test_somebody_without_a_telephone_is_called_in_the_workbench(scene, monday_morning):
    scene.accounts["grid_worker"].phone = None
    scene.accounts["grid_worker"].save()
    warning = open_and_call(scene)
    assert [call.way for call in Call.objects.all()] == ["app"]
    assert [(one.warning, one.verb) for one in calling.calling_now(scene.actor("grid_worker"))] == [
        (warning, "acknowledge")
    ]
    assert calling.calling_now(scene.actor("community_director")) == []


def test_at_night_p1_waits_for_the_morning_and_p0_does_not(scene):
    midnight = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    with clock.frozen(midnight):
        open_and_call(scene, source="home:1", kind="no_water", level="P1")
        assert Call.objects.count() == 0
        open_and_call(scene)
        assert Call.objects.filter(ladder__warning__level="P0").exists()
    for hours, rings in ((6.9, False), (7, True)):
        with clock.frozen(midnight + timedelta(hours=hours)):
            calling.climb_due()
            assert Call.objects.filter(ladder__warning__level="P1").exists() == rings


def test_what_is_not_p0_and_not_chosen_calls_nobody(scene, monday_morning):
    open_and_call(scene, kind="door_open_long", level="P2")
    open_and_call(scene, kind="water_running", level="P1", source="home:9")
    assert Ladder.objects.count() == 0


def test_it_comes_back_after_it_was_handled_and_is_called_about_again(scene, monday_morning):
    warning = open_and_call(scene)
    actions.handle(warning, actor=scene.actor("grid_worker"), on_site=True)
    drain()
    open_and_call(scene)
    assert Ladder.objects.filter(ended_at=None).count() == 1 and Ladder.objects.count() == 2


def test_only_the_director_changes_the_order_and_climbs_under_way_keep_theirs(scene, monday_morning):
    open_and_call(scene)
    given = {
        "ladders": {**SHIPPED.ladders, "P0": [Rung("community_director", 1, False), Rung("grid_worker", 1)]},
        "rules": ["water_running"], "quiet_from": 0, "quiet_until": 0,
    }  # fmt: skip
    with pytest.raises(NotAllowed):
        change_plan(**given, actor=scene.actor("community_worker"))
    director = scene.actor("community_director")
    for broken in (
        {"ladders": {**SHIPPED.ladders, "P0": []}}, {"rules": ["trapped"]}, {"quiet_from": 24},
        {"ladders": {**SHIPPED.ladders, "sos": [Rung("grid_worker", 0)]}},
        {"ladders": {**SHIPPED.ladders, "sos": [Rung("resident", 5)]}},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            change_plan(**{**given, **broken}, actor=director)
    assert plan_in_force() == SHIPPED
    change_plan(**given, reason="夜里只有主任值班", actor=director)
    decide_on_plan(plan_change_waiting().pk, "approve", actor=scene.actor("community_worker"))
    assert plan_in_force().ladder("trapped", "P0")[0].role == "community_director"
    assert Ladder.objects.get().rungs[0]["role"] == "grid_worker"
    open_and_call(scene, source="device:2")
    second = Ladder.objects.latest("pk")
    assert {call.way for call in second.calls.all()} == {"app", "sms"}, "no voice on this rung"


def test_climbs_of_another_community_are_its_own(scene, other_world, monday_morning):
    open_and_call(scene)
    with other_world.scope():
        assert Ladder.objects.count() == 0 and calling.calling_now(other_world.actor("grid_worker")) == []


def test_a_climb_that_begins_in_the_evening_does_not_go_on_into_the_night(scene):
    evening = datetime(2026, 3, 2, 13, 50, tzinfo=UTC)
    with clock.frozen(evening):
        open_and_call(scene, source="home:1", kind="no_water", level="P1")
        assert called_roles() == ["grid_worker"]
    for minutes, roles in ((31, 1), (9 * 60 + 9, 1), (9 * 60 + 10, 2)):
        with clock.frozen(evening + timedelta(minutes=minutes)):
            calling.climb_due()
            assert len(called_roles()) == roles


def test_one_climb_that_fails_keeps_no_other_from_being_called(scene, monday_morning, monkeypatch):
    open_and_call(scene)
    open_and_call(scene, source="device:99")
    first, second = Ladder.objects.order_by("pk")
    go_on = calling._climb

    def broken(ladder, now):
        if ladder.pk == first.pk:
            raise RuntimeError("broken")
        go_on(ladder, now)

    monkeypatch.setattr(calling, "_climb", broken)
    with at(5, monday_morning):
        assert calling.climb_due() == 1
    second.refresh_from_db()
    assert second.rung == 1


def test_an_answer_of_somebody_who_left_the_grid_stops_no_climb(scene, monday_morning):
    warning = open_and_call(scene)
    link = link_of("grid_worker")
    Grant.objects.filter(account=scene.accounts["grid_worker"]).update(expires_at=monday_morning)
    with at(1, monday_morning), pytest.raises(NotFound):
        answering.answer_by_link(link)
    warning.refresh_from_db()
    assert warning.state == "open" and Ladder.objects.get().ended_at is None
