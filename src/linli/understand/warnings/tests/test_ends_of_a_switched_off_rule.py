"""A rule about danger to life is never off for good: it listens again by itself, and a change nobody agrees to expires."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Event
from linli.foundation.lifecycle.ticks import run_due
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.door import handed_on
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.registry.models import Resident
from linli.sense.telemetry import taps
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.taps import Observed
from linli.understand.warnings import changing_rules, rule_terms, telling_rules, two_persons
from linli.understand.warnings.models import Rule, RuleChange, Warning
from linli.understand.warnings.rules import dangers_off, rules_in_force
from linli.understand.warnings.tests.conftest import PHONES

pytestmark = pytest.mark.django_db
REASON = "装修这几天老是误响，业主已经在换新的"
WORKER_PHONE = "19900990005"


@pytest.fixture
def here(scene):
    scene.accounts["community_worker"].phone = WORKER_PHONE
    scene.accounts["community_worker"].save()
    return scene


def ask(here, *, on=False, off_days=None, by="community_worker", **numbers):
    return changing_rules.change_rule(
        "smoke", on=on, settings=numbers, reason=REASON, off_days=off_days, actor=here.actor(by)
    )


def agree(here, by="community_director"):
    return changing_rules.approve_change(changing_rules.changes_waiting()["smoke"].pk, actor=here.actor(by))


def switched_off(here, **given):
    ask(here, **given)
    return agree(here)


def told(start):
    """Who was sent what, in order, of the messages whose key begins so."""
    names = {number: who for who, number in PHONES.items()} | {WORKER_PHONE: "community_worker"}
    return [
        (names[handed_on(one, "to")], one.text) for one in Notice.objects.filter(key__startswith=start).order_by("pk")
    ]


def test_off_for_seven_days_from_the_yes_and_then_it_listens_and_says_so(here, monday_morning):
    ask(here)
    with clock.frozen(monday_morning + timedelta(days=2)):
        rule = agree(here)
        assert (rule.on, rule.off_until) == (False, monday_morning + timedelta(days=9))
    with clock.frozen(monday_morning + timedelta(days=9, seconds=-1)):
        rule_terms.keep_terms()
        assert dangers_off()
    with clock.frozen(monday_morning + timedelta(days=9)):
        assert not dangers_off(), "at the moment itself, though no worker runs"
        assert rule_terms.keep_terms() == 1
        assert rule_terms.keep_terms() == 0
        newest = changing_rules.changes_of("smoke")[0]
        assert (newest.by_itself, newest.state, newest.asked_as) == ("again", "in_force", "")
        assert Rule.objects.get(key="smoke").on
        drain()
    assert [who for who, text in told("rule-by-itself") if "已经重新开了" in text] == ["community_director"]


def test_an_alarm_after_a_worker_stood_still_for_weeks_is_told_by_the_rule_that_should_listen_again(
    here, monday_morning
):
    device = Device.objects.create(code="S-1", type="smoke", building=here.buildings[0], credential_digest="0" * 64,
                                   enrolled_at=clock.now() - timedelta(days=1))  # fmt: skip
    switched_off(here, off_days=1)
    for hours, expected in ((1, False), (600, True)):
        for seconds in (0, 61):
            at = monday_morning + timedelta(hours=hours, seconds=seconds)
            with clock.frozen(at):
                taps.show([Observed(device.pk, device.code, "smoke", "alarm", at, 1.0)])
        assert Warning.objects.filter(kind="smoke").exists() is expected


def test_the_director_hears_the_day_before_once_and_when_it_listens_again(here, monday_morning):
    switched_off(here, off_days=3)
    for hours, times in ((47, 0), (48, 1), (60, 1), (71, 1)):
        with clock.frozen(monday_morning + timedelta(hours=hours)):
            telling_rules.tell_of_tomorrow()
            assert len(told("rule-ends")) == times, hours
    ((who, text),) = told("rule-ends")
    assert who == "community_director" and "到时自己重新开" in text and "/workbench/warnings/rules/smoke/" in text
    with clock.frozen(monday_morning + timedelta(hours=73)):
        run_due()
        drain()
        assert rules_in_force()["smoke"].on
    assert len(told("rule-ends")) == 1 and len(told("rule-by-itself")) == 1


def test_the_number_of_who_was_told_is_not_read_again_each_time(here, monday_morning):
    director = here.accounts["community_director"]
    director.resident = next(one for one in Resident.objects.filter(account=None) if one.age_on(clock.today()) > 30)
    director.save()
    Rule.objects.create(
        key="smoke", on=False, off_until=monday_morning + timedelta(hours=20), changed_at=monday_morning
    )
    for _tick in range(3):
        telling_rules.tell_of_tomorrow()
    assert len(told("rule-ends")) == 1
    assert AccessRecord.objects.filter(about=f"account:{director.pk}").count() == 1


@pytest.mark.parametrize("days", [0, -1, 31, 10**6])
def test_never_longer_than_thirty_days(here, days):
    with pytest.raises(Invalid) as refused:
        ask(here, off_days=days)
    assert refused.value.field == "off_days" and not RuleChange.objects.exists()


def test_longer_needs_reason_and_second_person_and_shorter_or_on_neither(here, monday_morning):
    switched_off(here, off_days=5)
    with pytest.raises(Invalid) as refused:
        changing_rules.change_rule("smoke", on=False, settings={}, off_days=6, actor=here.actor("community_worker"))
    assert refused.value.code == "reason_missing"
    assert ask(here, off_days=10).off_until == monday_morning + timedelta(days=5), "as it was, until somebody agrees"
    with pytest.raises(NotAllowed):
        agree(here, by="community_worker")
    with clock.frozen(monday_morning + timedelta(days=1)):
        assert agree(here).off_until == monday_morning + timedelta(days=11)
        assert ask(here, off_days=2).off_until == monday_morning + timedelta(days=3)
        assert not changing_rules.changes_waiting()
        assert ask(here).off_until == monday_morning + timedelta(days=3), "without days the end stays"
        assert ask(here, on=True).on


def test_a_longer_time_to_which_nobody_agreed_before_the_end_is_void(here, monday_morning):
    switched_off(here, off_days=2)
    with clock.frozen(monday_morning + timedelta(days=1)):
        ask(here, off_days=20)
        asked = changing_rules.changes_waiting()["smoke"].pk
    with clock.frozen(monday_morning + timedelta(days=2)):
        with pytest.raises(Conflict):
            changing_rules.approve_change(asked, actor=here.actor("community_director"))
        rule_terms.keep_terms()
        assert rules_in_force()["smoke"].on and RuleChange.objects.get(pk=asked).state == "outdated"


def test_a_rule_that_was_off_before_there_were_ends_is_given_seven_days_and_the_history_says_so(here, monday_morning):
    for key in ("smoke", "door_open_long"):
        Rule.objects.create(key=key, on=False, changed_at=monday_morning - timedelta(days=90))
    run_due()
    drain()
    rules = rules_in_force()
    assert rules["smoke"].off_until == monday_morning + timedelta(days=7)
    assert not rules["door_open_long"].on and rules["door_open_long"].off_until is None, "no danger to life"
    (kept,) = changing_rules.changes_of("smoke")
    assert kept.by_itself == "given_end"
    ((who, text),) = told("rule-by-itself")
    assert who == "community_director" and "7 天后自己重新开" in text
    with clock.frozen(monday_morning + timedelta(days=7)):
        assert rules_in_force()["smoke"].on


def test_whoever_may_agree_is_told_once_and_who_asked_is_told_when_nobody_did(here, monday_morning):
    ask(here, off_days=3)
    drain()
    for event in Event.objects.filter(kind="warnings.rule_change_asked"):
        telling_rules.tell_who_may_agree(RuleChange.objects.get(pk=int(event.subject.rpartition(":")[2])))
    ((who, text),) = told("rule-asked")
    assert who == "community_director" and "等您同意" in text
    (asked,) = changing_rules.changes_of("smoke")
    assert asked.expires_at == monday_morning + timedelta(days=7)
    with clock.frozen(monday_morning + timedelta(days=7)):
        with pytest.raises(Refusal):
            changing_rules.approve_change(asked.pk, actor=here.actor("community_director"))
        assert not two_persons.allowed_on(asked, here.actor("community_worker"))
        run_due()
        run_due()
        drain()
        asked.refresh_from_db()
        assert (asked.state, asked.decided_by_id) == ("expired", None)
        assert rules_in_force()["smoke"].on
        ask(here, off_days=3)
    ((who, text),) = told("rule-expired")
    assert who == "community_worker" and "过期了" in text


def test_an_expired_change_stands_in_nobodys_way_though_no_worker_has_run(here, monday_morning):
    ask(here)
    with clock.frozen(monday_morning + timedelta(days=8)):
        assert not changing_rules.changes_waiting()
        ask(here, by="community_director")
        assert [one.state for one in changing_rules.changes_of("smoke")] == ["asked", "expired"]


def test_over_the_api_days_and_end_are_said(here, client, monday_morning):
    client.force_login(here.accounts["community_worker"])
    path = "/api/v1/warnings/rules/smoke"
    given = {"on": False, "reason": REASON, "off_days": 31}
    assert client.post(path, given, content_type="application/json").status_code == 422
    asked = client.post(path, given | {"off_days": 4}, content_type="application/json").json()
    assert asked["waiting"]["off_days"] == 4 and asked["waiting"]["expires_at"].startswith("2026-")
    client.force_login(here.accounts["community_director"])
    done = client.post(
        f"/api/v1/warnings/rules/changes/{asked['waiting']['id']}/approve", {}, content_type="application/json"
    )
    end = (monday_morning + timedelta(days=4)).strftime("%Y-%m-%dT%H:%M:%S")
    assert done.json()["off_until"].startswith(end)
    (kept,) = client.get(f"{path}/changes").json()
    assert kept["after"]["off_until"].startswith(end) and kept["weakens"] == ["on"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["off", "off", "agree", "agree", "tick", "on", "number"]),
        st.integers(1, 30),
        st.integers(0, 200),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_pressed_in_whatever_order_it_is_never_off_longer_than_two_people_agreed(
    here, monday_morning, steps
):
    now, agreed = monday_morning, None
    with transaction.atomic():
        for verb, days, hours in steps:
            now += timedelta(hours=hours)
            with clock.frozen(now):
                _holds(agreed, now)
                try:
                    if verb == "off":
                        before = rules_in_force()["smoke"].off_until
                        after = ask(here, off_days=days).off_until
                        assert after == before or (before is not None and after < before)
                        agreed = after
                    elif verb == "agree":
                        agreed = agree(here).off_until
                        assert agreed is None or agreed <= now + timedelta(days=30)
                    elif verb == "on":
                        agreed = ask(here, on=True, alarm_seconds=20).off_until
                    elif verb == "number":
                        ask(here, on=rules_in_force()["smoke"].on, alarm_seconds=100 + days)
                    else:
                        rule_terms.keep_terms()
                except (Refusal, KeyError):
                    pass
                _holds(agreed, now)
        transaction.set_rollback(True)


def _holds(agreed, now):
    rule = rules_in_force()["smoke"]
    assert rule.on or (agreed is not None and now < agreed)
