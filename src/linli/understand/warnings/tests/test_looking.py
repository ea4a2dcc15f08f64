"""From stored observations to warnings: through the tap, by the timers, and never without consent."""

from datetime import timedelta

import pytest
from django.utils import translation

from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Event
from linli.foundation.lifecycle.ticks import run_due
from linli.foundation.privacy.consents.actions import withdraw_consent
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import all_purposes
from linli.foundation.privacy.sensing.models import Declaration
from linli.sense.telemetry import taps
from linli.sense.telemetry.actions import revoke
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.models import Device, IngestCursor
from linli.sense.telemetry.stream import STREAM
from linli.sense.telemetry.taps import Observed
from linli.understand.triage.taxonomy import categories
from linli.understand.warnings.explaining import purpose, sentence, title
from linli.understand.warnings.models import DetectorState, Warning
from linli.understand.warnings.previewing import preview
from linli.understand.warnings.shipped import shipped_detector, shipped_rules

STUCK = {"floor": 3, "in_door_zone": 0, "door_open": 0, "car_occupied": 1, "speed": 0}
FREE = {"in_door_zone": 1, "door_open": 1, "car_occupied": 0}


@pytest.fixture
def scene(world, monday_morning):
    with world.scope():
        common = {"credential_digest": "0" * 64, "enrolled_at": monday_morning}
        world.lift_device = Device.objects.create(code="lift-1", type="lift", facility=world.lift, **common)
        world.meter = Device.objects.create(code="meter-1", type="water_meter", home=world.homes[0], **common)
        world.smoke = Device.objects.create(code="smoke-1", type="smoke", home=world.homes[1], **common)
        yield world


def show(device, at, **values):
    taps.show([Observed(device.pk, device.code, device.type, metric, at, value) for metric, value in values.items()])


def consent(world, **changed):
    return Consent.objects.create(
        **{
            "resident": world.residents["elder"], "home": world.homes[0], "purpose": "water_care",
            "text_version": "1", "channel": "door", "given_at": clock.now(), **changed,
        }
    )  # fmt: skip


def water_for_thirteen_hours(world, start):
    for hour in range(14):
        with clock.frozen(start + timedelta(hours=hour)):
            show(world.meter, start + timedelta(hours=hour), volume=100.0)


def test_a_trapped_rider_is_warned_of_when_the_minute_is_over_though_nothing_arrives(scene, monday_morning):
    show(scene.lift_device, monday_morning, **STUCK)
    assert not Warning.objects.exists()
    with clock.frozen(monday_morning + timedelta(seconds=60)):
        run_due()
    warning = Warning.objects.get()
    assert (warning.level, warning.source) == ("P0", f"device:{scene.lift_device.pk}")
    assert (warning.facility, warning.building, warning.grid) == (
        scene.lift,
        scene.buildings[0],
        scene.grids[0],
    )
    assert warning.opened_at - monday_morning == timedelta(seconds=60)
    assert Event.objects.filter(kind="warnings.opened").get().data["warning_id"] == warning.pk


def test_a_memory_that_cannot_be_read_silences_no_other_rule_and_no_other_timer(scene, monday_morning):
    common = {"type": "lift", "facility": scene.lift, "credential_digest": "0" * 64, "enrolled_at": monday_morning}
    odd, other = (Device.objects.create(code=code, **common) for code in ("lift-0", "lift-2"))
    at = monday_morning + timedelta(seconds=61)
    for one in (odd, scene.lift_device):
        show(one, monday_morning, **STUCK)
    show(other, at - timedelta(seconds=60), **STUCK)
    rubbish = {"since": "rubbish", "last": "rubbish", "told": "rubbish"}
    DetectorState.objects.filter(source=f"device:{odd.pk}").update(memory=rubbish, due_at=monday_morning)
    with clock.frozen(at - timedelta(seconds=1)):
        run_due()
    assert [one.device for one in Warning.objects.filter(kind="trapped")] == [scene.lift_device]
    said = [
        Observed(one.pk, one.code, "lift", name, at, value) for one in (odd, other) for name, value in STUCK.items()
    ]
    with clock.frozen(at):
        taps.show(said)
    assert Warning.objects.filter(kind="trapped", device=other).exists()


def test_it_is_warned_of_in_the_storing_transaction_when_the_last_reading_arrives(scene, monday_morning):
    show(scene.lift_device, monday_morning, **STUCK)
    show(scene.lift_device, monday_morning + timedelta(seconds=60), **STUCK)
    assert Warning.objects.get(kind="trapped").triggers == 1
    show(scene.lift_device, monday_morning + timedelta(minutes=20), **FREE)
    assert Warning.objects.get(kind="trapped").condition_ended_at == monday_morning + timedelta(minutes=20)


def test_a_batch_that_holds_the_whole_story_tells_the_whole_story(scene, monday_morning):
    rows = [
        Observed(scene.lift_device.pk, "lift-1", "lift", metric, monday_morning + timedelta(seconds=s), value)
        for s, values in ((0, STUCK), (200, FREE))
        for metric, value in values.items()
    ]
    taps.show(rows)
    warning = Warning.objects.get()
    assert warning.condition_ended_at == monday_morning + timedelta(seconds=200)


def test_the_timer_of_another_community_is_woken_in_its_own_scope(scene, other_world, monday_morning):
    with other_world.scope():
        lift = Device.objects.create(
            code="lift-2", type="lift", facility=other_world.lift, credential_digest="0" * 64,
            enrolled_at=monday_morning,
        )  # fmt: skip
        show(lift, monday_morning, **STUCK)
    with clock.frozen(monday_morning + timedelta(hours=1)):
        run_due()
    assert not Warning.objects.exists()
    with other_world.scope():
        assert Warning.objects.get(kind="trapped").community_id == other_world.community.pk


def test_water_is_watched_in_the_consenting_home_of_an_elder_living_alone(scene, monday_morning):
    consent(scene)
    water_for_thirteen_hours(scene, monday_morning)
    warning = Warning.objects.get()
    assert (warning.kind, warning.level, warning.home) == ("no_water", "P1", scene.homes[0])
    assert warning.opened_at == monday_morning + timedelta(hours=12)


def test_without_consent_nothing_is_even_remembered(scene, monday_morning):
    water_for_thirteen_hours(scene, monday_morning)
    assert not Warning.objects.exists() and not DetectorState.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [{"purpose": "something_else"}, {"withdrawn_at": "now"}, {"home": "another"}, {"resident": "neighbour"}],
)
def test_a_consent_that_is_not_this_one_does_not_count(scene, monday_morning, changed):
    real = {
        "now": monday_morning, "another": scene.homes[1], "neighbour": scene.residents["neighbour"],
    }  # fmt: skip
    consent(scene, **{name: real.get(value, value) for name, value in changed.items()})
    water_for_thirteen_hours(scene, monday_morning)
    assert not Warning.objects.exists()


@pytest.mark.parametrize("fact", [{"living_alone": False}, {"left_on": "2026-01-01"}, {"birth_date": "1966-03-03"}])
def test_only_elders_who_live_alone_are_watched(scene, monday_morning, fact):
    consent(scene)
    type(scene.residents["elder"]).objects.filter(pk=scene.residents["elder"].pk).update(**fact)
    water_for_thirteen_hours(scene, monday_morning)
    assert not Warning.objects.exists()


def test_withdrawing_stops_the_look_at_once_and_forgets(scene, monday_morning):
    given = consent(scene)
    for hour in range(12):
        show(scene.meter, monday_morning + timedelta(hours=hour), volume=100.0)
    assert DetectorState.objects.get(detector="no_water").memory["steps"]
    given.withdrawn_at = monday_morning + timedelta(hours=11)
    given.save()
    show(scene.meter, monday_morning + timedelta(hours=12), volume=100.0)
    assert not Warning.objects.exists() and not DetectorState.objects.exists()


def test_a_timer_of_a_home_that_withdrew_is_dropped(scene, monday_morning):
    given = consent(scene)
    show(scene.meter, monday_morning, volume=100.0)
    given.withdrawn_at = monday_morning
    given.save()
    with clock.frozen(monday_morning + timedelta(hours=7)):
        run_due()
    assert not DetectorState.objects.exists()
    assert not Event.objects.filter(kind="warnings.device_silent").exists()


def test_a_meter_that_says_nothing_for_six_hours_owes_a_repair_once(scene, monday_morning):
    consent(scene)
    show(scene.meter, monday_morning, volume=100.0)
    for hour in (5, 6, 7, 30):
        with clock.frozen(monday_morning + timedelta(hours=hour)):
            run_due()
    silent = Event.objects.get(kind="warnings.device_silent")
    assert silent.subject == f"device:{scene.meter.pk}"
    assert not Warning.objects.exists()


def test_nobody_is_called_silent_while_ingest_is_behind(scene, monday_morning):
    consent(scene)
    show(scene.meter, monday_morning, volume=100.0)
    cursor = IngestCursor.objects.create(stream=STREAM, updated_at=monday_morning, alive_at=None)
    with clock.frozen(monday_morning + timedelta(hours=7)):
        run_due()
    assert not Event.objects.filter(kind="warnings.device_silent").exists()
    cursor.delete()
    with clock.frozen(monday_morning + timedelta(hours=7, minutes=11)):
        run_due()
    silent = Event.objects.get(kind="warnings.device_silent")
    assert silent.data["since"] == monday_morning.isoformat()


def test_ingest_that_is_behind_holds_back_no_alarm(scene, monday_morning):
    show(scene.lift_device, monday_morning, **STUCK)
    IngestCursor.objects.create(stream=STREAM, updated_at=monday_morning, alive_at=None)
    with clock.frozen(monday_morning + timedelta(seconds=60)):
        run_due()
    assert Warning.objects.exists()


def test_smoke_that_nobody_answers_is_a_warning_for_the_home(scene, monday_morning):
    consent(scene, resident=scene.residents["resident"], home=scene.homes[1], purpose="smoke_care")
    show(scene.smoke, monday_morning, alarm=1)
    with clock.frozen(monday_morning + timedelta(seconds=59)):
        run_due()
        assert not Warning.objects.exists()
    with clock.frozen(monday_morning + timedelta(seconds=61)):
        run_due()
    assert Warning.objects.get().home == scene.homes[1]


def test_smoke_on_the_landing_needs_nobodys_consent_and_in_a_home_it_does(scene, monday_morning):
    show(scene.smoke, monday_morning, alarm=1)
    assert not DetectorState.objects.exists()
    Device.objects.filter(pk=scene.smoke.pk).update(home=None, entrance=scene.homes[1].entrance)
    show(scene.smoke, monday_morning, alarm=1)
    show(scene.smoke, monday_morning + timedelta(seconds=60), alarm=1)
    assert (Warning.objects.get().home, Warning.objects.get().building) == (None, scene.buildings[0])


def test_withdrawing_and_revoking_forget_without_waiting_for_the_next_reading(scene, monday_morning):
    given = consent(scene)
    show(scene.meter, monday_morning, volume=100.0)
    show(scene.lift_device, monday_morning, **STUCK)
    assert set(DetectorState.objects.values_list("source", flat=True)) == {
        f"home:{scene.homes[0].pk}", f"device:{scene.meter.pk}", f"device:{scene.lift_device.pk}",
    }  # fmt: skip
    withdraw_consent(given, actor=scene.actor("elder"))
    revoke(scene.lift_device, actor=scene.actor("community_director"))
    drain()
    assert not DetectorState.objects.exists()


def test_a_tap_costs_the_same_for_one_lift_and_for_many(scene, monday_morning, django_assert_max_num_queries):
    lifts = [
        Device.objects.create(
            code=f"many-{n}",
            type="lift",
            facility=scene.lift,
            credential_digest="0" * 64,
            enrolled_at=monday_morning,
        )
        for n in range(40)
    ]
    rows = [
        Observed(lift.pk, lift.code, "lift", metric, monday_morning + timedelta(seconds=s), value)
        for lift in lifts
        for s in (0, 30)
        for metric, value in FREE.items()
    ]
    taps.show(rows[: len(FREE)])
    taps.show(rows)
    later = [row._replace(time=row.time + timedelta(minutes=1)) for row in rows]
    with django_assert_max_num_queries(8):
        taps.show(later)


def test_every_detector_declares_what_it_is_for_and_has_its_sentence_in_both_languages():
    examples = {
        "trapped": {"reason": "stuck", "since": "2026-03-02T01:00:00+00:00", "seconds": 60, "floor": 3.0,
                    "in_door_zone": 0, "door_open": 0},
        "no_water": {"from": "2026-03-02T00:00:00+00:00", "to": "2026-03-02T12:00:00+00:00", "hours": 12.0,
                     "volume_from": "100.0", "volume_to": "100.009", "litres": 9.0},
        "smoke": {"since": "2026-03-02T01:00:00+00:00", "seconds": 60},
    }  # fmt: skip
    told = {kind: sentence(kind, evidence) for kind, evidence in examples.items()}
    assert told["trapped"] == "电梯里有人，轿厢从 3 月 2 日 09:00 起停在 3 层 附近，没有停平，已经 60 秒以上。"
    assert told["no_water"] == "从 3 月 2 日 08:00 到 3 月 2 日 20:00 共 12 小时，只用了 9 升水，不到 10 升。"
    assert told["smoke"] == "烟感从 3 月 2 日 09:00 起报警，60 秒以上没有人确认。"
    with translation.override("en"):
        for kind, evidence in examples.items():
            assert sentence(kind, evidence)
    for key, rule in shipped_rules().items():
        asked = rule.configured
        assert asked.level in {"P0", "P1", "P2", "P3"} and asked.source and rule.name and rule.purpose_words
        assert (key in examples) != bool(rule.says), "one sentence, in one place"
        assert not asked.purpose or asked.device_types <= all_purposes()[asked.purpose].senses
        assert title(key) == rule.name.zh and purpose(key) == rule.purpose_words.zh
        measured = {metric for one in asked.device_types for metric in CATALOGUE[one].metrics}
        assert shipped_detector(key).metrics <= measured
        assert len(key) <= 32 and rule.category in categories()


def test_a_lift_unlike_the_others_is_warned_of_itself_though_all_share_one_memory(scene, monday_morning):
    """Six lifts; the third re-levels eight times as often. Read at each midnight, it takes four days to be sure."""
    common = {"type": "lift", "facility": scene.lift, "credential_digest": "0" * 64, "enrolled_at": monday_morning}
    lifts = [Device.objects.create(code=f"lift-{n}", **common) for n in range(2, 8)]
    first = monday_morning.replace(hour=16)
    for day in range(9):
        for n, lift in enumerate(lifts):
            often = 0.08 if n == 2 and day < 20 else 0.01
            show(
                lift,
                first + timedelta(days=day, minutes=n),
                trips=1000.0 + 200 * day,
                relevels=round(200 * day * often),
            )
    warning = Warning.objects.get(kind="lift_unlike_others")
    assert (warning.source, warning.device) == (f"device:{lifts[2].pk}", lifts[2])
    assert DetectorState.objects.filter(detector="lift_unlike_others").get().source == "type:lift"
    assert warning.evidence["own"] == 8.0 and warning.evidence["others"] == 1.0
    assert "每走 100 次要重新找平 8 次，另外 5 台一般是 1 次" in sentence(warning.kind, warning.evidence)


def test_what_is_seen_together_needs_a_consent_of_its_own(scene, monday_morning):
    door = Device.objects.create(code="door-1", type="door_sensor", home=scene.homes[0], credential_digest="0" * 64,
                                 enrolled_at=monday_morning)  # fmt: skip

    def day(n):
        for hour in range(24):
            at = monday_morning + timedelta(days=n, hours=hour)
            show(door, at, open=float(n < 20 and hour % 3 == 0))
            show(scene.meter, at + timedelta(minutes=1), volume=100.0 + (min(n, 20) * 8 + (hour // 3) * (n < 20)) / 10)

    consent(scene)
    consent(scene, purpose="door_care")
    day(0)
    assert not DetectorState.objects.filter(detector="combined_rhythm").exists()
    given = consent(scene, purpose="rhythm_care")
    day(0)
    assert not DetectorState.objects.filter(detector="combined_rhythm").exists(), "agreed to, but not declared"
    for one in Declaration.objects.filter(inside_homes=True, type__in=["door_sensor", "water_meter"]):
        one.pk, one.code, one.purpose = None, f"{one.code}R", "rhythm_care"
        one.save(force_insert=True)
    for n in range(22):
        day(n)
    warning = Warning.objects.get(kind="combined_rhythm")
    assert (warning.source, warning.home) == (f"home:{scene.homes[0].pk}", scene.homes[0])
    assert warning.evidence["reason"] in {"still", "meals"} and warning.evidence["heard"] == ["open", "volume"]
    withdraw_consent(given, actor=scene.actor("elder"))
    drain()
    assert not DetectorState.objects.filter(detector="combined_rhythm").exists()
    assert DetectorState.objects.filter(detector="door_open_at_night").exists(), "the others go on as agreed"


@pytest.mark.parametrize("together", [True, False])
def test_a_rule_of_one_sign_is_silent_where_a_rule_of_many_hears_its_device(scene, monday_morning, together):
    door = Device.objects.create(code="door-1", type="door_sensor", home=scene.homes[0], credential_digest="0" * 64,
                                 enrolled_at=monday_morning)  # fmt: skip
    consent(scene, purpose="door_care")
    if together:
        consent(scene, purpose="rhythm_care")
        for one in Declaration.objects.filter(inside_homes=True, type__in=["door_sensor", "water_meter"]):
            one.pk, one.code, one.purpose = None, f"{one.code}R", "rhythm_care"
            one.save(force_insert=True)
    for hour in range(0, 18 * 24, 3):
        at = monday_morning + timedelta(hours=hour)
        with clock.frozen(at + timedelta(minutes=2)):
            show(door, at, open=float(hour < 16 * 24 and hour % 24 == 3))
            show(scene.meter, at + timedelta(minutes=1), volume=round(100 + hour // 6 / 10, 1))
    assert DetectorState.objects.get(detector="door_rhythm").memory["told"] == {"still": True}
    asked = Warning.objects.filter(kind="door_rhythm").count()
    assert asked == (0 if together else 1), "water is drawn every six hours: the shut door alone is no trouble"


def test_a_rule_about_shared_meters_looks_into_no_home_whoever_agreed(scene, monday_morning):
    common = {"type": "electricity_meter", "credential_digest": "0" * 64, "enrolled_at": monday_morning}
    at_home = Device.objects.create(code="em-1", home=scene.homes[0], **common)
    shared = Device.objects.create(code="em-2", building=scene.buildings[0], **common)
    consent(scene, purpose="power_care")
    for meter in (at_home, shared):
        show(meter, monday_morning, energy=5.0)
    states = DetectorState.objects.filter(detector__startswith="public_power")
    assert set(states.values_list("source", flat=True)) == {f"device:{shared.pk}"}


def test_a_camera_counts_in_zones_and_a_crowd_is_told_by_its_zone(scene, monday_morning):
    camera = Device.objects.create(code="cam-1", type="camera", building=scene.buildings[0], credential_digest="0" * 64,
                                   enrolled_at=monday_morning)  # fmt: skip
    for minute in (0, 5, 10):
        show(camera, monday_morning + timedelta(minutes=minute), **{"people@gate": 80.0, "people@hall": 3.0})
    warning = Warning.objects.get(kind="crowded")
    assert (warning.evidence["zone"], warning.evidence["people"]) == ("gate", 80)
    assert "大门口一直在" in sentence(warning.kind, warning.evidence, zones={"gate": "大门口"}).replace(" ", "")
    assert "gate" not in sentence(warning.kind, warning.evidence)


def test_every_rule_can_be_previewed(scene, monday_morning):
    actor = scene.actor("community_director")
    for key in shipped_rules():
        seen = preview(key, {}, actor=actor)
        assert seen.times == 0 and seen.looked == seen.all
