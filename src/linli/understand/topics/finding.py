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
    """``keys`` are its messages, the oldest first; ``days`` counts them by date; ``people`` are distinct speakers."""

    keys: tuple[Hashable, ...]
    description: Description
    heat: float
    trend: Trend
    people: int
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
) -> list[Topic]:
    """Topics of at least two speakers, new and rising ones first, then by heat.

    Without ``now`` one looks back: the order is by heat alone and heat asks how close together things were said.
    """
    levels, supporters = levels or {}, supporters or {}
    members: dict[int, list[Message]] = defaultdict(list)
    for message, number in zip(messages, group(messages), strict=True):
        members[number].append(message)
    background = WordCounts(messages)
    topics = []
    for inside in members.values():
        voices = [Voice(m.person, m.said_at, levels.get(m.key, "P2"), supporters.get(m.key, 0)) for m in inside]
        speakers = _speakers(inside)
        if speakers < SMALLEST:
            continue
        inside = sorted(inside, key=lambda m: m.said_at)
        days: dict[str, int] = defaultdict(int)
        places: dict[Hashable, int] = defaultdict(int)
        for message in inside:
            days[message.said_at.date().isoformat()] += 1
            if message.place is not None:
                places[message.place] += 1
        topics.append(
            Topic(
                keys=tuple(m.key for m in inside),
                description=describe(inside, background),
                heat=heat(voices, now),
                trend=trend(voices, now or inside[-1].said_at, window),
                people=speakers,
                days=dict(days),
                first_at=inside[0].said_at,
                last_at=inside[-1].said_at,
                places=tuple(sorted(places.items(), key=lambda item: -item[1])),
            )
        )
    return sorted(topics, key=lambda t: ((TREND_ORDER[t.trend] if now else 0), -t.heat, str(t.keys[0])))


def _speakers(messages: Sequence[Message]) -> int:
    known = {message.person for message in messages if message.person is not None}
    return len(known) + sum(message.person is None for message in messages)
