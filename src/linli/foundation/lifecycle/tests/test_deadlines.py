from datetime import date, datetime

import pytest
from django.utils import translation

from linli.foundation.lifecycle.deadlines import rules_of, rules_on, versions
from linli.foundation.lifecycle.explaining import explain, moment
from linli.foundation.lifecycle.working_time import LOCAL

RULES = rules_on(date(2026, 3, 2))


def test_every_level_has_its_three_limits():
    assert set(RULES.levels) == {"P0", "P1", "P2", "P3", "P4", "Q"}
    assert [(RULES.limit("P1", step).amount, RULES.limit("P1", step).unit.value) for step in ("accept", "contact", "finish")] == [
        (30, "calendar_minutes"), (2, "calendar_hours"), (24, "calendar_hours"),
    ]  # fmt: skip
    assert RULES.levels["P3"].extension.amount == 15
    assert RULES.levels["P0"].finish_means == "on_site"


def test_marks_are_reached_in_order_and_named_once():
    assert [mark.key for mark in RULES.marks] == [
        "warn_50",
        "warn_80",
        "escalate_100",
        "escalate_150",
        "escalate_200",
    ]
    assert RULES.marks_reached(0.49) == ()
    assert [mark.key for mark in RULES.marks_reached(0.8)] == ["warn_50", "warn_80"]
    assert RULES.marks_reached(2.5)[-1].escalate_to == "street_office"


def test_a_past_version_is_found_by_name_and_an_unknown_one_is_not():
    assert rules_of(RULES.version) is RULES
    with pytest.raises(KeyError):
        rules_of("1999.1")


def test_what_is_older_than_every_version_falls_under_the_first():
    assert rules_on(date(2020, 1, 1)) is versions()[0]


def test_midnight_is_told_as_the_end_of_the_day_before():
    assert moment(datetime(2026, 3, 14, tzinfo=LOCAL)) == "3 月 13 日 24:00"
    assert moment(datetime(2026, 3, 14, 9, 5, tzinfo=LOCAL)) == "3 月 14 日 09:05"


def test_the_account_says_what_was_skipped_and_why():
    told = explain(RULES.limit("P2", "finish").due_from(datetime(2026, 4, 3, 16, tzinfo=LOCAL)))
    assert told == [
        "从 4 月 3 日 16:00 起算。",
        "时限：5 个工作日，从第二天算起，到最后一天 24 点。",
        "不算：清明节 4 月 4 日、4 月 5 日、4 月 6 日。",
        "不算：周末 4 月 11 日、4 月 12 日。",
        "最晚 4 月 13 日 24:00。",
    ]


def test_an_unknown_calendar_is_said_in_the_account():
    told = explain(RULES.limit("P2", "finish").due_from(datetime(2031, 4, 3, 16, tzinfo=LOCAL)))
    assert any("2031 年的放假安排还没有" in sentence for sentence in told)


def test_the_account_is_the_same_in_every_language():
    deadline = RULES.limit("P0", "accept").due_from(datetime(2026, 4, 3, 16, tzinfo=LOCAL))
    with translation.override("en"):
        assert len(explain(deadline)) == 3
