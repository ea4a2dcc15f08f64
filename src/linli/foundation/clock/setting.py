"""Moving the clock: only a demo may, and never backwards."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.clock import reading as clock_reading
from linli.foundation.errors import Conflict, Invalid, NotAllowed

MAX_SPEED = 100_000.0


def reading() -> dict:
    """What pages and the API show of the clock.

    ``{"now": aware datetime, "speed": float, "simulated": bool, "catching_up": bool, "not_beyond": datetime | None}``
    """
    from linli.foundation.clock.models import ClockState

    state = ClockState.objects.first() if settings.LINLI_SIMULATED_CLOCK else None
    return {
        "now": clock_reading.now(),
        "speed": state.speed if state else 1.0,
        "simulated": state is not None,
        "catching_up": state is not None and state.catching_up,
        "not_beyond": state.not_beyond if state else None,
    }


def start_at(moment: datetime, *, speed: float, catching_up: bool = False) -> None:
    """Put the clock at ``moment`` and let it run; raises when that would move time backwards.

    ``catching_up`` tells readers that more jumps follow; the next change of pace ends it.
    """
    _refuse_outside_demo()
    _write(moment, speed, catching_up)


def run_at(speed: float) -> None:
    """Change the pace from now on; 0 pauses."""
    _refuse_outside_demo()
    _write(None, speed)


def tend(*, not_beyond: datetime | None = None) -> None:
    """Let the clock run on at its pace for another :data:`~linli.foundation.clock.reading.UNTENDED_SECONDS`.

    At ``not_beyond`` (simulated time) it waits, whatever its pace, until it is tended with a later one: so a fast
    clock cannot outrun the devices whose readings it dates. A jump ends that; a change of pace does not.
    """
    _refuse_outside_demo()
    _write(None, None, not_beyond=not_beyond)


def _refuse_outside_demo() -> None:
    if not settings.LINLI_SIMULATED_CLOCK:
        raise NotAllowed(_("只有演示环境可以调时间。"), code="clock_is_real")


def _write(
    moment: datetime | None, speed: float | None, catching_up: bool = False, not_beyond: datetime | None = None
) -> None:
    from linli.foundation.clock.models import ClockState

    if speed is not None and not 0 <= speed <= MAX_SPEED:
        raise Invalid(_("速度要在 0 到 %(max)d 之间。") % {"max": MAX_SPEED}, field="speed")
    with transaction.atomic():
        clock_reading.forget_line()
        state = ClockState.objects.select_for_update().first()
        current = clock_reading.now() if state else None
        if speed is None:
            if state is None:
                return
            speed, catching_up = state.speed, state.catching_up
        if moment is not None and current is not None and moment < current:
            raise Conflict(_("时间不能倒着走。"), code="clock_runs_forward")
        ClockState.objects.update_or_create(
            pk=1,
            defaults={
                "anchor_real": clock_reading.real_now(),
                "anchor_simulated": moment or current or clock_reading.real_now(),
                "speed": speed,
                "catching_up": catching_up,
                "not_beyond": not_beyond or (state.not_beyond if state and moment is None else None),
            },
        )
    clock_reading.forget_line()
