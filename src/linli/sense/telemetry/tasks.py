"""What telemetry looks at by itself."""

from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.ticks import tick
from linli.foundation.tenancy import active_community_id, community_scope
from linli.sense.telemetry import conditions
from linli.sense.telemetry.importing import keeping


@task()
def check_readings(community_id: int, file_id: int) -> None:
    with community_scope(community_id):
        keeping.check_file(file_id)


@task()
def send_readings(community_id: int, file_id: int) -> None:
    with community_scope(community_id):
        keeping.send_file(file_id)


@tick(timedelta(hours=1), real_time=True)
def forget_readings_files() -> None:
    """They may hold what homes' devices said: kept a day and no longer."""
    keeping.forget_old_files()


@tick(timedelta(hours=6))
def look_after_sensors() -> None:
    conditions.inspect(Actor.for_system("telemetry", active_community_id()))
