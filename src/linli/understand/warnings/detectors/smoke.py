"""烟雾报警无人确认: a smoke alarm that nobody has silenced for a minute (``domain.md`` §5.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import Evidence, Memory, Said, Seen, moment
from linli.understand.warnings.detectors.holding import Holding

UNACKNOWLEDGED_FOR = timedelta(seconds=60)


class Smoke:
    """The alarm sounds for 60 s; pressing the button on it, or airing the room, ends it.

    An alarm on a landing needs nobody's consent, one inside a home does.
    """

    key = "smoke"
    level = "P0"
    about = "device"
    device_type = "smoke"
    metrics = frozenset({"alarm"})
    purpose = "smoke_care"
    elders_alone = False
    source = "GB 20517"

    def observe(self, memory: Memory, seen: Seen) -> Said:
        before = Holding.load(memory.get("alarm"))
        if "last" in memory and seen.time < moment(memory["last"]):
            return _said(memory, before)
        alarm = before.seen(seen.values["alarm"] == 1, seen.time)
        memory = {"last": seen.time.isoformat()}
        if before.told and alarm.since is None:
            return _said(memory, alarm, ended_at=seen.time)
        return self.wake({**memory, "alarm": alarm.keep()}, seen.time)

    def wake(self, memory: Memory, at: datetime) -> Said:
        alarm = Holding.load(memory.get("alarm"))
        if not alarm.ripe(UNACKNOWLEDGED_FOR, at):
            return _said(memory, alarm)
        assert alarm.since is not None
        seconds = int(UNACKNOWLEDGED_FOR.total_seconds())
        evidence = {"since": alarm.since.isoformat(), "seconds": seconds}
        return _said(memory, replace(alarm, told=True), warning=evidence)


def _said(memory: Memory, alarm: Holding, *, warning: Evidence | None = None, ended_at: datetime | None = None) -> Said:
    return Said({**memory, "alarm": alarm.keep()}, alarm.due(UNACKNOWLEDGED_FOR), warning, ended_at)
