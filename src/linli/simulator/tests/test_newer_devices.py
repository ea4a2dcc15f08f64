"""What the newer devices say is what their type declares, shows what is planted, and on ordinary days troubles nobody."""

import itertools
from datetime import UTC, date, datetime
from random import Random

import pytest

from linli.foundation.privacy.purposes import all_purposes
from linli.sense.telemetry.device_types import CATALOGUE
from linli.simulator.declaring import ANSWERS
from linli.simulator.habits.days import DAY, HOUR, day_start
from linli.simulator.habits.out_of_doors import StreetLamp
from linli.simulator.habits.spells import Spells
from linli.simulator.incidents.kinds import KINDS, LOOKED_AT_CLOSELY
from linli.simulator.incidents.planting import MINUTE, Planter
from linli.simulator.instrumentation import CADENCES, Instrumentation, memory_of
from linli.simulator.neighbourhood import plan_neighbourhood
from linli.simulator.seeding import OF_TOGETHER, PURPOSES, TOGETHER, consents_behind
from linli.understand.warnings.detectors.base import Seen
from linli.understand.warnings.previewing import run
from linli.understand.warnings.shipped import keys_for, shipped_detector, shipped_rules

N = plan_neighbourhood(1, as_of=date(2026, 3, 2))
START = day_start(20_514)
NEWER = ("presence", "bed_mat", "gas", "sos", "people_counter", "air", "climate", "noise", "pipe_pressure", "water_leak",
         "street_lamp")  # fmt: skip
SHOWN_BY = {"gas": "gas", "sos": "sos", "bathroom": "presence", "night_walk": "bed_mat", "door_stuck": "lift",
            "ebike_in_lift": "lift", "crowd": "camera"}  # fmt: skip


def _spoken(device, spells, until):
    (instrument,) = Instrumentation(N, (device,), spells, START).all
    return list(instrument.until(until))


def _warned(key, messages, until):
    """What the shipped rule says of them, who like the engine hears only the metrics that it looks at."""
    detector = shipped_detector(key)
    heard = [(at, _plain(values, detector.metrics)) for at, values in messages]
    seen = [Seen(1, datetime.fromtimestamp(at / 1000, UTC), values) for at, values in heard if values]
    return run(detector, seen, datetime.fromtimestamp(until / 1000, UTC))


def _plain(values, metrics):
    plain = {name.partition("@")[0]: value for name, value in values.items()}
    return {name: value for name, value in plain.items() if not metrics or name in metrics}


@pytest.mark.parametrize("kind", [*NEWER, "lift", "electricity_meter", "charger"])
def test_every_value_is_one_that_the_type_declares_and_comes_in_time(kind):
    declared = CATALOGUE[kind]
    for device in N.devices_of(kind)[:4] + tuple(d for d in N.devices_of(kind)[-2:] if d.home):
        messages = _spoken(device, Spells(), START + DAY)
        times = [at for at, _ in messages]
        assert times == sorted(times)
        assert max(b - a for a, b in itertools.pairwise(times)) <= min(
            CADENCES[kind], declared.cadence.total_seconds() * 1000
        )
        for _, values in messages:
            for name, value in values.items():
                assert declared.metrics[name].low <= value <= declared.metrics[name].high, (name, value)


@pytest.mark.parametrize("kind", [*NEWER, "lift", "electricity_meter"])
def test_it_says_the_same_for_the_same_seed_however_often_it_is_asked(kind):
    device = N.devices_of(kind)[0]
    (slowly,) = Instrumentation(N, (device,), Spells(), START).all
    asked = [m for now in range(START + 7 * MINUTE, START + 12 * HOUR + 1, 7 * MINUTE) for m in slowly.until(now)]
    assert asked == _spoken(device, Spells(), asked[-1][0])


@pytest.mark.parametrize("name", sorted(SHOWN_BY))
def test_what_is_planted_shows_and_its_rule_asks(name):
    kind = KINDS[name]
    device = N.devices_of(SHOWN_BY[name])[0]
    planter = Planter(N)
    since = START + DAY + round(kind.hours[0] * HOUR) + 20 * MINUTE
    incident = planter.incident(kind, since, Random("one"), "test", device=device)
    spells = Spells()
    spells.begin(incident.spell, incident.place, since, since + round(kind.lasts * HOUR))
    seen_by = since + max(round(kind.visible_after * HOUR), max(LOOKED_AT_CLOSELY[incident.spell]))
    spoken = _warned(kind.warning, _spoken(device, spells, seen_by), seen_by)
    assert len(spoken) == 1
    assert spoken[0][0].timestamp() * 1000 >= since
    later = since + 2 * DAY
    assert len(_warned(kind.warning, _spoken(device, spells, later), later)) == 1, "once, however long one listens"


@pytest.mark.parametrize("kind", ["presence", "bed_mat", "gas", "sos", "lift", "camera", "street_lamp"])
def test_three_ordinary_days_trouble_nobody(kind):
    until = START + 3 * DAY
    keys = [key for key in keys_for(device_type=kind) if shipped_rules()[key].on]
    for device in N.devices_of(kind)[:3]:
        messages = _spoken(device, Spells(), until)
        assert {key: said for key in keys if (said := _warned(key, messages, until))} == {}, device.code


def test_a_broken_lamp_is_dark_at_night_and_says_so():
    spells = Spells()
    lamp = StreetLamp(1, "lamp", "E01-1", spells, START, 15 * MINUTE)
    spells.begin("dark", "E01-1", START + DAY)
    said = list(lamp.until(START + 2 * DAY))
    first = [v for at, v in said if at < START + DAY]
    assert {v["lit"] for v in first} == {0.0, 1.0} and all(v["fault"] == 0 for v in first)
    assert all(v["lit"] == 0 and v["power"] == 0 and v["fault"] == 1 for at, v in said if at >= START + DAY)


def test_a_planned_cut_stops_the_water_of_its_estate_only():
    spells = Spells()
    home, other = (next(d for d in N.devices_of("water_meter") if d.home.startswith(e)) for e in ("E02-", "E03-"))
    spells.begin("water_off", "E02", START + 9 * HOUR, START + 15 * HOUR)
    drawn = {}
    for device in (home, other):
        volumes = {at: v["volume"] for at, v in _spoken(device, spells, START + DAY)}
        during = [v for at, v in volumes.items() if START + 9.3 * HOUR <= at < START + 15 * HOUR]
        drawn[device] = max(during) - min(during)
    assert drawn[home] == 0 and drawn[other] > 0


def test_every_device_in_a_home_has_a_consent_that_senses_it_and_every_sensitive_kind_a_declaration():
    purposes = all_purposes()
    inside = {d.type for d in N.devices if d.home}
    assert inside == set(PURPOSES)
    assert all(kind in purposes[PURPOSES[kind]].senses for kind in inside)
    assert purposes[TOGETHER].senses == OF_TOGETHER
    together = [home for home, purpose in consents_behind(N.devices) if purpose == TOGETHER]
    assert N.person_of[N.personas.elder].home in together and 5 <= len(together) <= 12
    sensitive = {d.type for d in N.devices if CATALOGUE[d.type].sensitive}
    assert sensitive <= set(ANSWERS)


def test_counters_go_on_where_the_past_left_them():
    device = N.devices_of("water_meter")[0]
    (past,) = Instrumentation(N, (device,), Spells(), START).all
    last = list(past.until(START + DAY))[-1][1]["volume"]
    (live,) = Instrumentation(N, (device,), Spells(), START + DAY, memory=memory_of([past])).all
    assert next(live.until(START + DAY + HOUR))[1]["volume"] >= last
