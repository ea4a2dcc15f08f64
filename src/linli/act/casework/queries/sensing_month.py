"""What sensing was worth in a span of time: what it noticed first, what it did not see, what it cost in vain visits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from linli.act.casework.models import Case
from linli.act.casework.rules.first_to_notice import EARLIER, LATER, Noticed, Place, Sign, noticed, unseen
from linli.foundation.accounts.actor import Actor
from linli.foundation.shares import Rate
from linli.sense.requests.models import Request
from linli.sense.telemetry.models import Device
from linli.understand.warnings.models import Warning
from linli.understand.warnings.places import devices_with_places, place_of
from linli.understand.warnings.rules import detectors_in_force
from linli.understand.warnings.shipped import shipped_rules

_PLACE = ("home_id", "facility_id", "building_id")


@dataclass(frozen=True)
class OfRule:
    """One rule's warnings by what was found; ``waiting`` ended without a finding or have not ended."""

    kind: str
    raised: int
    found: Counter[str]

    @property
    def waiting(self) -> int:
        return self.raised - self.found.total()

    @property
    def precision(self) -> Rate:
        """Of those with a finding, not counting who did not want to be asked, how many were true."""
        return Rate(self.found[Warning.Finding.TRUE], self.found.total() - self.found[Warning.Finding.REFUSED])


@dataclass(frozen=True)
class SensingMonth:
    """``true`` are the warnings that a person found true, beside the first request about the same; ``unseen`` the cases
    of requests that no warning told of; ``answered`` the minutes until somebody acknowledged, of P0 warnings."""

    rules: list[OfRule]
    true: list[Noticed]
    unseen: list[Case]
    vain: int
    answered: list[float]

    @property
    def raised(self) -> int:
        return sum(one.raised for one in self.rules)

    @property
    def first(self) -> list[timedelta]:
        """How long before the first request, of those that were first."""
        return sorted(one.lead for one in self.true if one.lead is not None and one.lead > timedelta(0))

    @property
    def after(self) -> int:
        return sum(one.lead is not None and one.lead <= timedelta(0) for one in self.true)

    @property
    def alone(self) -> int:
        """True ones of which nobody had said anything."""
        return sum(one.lead is None for one in self.true)

    @property
    def lead(self) -> timedelta | None:
        """The median of :attr:`first`."""
        return timedelta(seconds=median(lead.total_seconds() for lead in self.first)) if self.first else None


def sensing_month(begins: datetime, ends: datetime, *, actor: Actor) -> SensingMonth:
    """Of the warnings opened in ``begins`` ≤ time < ``ends`` that the actor may see."""
    seen = Warning.objects.visible_to(actor)
    inside = list(seen.filter(opened_at__gte=begins, opened_at__lt=ends))
    by_kind: dict[str, list[Warning]] = {}
    for one in inside:
        by_kind.setdefault(one.kind, []).append(one)
    said = _requests(begins - EARLIER, ends + LATER, actor)
    around = [
        sign for one in seen.filter(opened_at__gte=begins - LATER, opened_at__lt=ends + EARLIER) if (sign := _sign(one))
    ]
    in_month = [one for one in said if begins <= one.at < ends]
    missed = [one.pk for one in unseen(in_month, around, _watched(ends))]
    true = [sign for one in inside if one.finding == Warning.Finding.TRUE and (sign := _sign(one))]
    return SensingMonth(
        rules=sorted(
            (
                OfRule(kind, len(rows), Counter(one.finding for one in rows if one.finding))
                for kind, rows in by_kind.items()
            ),
            key=lambda one: (-one.raised, one.kind),
        ),
        true=noticed(true, said),
        unseen=list(
            Case.objects.visible_to(actor)
            .filter(joined__request__in=missed)
            .select_related("facility", "building__estate", "grid")
            .distinct()
            .order_by("opened_at")
        ),
        vain=sum(
            one.finding in (Warning.Finding.FALSE, Warning.Finding.TECHNICAL, Warning.Finding.AWAY) for one in inside
        ),
        answered=sorted(
            (one.acknowledged_at - one.opened_at).total_seconds() / 60
            for one in inside
            if one.level == "P0" and one.acknowledged_at is not None
        ),
    )


def _sign(warning: Warning) -> Sign | None:
    rule = shipped_rules().get(warning.kind)
    place = Place(warning.home_id, warning.facility_id, warning.building_id)
    return Sign(warning.pk, rule.category, place, warning.opened_at) if rule is not None else None


def _requests(begins: datetime, ends: datetime, actor: Actor) -> list[Sign]:
    rows = Request.objects.visible_to(actor).filter(said_at__gte=begins, said_at__lt=ends, joined__isnull=False)
    of = rows.values_list("pk", "joined__case__category", "said_at", *_PLACE).distinct()
    return [Sign(pk, category, Place(*place), at) for pk, category, at, *place in of]


def _watched(ends: datetime) -> dict[str, list[Place]]:
    """Where a device stood for each category that a rule in force tells of."""
    stands: dict[str, list[Place]] = {}
    devices = Device.objects.filter(enrolled_at__lt=ends, revoked_at=None).values_list("pk", flat=True)
    for device in devices_with_places(set(devices)).values():
        if (place := place_of(device)) is not None:
            stands.setdefault(device.type, []).append(Place(place.home_id, place.facility_id, place.building_id))
    watched: dict[str, list[Place]] = {}
    for detector in detectors_in_force().values():
        category = shipped_rules()[detector.rule.key].category
        watched.setdefault(category, []).extend(stands.get(detector.rule.device_type, ()))
    return watched
