"""What is planted, what devices say of it, and how rules are scored against it."""

from collections import Counter
from itertools import pairwise

import pytest

from linli.sense.telemetry.device_types import CATALOGUE, ZONE_MARK
from linli.simulator.watching.devices import STREAMS
from linli.simulator.watching.scoring import Warned, about, figures, tally
from linli.simulator.watching.troubles import DAY, HOUR, KINDS, LEARNING, NEAR_MISSES, Kind, Place, Trouble, planted
from linli.understand.warnings.shipped import shipped_rules


def trouble(name="fall_seen", since=100 * DAY, hours=2.0, said=None):
    kind = next(one for one in KINDS if one.name == name)
    return Trouble(kind, "home-0", since, since + hours * HOUR, said, 0.5)


@pytest.mark.parametrize("on", STREAMS)
def test_devices_say_only_what_their_type_declares_and_in_order(on):
    place = planted(f"{on}-0", on, 140, 3)
    last = 0.0
    for at, kind, values in STREAMS[on](place, 100, 3):
        assert at >= last - DAY
        last = at
        for name, value in values.items():
            metric = CATALOGUE[kind].metrics[name.partition(ZONE_MARK)[0]]
            assert metric.low <= value <= metric.high, (kind, name, value)


def test_the_same_seed_lives_the_same_life_and_another_another():
    def life(seed):
        return list(STREAMS["home"](planted("home-0", "home", 120, seed), 3, seed))

    assert life(5) == life(5) != life(6)


def test_troubles_of_a_place_do_not_overlap_and_begin_after_the_learning():
    for seed in range(20):
        for on in ("home", "lift"):
            found = planted(f"{on}-1", on, 365, seed).troubles
            assert found and found[0].since >= LEARNING
            assert all(one.until < later.since for one, later in pairwise(found))


def test_every_rule_that_is_on_has_a_trouble_that_it_claims_to_see():
    claimed = frozenset().union(*(kind.rules for kind in KINDS))
    assert claimed <= shipped_rules().keys()
    assert {key for key, rule in shipped_rules().items() if rule.on} - claimed == set()
    assert not any(kind.rules for kind in NEAR_MISSES)


def test_every_kind_comes_up_in_a_handful_of_years():
    seen = Counter(
        one.kind.name for seed in range(6) for on in STREAMS for one in planted(f"{on}-0", on, 365, seed).troubles
    )
    assert {kind.name for kind in KINDS} <= seen.keys()


def test_a_warning_counts_for_what_it_is_about_and_nothing_else():
    fall = trouble(said=100 * DAY + 3 * HOUR)
    places = {"home-0": Place("home-0", "home", [fall]), "home-1": Place("home-1", "home", [])}
    said = [
        Warned(fall.since + 60, "fall", "home-0"),
        Warned(fall.since + HOUR, "no_motion", "home-0"),
        Warned(fall.since + 60, "fall", "home-1"),
        Warned(fall.since + 60, "smoke", "home-0"),
        Warned(fall.until + 3 * DAY, "fall", "home-0"),
    ]
    assert [about(one, fall) for one in said] == [True, True, True, False, False]
    counted = tally(places, said)
    assert counted.false == {"fall: nothing planted": 2, "smoke: fall_seen": 1} and not counted.missed
    told = figures([counted], {"fall_seen": "P0"}, device_months=6, hours=1000)
    assert (told["recall"], told["p0_recall"], told["precision"]) == (1.0, 1.0, 0.4)
    assert told["false_a_device_month"] == 0.5 and told["warnings"] == 5
    assert told["a_worker"] == {"an_hour": 0.005, "worst_minute": 3, "worst_ten_minutes": 3}


def test_what_nobody_warned_of_is_missed_and_nothing_is_no_figure():
    counted = tally({"home-0": Place("home-0", "home", [trouble()])}, [])
    assert counted.missed == {"fall_seen": 1}
    told = figures([counted], {"fall_seen": "P0"}, device_months=1, hours=1)
    assert told["p0_recall"] == 0.0 and told["precision"] is None and told["lead_hours_median"] is None


def test_a_near_miss_is_never_found():
    near = Kind("away", "home", "", frozenset(), 1, (1, 2))
    place = Place("home-0", "home", [Trouble(near, "home-0", 0, DAY, None, 0)])
    counted = tally({"home-0": place}, [Warned(5 * HOUR, "no_water", "home-0")])
    assert counted.false == {"no_water: away": 1} and not counted.found and not counted.missed
