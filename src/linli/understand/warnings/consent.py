"""Whether a home may be looked at: asked before every look, so that withdrawing works at once."""

from __future__ import annotations

from datetime import date

from django.db.models import F

from linli.foundation import clock
from linli.foundation.privacy.consents.standing import sensed_homes
from linli.foundation.registry.models import Resident

ELDER_FROM = 60
"""Years (老年人权益保障法 art. 2)."""


def watched_homes(purpose: str, home_ids: set[int], *, elders_alone: bool, by: str | None = None) -> frozenset[int]:
    """Of ``home_ids``, those that may be sensed for ``purpose`` now; ``by`` a device type, where several are heard.

    With ``elders_alone`` only where the person who agreed is an elder who lives alone.
    """
    sensed = sensed_homes(purpose, home_ids, by=by)
    if not elders_alone or not sensed:
        return sensed
    elders = Resident.objects.filter(
        home_id__in=sensed,
        left_on__isnull=True,
        living_alone=True,
        birth_date__lte=_born_by(clock.today()),
        consents__home_id=F("home_id"),
        consents__purpose=purpose,
        consents__withdrawn_at__isnull=True,
    )
    return frozenset(elders.values_list("home_id", flat=True))


def _born_by(today: date) -> date:
    """Who was born on this day or before has turned :data:`ELDER_FROM` (born 29 February: on 1 March)."""
    try:
        return today.replace(year=today.year - ELDER_FROM)
    except ValueError:
        return date(today.year - ELDER_FROM, 2, 28)
