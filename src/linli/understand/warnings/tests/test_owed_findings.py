"""Somebody is at the place and says nothing more: a quiet word to them, then to the grid lead, and nobody is called."""

from datetime import UTC, datetime, timedelta

import pytest

from linli.foundation import clock
from linli.foundation.accounts.models import Grant
from linli.foundation.errors import Invalid
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Event
from linli.foundation.lifecycle.ticks import run_due
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.door import handed_on
from linli.understand.warnings import actions
from linli.understand.warnings.call_plan import plan_in_force
from linli.understand.warnings.changing_plan import change_plan
from linli.understand.warnings.climbing import SHIPPED, Arrival
from linli.understand.warnings.models import Call, CallPlan
from linli.understand.warnings.owed_findings import ask_for_findings, finding_due, findings_owed
from linli.understand.warnings.tests.conftest import PHONES
from linli.understand.warnings.tests.test_climbing import at, open_and_call

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def arrived(scene, *, who="grid_worker", **given):
    with clock.frozen(START):
        warning = open_and_call(scene, **given)
        actions.acknowledge(warning, actor=scene.actor(who))
        actions.arrive(warning, actor=scene.actor(who))
        drain()
    warning.refresh_from_db()
    return warning


def told(minute):
    """Roles of everybody who has been told by then, in order, each as often as told."""
    names = {number: who for who, number in PHONES.items()}
    with at(minute, START):
        ask_for_findings()
        ask_for_findings()
    rows = Notice.objects.filter(key__startswith="finding:").order_by("pk")
    return [names[handed_on(one, "to")] for one in rows]


def owed_to(scene, who):
    return [one.pk for one in findings_owed(scene.actor(who))]


def test_who_went_hears_once_after_two_hours_and_the_lead_half_an_hour_later(scene):
    warning = arrived(scene)
    before = Call.objects.count()
    assert finding_due(warning) == START + timedelta(minutes=120)
    expected = {119.9: [], 120: ["grid_worker"], 149: ["grid_worker"]}
    for minute, people in expected.items():
        assert told(minute) == people, minute
        assert owed_to(scene, "grid_worker") == ([warning.pk] if people else [])
    for minute in (150, 600, 3000):
        assert told(minute) == ["grid_worker", "grid_lead"], "and nobody else, ever"
    texts = list(Notice.objects.filter(key__startswith="finding:").order_by("pk").values_list("text", flat=True))
    assert "您 09:00 到的现场，还没有写发现" in texts[0] and f"/workbench/warnings/{warning.pk}/" in texts[0]
    assert "grid_worker 09:00 到的现场，还没有写发现" in texts[1]
    assert Call.objects.count() == before and not Notice.objects.filter(channel="voice", text__contains="发现").exists()
    assert owed_to(scene, "grid_lead") == [warning.pk] and owed_to(scene, "other_grid_worker") == []
    assert Event.objects.filter(kind="warnings.finding_asked_for").count() == 2


@pytest.mark.parametrize("verb", ["handle", "dismiss"])
def test_whoever_writes_what_they_found_is_reminded_of_nothing(scene, verb):
    warning = arrived(scene)
    given = {"handle": {"finding": "true"}, "dismiss": {"finding": "false", "note": "按错了", "on_site": True}}[verb]
    with at(130, START):
        ask_for_findings()
    getattr(actions, verb)(warning, actor=scene.actor("grid_worker"), **given)
    assert told(200) == ["grid_worker"]
    assert owed_to(scene, "grid_worker") == []


def test_the_worker_process_was_down_and_both_hear_of_it(scene):
    arrived(scene)
    assert told(1000) == ["grid_worker", "grid_lead"]


def test_who_went_is_the_lead_and_nobody_above_is_told(scene):
    arrived(scene, who="grid_lead")
    assert told(120) == ["grid_lead"] and told(600) == ["grid_lead"]


@pytest.mark.parametrize("then", ["grid_lead", "community_director"])
def test_who_went_has_left_and_the_lead_hears_at_the_term_or_the_director_where_there_is_none(scene, then):
    arrived(scene)
    scene.accounts["grid_worker"].is_active = False
    scene.accounts["grid_worker"].save()
    if then == "community_director":
        Grant.objects.filter(account=scene.accounts["grid_lead"]).update(expires_at=START)
    assert told(119) == []
    assert told(120) == [then]


def test_it_comes_back_and_a_new_arrival_has_a_term_of_its_own(scene):
    warning = arrived(scene)
    assert told(121) == ["grid_worker"]
    with at(125, START):
        actions.handle(warning, actor=scene.actor("grid_worker"))
        drain()
    with at(130, START):
        open_and_call(scene)
        assert owed_to(scene, "grid_worker") == []
        actions.arrive(warning, actor=scene.actor("grid_lead"))
        drain()
    assert told(249) == ["grid_worker"]
    assert told(251) == ["grid_worker", "grid_lead"]


def test_as_shipped_no_p1_is_reminded_of_and_the_director_sets_the_terms(scene):
    evening = arrived(scene, kind="no_water", level="P1", source="home:1")
    danger = arrived(scene, source="device:2")
    assert finding_due(evening) is None
    same = {"ladders": SHIPPED.ladders, "rules": sorted(SHIPPED.rules), "quiet_from": 22, "quiet_until": 7,
            "actor": scene.actor("community_director")}  # fmt: skip
    for wrong in (-1, 1441):
        with pytest.raises(Invalid):
            change_plan(**same, arrivals={"P0": Arrival(30, 2, wrong)})
    change_plan(**same, arrivals={"P0": Arrival(30, 2, 0), "P1": Arrival(120, 10, 60)})
    assert finding_due(danger) is None and finding_due(evening) == START + timedelta(minutes=60)
    assert told(61) == ["grid_worker"]


def test_a_plan_from_before_this_term_has_it_as_shipped(scene):
    director = scene.actor("community_director")
    change_plan(ladders=SHIPPED.ladders, rules=[], quiet_from=22, quiet_until=7, actor=director)
    row = CallPlan.objects.get()
    row.arrivals = {name: {"within": 20, "grace": 1} for name in SHIPPED.arrivals}
    row.save()
    plan = plan_in_force()
    assert plan.arrival("trapped", "P0") == Arrival(20, 1, 120) and plan.arrival("no_water", "P1").finding == 0


def test_the_worker_process_does_it_by_itself(scene):
    arrived(scene)
    with at(121, START):
        run_due()
    assert Notice.objects.filter(key__startswith="finding:").count() == 1
