"""The topics of a set of messages: grouped, described, ranked. Plain functions on plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from linli.understand.topics.describing import Description, WordCounts, describe
from linli.understand.topics.grouping import Message, group
from linli.understand.topics.heat import Trend, Voice, heat, trend

SMALLEST = 2
TREND_ORDER = {Trend.NEW: 0, Trend.RISING: 0, Trend.STEADY: 1, Trend.FADING: 2}


@dataclass(frozen=True)
class Topic:
    """``keys`` are its messages, the oldest first; ``days`` counts them by date; ``people`` are distinct speakers,
    ``supporters`` those who said "me too"."""

    keys: tuple[Hashable, ...]
    description: Description
    heat: float
    trend: Trend
    people: int
    supporters: int
    days: Mapping[str, int]
    first_at: datetime
    last_at: datetime
    places: tuple[tuple[Hashable, int], ...]


def find_topics(
    messages: Sequence[Message],
    *,
    now: datetime | None = None,
    window: timedelta = timedelta(days=7),
    levels: Mapping[Hashable, str] | None = None,
    supporters: Mapping[Hashable, int] | None = None,
    since: datetime | None = None,
    at_most: int | None = None,
) -> list[Topic]:
    """Topics of at least two speakers, new and rising ones first, then by heat; at most ``at_most`` of those of which
    something was said after ``since``.

    Without ``now`` one looks back: the order is by heat alone and heat asks how close together things were said.
    """
    levels, supporters = levels or {}, supporters or {}
    members: dict[int, list[Message]] = defaultdict(list)
    for message, number in zip(messages, group(messages), strict=True):
        members[number].append(message)
    found = [
        _weighed(sorted(inside, key=lambda m: m.said_at), now, window, levels, supporters)
        for inside in members.values()
        if _speakers(inside) >= SMALLEST
    ]
    kept = [one for one in found if since is None or one.inside[-1].said_at > since]
    kept.sort(key=lambda one: ((TREND_ORDER[one.trend] if now else 0), -one.heat, str(one.inside[0].key)))
    background = WordCounts(messages)
    return [_topic(one, supporters, background) for one in kept[:at_most]]


@dataclass(frozen=True)
class _Weighed:
    """Its messages, the oldest first, before anybody has looked for words for them: that is what takes long."""

    inside: Sequence[Message]
    heat: float
    trend: Trend


def _weighed(
    inside: Sequence[Message],
    now: datetime | None,
    window: timedelta,
    levels: Mapping[Hashable, str],
    supporters: Mapping[Hashable, int],
) -> _Weighed:
    voices = [Voice(m.person, m.said_at, levels.get(m.key, "P2"), supporters.get(m.key, 0)) for m in inside]
    return _Weighed(inside, heat(voices, now), trend(voices, now or inside[-1].said_at, window))


def _topic(one: _Weighed, supporters: Mapping[Hashable, int], background: WordCounts) -> Topic:
    days: dict[str, int] = defaultdict(int)
    places: dict[Hashable, int] = defaultdict(int)
    for message in one.inside:
        days[message.said_at.date().isoformat()] += 1
        if message.place is not None:
            places[message.place] += 1
    return Topic(
        keys=tuple(m.key for m in one.inside),
        description=describe(one.inside, background),
        heat=one.heat,
        trend=one.trend,
        people=_speakers(one.inside),
        supporters=sum(supporters.get(m.key, 0) for m in one.inside),
        days=dict(days),
        first_at=one.inside[0].said_at,
        last_at=one.inside[-1].said_at,
        places=tuple(sorted(places.items(), key=lambda item: -item[1])),
    )


def _speakers(messages: Sequence[Message]) -> int:
    known = {message.person for message in messages if message.person is not None}
    return len(known) + sum(message.person is None for message in messages)
