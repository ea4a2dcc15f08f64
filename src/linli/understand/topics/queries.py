"""Topics of a community's requests, duplicate candidates among them, and drafts from past answers.

Reading names and comparing texts takes about 10 ms a short request: ask in the worker or for a report, not for every page.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.sense.requests.models import Request
from linli.sense.requests.queries import requests_visible_to
from linli.understand.text.naming import named_places
from linli.understand.topics.finding import Topic, find_topics
from linli.understand.topics.grouping import Message
from linli.understand.triage.duplicates import Candidate, Said, candidates
from linli.understand.triage.first_guess import guess
from linli.understand.triage.models import Reading

MONTH, WEEK = timedelta(days=30), timedelta(days=7)
MOST = 5_000
"""Requests that are looked at together, the newest."""


def topics_of(
    actor: Actor, *, since: timedelta = 5 * WEEK, window: timedelta = WEEK, names: bool = True
) -> list[Topic]:
    """What people talk about in the requests that the actor may see; keys are request ids, places building ids.

    New and rising topics come first. ``since`` should be five windows, so that there is a usual to compare with.
    """
    now = clock.now()
    requests = list(requests_visible_to(actor).filter(said_at__gt=now - since, said_at__lte=now)[:MOST])
    return find_topics(
        [_message(request, names=names) for request in requests], now=now, window=window, levels=_levels(requests)
    )


def duplicates_of(request: Request, actor: Actor) -> list[Candidate]:
    """Requests that may be about the same trouble as ``request``, for a person to confirm (``domain.md`` §2.5)."""
    near = timedelta(days=14)
    around = requests_visible_to(actor).filter(said_at__range=(request.said_at - near, request.said_at + near))
    others = list(around.exclude(pk=request.pk)[:MOST])
    categories = dict(Reading.objects.filter(request__in=[request, *others]).values_list("request_id", "category"))
    mine = _said(request, categories)
    same = [said for one in others if (said := _said(one, categories)).category == mine.category]
    pairs = candidates([mine, *same])
    return [pair for pair in pairs if request.pk in (pair.earlier.key, pair.later.key)]


def _message(request: Request, *, names: bool) -> Message:
    words = request.words
    title = words.splitlines()[0][:40] if words.strip() else ""
    return Message(
        key=request.pk,
        title=title,
        text=words,
        said_at=request.said_at,
        person=request.speaker_id or request.speaker_phone_index or None,
        names=named_places(words) if names else (),
        place=request.building_id,
    )


def _levels(requests: Iterable[Request]) -> dict:
    return {request.pk: guess(request.words).level for request in requests}


def _said(request: Request, categories: dict[int, str]) -> Said:
    found = guess(request.words)
    place = ("facility", request.facility_id) if request.facility_id else ("building", request.building_id)
    return Said(
        key=request.pk,
        words=request.words,
        said_at=request.said_at,
        category=categories.get(request.pk, found.category),
        level=found.level,
        place=place if place[1] else None,
        x=request.x,
        y=request.y,
    )
