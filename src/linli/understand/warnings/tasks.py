from datetime import timedelta

from linli.foundation.lifecycle.ticks import tick
from linli.understand.warnings import (
    actions,
    calling,
    changing_plan,
    engine,
    learning,
    owed_findings,
    rule_terms,
    telling_rules,
    worked_on,
)


@tick(timedelta(seconds=1))
def wake_detectors() -> None:
    """Timers that came due while nothing arrived."""
    engine.wake_due()


@tick(timedelta(hours=1))
def propose_changes() -> None:
    """What findings say about the numbers of rules; a person decides."""
    learning.propose_changes()


@tick(timedelta(seconds=5))
def climb() -> None:
    """Nobody answered in time: the next one is called."""
    calling.climb_due()


@tick(timedelta(minutes=1))
def ask_after_what_nobody_asked_after() -> None:
    """A P0 that somebody took before there were terms."""
    calling.await_unasked()


@tick(timedelta(minutes=1))
def ask_for_findings() -> None:
    """Somebody is at the place and has not said what they found."""
    owed_findings.ask_for_findings()


@tick(timedelta(seconds=30))
def release_what_waited() -> None:
    """The reason is gone and the condition is not: somebody has to look after all."""
    actions.release_due()


@tick(timedelta(minutes=1))
def end_what_ends_by_itself() -> None:
    """A switched-off rule about danger listens again; a change that nobody agreed to expires."""
    rule_terms.keep_terms()
    changing_plan.expire_plan_changes()


@tick(timedelta(minutes=5))
def tell_of_tomorrow() -> None:
    """Which rules about danger listen again within a day."""
    telling_rules.tell_of_tomorrow()


@tick(timedelta(minutes=1))
def ask_whether_they_work() -> None:
    """Work on a device about danger is over: does it speak again?"""
    worked_on.ask_whether_they_work()
