"""How much people had to say."""

from __future__ import annotations

from linli.foundation.privacy.publishing.numbers import Answers, Indicator, Period, Question, asks, publishes
from linli.foundation.privacy.purposes import Words
from linli.sense.requests.models import Request


def said(period: Period) -> Answers:
    """Requests by somebody in the register, newest first. Who is in no register cannot be protected by counting, and
    is left out."""
    found = Request.objects.filter(said_at__gte=period.begins, said_at__lt=period.ends).exclude(speaker=None)
    for speaker in found.order_by("-said_at", "-pk").values_list("speaker_id", flat=True):
        yield speaker, "said"


def register() -> None:
    asks(Question("requests.said", ("said",), 2, 1000, Words("人", "person"), said))
    publishes(
        Indicator(
            "requests",
            Words("居民反映的事", "Matters that residents raised"),
            Words(
                "这段时间里名册上的居民反映的事。一个人最多算两件，这样谁反映得多也看不出来。",
                "Matters raised in the period by residents in the register. Two at most count for one person, so that "
                "nobody who raised many stands out.",
            ),
            "requests.said",
            frozenset({"said"}),
            order=30,
        )
    )
