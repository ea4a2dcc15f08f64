"""Background and periodic work on rights."""

from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from linli.foundation.lifecycle.ticks import tick
from linli.foundation.privacy.rights.actions import copying, keeping_time
from linli.foundation.tenancy import community_scope


@task()
def build_copy(community_id: int, copy_id: int) -> None:
    with community_scope(community_id):
        copying.build(copy_id)


@tick(timedelta(minutes=10))
def tell_deadlines() -> None:
    keeping_time.tell_deadlines()


@tick(timedelta(hours=1))
def look_after_copies() -> None:
    copying.try_again()
    copying.expire_copies()
