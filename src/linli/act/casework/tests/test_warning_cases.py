"""A warning opens a case, and both end together."""

from datetime import timedelta

import pytest
from django.test import Client

from linli.act.casework import actions
from linli.act.casework.models import Case, State
from linli.act.casework.queries import case_page, load_case
from linli.act.casework.tests.test_errands import token_of
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid
from linli.foundation.events.dispatching import drain
from linli.understand.warnings import actions as warnings
from linli.understand.warnings import calling
from linli.understand.warnings.models import Call, Ladder, Warning
from linli.understand.warnings.places import Place


@pytest.fixture
def trapped(world, monday_morning):
    """A trapped rider's warning with its case, opened through the outbox."""
    with world.scope():
        warning = warnings.raise_warning(
            "trapped",
            source=f"facility:{world.lift.pk}",
            level="P0",
            place=Place(
                grid_id=world.grids[0].pk, building_id=world.buildings[0].pk, facility_id=world.lift.pk, home_id=None
            ),
            evidence={"since": monday_morning.isoformat(), "seconds": 60, "floor": 3, "reason": "alarm"},
            actor=Actor.for_system("detector", world.community.pk),
        )
    drain()
    with world.scope():
        yield warning, Case.objects.get(warning=warning)


def test_it_opens_one_case_at_the_lift_in_the_hands_of_the_grids_worker(world, trapped):
    warning, case = trapped
    assert (case.level, case.state, case.category) == ("P0", State.DISPATCHED, "070100")
    assert case.handler == world.accounts["grid_worker"]
    assert case.facility == world.lift
    assert actions.open_case_for_warning(warning.pk, actor=Actor.for_system("again", world.community.pk)) == case


def test_working_on_the_case_works_on_the_warning(world, trapped):
    warning, case = trapped
    worker = world.actor("grid_worker")
    actions.start(case.pk, actor=worker)
    warning.refresh_from_db()
    assert warning.state == Warning.State.ACKNOWLEDGED
    actions.feed_back(case.pk, outcome="fixed", result="人已救出", finding="true", on_site=True, actor=worker)
    warning.refresh_from_db()
    case.refresh_from_db()
    assert warning.state == Warning.State.CLEARED
    assert warning.finding == "true"
    assert case.state == State.CLOSED
    drain()
    assert Case.objects.get(pk=case.pk).state == State.CLOSED


def test_a_finding_that_is_not_true_teaches_the_detector(world, trapped):
    warning, case = trapped
    worker = world.actor("grid_worker")
    actions.start(case.pk, actor=worker)
    given = {"outcome": "no_longer_needed", "result": "没有人", "finding": "technical", "actor": worker}
    with pytest.raises(Invalid) as refused:
        actions.feed_back(case.pk, **given)
    assert refused.value.field == "on_site"
    warning.refresh_from_db()
    case.refresh_from_db()
    assert (warning.state, case.state, case.result) == ("acknowledged", "in_progress", ""), "nothing is half written"
    actions.feed_back(case.pk, **given, on_site=True)
    warning.refresh_from_db()
    assert (warning.state, warning.finding) == (Warning.State.FALSE, "technical")


def test_the_api_asks_for_the_finding_as_the_page_does(world, trapped, client):
    warning, case = trapped
    actions.start(case.pk, actor=world.actor("grid_worker"))
    client.force_login(world.accounts["grid_worker"])
    at = f"/api/v1/cases/{case.pk}"
    (verb,) = (one for one in client.get(at).json()["verbs"] if one["verb"] == "feed_back")
    assert verb["needs"] == ["finding", "on_site", "outcome", "result"]
    given = {"outcome": "no_longer_needed", "result": "没有人"}

    def feed_back(**more):
        return client.post(f"{at}/feed_back", given | more, content_type="application/json")

    for more, field in (
        ({}, "finding"),
        ({"finding": "perhaps"}, "finding"),
        ({"finding": "true"}, "on_site"),
        ({"finding": "false"}, "on_site"),
    ):
        refused = feed_back(**more)
        assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert feed_back(finding="false", on_site=True).json()["state"] == "closed"
    warning.refresh_from_db()
    assert (warning.state, warning.finding) == ("false", "false")


def test_dismissing_the_warning_ends_its_case(world, trapped):
    warning, case = trapped
    warnings.dismiss(warning, actor=world.actor("grid_worker"), note="没有人", on_site=True)
    drain()
    case.refresh_from_db()
    assert case.state == State.CLOSED


def test_the_case_goes_on_for_residents_who_reported_it_too(world, trapped):
    warning, case = trapped
    own = actions.receive("电梯坏了停着不动", actor=world.actor("resident")).case
    actions.merge(own.pk, into_id=case.pk, actor=world.actor("grid_worker"))
    warnings.dismiss(warning, actor=world.actor("grid_worker"), note="没有人", on_site=True)
    drain()
    case.refresh_from_db()
    assert case.state == State.DISPATCHED


def test_an_alarm_after_feedback_opens_the_case_again(world, trapped):
    warning, case = trapped
    own = actions.receive("电梯坏了停着不动", actor=world.actor("resident")).case
    actions.merge(own.pk, into_id=case.pk, actor=world.actor("grid_worker"))
    actions.start(case.pk, actor=world.actor("grid_worker"))
    actions.feed_back(
        case.pk, outcome="fixed", result="修好了", finding="true", on_site=True, actor=world.actor("grid_worker")
    )
    warnings.raise_warning(
        "trapped", source=warning.source, level="P0", place=Place(grid_id=world.grids[0].pk), evidence={},
        actor=Actor.for_system("detector", world.community.pk),
    )  # fmt: skip
    drain()
    case.refresh_from_db()
    assert case.state == State.REOPENED


def test_who_writes_from_the_place_is_there(world, trapped):
    warning, case = trapped
    worker = world.actor("grid_worker")
    actions.start(case.pk, actor=worker)
    warning.refresh_from_db()
    assert warning.awaits_arrival, "who begins is not there yet"
    actions.contact(case.pk, text="轿厢里一个人，在说话", on_site=True, actor=worker)
    warning.refresh_from_db()
    assert (warning.state, warning.arrived_at) == ("acknowledged", clock.now())
    case.refresh_from_db()
    assert case.contacted_at == clock.now()


def test_who_asked_by_telephone_is_not_there_and_others_go_on_being_called(world, trapped):
    warning, case = trapped
    assert Ladder.objects.filter(ended_at=None).exists()
    actions.contact(case.pk, text="电话问过物业", actor=world.actor("community_worker"))
    drain()
    warning.refresh_from_db()
    case.refresh_from_db()
    assert (warning.state, warning.arrived_at, case.contacted_at) == ("open", None, None)
    assert Ladder.objects.filter(ended_at=None).exists()
    written = case_page(load_case(case.pk, actor=world.actor("grid_worker")), world.actor("grid_worker")).timeline
    assert "没到现场，先问了情况" in [line.sentence for line in written]


def test_the_page_and_the_api_ask_whether_somebody_is_there(world, trapped, client):
    warning, case = trapped
    client.force_login(world.accounts["grid_worker"])
    page = client.get(f"/workbench/cases/{case.pk}/").content.decode()
    assert "我到现场了" in page and "打电话问来的不要勾" in page
    path = f"/workbench/cases/{case.pk}/do/contact/"
    client.post(path, {"version": Case.objects.get(pk=case.pk).version, "text": "物业说在路上"})
    warning.refresh_from_db()
    assert warning.arrived_at is None and "物业说在路上" in client.get(f"/workbench/cases/{case.pk}/").content.decode()
    client.post(path, {"version": Case.objects.get(pk=case.pk).version, "text": "人没事", "on_site": "on"})
    warning.refresh_from_db()
    assert warning.arrived_at == clock.now()


def test_over_the_api_nobody_is_there_unless_it_is_said(world, trapped, client):
    warning, case = trapped
    client.force_login(world.accounts["grid_worker"])
    for given, there in (({}, False), ({"on_site": False}, False), ({"on_site": True}, True)):
        body = {"text": "轿厢里一个人", **given}
        assert client.post(f"/api/v1/cases/{case.pk}/contact", body, content_type="application/json").status_code == 200
        warning.refresh_from_db()
        assert (warning.arrived_at is not None) is there


def test_an_arrival_said_of_the_warning_is_one_of_its_case(world, trapped):
    warning, case = trapped
    warnings.acknowledge(warning, actor=world.actor("grid_worker"))
    warnings.arrive(warning, actor=world.actor("grid_worker"))
    drain()
    case.refresh_from_db()
    assert case.contacted_at == clock.now()
    drain()
    assert case.entries.filter(verb="contact").count() == 1


@pytest.mark.parametrize("staff_go", [False, True])
def test_a_firm_that_says_it_is_there_stops_the_calls_only_where_staff_go(world, trapped, staff_go):
    warning, case = trapped
    worker = world.actor("grid_worker")
    unit = actions.write_unit(
        kind="contractor", name="亮光电工", phone="19900007777", actor=world.actor("community_worker")
    )
    errand = actions.send_errand(case.pk, unit_id=unit.pk, task="看看电梯", actor=worker)
    if staff_go:
        warnings.acknowledge(warning, actor=worker)
        drain()
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        actions.errand_by_link(token_of(errand), "arrive")
        drain()
        warning.refresh_from_db()
        assert (warning.state, warning.arrived_at) == (("acknowledged", clock.now()) if staff_go else ("open", None))
    assert case.entries.filter(verb="errand_arrive").exists()
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        calling.climb_due()
        assert Call.objects.filter(role="grid_lead").exists() is not staff_go
        client = Client()
        client.force_login(world.accounts["community_director"])
        page = client.get(f"/workbench/warnings/{warning.pk}/").content.decode()
    assert "亮光电工 说到现场了" in page
    assert ("社区的人还没有应，照样叫" in page) is not staff_go
