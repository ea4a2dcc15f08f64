from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from linli.faces.kit import humantime
from linli.foundation import clock

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
"""Wednesday 4 March 2026, 12:00 in Hangzhou."""


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(milliseconds=300), "刚刚"),
        (timedelta(seconds=3), "3 秒前"),
        (timedelta(seconds=59), "59 秒前"),
        (timedelta(minutes=1), "1 分钟前"),
        (timedelta(minutes=41), "41 分钟前"),
        (timedelta(hours=2, minutes=59), "2 小时前"),
        (timedelta(hours=13), "昨天 23:00"),
        (timedelta(days=12), "2 月 20 日 12:00"),
        (timedelta(days=90), "2025 年 12 月 4 日"),
    ],
)
def test_the_past_is_told_by_its_age_while_it_is_young(before, said):
    assert humantime.ago(NOON - before, NOON) == said


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(seconds=20), "还剩 1 分钟"),
        (timedelta(minutes=6, seconds=40), "还剩 6 分钟"),
        (timedelta(hours=2, minutes=5), "还剩 2 小时"),
        (timedelta(hours=5), "今天 17:00 前"),
        (timedelta(days=1, hours=-2), "明天 10:00 前"),
        (timedelta(days=2), "周五 12:00 前"),
        (timedelta(days=20), "3 月 24 日 12:00 前"),
        (-timedelta(seconds=5), "超期 1 分钟"),
        (-timedelta(hours=30), "超期 30 小时"),
        (-timedelta(days=3), "超期 3 天"),
    ],
)
def test_a_deadline_is_counted_when_near_and_told_by_the_clock_when_far(ahead, said):
    assert humantime.left(NOON + ahead, NOON) == said


def test_days_are_those_of_the_neighbourhood_not_of_utc():
    just_after_midnight = datetime(2026, 3, 4, 16, 5, tzinfo=UTC)
    assert humantime.at(just_after_midnight - timedelta(minutes=10), just_after_midnight) == "昨天 23:55"


def test_waiting_is_told_as_waiting():
    assert humantime.waited(NOON - timedelta(minutes=35), NOON) == "等了 35 分钟"


def test_english_says_the_same_with_the_right_plural():
    with translation.override("en"):
        assert humantime.ago(NOON - timedelta(minutes=1), NOON) == "1 minute ago"
        assert humantime.ago(NOON - timedelta(minutes=2), NOON) == "2 minutes ago"
        assert humantime.left(NOON + timedelta(hours=5), NOON) == "by today 17:00"
        assert humantime.at(NOON + timedelta(days=2), NOON) == "Friday 12:00"


def test_what_the_machine_noted_keeps_its_age_under_a_demos_clock(db):
    from linli.faces.kit.templatetags.kit import machine_time

    noted = clock.real_now() - timedelta(minutes=3)
    with clock.frozen(clock.real_now() + timedelta(days=2)):
        assert "3 分钟前" in machine_time(noted)
    assert machine_time(None) == ""
