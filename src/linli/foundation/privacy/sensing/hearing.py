"""The one question of whoever stores what devices say: what may be kept of each, now.

A device of a sensitive kind needs a declaration in force and an assessment that stands; one in a home needs that
somebody there agrees to the declared purpose and nobody there says no. Asked inside the storing transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from linli.foundation.privacy.consents.standing import agreed_homes, purposes_by_device
from linli.foundation.privacy.sensing.grounds import Ground, grounds_of
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.foundation.privacy.sensing.rules.places import Spot

UNDECLARED, UNCONSENTED = "undeclared", "unconsented"


@dataclass(frozen=True)
class Hearing:
    """``refused`` is empty when the device may speak; ``ground`` is what of it may be kept, ``None`` for everything that
    its kind declares."""

    refused: str = ""
    ground: Ground | None = None


def is_asked(spot: Spot) -> bool:
    """Whether anything must be asked of a device there at all."""
    return spot.home is not None or is_sensitive(spot.type)


def hearings(spots: Collection[Spot]) -> dict[Spot, Hearing]:
    """For each spot of the community in scope. Two queries for all of them, and three for each purpose of homes."""
    grounds = grounds_of([spot for spot in spots if is_sensitive(spot.type)])
    wanted: dict[Spot, frozenset[str]] = {}
    found: dict[Spot, Hearing] = {}
    sensing = purposes_by_device()
    for spot in spots:
        ground = grounds.get(spot)
        if is_sensitive(spot.type) and ground is None:
            found[spot] = Hearing(UNDECLARED)
        elif spot.home is None:
            found[spot] = Hearing(ground=ground)
        else:
            purposes = sensing.get(spot.type, frozenset())
            wanted[spot] = purposes if ground is None else purposes & ground.purposes
    agreed = _agreed(wanted)
    for spot, purposes in wanted.items():
        yes = any((purpose, spot.home) in agreed for purpose in purposes)
        found[spot] = Hearing(ground=grounds.get(spot)) if yes else Hearing(UNCONSENTED)
    return found


def _agreed(wanted: dict[Spot, frozenset[str]]) -> set[tuple[str, int]]:
    homes: dict[str, set[int]] = {}
    for spot, purposes in wanted.items():
        for purpose in purposes:
            if spot.home is not None:
                homes.setdefault(purpose, set()).add(spot.home)
    return {(purpose, home) for purpose, asked in homes.items() for home in agreed_homes(purpose, asked)}
