"""Who may do what: one name a permission, one predicate a name, one helper that refuses.

Each app states its own permissions with :func:`allow` (``allow("casework.dispatch", is_grid_staff_of |
is_community_staff)``), and its actions open with ``require(actor, "casework.dispatch", case)``. Predicates take
``(actor, obj)`` and combine with ``&``, ``|`` and ``~`` (django-rules). Linli itself (``actor.system``) may do what
its caller asks.
"""

from __future__ import annotations

from typing import Any

import rules

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT, Role
from linli.foundation.errors import NotAllowed


def allow(permission: str, predicate: rules.Predicate) -> None:
    """State once who holds ``app.verb``; a second statement of the same name raises :class:`KeyError`."""
    rules.add_perm(permission, predicate)


def may(actor: Actor, permission: str, obj: Any = None) -> bool:
    """Whether the actor holds the permission on the object; an undeclared permission is held by nobody."""
    return actor.system or rules.has_perm(permission, actor, obj)


def require(actor: Actor, permission: str, obj: Any = None) -> None:
    """Raise :class:`NotAllowed` unless :func:`may`."""
    if not may(actor, permission, obj):
        raise NotAllowed(permission=permission)


def grid_id_of(obj: Any) -> int | None:
    """The grid in which a place, person, request, case or warning lies, wherever the row keeps it."""
    if obj is None:
        return None
    direct = getattr(obj, "grid_id", None)
    if direct is not None:
        return direct
    for step in ("building", "facility", "home", "entrance", "device"):
        nearer = getattr(obj, step, None)
        found = grid_id_of(nearer) if nearer is not None else None
        if found is not None:
            return found
    return None


def _in_community(actor: Actor, obj: Any) -> bool:
    community_id = getattr(obj, "community_id", None)
    return community_id is None or community_id == actor.community_id


@rules.predicate
def is_signed_in(actor: Actor) -> bool:
    return actor.account_id is not None


@rules.predicate
def is_community_staff(actor: Actor, obj: Any = None) -> bool:
    return actor.is_community_staff and _in_community(actor, obj)


@rules.predicate
def is_director(actor: Actor, obj: Any = None) -> bool:
    return actor.has(Role.COMMUNITY_DIRECTOR) and _in_community(actor, obj)


@rules.predicate
def is_oversight(actor: Actor, obj: Any = None) -> bool:
    return actor.has(*OVERSIGHT) and _in_community(actor, obj)


@rules.predicate
def is_staff(actor: Actor, obj: Any = None) -> bool:
    """Community staff or grid staff of any grid."""
    return actor.is_staff and _in_community(actor, obj)


@rules.predicate
def is_grid_staff_of(actor: Actor, obj: Any = None) -> bool:
    return obj is not None and _in_community(actor, obj) and grid_id_of(obj) in actor.grid_ids


@rules.predicate
def is_building_lead_of(actor: Actor, obj: Any = None) -> bool:
    building_id = getattr(obj, "building_id", None)
    return building_id is not None and _in_community(actor, obj) and building_id in actor.building_ids


@rules.predicate
def is_resident_or_proxy_of(actor: Actor, resident: Any = None) -> bool:
    """The registry entry is the actor's own, or of somebody whom it may act for."""
    return resident is not None and resident.pk in actor.resident_ids


@rules.predicate
def is_proxy_for_privacy_of(actor: Actor, resident: Any = None) -> bool:
    """The resident let the actor see to its information: to take a consent back, never to give one."""
    return resident is not None and (resident.pk, "privacy") in actor.principal_scopes


@rules.predicate
def is_guardian_of(actor: Actor, resident: Any = None) -> bool:
    """The resident is a child under 14 whose guardian the actor is."""
    return resident is not None and resident.pk in actor.ward_ids


@rules.predicate
def is_self(actor: Actor, resident: Any = None) -> bool:
    """The registry entry is the actor's own: what a proxy may not decide."""
    return resident is not None and actor.resident_id is not None and resident.pk == actor.resident_id


@rules.predicate
def is_speaker(actor: Actor, request: Any = None) -> bool:
    """The request was said by the actor or by somebody whom it may act for."""
    return getattr(request, "speaker_id", None) is not None and request.speaker_id in actor.resident_ids
