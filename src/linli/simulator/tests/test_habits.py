import itertools
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from linli.simulator.habits import days
from linli.simulator.habits.days import HOUR, day_start, draws
from linli.simulator.habits.instruments import MINUTE, Lift, SmokeDetector, WaterMeter
from linli.simulator.habits.spells import Spells
from linli.simulator.instrumentation import CADENCES, Instrumentation
from linli.simulator.neighbourhood import plan_neighbourhood

DAY0 = 20_500
START = day_start(DAY0)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.text("abc123-", min_size=1, max_size=8), st.integers(20_000, 22_000))
def test_an_ordinary_home_is_never_dry_for_twelve_hours(seed, home, day):
    times = [d.at for n in range(3) for d in draws(seed, home, "alone", 1, day + n) if d.litres >= 10]
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) < 12 * HOUR


def test_a_meter_stands_still_while_nobody_draws_and_runs_while_a_pipe_is_burst():
    spells = Spells()
    meter = WaterMeter(1, "wm", "home", "alone", 1, spells, START, 15 * MINUTE)
    spells.begin("still", "home", START + 24 * HOUR, START + 48 * HOUR)
    spells.begin("burst", "home", START + 60 * HOUR, START + 61 * HOUR)
    volumes = {at: values["volume"] for at, values in meter.until(START + 72 * HOUR)}
    ordered = [v for _, v in sorted(volumes.items())]
    assert ordered == sorted(ordered)
    dry = [v for at, v in volumes.items() if START + 24.3 * HOUR <= at < START + 48 * HOUR]
    assert max(dry) == min(dry)
    wet = [v for at, v in volumes.items() if START + 60 * HOUR <= at <= START + 61.3 * HOUR]
    assert max(wet) - min(wet) > 1.0


def test_a_meter_says_the_same_however_often_it_is_asked():
    def read(step):
        meter = WaterMeter(1, "wm", "home", "couple", 2, Spells(), START, 15 * MINUTE)
        return [m for now in range(START + step, START + 24 * HOUR + 1, step) for m in meter.until(now)]

    assert read(HOUR) == read(7 * MINUTE)[: len(read(HOUR))]


def test_a_trapped_rider_shows_in_what_the_lift_says():
    spells = Spells()
    lift = Lift(1, "lift", 6, 12, spells, START, MINUTE)
    spells.begin("trapped", "lift", START + 10 * HOUR, START + 11 * HOUR)
    messages = list(lift.until(START + 12 * HOUR))
    during = [v for at, v in messages if START + 10 * HOUR <= at < START + 11 * HOUR]
    assert all(v["car_occupied"] == 1 and v["in_door_zone"] == 0 and v["speed"] == 0 for v in during)
    assert any(v["alarm_pressed"] == 1 for v in during)
    after = next(v for at, v in messages if at >= START + 11 * HOUR)
    assert after["car_occupied"] == 0 and after["in_door_zone"] == 1


def test_an_ordinary_ride_never_stands_between_floors():
    lift = Lift(3, "lift", 16, 60, Spells(), START, MINUTE)
    for _, values in lift.until(START + 48 * HOUR):
        assert values["in_door_zone"] == 1 or values["speed"] > 0


def test_smoke_is_said_at_once_and_its_end_too():
    spells = Spells()
    detector = SmokeDetector(1, "sk", spells, START, HOUR)
    spells.begin("smoke", "sk", START + 5 * HOUR + 7, START + 5 * HOUR + 90_007)
    said = [(at, v["alarm"]) for at, v in detector.until(START + 6 * HOUR)]
    assert (START + 5 * HOUR + 7, 1.0) in said
    assert (START + 5 * HOUR + 90_007, 0.0) in said


def test_an_unreachable_device_says_nothing():
    spells = Spells()
    lift = Lift(1, "lift", 6, 12, spells, START, MINUTE)
    spells.begin("offline", "lift", START + HOUR, START + 2 * HOUR)
    assert not [at for at, _ in lift.until(START + 3 * HOUR) if START + HOUR <= at < START + 2 * HOUR]


class _Counter:
    def __init__(self):
        self.times = {}

    def say(self, device, messages):
        taken = [at for at, _ in messages]
        self.times.setdefault(device, []).extend(taken)
        return len(taken)


def test_all_devices_together_send_about_three_messages_a_second_and_keep_their_cadence():
    n = plan_neighbourhood(1, as_of=date(2026, 3, 2))
    fleet, hours = _Counter(), 6
    instruments = Instrumentation(n, n.devices, Spells(), START + 8 * HOUR)
    for step in range(1, hours * 6 + 1):
        instruments.speak(START + 8 * HOUR + step * 10 * MINUTE, fleet)
    sent = sum(len(times) for times in fleet.times.values())
    assert 1 < sent / (hours * 3600) < 5
    for device in n.devices_of("lift"):
        times = fleet.times[device.code]
        assert times == sorted(times)
        assert max(b - a for a, b in itertools.pairwise(times)) <= CADENCES["lift"]


def test_weekends_and_seasons_differ():
    assert days.summer(days.local_day(1_784_000_000_000)) > 0.8  # July
    assert days.is_weekend(20_514) != days.is_weekend(20_516) or days.is_weekend(20_513) != days.is_weekend(20_516)
