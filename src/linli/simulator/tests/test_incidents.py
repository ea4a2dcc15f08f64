import ast
from datetime import date
from pathlib import Path
from random import Random

import linli
from linli.simulator.habits.days import DAY, HOUR, day_start
from linli.simulator.incidents.kinds import KINDS, NEAR_MISSES
from linli.simulator.incidents.orders import fulfil
from linli.simulator.incidents.planting import MINUTE, Incident, Planter
from linli.simulator.neighbourhood import plan_neighbourhood
from linli.simulator.people.words import request_words
from linli.simulator.scoring import Warned, harm_hours, score, spread

N = plan_neighbourhood(1, as_of=date(2026, 3, 2))
DAY0 = 20_514


def _incident(**given) -> Incident:
    base = {"id": "1", "kind": "fall", "genuine": True, "place": "h", "home": "h", "building": "b", "facility": "", "grid": 1, "since": 0,
                "visible_at": 12 * HOUR, "harm": 1.0, "work_hours": 1.0, "warning": "no_water", "spell": "still"}  # fmt: skip
    return Incident(**{**base, **given})


def test_the_same_day_brings_the_same_happenings():
    assert [i.as_row() for i in Planter(N).day(DAY0)] == [i.as_row() for i in Planter(N).day(DAY0)]


def test_three_weeks_bring_every_kind_and_every_near_miss():
    seen = {i.kind for day in range(DAY0, DAY0 + 60) for i in Planter(N).day(day)}
    assert seen == set(KINDS) | set(NEAR_MISSES)


def test_reports_come_after_the_beginning_from_people_with_phones():
    for day in range(DAY0, DAY0 + 21):
        for incident in Planter(N).day(day):
            assert day_start(day) <= incident.since < day_start(day + 1) + HOUR
            for report in incident.reports:
                assert report.at > incident.since
                assert N.person_of[report.person].phone


def test_somebody_who_fell_does_not_report_it_themselves():
    falls = [i for d in range(DAY0, DAY0 + 90) for i in Planter(N).day(d) if i.kind == "fall"]
    assert falls and all(N.person_of[r.person].home != i.home for i in falls for r in i.reports)
    assert any(not i.reports for i in falls)


def test_orders_are_planted_at_once_in_the_demo_grid():
    planter, now = Planter(N), day_start(DAY0) + 9 * HOUR
    for number, what in enumerate(("trapped", "no_water", "burst_pipe", "ten_complain"), start=1):
        (incident,) = fulfil(what, planter, now, number)
        assert incident.since == now and incident.grid == N.personas.grid
    (complaint,) = fulfil("ten_complain", planter, now, 9)
    assert len({r.person for r in complaint.reports}) == 10
    assert all(now <= r.at <= now + 25 * MINUTE for r in complaint.reports)
    (burst,) = fulfil("burst_pipe", planter, now, 11)
    for told in (complaint, burst):
        assert [r.channel for r in told.reports if r.person == N.personas.resident] == ["portal"]
    assert not fulfil("nothing", planter, now, 10)


def test_residents_say_the_same_thing_in_many_ways():
    rng = Random(1)
    said = {request_words("lamp", rng, place="枫杨里3幢", old=True) for _ in range(200)}
    assert len(said) > 120


def test_only_the_score_reads_the_truth():
    source = Path(linli.__file__).parent
    for file in source.rglob("*.py"):
        inside = file.relative_to(source).parts[0]
        if inside in {"simulator", "cli"}:
            continue
        tree = ast.parse(file.read_text())
        names = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        names |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        assert not any(name.startswith("linli.simulator") for name in names), file


def test_scoring_counts_hits_misses_and_false_ones_by_cause():
    hit = _incident(id="hit", ended_at=20 * HOUR, end_cause="handled")
    missed = _incident(id="missed", home="other", place="other", ended_at=30 * HOUR)
    unseen = _incident(id="unseen", home="quick", place="quick", ended_at=2 * HOUR)
    away = _incident(id="away", kind="away", genuine=False, home="gone", warning="", ends_itself_at=30 * HOUR)
    warnings = [Warned("no_water", "h", "", 13 * HOUR), Warned("no_water", "gone", "", 13 * HOUR)]
    figures = score([hit, missed, unseen, away], warnings, 7 * DAY)
    assert figures["recall"] == 0.5 and figures["precision"] == 0.5
    assert figures["missed"] == {"fall": 1} and figures["false"] == {"no_water: away": 1}
    assert figures["nobody_would_have_said"] == 1
    assert figures["resolution_hours_median"] == {"fall": 20.0}


def test_a_warning_before_the_incident_is_not_about_it():
    figures = score([_incident(since=5 * HOUR, visible_at=17 * HOUR)], [Warned("no_water", "h", "", HOUR)], 7 * DAY)
    assert figures["recall"] == 0.0 and figures["precision"] == 0.0


def test_harm_is_people_times_hours_up_to_the_end():
    assert (
        harm_hours([_incident(harm=3.0, ended_at=4 * HOUR), _incident(), _incident(genuine=False)], 10 * HOUR) == 22.0
    )


def test_spread_gives_mean_deviation_and_interval():
    found = spread([1.0, 2.0, 3.0, 4.0])
    assert found["mean"] == 2.5 and found["sd"] == 1.29
    assert found["ci95"] == [0.45, 4.55]
