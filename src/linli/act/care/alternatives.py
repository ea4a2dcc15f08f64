"""The same service without the sensor: which round of people stands in for which purpose.

Each purpose that senses a home must have one: ``tests/test_every_purpose_has_an_alternative.py``.
"""

from __future__ import annotations

from linli.act.care.models import Round
from linli.act.care.rules.rhythm import VISITED_FROM, WEEKLY, YEARLY
from linli.foundation import clock
from linli.foundation.privacy.purposes import Purpose
from linli.foundation.registry.models import Resident

TESTED_BY_HAND = frozenset({"smoke"})
"""Device types whose work a person does by pressing the alarm's own test button."""


def has_alternative(purpose: Purpose) -> bool:
    """Whether a person's visit can stand in for it: for everything that senses a home."""
    return purpose.needs_consent and bool(purpose.senses)


def alternative_to(purpose: Purpose, resident: Resident) -> tuple[Round.Kind, int]:
    """What kind of round, and every how many days."""
    if purpose.senses and purpose.senses <= TESTED_BY_HAND:
        return Round.Kind.ALARM, YEARLY
    if resident.age_on(clock.today()) >= VISITED_FROM or not resident.phone:
        return Round.Kind.VISIT, WEEKLY
    return Round.Kind.CALL, WEEKLY
