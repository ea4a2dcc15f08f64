"""How hot a topic is, and whether it is new or rising.

Heat = people × intensity × time. People are those who spoke, once each however often, and with falling weight those who said
"me too". Intensity is how grave it is. Time is how fresh it is now, or, looking back, how close together it was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import log1p, sqrt

HALF_LIFE = timedelta(days=14)
BUSIEST = timedelta(days=30)
GRAVITY = {"P0": 3.0, "P1": 2.0, "P2": 1.0, "P3": 1.0, "P4": 0.8, "Q": 0.5}
ENOUGH_PEOPLE = 3
SURPRISING = 2.0
"""Standard deviations of a Poisson count above what was usual."""


class Trend(StrEnum):
    NEW = "new"
    RISING = "rising"
    STEADY = "steady"
    FADING = "fading"


@dataclass(frozen=True)
class Voice:
    """One message of a topic: who (``None`` = unknown, counted alone), when, how grave, how many said "me too"."""

    person: object
    said_at: datetime
    level: str = "P2"
    supporters: int = 0


def people(voices: Sequence[Voice]) -> float:
    """Distinct speakers; supporters count as ln(1 + supporters a speaker) of a further share."""
    speakers = len({voice.person for voice in voices if voice.person is not None})
    speakers += sum(voice.person is None for voice in voices)
    supporters = sum(voice.supporters for voice in voices)
    return speakers * (1 + log1p(supporters / speakers) / 4) if speakers else 0.0


def intensity(voices: Sequence[Voice]) -> float:
    """Mean gravity of the levels."""
    return sum(GRAVITY.get(voice.level, 1.0) for voice in voices) / len(voices) if voices else 0.0


def freshness(voices: Sequence[Voice], now: datetime) -> float:
    """Mean weight, halving every 14 days."""
    ages = [max(0.0, (now - voice.said_at) / HALF_LIFE) for voice in voices]
    return sum(0.5**age for age in ages) / len(ages) if ages else 0.0


def concentration(voices: Sequence[Voice]) -> float:
    """Share of the messages that fall into the busiest 30 days."""
    times = sorted(voice.said_at for voice in voices)
    best = first = 0
    for last, time in enumerate(times):
        while time - times[first] > BUSIEST:
            first += 1
        best = max(best, last - first + 1)
    return best / len(times) if times else 0.0


def heat(voices: Sequence[Voice], now: datetime | None = None) -> float:
    """People × intensity × freshness at ``now``; × concentration when looking back (``now`` is ``None``)."""
    time = concentration(voices) if now is None else freshness(voices, now)
    return people(voices) * intensity(voices) * time


def trend(voices: Sequence[Voice], now: datetime, window: timedelta) -> Trend:
    """New: never said before this window. Rising or fading: beside the mean of the four windows before."""
    recent = [voice for voice in voices if now - window < voice.said_at <= now]
    earlier = [voice for voice in voices if voice.said_at <= now - window]
    if not earlier:
        return Trend.NEW
    usual = sum(now - 5 * window < voice.said_at for voice in earlier) / 4
    apart = (len(recent) - usual) / sqrt(usual + 1)
    if apart >= SURPRISING and people(recent) >= ENOUGH_PEOPLE:
        return Trend.RISING
    return Trend.FADING if apart <= -1 or not recent else Trend.STEADY
