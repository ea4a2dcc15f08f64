"""What a visitor of the demo may do to the neighbourhood itself; refused everywhere else."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from linli.faces.demo_door.models import Order
from linli.foundation import clock
from linli.foundation.errors import Invalid, NotAllowed

FARTHEST_JUMP = timedelta(days=366)


def refuse_outside_demo() -> None:
    if not settings.LINLI_DEMO:
        raise NotAllowed(_("只有演示环境可以这样做。"), code="not_a_demo")


def set_pace(
    *,
    speed: float | None = None,
    at: datetime | None = None,
    catching_up: bool = False,
    not_beyond: datetime | None = None,
) -> dict:
    """Run the neighbourhood's clock at ``speed`` (0 pauses), from ``at`` on if given; returns the reading.

    ``catching_up`` with ``at`` says that a past stretch is being lived jump by jump. With neither the clock is tended:
    it goes on at its pace, and stands still some seconds after the last time that anybody asked for that, and at
    ``not_beyond`` if given.

    Raises :class:`NotAllowed` outside a demo, :class:`Invalid` and :class:`Conflict` as the clock does.
    """
    refuse_outside_demo()
    if at is not None:
        if at > clock.now() + FARTHEST_JUMP:
            raise Invalid(_("一次最多往前跳一年。"), code="jump_too_far", field="at")
        pace = clock.reading()["speed"] if speed is None else speed
        clock.start_at(at, speed=pace, catching_up=catching_up)
    elif speed is not None:
        clock.run_at(speed)
    else:
        clock.tend(not_beyond=not_beyond)
    return clock.reading()


def make_happen(what: str) -> Order:
    """Leave an order for the simulator; raises :class:`NotAllowed` outside a demo, :class:`Invalid` if unknown."""
    refuse_outside_demo()
    if what not in Order.What.values:
        raise Invalid(_("没有这件事可以安排。"), code="unknown_happening", field="what")
    return Order.objects.create(what=what, at=clock.now(), asked_at=clock.real_now())


def take_orders(*, after: int) -> list[Order]:
    """Orders newer than ``after``; asking from there says that everything up to it was taken."""
    refuse_outside_demo()
    Order.objects.filter(pk__lte=after, taken_at__isnull=True).update(taken_at=clock.real_now())
    return list(Order.objects.filter(pk__gt=after).order_by("pk")[:100])
