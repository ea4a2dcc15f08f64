"""May this person see what this device says? Whoever shows a reading, or words made of one, asks here.

A declaration tells residents which roles see what a sensitive device says (``Declaration.viewers``); nobody else does. The
software itself goes on: a detector still warns, and whoever may not see the reading is told that somebody must go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.foundation.privacy.sensing.models import Declaration
from linli.foundation.privacy.sensing.rules.places import NEAREST_FIRST, Spot, Where, covers


@dataclass(frozen=True)
class Sight:
    """What of a device somebody may see: ``metrics``, ``None`` for all that its kind says."""

    metrics: frozenset[str] | None = None

    def __bool__(self) -> bool:
        return self.metrics is None or bool(self.metrics)

    def shows(self, metric: str) -> bool:
        return self.metrics is None or metric in self.metrics


EVERYTHING, NOTHING = Sight(), Sight(frozenset())


def sights(actor: Actor | None, spots: Collection[Spot]) -> Mapping[Spot, Sight]:
    """For devices in the community in scope, in one query; none for kinds that are not sensitive.

    ``None`` is a reader of whom nothing is known: a screen that many share, a text message. Whether the actor may see the device
    at all (its grid, its community) is asked elsewhere.
    """
    asked = {spot for spot in spots if is_sensitive(spot.type)}
    if not asked or (actor is not None and actor.system):
        return dict.fromkeys(spots, EVERYTHING)
    found = {spot: EVERYTHING for spot in spots if spot not in asked}
    roles = frozenset(role.value for role in actor.roles) if actor is not None else frozenset()
    open_to: list[tuple[str, Where, frozenset[str]]] = []
    if roles:
        columns = ("type", "inside_homes", *NEAREST_FIRST, "stored", "viewers")
        for one in Declaration.objects.grounding().filter(type__in={spot.type for spot in asked}).only(*columns):
            if not roles.isdisjoint(one.viewers):
                open_to.append((one.type, one.where, frozenset(one.stored)))
    for spot in asked:
        over = [stored for kind, where, stored in open_to if kind == spot.type and covers(where, spot)]
        found[spot] = Sight(frozenset().union(*over)) if over else NOTHING
    return found


def sight(actor: Actor | None, spot: Spot) -> Sight:
    return sights(actor, [spot])[spot]
