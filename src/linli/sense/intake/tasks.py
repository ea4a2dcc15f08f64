"""What the doors do by themselves."""

from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.ticks import tick
from linli.foundation.tenancy import community_scope
from linli.sense.intake import actions


@task()
def file_orders(community_id: int, file_id: int) -> None:
    with community_scope(community_id):
        actions.run_hotline_file(file_id, Actor.for_system("hotline", community_id))


@task()
def read_paper(community_id: int, arrival_id: int, photo_id: int) -> None:
    with community_scope(community_id):
        actions.read_paper(arrival_id, photo_id, actor=Actor.for_system("paper", community_id))


@tick(timedelta(hours=1), real_time=True)
def forget_hotline_files() -> None:
    """They hold the numbers of everybody who called: kept a day and no longer."""
    actions.forget_old_files()
