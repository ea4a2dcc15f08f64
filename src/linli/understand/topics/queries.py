"""Topics as they were last found, who follows them, and requests as the grouping sees them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import timedelta

from django.db.models import Case, Count, QuerySet, Value, When
from django.utils import timezone

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.sense.requests.models import Request
from linli.understand.topics.grouping import Message
from linli.understand.topics.models import OfferPutAside, Topic, TopicFollow, TopicRequest
from linli.understand.triage.first_guess import guess
from linli.understand.triage.models import Reading

MONTH, WEEK = timedelta(days=30), timedelta(days=7)
MOST = 5_000
"""Requests that are looked at together, the newest."""
SPANS = {Topic.Span.WEEK.value: WEEK, Topic.Span.MONTH.value: MONTH}
IN_ONE_QUERY = 900


def messages_of(requests: Sequence[Request]) -> tuple[list[Message], dict[Hashable, str]]:
    """As the grouping sees them, and the level of each: what the words say, with the names that were read on arrival."""
    pks = [request.pk for request in requests]
    names: dict[int, list[str]] = {}
    for start in range(0, len(pks), IN_ONE_QUERY):
        some = pks[start : start + IN_ONE_QUERY]
        names |= dict(Reading.objects.filter(request__in=some).values_list("request_id", "names"))
    messages = [_message(request, tuple(names.get(request.pk, ()))) for request in requests]
    return messages, {request.pk: guess(request.words).level for request in requests}


def supporters_of(requests: Sequence[Request]) -> dict[Hashable, int]:
    """By request: how many other people said "me too" to it, each once."""
    pks = [request.pk for request in requests]
    found: dict[Hashable, int] = {}
    for start in range(0, len(pks), IN_ONE_QUERY):
        rows = Request.objects.filter(seconds__in=pks[start : start + IN_ONE_QUERY]).exclude(words="")
        counted = rows.values_list("seconds").annotate(n=Count("speaker", distinct=True)).order_by()
        found |= dict(counted.values_list("seconds", "n"))
    return found


def topics_for(actor: Actor, span: str) -> QuerySet[Topic]:
    """Those of now, new and rising ones first, then by heat."""
    order = Case(
        When(trend__in=(Topic.Trend.NEW, Topic.Trend.RISING), then=Value(0)),
        When(trend=Topic.Trend.STEADY, then=Value(1)),
        default=Value(2),
    )
    return Topic.objects.visible_to(actor).filter(span=span, current=True).order_by(order, "-heat", "pk")


def load_topic(pk: int, *, actor: Actor) -> Topic:
    """Current or not; raises :class:`NotFound`."""
    found = Topic.objects.visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def followed_by(actor: Actor) -> list[TopicFollow]:
    """What the actor follows, with what came since they looked; those that still grow first."""
    rows = TopicFollow.objects.filter(account_id=actor.account_id or 0, topic__in=Topic.objects.visible_to(actor))
    found = list(rows.select_related("topic"))
    return sorted(found, key=lambda row: (-(row.topic.messages - row.seen), -row.topic.heat))


def follows(topic: Topic, actor: Actor) -> bool:
    return TopicFollow.objects.filter(topic=topic, account_id=actor.account_id or 0).exists()


def requests_in(topic: Topic) -> list[int]:
    """Keys of its requests, the oldest first: what a joint case, or later a deliberation, is made from."""
    rows = TopicRequest.objects.filter(topic=topic).order_by("request__said_at", "request_id")
    return list(rows.values_list("request_id", flat=True))


def put_aside() -> dict[tuple[str, int], int]:
    """By category and estate: how many households had spoken when somebody found that they are several troubles."""
    rows = OfferPutAside.objects.values_list("category", "estate_id", "households")
    return {(category, estate_id): households for category, estate_id, households in rows}


def _message(request: Request, names: tuple[str, ...]) -> Message:
    words = request.words
    title = words.splitlines()[0][:40] if words.strip() else ""
    return Message(
        key=request.pk,
        title=title,
        text=words,
        said_at=timezone.localtime(request.said_at),
        person=request.speaker_id or request.speaker_phone_index or None,
        names=names,
        place=request.building_id,
    )
