"""Periodic work of retention: the night's plan, what is due of it, and what erasures still wait for."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from linli.foundation import clock
from linli.foundation.lifecycle.ticks import tick
from linli.foundation.privacy.retention import backups, carrying_out, finishing, planning, tombstones
from linli.foundation.registry.models import Community

SLICE = 1.5
"""Seconds of one turn of the worker, which has other things to do as well."""


@tick(timedelta(hours=1), per_community=False)
def plan_the_night() -> None:
    """Once a night for each community, and once for the tables that belong to none."""
    if timezone.localtime(clock.now()).hour < planning.HOUR:
        return
    for community_id in [*Community.objects.order_by("pk").values_list("pk", flat=True), None]:
        planning.make_plan(community_id)


@tick(timedelta(seconds=2), per_community=False, real_time=True)
def carry_on() -> None:
    """What was announced the night before, a slice at a time."""
    if timezone.localtime(clock.now()).hour >= planning.HOUR:
        carrying_out.carry_on(seconds=SLICE)


@tick(timedelta(seconds=10), per_community=False, real_time=True)
def finish_erasures() -> None:
    finishing.finish_all()


@tick(timedelta(hours=1), per_community=False, real_time=True)
def look_after_backups() -> None:
    """Archives past their term go, and every archive has the list of erasures beside it."""
    backups.remove_expired()
    tombstones.spread()
