"""The demo's clock and happenings; every address here answers 404 outside a demo."""

from __future__ import annotations

from datetime import datetime
from functools import wraps

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from linli.faces.demo_door import actions
from linli.faces.demo_door.models import Order
from linli.foundation import clock
from linli.foundation.errors import NotFound

router = Router(tags=["demo"], auth=None)


class ClockIn(Schema):
    speed: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="simulated seconds in a real second; 0 pauses"
    )
    at: AwareDatetime | None = Field(None, description="jump forward to this moment")
    catching_up: bool = Field(False, description="with `at`: more jumps follow, a past stretch is being lived")
    not_beyond: AwareDatetime | None = Field(
        None, description="when only kept going: simulated time at which it waits, so that it outruns no device"
    )


class ClockOut(Schema):
    now: datetime
    speed: float
    simulated: bool
    catching_up: bool
    not_beyond: datetime | None = Field(description="where it waits for the devices, if it comes so far")


class Happening(Schema):
    what: str = Field(description=", ".join(Order.What.values))


class OrderOut(Schema):
    id: int
    what: str
    at: datetime = Field(description="the neighbourhood's time at which it was asked")


def in_demo_only(view):
    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs):
        if not settings.LINLI_DEMO:
            raise NotFound
        return view(request, *args, **kwargs)

    return guarded


@router.get("/clock", response=ClockOut, summary="What time it is in the neighbourhood")
@in_demo_only
def read_clock(request: HttpRequest):
    return clock.reading()


@router.post("/clock", response=ClockOut, summary="Change the pace, jump forward, or keep it going")
@in_demo_only
def set_clock(request: HttpRequest, body: ClockIn):
    """An empty body keeps it going: the clock stands still twenty seconds after the last call, unless its driver lives."""
    return actions.set_pace(speed=body.speed, at=body.at, catching_up=body.catching_up, not_beyond=body.not_beyond)


@router.post("/happen", response={201: OrderOut}, summary="Let something happen")
@in_demo_only
def happen(request: HttpRequest, body: Happening):
    return 201, actions.make_happen(body.what)


@router.get("/orders", response=list[OrderOut], summary="What visitors asked for (polled by the simulator)")
@in_demo_only
def orders(
    request: HttpRequest,
    after: int = Query(0, ge=0, le=2**53, description="id of the last order that was taken"),
):
    return actions.take_orders(after=after)
