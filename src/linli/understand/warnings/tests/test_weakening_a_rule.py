"""A rule about danger to life is weakened by two people with a reason; sharpened by one, at once; and all is on record."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid, NotAllowed, Refusal
from linli.sense.telemetry import taps
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.taps import Observed
from linli.testing import SmallCommunity
from linli.understand.warnings import changing_rules, learning, two_persons
from linli.understand.warnings.models import Proposal, RuleChange, Warning
from linli.understand.warnings.rules import rules_in_force
from linli.understand.warnings.shipped import DANGER, WAYS, shipped_rules
from linli.understand.warnings.weakening import needs_two, weakened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
REASON = "装修这几天老是误响，业主已经在换新的"


@pytest.fixture
def here(world):
    with world.scope():
        yield world


def change(here: SmallCommunity, key: str, *, by="community_worker", on=True, reason=REASON, **settings):
    return changing_rules.change_rule(key, on=on, settings=settings, reason=reason, actor=here.actor(by))


def waiting(key: str) -> RuleChange:
    return changing_rules.changes_waiting()[key]


def test_every_number_of_a_rule_about_danger_says_which_way_it_weakens():
    rules = [one for one in shipped_rules().values() if one.configured.level == DANGER]
    assert {"smoke", "gas_alarm", "sos", "trapped"} <= {one.key for one in rules}
    assert all(setting.weaker in WAYS for one in rules for setting in one.settings.values())


@pytest.mark.parametrize(
    ("key", "then", "weaker"),
    [
        ("smoke", {"alarm_seconds": 90}, ["alarm_seconds"]),
        ("smoke", {"alarm_seconds": 30}, []),
        ("gas_alarm", {"limit": 25}, ["limit"]),
        ("trapped", {"still": 0.02}, ["still"]),
        ("trapped", {"still": 0.2}, []),
        ("trapped", {"stuck_seconds": 30, "alarm_seconds": 10}, ["alarm_seconds"]),
    ],
)
def test_later_or_higher_is_weaker_and_sooner_is_not(key, then, weaker):
    shipped = shipped_rules()[key]
    before = {"on": True, "settings": dict(shipped.configured.settings)}
    after = {"on": True, "settings": {**before["settings"], **then}}
    assert weakened(shipped, before, after) == weaker
    assert needs_two(shipped, before, after) is bool(weaker)
    assert needs_two(shipped, before, {**after, "on": False})


def test_switching_off_the_smoke_rule_waits_for_another_person_and_it_watches_meanwhile(here):
    still = change(here, "smoke", on=False)
    assert still.on, "what holds until somebody else agrees"
    asked = waiting("smoke")
    with pytest.raises(NotAllowed, match="另一位"):
        changing_rules.approve_change(asked.pk, actor=here.actor("community_worker"))
    with pytest.raises(NotAllowed):
        changing_rules.approve_change(asked.pk, actor=here.actor("grid_worker"))
    assert not changing_rules.approve_change(asked.pk, actor=here.actor("community_director")).on
    (kept,) = changing_rules.changes_of("smoke")
    assert (kept.state, kept.reason) == ("in_force", REASON)
    assert "community_worker" in kept.asked_as and "community_director" in kept.decided_as
    assert (kept.before["on"], kept.after["on"]) == (True, False)


def test_two_sign_ins_of_one_person_are_not_two_people(here):
    change(here, "sos", again_minutes=30)
    worker, director = here.accounts["community_worker"], here.accounts["community_director"]
    Account.objects.filter(pk=director.pk).update(display_name=worker.display_name)
    with pytest.raises(NotAllowed):
        changing_rules.approve_change(waiting("sos").pk, actor=here.actor("community_director"))
    assert rules_in_force()["sos"].configured.number("again_minutes") == 10


def test_the_table_itself_keeps_one_person_from_saying_yes_to_their_own(here):
    change(here, "smoke", alarm_seconds=120)
    asked = waiting("smoke")
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleChange.objects.filter(pk=asked.pk).update(state="in_force", decided_by=asked.asked_by)


@pytest.mark.parametrize("reason", ["", "   ", "嗯"])
def test_without_a_reason_nothing_is_asked(here, reason):
    with pytest.raises(Invalid) as refused:
        change(here, "gas_alarm", limit=25, reason=reason)
    assert (refused.value.code, refused.value.field) == ("reason_missing", "reason")
    assert not changing_rules.changes_of("gas_alarm")


def test_linli_itself_weakens_no_rule_about_danger(here):
    with pytest.raises(NotAllowed):
        changing_rules.change_rule(
            "fall", on=False, settings={}, reason=REASON, actor=Actor.for_system("simulator", here.community.pk)
        )
    assert rules_in_force()["fall"].on


def test_sooner_holds_at_once_without_a_second_person_and_is_in_the_history(here):
    assert change(here, "smoke", alarm_seconds=20, reason="").configured.number("alarm_seconds") == 20
    (kept,) = changing_rules.changes_of("smoke")
    assert (kept.state, kept.decided_by_id) == ("in_force", None)
    assert (kept.before["settings"]["alarm_seconds"], kept.after["settings"]["alarm_seconds"]) == (60, 20)
    change(here, "smoke", alarm_seconds=60)
    assert waiting("smoke").after["settings"]["alarm_seconds"] == 60, "back to what is shipped is later than what holds"


def test_a_rule_about_less_than_danger_is_changed_by_one_with_no_reason(here):
    assert not change(here, "door_open_long", on=False, reason="").on
    (kept,) = changing_rules.changes_of("door_open_long")
    assert kept.state == "in_force"


def test_while_one_waits_there_is_no_other_and_a_sharper_rule_overtakes_it(here):
    change(here, "smoke", alarm_seconds=120)
    with pytest.raises(Conflict) as refused:
        change(here, "smoke", by="community_director", on=False)
    assert refused.value.code == "change_waits"
    asked = waiting("smoke")
    change(here, "smoke", by="community_director", alarm_seconds=30)
    asked.refresh_from_db()
    assert asked.state == "outdated" and not changing_rules.changes_waiting()
    with pytest.raises(Refusal):
        changing_rules.approve_change(asked.pk, actor=here.actor("community_director"))
    assert rules_in_force()["smoke"].configured.number("alarm_seconds") == 30


def test_the_second_person_says_no_with_words_or_the_first_takes_it_back(here):
    change(here, "smoke", alarm_seconds=120)
    asked = waiting("smoke")
    with pytest.raises(Invalid):
        changing_rules.refuse_change(asked.pk, decision=" ", actor=here.actor("community_director"))
    changing_rules.refuse_change(asked.pk, decision="换烟感，不改规则", actor=here.actor("community_director"))
    change(here, "smoke", alarm_seconds=100)
    with pytest.raises(NotAllowed):
        changing_rules.withdraw_change(waiting("smoke").pk, actor=here.actor("community_director"))
    changing_rules.withdraw_change(waiting("smoke").pk, actor=here.actor("community_worker"))
    assert [one.state for one in changing_rules.changes_of("smoke")] == ["withdrawn", "refused"]
    assert rules_in_force()["smoke"].configured.number("alarm_seconds") == 60


def test_a_smoke_alarm_speaks_by_the_old_number_until_the_second_yes(here, monday_morning):
    device = Device.objects.create(code="smoke-1", type="smoke", building=here.buildings[0], credential_digest="0" * 64,
                                   enrolled_at=clock.now() - timedelta(days=1))  # fmt: skip
    change(here, "smoke", alarm_seconds=300)
    for seconds in (0, 61):
        at = monday_morning + timedelta(seconds=seconds)
        with clock.frozen(at):
            taps.show([Observed(device.pk, device.code, "smoke", "alarm", at, 1.0)])
    assert Warning.objects.filter(kind="smoke").exists()


@pytest.fixture
def proposed(here):
    return Proposal.objects.create(rule="smoke", setting="alarm_seconds", before=60, value=90, true=4, false=8, dropped=8,
                                   later_minutes=1, findings=12, made_at=clock.now())  # fmt: skip


@pytest.mark.parametrize(("says", "ends", "number"), [("approve", "applied", 90), ("refuse", "declined", 60)])
def test_what_findings_propose_waits_for_two_as_well(here, proposed, says, ends, number):
    worker = here.actor("community_worker")
    with pytest.raises(Invalid):
        learning.apply_proposal("smoke", actor=worker)
    assert learning.apply_proposal("smoke", actor=worker, reason=REASON).configured.number("alarm_seconds") == 60
    proposed.refresh_from_db()
    assert proposed.state == "open"
    director, asked = here.actor("community_director"), waiting("smoke")
    if says == "approve":
        changing_rules.approve_change(asked.pk, actor=director)
    else:
        changing_rules.refuse_change(asked.pk, decision="先换烟感", actor=director)
    proposed.refresh_from_db()
    assert proposed.state == ends
    assert rules_in_force()["smoke"].configured.number("alarm_seconds") == number


def test_over_the_api_the_same_two_people_are_needed(here, client):
    client.force_login(here.accounts["community_worker"])
    path = "/api/v1/warnings/rules/smoke"
    bare = client.post(path, {"on": False}, content_type="application/json")
    assert bare.status_code == 422 and bare.json()["code"] == "reason_missing"
    asked = client.post(path, {"on": False, "reason": REASON}, content_type="application/json").json()
    assert asked["on"] and asked["waiting"]["reason"] == REASON and asked["waiting"]["weakens"] == ["on"]
    own = client.post(
        f"/api/v1/warnings/rules/changes/{asked['waiting']['id']}/approve", {}, content_type="application/json"
    )
    assert own.status_code == 403 and rules_in_force()["smoke"].on
    client.force_login(here.accounts["community_director"])
    done = client.post(
        f"/api/v1/warnings/rules/changes/{asked['waiting']['id']}/approve", {}, content_type="application/json"
    )
    assert done.status_code == 200 and not done.json()["on"]
    (told,) = client.get(f"{path}/changes").json()
    assert (told["state"], told["before"]["on"], told["after"]["on"], told["reason"]) == (
        "in_force",
        True,
        False,
        REASON,
    )
    client.force_login(here.accounts["grid_worker"])
    assert client.get(f"{path}/changes").status_code == 403
    assert Role.GRID_WORKER not in two_persons.CHANGED_BY


def test_a_change_of_before_changes_were_kept_reads_the_same_over_the_api_and_on_the_page(here, client):
    """It names only the numbers that people had changed; the others were as shipped."""
    bare, sharper = {"on": True, "settings": {}}, {"on": True, "settings": {"alarm_seconds": 20}}
    first, second = (
        RuleChange.objects.create(rule="smoke", state="in_force", before=was, after=then, asked_at=clock.now())
        for was, then in ((bare, sharper), (sharper, bare))
    )
    client.force_login(here.accounts["community_director"])
    told = {one["id"]: one for one in client.get("/api/v1/warnings/rules/smoke/changes").json()}
    assert (told[first.pk]["weakens"], told[second.pk]["weakens"]) == ([], ["alarm_seconds"])
    numbers = [told[first.pk][when]["settings"]["alarm_seconds"] for when in ("before", "after")]
    assert numbers == [60, 20] == [told[second.pk][when]["settings"]["alarm_seconds"] for when in ("after", "before")]
    page = client.get("/workbench/warnings/rules/smoke/").content.decode()
    assert "60 秒 → 20 秒" in page and "20 秒 → 60 秒" in page
