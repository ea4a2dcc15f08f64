"""Somebody asked for the topics as they are now."""

from __future__ import annotations

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.understand.topics.actions import refresh


@on("topics.refresh_asked")
def find_them_now(event: Event) -> None:
    refresh(actor=Actor.for_system("topics", event.community_id))
