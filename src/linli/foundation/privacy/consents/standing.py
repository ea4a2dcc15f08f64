"""Whether a home may be sensed now: asked each time, so that taking back works at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from linli.foundation.privacy.consents.models import Decline
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.sensing.grounds import declared_homes, declared_inside


def sensed_homes(purpose: str, home_ids: Collection[int], *, by: str | None = None) -> frozenset[int]:
    """Of ``home_ids``, those that agree (:func:`agreed_homes`) and in which what senses them is declared and assessed.

    ``by`` asks for one device type of the purpose alone. A purpose that is no longer declared allows nothing.
    """
    agreed = agreed_homes(purpose, home_ids)
    return declared_homes(purpose, _senses(purpose, by), agreed) if agreed else agreed


def agreed_homes(purpose: str, home_ids: Collection[int]) -> frozenset[int]:
    """Of ``home_ids``, those where somebody who lives there agrees and nobody who lives there says no.

    A sensor in a home tells of everybody in it, so one person's no outweighs another's yes.
    """
    declared = in_force().get(purpose)
    if declared is None or not declared.needs_consent:
        return frozenset()
    lives_there = {"home_id__in": home_ids, **_lives_there(purpose)}
    agreed = Consent.objects.in_force().filter(**lives_there).values_list("home_id", flat=True)
    refused = Decline.objects.filter(**lives_there, lifted_at__isnull=True).values_list("home_id", flat=True)
    return frozenset(agreed) - frozenset(refused)


def agreed_purposes(home_ids: Collection[int]) -> Mapping[int, frozenset[str]]:
    """By home, the purposes to which somebody who lives there agrees and nobody there says no (:func:`agreed_homes`); homes
    without any are missing. Two queries."""
    lives_there = {"home_id__in": home_ids, "resident__left_on__isnull": True, "resident__home_id": F("home_id")}
    agreed = Consent.objects.in_force().filter(**lives_there).values_list("home_id", "purpose")
    refused = Decline.objects.filter(**lives_there, lifted_at__isnull=True).values_list("home_id", "purpose")
    found: dict[int, set[str]] = {}
    for home, purpose in set(agreed) - set(refused):
        found.setdefault(home, set()).add(purpose)
    return {home: frozenset(purposes) for home, purposes in found.items()}


def agreement(purpose: str, *, home: str, by: str | None = None) -> Q:
    """:func:`sensed_homes` as a condition on rows whose column ``home`` names a home, for a purpose that is declared."""
    here = {"home_id": OuterRef(home), **_lives_there(purpose)}
    agreed = Consent.objects.in_force().filter(**here)
    refused = Decline.objects.filter(**here, lifted_at__isnull=True)
    return Q(Exists(agreed)) & ~Q(Exists(refused)) & declared_inside(purpose, _senses(purpose, by), home=home)


def _senses(purpose: str, by: str | None) -> frozenset[str]:
    return in_force()[purpose].senses if by is None else frozenset({by})


def _lives_there(purpose: str) -> dict[str, Any]:
    return {"purpose": purpose, "resident__left_on__isnull": True, "resident__home_id": F("home_id")}


def purposes_sensing(device_type: str) -> frozenset[str]:
    """The purposes of which one must be agreed to before a device of this type may speak of a home."""
    return purposes_by_device().get(device_type, frozenset())


def purposes_by_device() -> Mapping[str, frozenset[str]]:
    """The same for every device type, asked once for many."""
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
    sensing = purposes_by_device()
    by_purpose: dict[tuple[str, str], set[int]] = {}
    for home, device_type in asked:
        for purpose in sensing.get(device_type, ()):
            by_purpose.setdefault((purpose, device_type), set()).add(home)
    return frozenset(
        (home, device_type)
        for (purpose, device_type), homes in by_purpose.items()
        for home in sensed_homes(purpose, homes, by=device_type)
    )
