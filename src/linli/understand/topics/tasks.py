"""Topics are found anew every hour and when somebody asks, in the worker: comparing texts is nothing for a page."""

from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.ticks import tick
from linli.foundation.tenancy import active_community_id, community_scope
from linli.understand.topics import actions


@tick(timedelta(hours=1))
def find_topics_anew() -> None:
    if actions.something_new():
        actions.refresh(actor=Actor.for_system("topics", active_community_id()))


@task()
def find_topics_now(community_id: int) -> None:
    with community_scope(community_id):
        actions.refresh(actor=Actor.for_system("topics", community_id))
