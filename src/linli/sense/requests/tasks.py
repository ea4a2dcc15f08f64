"""What happens to voice messages by itself, where a speech engine is configured."""

from __future__ import annotations

from datetime import timedelta

from django_tasks import task

from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.ticks import tick
from linli.foundation.tenancy import community_scope
from linli.sense.requests import voices


@task()
def hear(community_id: int, voice_id: int) -> None:
    with community_scope(community_id):
        voices.hear(voice_id, actor=Actor.for_system("hearing", community_id))


@tick(timedelta(seconds=2), real_time=True)
def hear_voices() -> None:
    voices.hear_due(_ask)


def _ask(community_id: int, voice_id: int) -> None:
    hear.enqueue(community_id, voice_id)
