"""A better number is proposed from findings: it keeps every true warning, and a person puts it into force."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.errors import Conflict, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.sense.telemetry.lake import to_ms
from linli.sense.telemetry.models import Device, HotObservation
from linli.understand.warnings import actions, learning, queries
from linli.understand.warnings.changing_rules import change_rule
from linli.understand.warnings.models import Proposal, Warning
from linli.understand.warnings.places import Place
from linli.understand.warnings.proposing import FEWEST_FINDINGS, FEWEST_TRUE, Outcome, better, candidates
from linli.understand.warnings.rules import rules_in_force

VALUES = [60.0, 120.0, 240.0, 480.0]
LIMITS = st.lists(
    st.tuples(st.booleans(), st.lists(st.one_of(st.none(), st.floats(-60, 60)), min_size=4, max_size=4)), max_size=40
)


@given(LIMITS, st.sampled_from(VALUES))
def test_what_is_proposed_keeps_every_true_warning_and_spares_a_false_one(played, now):
    outcomes = [Outcome(true, dict(zip(VALUES, minutes, strict=True))) for true, minutes in played]
    found = better(outcomes, VALUES, now)
    again = [one for one in outcomes if one.minutes[now] is not None]
    if found is None:
        return
    assert len(again) >= FEWEST_FINDINGS and found.true >= FEWEST_TRUE
    assert all(one.minutes[found.value] is not None for one in again if one.true)
    silent = [one for one in again if not one.true and one.minutes[found.value] is None]
    assert len(silent) == found.dropped >= 2
    for value in VALUES:
        keeps = all(one.minutes[value] is not None for one in again if one.true)
        spares = sum(one.minutes[value] is None for one in again if not one.true)
        assert not keeps or spares <= found.dropped, "another value would have been better"


@given(st.floats(0, 50), st.floats(0.001, 500), st.floats(0, 1), st.booleans())
def test_candidates_stand_in_the_range_and_the_present_number_is_one_of_them(least, span, at, whole):
    now = least + at * span
    if whole:
        least, span, now = float(round(least)), float(round(span) + 1), float(round(least))
    found = candidates(least, least + span, now, whole=whole)
    assert now in found and found == sorted(set(found))
    assert all(least <= one <= least + span for one in found)
    assert not whole or all(one == int(one) for one in found)


def test_no_true_warnings_no_proposal_to_silence_everything():
    outcomes = [Outcome(False, {60: 0.0, 600: None})] * 30
    assert better(outcomes, [60, 600], 60) is None


@pytest.fixture
def doors(world, monday_morning):
    """Twelve times the lift's door stood open: four times for 9 minutes and it was true, eight times for 3 and it was not."""
    now = monday_morning
    with world.scope():
        lift = Device.objects.create(
            code="lift-1",
            type="lift",
            facility=world.lift,
            credential_digest="0" * 64,
            enrolled_at=now - timedelta(days=40),
        )
        for n in range(12):
            minutes, true = (9, True) if n % 3 == 0 else (3, False)
            begun = now - timedelta(days=1 + n)
            for after, value in ((0, 1.0), (minutes, 0.0)):
                HotObservation.objects.create(
                    device=lift, metric="door_open", time=to_ms(begun + timedelta(minutes=after)), value=value
                )
            Warning.objects.create(
                kind="door_open_long", source=f"device:{lift.pk}", level="P2", state="cleared" if true else "false",
                grid=world.grids[0], facility=world.lift, device=lift, evidence={"since": begun.isoformat()},
                opened_at=begun + timedelta(minutes=2), last_triggered_at=begun + timedelta(minutes=2),
                condition_ended_at=begun + timedelta(minutes=minutes), ended_at=begun + timedelta(hours=1),
                finding="true" if true else "false",
            )  # fmt: skip
        yield world


def test_the_door_that_is_held_for_three_minutes_is_spared_when_a_person_says_so(doors):
    assert learning.propose_changes() == 1
    made = Proposal.objects.get()
    assert (made.rule, made.setting, made.before) == ("door_open_long", "open_seconds", 120)
    assert (made.true, made.false, made.dropped) == (4, 8, 8)
    assert 180 < made.value < 540, "longer than the false ones, shorter than the true ones"
    assert rules_in_force()["door_open_long"].configured.number("open_seconds") == 120, "nothing changes by itself"
    assert learning.propose_changes() == 0, "no news"
    with pytest.raises(NotAllowed):
        learning.apply_proposal("door_open_long", actor=doors.actor("grid_worker"))
    director = doors.actor("community_director")
    rule = learning.apply_proposal("door_open_long", actor=director)
    assert rule.configured.number("open_seconds") == made.value
    made.refresh_from_db()
    assert (made.state, made.decided_by_id) == ("applied", director.account_id)
    assert Event.objects.filter(kind="warnings.rule_changed").count() == 1
    with pytest.raises(NotFound):
        learning.apply_proposal("door_open_long", actor=director)


def test_declined_stays_declined_until_there_are_more_findings(doors):
    learning.propose_changes()
    learning.decline_proposal("door_open_long", actor=doors.actor("community_worker"))
    assert learning.propose_changes() == 0
    with clock.frozen(clock.now() + timedelta(days=1)):
        Warning.objects.filter(finding="false").update(ended_at=clock.now() + timedelta(minutes=1))
        assert learning.propose_changes() == 1
    assert Proposal.objects.filter(state="open").count() == 1


def test_a_rule_that_somebody_changed_meanwhile_is_not_changed_by_an_old_proposal(doors):
    learning.propose_changes()
    director = doors.actor("community_director")
    change_rule("door_open_long", on=True, settings={"open_seconds": 200}, actor=director)
    assert learning.open_proposals() == {}
    with pytest.raises(Conflict):
        learning.apply_proposal("door_open_long", actor=director)
    assert rules_in_force()["door_open_long"].configured.number("open_seconds") == 200


def test_precision_is_told_with_its_base_and_leaves_out_who_does_not_want_to_be_asked(doors):
    (record,) = queries.detector_record()
    assert (record.precision.part, record.precision.n) == (4, 12)
    low, high = record.precision.interval
    assert low < 4 / 12 < high
    asked = actions.raise_warning(
        "door_open_long", source="device:99", level="P2", place=Place(doors.grids[0].pk), evidence={},
        actor=learning.Actor.for_system("detector.door_open_long"),
    )  # fmt: skip
    actions.dismiss(asked, finding="refused", actor=doors.actor("grid_worker"))
    (record,) = queries.detector_record()
    assert (record.found, record.precision.n) == (13, 12)
