"""Whether a home may be looked at: asked before every look, so that withdrawing works at once."""

from __future__ import annotations

from datetime import date

from django.db.models import F

from linli.foundation import clock
from linli.foundation.registry.models import Resident

ELDER_FROM = 60
"""Years (老年人权益保障法 art. 2)."""


def watched_homes(purpose: str, home_ids: set[int], *, elders_alone: bool) -> frozenset[int]:
    """Of ``home_ids``, those where somebody who lives there consents to ``purpose``, now.

    With ``elders_alone`` only where that is an elder who lives alone.
    """
    people = Resident.objects.filter(
        home_id__in=home_ids,
        left_on__isnull=True,
        consents__home_id=F("home_id"),
        consents__purpose=purpose,
        consents__withdrawn_at__isnull=True,
    )
    if elders_alone:
        people = people.filter(living_alone=True, birth_date__lte=_born_by(clock.today()))
    return frozenset(people.values_list("home_id", flat=True))


def _born_by(today: date) -> date:
    """Who was born on this day or before has turned :data:`ELDER_FROM` (born 29 February: on 1 March)."""
    try:
        return today.replace(year=today.year - ELDER_FROM)
    except ValueError:
        return date(today.year - ELDER_FROM, 2, 28)
