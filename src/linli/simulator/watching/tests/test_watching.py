"""What is planted, what devices say of it, and how rules are scored against it."""

from collections import Counter
from itertools import pairwise

import pytest

from linli.sense.telemetry.device_types import CATALOGUE, ZONE_MARK
from linli.simulator.watching.devices import STREAMS
from linli.simulator.watching.scoring import about, figures, tally
from linli.simulator.watching.telling import Line, Spoken, lines
from linli.simulator.watching.troubles import (
    DAY,
    HOMES,
    HOUR,
    KINDS,
    LEARNING,
    NEAR_MISSES,
    Kind,
    Place,
    Trouble,
    planted,
)
from linli.understand.warnings.causes import rest_while_away, same_trouble
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


def spoken(at, rule, place="home-0", level="P2", ended=None):
    return Spoken(at, rule, place, level, ended)


def alone(*some):
    return [Line([one], [one.at]) for one in some]


def told(places, *some):
    return lines(some, places, same=same_trouble(), rest_while_away=rest_while_away())


def test_a_warning_counts_for_what_it_is_about_and_nothing_else():
    fall = trouble(said=100 * DAY + 3 * HOUR)
    places = {"home-0": Place("home-0", "home", [fall]), "home-1": Place("home-1", "home", [])}
    said = [
        spoken(fall.since + 60, "fall"),
        spoken(fall.since + HOUR, "no_motion"),
        spoken(fall.since + 60, "fall", "home-1"),
        spoken(fall.since + 60, "smoke"),
        spoken(fall.until + 3 * DAY, "fall"),
    ]
    assert [about(one, fall) for one in said] == [True, True, True, False, False]
    counted = tally(places, alone(*said))
    assert counted.false == {"fall: nothing planted": 2, "smoke: fall_seen": 1} and not counted.missed
    measured = figures([counted], {"fall_seen": "P0"}, device_months=6, hours=1000)
    assert (measured["recall"], measured["p0_recall"], measured["precision"]) == (1.0, 1.0, 0.4)
    assert measured["precision_95"] == [0.12, 0.77]
    assert measured["false_a_device_month"] == 0.5 and measured["warnings"] == 5
    assert measured["a_worker"] == {"an_hour": 0.005, "busiest_hour": 3, "worst_minute": 3, "worst_ten_minutes": 3}


def test_what_nobody_warned_of_is_missed_and_nothing_is_no_figure():
    counted = tally({"home-0": Place("home-0", "home", [trouble()])}, [])
    assert counted.missed == {"fall_seen": 1}
    measured = figures([counted], {"fall_seen": "P0"}, device_months=1, hours=1)
    assert measured["p0_recall"] == 0.0 and measured["precision"] is None
    assert measured["precision_95"] is None and measured["lead_hours"] == {}


def near(size, since=0.0, until=DAY):
    return Trouble(Kind("away", "home", "", frozenset(), 1, (1, 2)), "home-0", since, until, None, size)


def test_a_near_miss_is_never_found():
    place = Place("home-0", "home", [near(0.9)])
    counted = tally({"home-0": place}, alone(spoken(5 * HOUR, "no_water")))
    assert counted.false == {"no_water: away": 1} and not counted.found and not counted.missed


def test_who_said_that_they_are_away_is_asked_about_only_if_they_do_not_come_back():
    places = {"home-0": Place("home-0", "home", [near(0.1, until=30 * HOUR)])}
    assert told(places, spoken(12 * HOUR, "no_water", ended=31 * HOUR)) == []
    (line,) = told(places, spoken(12 * HOUR, "no_water", ended=80 * HOUR))
    assert line.told == [2 * DAY], "at the end of the day of which they spoke"
    assert [line.told for line in told(places, spoken(12 * HOUR, "gas_leak", level="P0"))] == [[12 * HOUR]]
    unsaid = {"home-0": Place("home-0", "home", [near(0.9, until=30 * HOUR)])}
    assert len(told(unsaid, spoken(12 * HOUR, "no_water", ended=31 * HOUR))) == 1


def test_one_trouble_is_one_line_while_it_lasts():
    places = {name: Place(name, "home", []) for name in ("home-0", "home-1")}
    first = spoken(10 * HOUR, "combined_rhythm", ended=20 * HOUR)
    (line,) = told(places, first, spoken(12 * HOUR, "no_motion", ended=20 * HOUR))
    assert line.told == [10 * HOUR] and len(line.parts) == 2
    (line,) = told(places, first, spoken(12 * HOUR, "no_water", level="P1"))
    assert (line.level, line.told) == ("P1", [10 * HOUR, 12 * HOUR]), "a graver one is told again"
    assert len(told(places, first, spoken(21 * HOUR, "no_motion"))) == 2, "it was over"
    assert len(told(places, first, spoken(12 * HOUR, "no_motion", "home-1"))) == 2
    assert len(told(places, first, spoken(12 * HOUR, "water_much"))) == 2
    assert len(told(places, first, spoken(12 * HOUR, "fall", level="P0"))) == 2


def test_a_home_says_only_what_it_has_and_has_only_troubles_that_it_shows():
    for has in HOMES[1:]:
        place = planted("home-0", "home", 365, 3, has)
        assert all(not one.kind.shown_by or any(some <= has for some in one.kind.shown_by) for one in place.troubles)
        assert {kind for _, kind, _ in STREAMS["home"](place, 3, 3)} == has
    every = {kind.name for kind in KINDS if kind.on == "home" and kind.level}
    assert {kind.name for kind in KINDS if kind.shown_by} == every
