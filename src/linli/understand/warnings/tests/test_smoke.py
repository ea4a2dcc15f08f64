from datetime import UTC, datetime, timedelta

from linli.understand.warnings.detectors.base import Seen
from linli.understand.warnings.shipped import shipped_detector

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def after(seconds):
    return START + timedelta(seconds=seconds)


def test_an_alarm_that_nobody_answers_for_a_minute_warns_once():
    smoke = shipped_detector("smoke")
    alarm = smoke.observe({}, Seen(1, START, {"alarm": 1}))
    assert alarm.warning is None and alarm.due_at == after(60)
    assert smoke.wake(alarm.memory, after(59)).warning is None
    late = smoke.wake(alarm.memory, after(300))
    assert late.warning == {"since": START.isoformat(), "seconds": 60} and late.due_at is None
    again = smoke.observe(late.memory, Seen(1, after(310), {"alarm": 1}))
    assert again.warning is None
    assert smoke.observe(again.memory, Seen(1, after(320), {"alarm": 0})).ended_at == after(320)


def test_an_alarm_that_is_silenced_in_time_does_not_warn():
    smoke = shipped_detector("smoke")
    alarm = smoke.observe({}, Seen(1, START, {"alarm": 1}))
    silenced = smoke.observe(alarm.memory, Seen(1, after(59), {"alarm": 0}))
    assert (silenced.due_at, silenced.warning, silenced.ended_at) == (None, None, None)
