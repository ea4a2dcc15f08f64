"""Whether a home may be sensed now: asked each time, so that taking back works at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from linli.foundation.privacy.consents.models import Decline
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import in_force


def sensed_homes(purpose: str, home_ids: Collection[int]) -> frozenset[int]:
    """Of ``home_ids``, those where somebody who lives there agrees and nobody who lives there says no.

    A sensor in a home tells of everybody in it, so one person's no outweighs another's yes. A purpose that is no longer declared
    allows nothing.
    """
    declared = in_force().get(purpose)
    if declared is None or not declared.needs_consent:
        return frozenset()
    lives_there = {"home_id__in": home_ids, **_lives_there(purpose)}
    agreed = Consent.objects.in_force().filter(**lives_there).values_list("home_id", flat=True)
    refused = Decline.objects.filter(**lives_there, lifted_at__isnull=True).values_list("home_id", flat=True)
    return frozenset(agreed) - frozenset(refused)


def agreement(purpose: str, *, home: str) -> Q:
    """The same as a condition on rows whose column ``home`` names a home, for a purpose that is declared."""
    here = {"home_id": OuterRef(home), **_lives_there(purpose)}
    agreed = Consent.objects.in_force().filter(**here)
    return Q(Exists(agreed)) & ~Q(Exists(Decline.objects.filter(**here, lifted_at__isnull=True)))


def _lives_there(purpose: str) -> dict[str, Any]:
    return {"purpose": purpose, "resident__left_on__isnull": True, "resident__home_id": F("home_id")}


def purposes_sensing() -> Mapping[str, frozenset[str]]:
    """By device type, the purposes of which one must be agreed to before such a device may speak of a home."""
    found: dict[str, set[str]] = {}
    for key, purpose in in_force().items():
        if purpose.needs_consent:
            for device_type in purpose.senses:
                found.setdefault(device_type, set()).add(key)
    return {device_type: frozenset(keys) for device_type, keys in found.items()}


def may_speak(devices: Iterable[tuple[int, str]]) -> frozenset[tuple[int, str]]:
    """Of (home, device type) pairs, those whose readings may be kept: one purpose of that type is agreed to there.

    A device in a home for which no purpose is declared has no ground to speak.
    """
    asked = set(devices)
    sensing = purposes_sensing()
    by_purpose: dict[str, set[tuple[int, str]]] = {}
    for pair in asked:
        for purpose in sensing.get(pair[1], ()):
            by_purpose.setdefault(purpose, set()).add(pair)
    allowed: set[tuple[int, str]] = set()
    for purpose, pairs in by_purpose.items():
        homes = sensed_homes(purpose, {home for home, _ in pairs})
        allowed |= {pair for pair in pairs if pair[0] in homes}
    return frozenset(allowed)
