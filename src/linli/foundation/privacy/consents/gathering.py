"""What was gathered under consents, as spans of time in a home, and who takes it out when they end.

An app that gathers by consent registers ``gathers("telemetry.readings", take_out)``; ``take_out(spans, going)`` erases
what falls in them and names in ``going`` what must go outside the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from linli.foundation.privacy.consents.standing import sensed_homes
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import all_purposes
from linli.foundation.privacy.retention.person import Going


@dataclass(frozen=True)
class Span:
    """A home's devices of some types between two moments; ``None`` is without limit. ``purpose`` is empty for all."""

    home_id: int
    purpose: str
    device_types: frozenset[str]
    start: datetime | None
    end: datetime | None


TakeOut = Callable[[Sequence[Span], Going], None]
_takers: dict[str, TakeOut] = {}


def gathers(name: str, take_out: TakeOut) -> None:
    """Register who takes out what ``name`` (``app.what``) gathered by consent; once only."""
    if name in _takers:
        raise RuntimeError(f"{name} is taken out already")
    _takers[name] = take_out


def take_out(spans: Iterable[Span], going: Going) -> None:
    """Let every app take out what falls in the spans."""
    listed = list(spans)
    if listed:
        for taker in _takers.values():
            taker(listed, going)


def spans_of(consents: Iterable[Consent]) -> list[Span]:
    """What was gathered under consents that have ended, less what somebody else in the home agreed to as well.

    Another person's consent keeps what came since it was given only while the home may still be sensed: who says no
    outweighs who says yes, for what was gathered too.
    """
    spans = []
    for consent in consents:
        purpose = all_purposes().get(consent.purpose)
        if purpose is None or not purpose.senses:
            continue
        start, end = consent.given_at, consent.withdrawn_at
        others = _agreed_since(consent)
        if others is not None:
            end = others if end is None else min(end, others)
        if end is None or start < end:
            spans.append(Span(consent.home_id, purpose.key, purpose.senses, start, end))
    return spans


def whole_home(home_id: int) -> Span:
    """Everything that any device in the home ever said: nobody lives in it any more."""
    types = frozenset(kind for purpose in all_purposes().values() for kind in purpose.senses)
    return Span(home_id, "", types, None, None)


def _agreed_since(consent: Consent) -> datetime | None:
    """When the first of those who still agree in the home did so; ``None`` where nobody does, or somebody says no."""
    if not sensed_homes(consent.purpose, {consent.home_id}):
        return None
    others = Consent.objects.in_force().filter(
        home=consent.home_id, purpose=consent.purpose, resident__home=consent.home_id, resident__left_on__isnull=True
    )
    return others.exclude(pk=consent.pk).order_by("given_at").values_list("given_at", flat=True).first()
