"""The actor: who does something, as which roles, in which community, on whose behalf.

Every action and every ``visible_to`` takes an :class:`Actor`; it is resolved once per request (or built for a
job) and never changes while the work lasts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from linli.foundation.accounts.roles import COMMUNITY_STAFF, GRID_STAFF, STAFF, Role


@dataclass(frozen=True)
class Held:
    """One role that the actor holds now, and where."""

    role: Role
    grid_id: int | None = None
    building_id: int | None = None


@dataclass(frozen=True)
class Actor:
    """``resident_id`` is the actor's own registry entry; ``principal_ids`` are residents it may act for as proxy.

    ``principal_scopes`` says for what: pairs of a principal and ``requests``, ``privacy``, ``booking`` or ``care``.
    ``ward_ids`` are children under 14 whose guardian the actor is: it may do everything for them.
    """

    community_id: int | None
    account_id: int | None = None
    name: str = ""
    held: tuple[Held, ...] = ()
    resident_id: int | None = None
    principal_ids: frozenset[int] = frozenset()
    principal_scopes: frozenset[tuple[int, str]] = frozenset()
    ward_ids: frozenset[int] = frozenset()
    system: bool = False

    @classmethod
    def for_system(cls, name: str, community_id: int | None = None) -> Actor:
        """A part of Linli itself (a detector, the dispatcher): may do what its caller asks, is named in the audit."""
        return cls(community_id=community_id, name=name, system=True)

    @classmethod
    def nobody(cls) -> Actor:
        return cls(community_id=None)

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(h.role for h in self.held)

    def has(self, *roles: Role) -> bool:
        return any(h.role in roles for h in self.held)

    @property
    def is_community_staff(self) -> bool:
        """Works for the whole community: director or community worker."""
        return bool(self.roles & COMMUNITY_STAFF)

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF)

    @property
    def grid_ids(self) -> frozenset[int]:
        """Grids in which the actor is grid staff."""
        return frozenset(h.grid_id for h in self.held if h.role in GRID_STAFF and h.grid_id is not None)

    @property
    def building_ids(self) -> frozenset[int]:
        """Buildings that the actor leads (楼栋长)."""
        return frozenset(h.building_id for h in self.held if h.role == Role.BUILDING_LEAD and h.building_id)

    @property
    def resident_ids(self) -> frozenset[int]:
        """The residents in whose name the actor may speak of some matter: itself, its principals and its wards."""
        return self.principal_ids | self.ward_ids | self._own

    def residents_for(self, scope: str) -> frozenset[int]:
        """Of :attr:`resident_ids`, those for whom it may act in matters of ``scope``."""
        principals = {principal for principal, granted in self.principal_scopes if granted == scope}
        return self.ward_ids | self._own | principals

    @property
    def _own(self) -> frozenset[int]:
        return frozenset() if self.resident_id is None else frozenset({self.resident_id})

    @property
    def role_and_name(self) -> str:
        """专职网格员 王静: as histories keep it, by the first role held, in the source language whoever is signed in;
        :func:`as_read` turns it into the reader's."""
        with translation.override(settings.LANGUAGE_CODE):
            role = next((str(held.role.label) for held in self.held), "")
        return f"{role} {self.name}".strip()

    @property
    def label(self) -> str:
        """Stable text for the audit log: never a name, because the log outlives an erasure."""
        if self.system:
            return f"system:{self.name}"
        return f"account:{self.account_id}" if self.account_id else "nobody"


def as_read(kept: str) -> str:
    """A kept :attr:`Actor.role_and_name` in the language of the moment; a name without a role stays as it is."""
    role, space, name = kept.partition(" ")
    return f"{gettext(role)}{space}{name}" if role else kept


BESIDE_NAME = " · "
"""Between the name and the role of whoever did something, as the course of a case keeps them."""


def beside_name_as_read(kept: str) -> str:
    """The same of what was kept as name and role, in the source language: the role in the language of the moment."""
    name, beside, role = kept.rpartition(BESIDE_NAME)
    return f"{name}{beside}{gettext(role)}" if role else kept


def held_from(grants: Iterable) -> tuple[Held, ...]:
    return tuple(Held(Role(g.role), g.grid_id, g.building_id) for g in grants)
