"""Which firm comes too when there is danger to life."""

from __future__ import annotations

from collections.abc import Sequence

from linli.act.casework.models import Errand, OutsideUnit
from linli.act.casework.queries.outside import route
from linli.act.casework.rules.dispatching import Matter
from linli.foundation.accounts.actor import Actor
from linli.understand.warnings.causes import category_of
from linli.understand.warnings.models import Warning

MOST = 3


def who_comes_too(warning: Warning, words: Sequence[str], actor: Actor) -> list[OutsideUnit]:
    """The unit to which a rule gives such a matter, the firm that came to this very facility last, then those with one of
    ``words`` in their name or duty; at most :data:`MOST` active ones that have a number."""
    known = {unit.pk: unit for unit in OutsideUnit.objects.visible_to(actor).filter(active=True) if unit.phone}
    first = [route(_matter(warning)).unit_id]
    if warning.facility_id is not None:
        at_it = Errand.objects.filter(
            case__facility=warning.facility_id, arrived_at__isnull=False, unit__kind=OutsideUnit.Kind.CONTRACTOR
        )
        first += list(at_it.order_by("-arrived_at").values_list("unit_id", flat=True)[:1])
    called = [pk for pk, unit in known.items() if any(word in f"{unit.name} {unit.duty}" for word in words)]
    return [known[pk] for pk in dict.fromkeys([*first, *called]) if pk in known][:MOST]


def _matter(warning: Warning) -> Matter:
    estate = warning.building.estate_id if warning.building is not None else None
    return Matter(category_of(warning.kind) or "", warning.level, warning.grid_id, estate, warning.building_id)
