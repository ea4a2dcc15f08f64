"""For how many days the readings of a device were promised to be kept, by what is or was declared where it stands."""

from __future__ import annotations

from collections.abc import Collection

from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.foundation.privacy.sensing.models import Declaration
from linli.foundation.privacy.sensing.rules.places import NEAREST_FIRST, Spot, covers


def promised_days(spots: Collection[Spot]) -> dict[Spot, int]:
    """The fewest days of the declarations in force that cover a spot; of none in force, of the last that was. In the
    community in scope, for sensitive kinds; a spot that was never declared is left out."""
    types = {spot.type for spot in spots if is_sensitive(spot.type)}
    columns = ("type", "inside_homes", *NEAREST_FIRST, "keep_days", "ended_at")
    rows = Declaration.objects.filter(type__in=types, in_force_at__isnull=False).only(*columns)
    by_type: dict[str, list[Declaration]] = {}
    for one in rows.order_by("ended_at"):
        by_type.setdefault(one.type, []).append(one)
    found: dict[Spot, int] = {}
    for spot in spots:
        over = [one for one in by_type.get(spot.type, ()) if covers(one.where, spot)]
        live = [one for one in over if one.ended_at is None]
        ended = [one for one in over if one.ended_at is not None]
        if over:
            found[spot] = min(one.keep_days for one in live or ended[-1:])
    return found
