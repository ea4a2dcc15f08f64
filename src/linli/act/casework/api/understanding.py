"""``/understanding``: how much of what was said was understood, and finding the topics as they are now."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from linli.act.casework.api.shapes import READ_REFUSED, REFUSED, actor_in_community
from linli.act.casework.queries.understood import understood
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.events.queries import yet_to_be_handled
from linli.sense.requests.models import Channel
from linli.understand.topics.actions import ask_for_refresh
from linli.understand.triage.models import Reading

router = Router(tags=["requests"])


class UnderstoodOut(Schema):
    total: int = Field(description="requests that were read")
    by: dict[str, int] = Field(description="who recognised the category: danger, model, words, nobody")
    classes: dict[str, int] = Field(description="requests by first-level category")
    waiting: int = Field(description="requests whose category or place a person still decides")
    named_another: int = Field(description="requests whose words name a building that they did not come with")
    placed: int = Field(description="requests that are known to be about a building")
    grouped: int = Field(description="requests that belong to a topic")
    checked: int = Field(description="requests whose category a person has confirmed or changed")
    behind: int = Field(description="events that the background work has yet to handle; 0 when everything is read")


class AskedOut(Schema):
    behind: int = Field(description="events that the background work has yet to handle; 0 when they are found")


@router.get("/understanding", response={200: UnderstoodOut, **READ_REFUSED}, summary="How requests were read")
def how_it_was_read(request: HttpRequest, channel: str = Query("", description="only requests of this channel")):
    actor = _community_staff(request)
    if channel and channel not in Channel.values:
        raise Invalid(f"{channel[:20]}: {', '.join(Channel.values)}", code="channel_unknown", field="channel")
    readings = Reading.objects.visible_to(actor)
    found = understood(readings.filter(request__channel=channel) if channel else readings)
    return {name: getattr(found, name) for name in UnderstoodOut.model_fields if name != "behind"} | _behind()


@router.post("/topics/refresh", response={202: AskedOut, **REFUSED}, summary="Find the topics as they are now")
def refresh_topics(request: HttpRequest):
    """They are found in the background; the next hour would find them anyway."""
    ask_for_refresh(actor=actor_in_community(request))
    return 202, _behind()


def _community_staff(request: HttpRequest) -> Actor:
    actor = actor_in_community(request)
    if not actor.is_community_staff:
        raise NotAllowed
    return actor


def _behind() -> dict[str, Any]:
    return {"behind": yet_to_be_handled()}
