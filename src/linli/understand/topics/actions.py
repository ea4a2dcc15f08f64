"""Finding the community's topics and keeping them the same from hour to hour; following one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Community, Estate
from linli.foundation.tenancy import active_community_id
from linli.sense.requests.models import Request
from linli.understand.topics import finding
from linli.understand.topics.following import tell_followers
from linli.understand.topics.models import OfferPutAside, Topic, TopicFollow, TopicRequest
from linli.understand.topics.queries import MONTH, MOST, SPANS, messages_of, supporters_of
from linli.understand.triage.hearing import abusive_words

STILL_THE_SAME = 0.5
"""Share of the smaller of two sets of requests that both must have, for a topic of now to be one of before."""
AT_LEAST_EVERY = timedelta(days=1)
LONG_AGO = 5 * MONTH
"""What is older is in no window of the month: it is looked at by itself, all at once."""
KEPT = 60
"""Topics a span that are kept: what is said by two people far down the list is no topic of a page."""


def something_new() -> bool:
    """Whether requests came since topics were last found, or a day has passed: freshness fades by itself."""
    last = Topic.objects.aggregate(at=Max("read_at"))["at"]
    newest = Request.objects.aggregate(at=Max("received_at"))["at"]
    if newest is None:
        return False
    return last is None or newest > last or clock.now() - last > AT_LEAST_EVERY


def refresh(*, actor: Actor) -> int:
    """Find the topics of the week, the month and, where old requests were brought in, of before; returns how many there are now. What is no longer found stays, not current."""
    if not actor.system:
        raise NotAllowed
    found = 0
    now = clock.now()
    for span, window in SPANS.items():
        said = _said(said_at__gt=now - 5 * window, said_at__lte=now)
        messages, levels = messages_of(said)
        topics = finding.find_topics(
            messages, now=now, window=window, levels=levels, supporters=supporters_of(said), since=now - window,
            at_most=KEPT,
        )  # fmt: skip
        found += _keep(span, topics)
    if _old_ones_came():
        said = _said(said_at__lte=now - LONG_AGO)
        messages, levels = messages_of(said)
        topics = finding.find_topics(messages, levels=levels, supporters=supporters_of(said), at_most=KEPT)
        found += _keep(Topic.Span.PAST, topics)
    tell_followers()
    return found


def _said(**when: datetime) -> list[Request]:
    """Each by itself; who said only "me too" stands behind the one whom they joined."""
    rows = Request.objects.filter(**when, seconds=None).exclude(words="")
    return list(rows.order_by("-said_at", "-pk")[:MOST])


def _old_ones_came() -> bool:
    """Whether requests of long ago were brought in (an import, a replay) since the past was last looked at."""
    last = Topic.objects.filter(span=Topic.Span.PAST).aggregate(at=Max("read_at"))["at"]
    old = Request.objects.filter(said_at__lt=F("received_at") - LONG_AGO)
    return (old if last is None else old.filter(received_at__gt=last)).exists()


def _keep(span: str, found: list[finding.Topic]) -> int:
    now = clock.now()
    with transaction.atomic():
        known = {topic.pk: topic for topic in Topic.objects.select_for_update().filter(span=span)}
        inside: dict[int, set[int]] = {pk: set() for pk in known}
        for topic_id, request_id in TopicRequest.objects.filter(topic__in=known).values_list("topic_id", "request_id"):
            inside[topic_id].add(request_id)
        free = set(known)
        Topic.objects.filter(span=span).update(current=False)
        for one in found:
            keys = {int(str(key)) for key in one.keys}
            pk = _same_as(keys, inside, free)
            topic = known[pk] if pk is not None else Topic(span=span, found_at=now)
            free.discard(pk or 0)
            _fill(topic, one, now)
            topic.save()
            _set_members(topic, keys, inside.get(topic.pk, set()))
    return len(found)


def _same_as(keys: set[int], inside: dict[int, set[int]], free: set[int]) -> int | None:
    votes = Counter({pk: len(keys & inside[pk]) for pk in free if keys & inside[pk]})
    for pk, shared in votes.most_common(1):
        if shared >= STILL_THE_SAME * min(len(keys), len(inside[pk])):
            return pk
    return None


def _fill(topic: Topic, one: finding.Topic, now: datetime) -> None:
    topic.name, topic.keywords = one.description.name[:64], list(one.description.keywords)
    topic.trend = Topic.Trend.STEADY.value if topic.span == Topic.Span.PAST else one.trend.value
    topic.heat, topic.people, topic.messages = one.heat, one.people + one.supporters, len(one.keys)
    topic.days, topic.places = dict(one.days), [list(pair) for pair in one.places]
    topic.voices = [_decent(voice) for voice in one.description.voices]
    topic.first_at, topic.last_at, topic.read_at, topic.current = one.first_at, one.last_at, now, True


def _decent(voice: str) -> str:
    """Abuse is covered: the voice stands for others, who did not speak so."""
    for word in abusive_words(voice):
        voice = voice.replace(word, "＊" * len(word))
    return voice


def _set_members(topic: Topic, keys: set[int], before: set[int]) -> None:
    TopicRequest.objects.filter(topic=topic, request__in=before - keys).delete()
    TopicRequest.objects.bulk_create(
        [TopicRequest(community_id=topic.community_id, topic=topic, request_id=key) for key in sorted(keys - before)],
        batch_size=400,
    )


def ask_for_refresh(*, actor: Actor) -> None:
    """The worker finds the topics as they are now."""
    if not actor.is_community_staff:
        raise NotAllowed
    with transaction.atomic():
        record("topics.refresh_asked", Community.objects.get(pk=active_community_id()), actor=actor)


def follow(topic_id: int, *, actor: Actor, on: bool) -> None:
    """Or (``on`` false) follow it no more."""
    topic = Topic.objects.visible_to(actor).filter(pk=topic_id).first()
    if topic is None or actor.account_id is None:
        raise NotFound
    with transaction.atomic():
        if on:
            TopicFollow.objects.get_or_create(
                topic=topic,
                account_id=actor.account_id,
                defaults={"since": clock.now(), "seen": topic.messages, "told": topic.people},
            )
        else:
            TopicFollow.objects.filter(topic=topic, account_id=actor.account_id).delete()
        record("topics.followed" if on else "topics.unfollowed", topic, actor=actor)


def note_seen(topic: Topic, *, actor: Actor) -> None:
    """Somebody who follows it has looked: what comes now is new to them."""
    TopicFollow.objects.filter(topic=topic, account_id=actor.account_id or 0).update(
        seen=topic.messages, told=topic.people
    )


def put_offer_aside(category: str, estate_id: int, *, households: int, actor: Actor) -> OfferPutAside:
    """They are several troubles: the offer comes back when twice as many households speak."""
    if not actor.is_community_staff:
        raise NotAllowed
    estate = Estate.objects.visible_to(actor).filter(pk=estate_id).first()
    if estate is None:
        raise NotFound
    with transaction.atomic():
        row, _made = OfferPutAside.objects.update_or_create(
            category=category,
            estate=estate,
            defaults={"households": households, "at": clock.now(), "by": actor.label},
        )
        record("topics.offer_put_aside", row, actor=actor, category=category, households=households)
    return row


def forget_voices(request_ids: Sequence[int]) -> None:
    """Requests that lose their words leave their topics, and take the voices along: one of them may be theirs."""
    topics = Topic.objects.filter(members__request__in=request_ids)
    Topic.objects.filter(pk__in=list(topics.values_list("pk", flat=True))).update(voices=[], name="", keywords=[])
    TopicRequest.objects.filter(request__in=request_ids).delete()
