"""电梯困人: a rider who cannot get out (signals of GB/T 24476; rule ``TRAPPED`` of ``domain.md`` §4.6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from linli.understand.warnings.detectors.base import Evidence, Memory, Said, Seen, moment
from linli.understand.warnings.detectors.holding import Holding

STUCK_FOR = timedelta(seconds=60)
ALARM_FOR = timedelta(seconds=3)
STANDING_STILL = 0.05
"""m/s: below this the car does not move."""


@dataclass(frozen=True)
class _Car:
    """What is remembered of one lift."""

    values: dict[str, float]
    last: datetime | None
    stuck: Holding
    alarm: Holding

    @classmethod
    def load(cls, memory: Memory) -> _Car:
        last = memory.get("last")
        return cls(
            memory.get("values", {}),
            moment(last) if last else None,
            Holding.load(memory.get("stuck")),
            Holding.load(memory.get("alarm")),
        )

    def keep(self) -> Memory:
        return {
            "values": self.values,
            "last": self.last.isoformat() if self.last else None,
            "stuck": self.stuck.keep(),
            "alarm": self.alarm.keep(),
        }

    @property
    def told(self) -> bool:
        return self.stuck.told or self.alarm.told


class Trapped:
    """Somebody in a car that stands outside the door zone, or whose door stays shut, for 60 s; or the alarm for 3 s.

    A moving car has a reason to keep its door shut, and a car under maintenance has its mechanic in it.
    """

    key = "trapped"
    level = "P0"
    about = "device"
    device_type = "lift"
    metrics = frozenset(
        {"floor", "door_open", "in_door_zone", "car_occupied", "alarm_pressed", "speed", "service_mode"}
    )
    purpose = ""
    elders_alone = False
    source = "GB/T 24476"

    def observe(self, memory: Memory, seen: Seen) -> Said:
        before = _Car.load(memory)
        if before.last is not None and seen.time < before.last:
            return _said(before)
        values = {**before.values, **seen.values}
        in_service = values.get("service_mode", 0) == 0
        car = _Car(
            values,
            seen.time,
            before.stuck.seen(in_service and _cannot_get_out(values), seen.time),
            before.alarm.seen(in_service and values.get("alarm_pressed", 0) == 1, seen.time),
        )
        if before.told and car.stuck.since is None and car.alarm.since is None:
            return _said(car, ended_at=seen.time)
        if before.told and not car.told:
            car = _told_already(car)
        return self.wake(car.keep(), seen.time)

    def wake(self, memory: Memory, at: datetime) -> Said:
        car = _Car.load(memory)
        stuck, alarm = car.stuck.ripe(STUCK_FOR, at), car.alarm.ripe(ALARM_FOR, at)
        if not stuck and not alarm:
            return _said(car)
        evidence = _evidence(car, "stuck" if stuck else "alarm")
        car = replace(
            car,
            stuck=replace(car.stuck, told=car.stuck.told or stuck),
            alarm=replace(car.alarm, told=car.alarm.told or alarm),
        )
        return _said(car, warning=evidence)


def _cannot_get_out(values: dict[str, float]) -> bool:
    shut_in = values.get("in_door_zone", 1) == 0 or values.get("door_open", 1) == 0
    still = abs(values.get("speed", 0)) <= STANDING_STILL
    return values.get("car_occupied", 0) == 1 and shut_in and still


def _told_already(car: _Car) -> _Car:
    """One of two reasons went away while the other stays: the same episode, which was reported."""
    return replace(
        car,
        stuck=replace(car.stuck, told=car.stuck.since is not None),
        alarm=replace(car.alarm, told=car.alarm.since is not None),
    )


def _evidence(car: _Car, reason: str) -> Evidence:
    holding, seconds = (car.stuck, STUCK_FOR) if reason == "stuck" else (car.alarm, ALARM_FOR)
    assert holding.since is not None
    return {
        "reason": reason,
        "since": holding.since.isoformat(),
        "seconds": int(seconds.total_seconds()),
        "floor": car.values.get("floor"),
        "in_door_zone": car.values.get("in_door_zone"),
        "door_open": car.values.get("door_open"),
    }


def _said(car: _Car, *, warning: Evidence | None = None, ended_at: datetime | None = None) -> Said:
    dues = [due for due in (car.stuck.due(STUCK_FOR), car.alarm.due(ALARM_FOR)) if due is not None]
    return Said(car.keep(), min(dues, default=None), warning, ended_at)
