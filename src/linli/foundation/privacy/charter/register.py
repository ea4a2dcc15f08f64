"""The purposes that hold now in the active community: what the door, consents, detectors and pages ask.

Which version holds is read from the database at every question (one row by its index), so that a purpose that was
removed is refused from the moment at which the removal is committed, in every process. Only the parsing is kept, by the
digest of a document that never changes: a stale answer cannot be given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache
from types import MappingProxyType

from linli.foundation.privacy.charter.models import CharterVersion, Frozen
from linli.foundation.privacy.charter.rules.document import (
    Document,
    by_key,
    digest,
    document_of,
    enforceable,
    purpose_of,
)
from linli.foundation.privacy.charter.rules.permitted import INDISPENSABLE
from linli.foundation.privacy.purposes import Purpose, all_purposes, shipped_tables
from linli.foundation.tenancy import NoCommunityScope, active_community_id

KEPT_DOCUMENTS = 256
"""Parsed documents a process keeps; a city's communities mostly share the shipped one."""


class Register:
    """``purposes.Charter`` from the database."""

    def in_force(self) -> Mapping[str, Purpose]:
        """Of the active community; before its first version those that are shipped.

        Outside a community nobody is known yet: only the machine's part of what no charter can do without.
        """
        try:
            active_community_id()
        except NoCommunityScope:
            return _before_a_community()
        holding = CharterVersion.objects.order_by("-number").values_list("number", "digest").first()
        return all_purposes() if holding is None else _parsed(active_community_id(), *holding)

    def ever(self) -> Mapping[str, Purpose]:
        try:
            active_community_id()
        except NoCommunityScope:
            return all_purposes()
        found: dict[str, Purpose] = {}
        for document in CharterVersion.objects.order_by("number").values_list("document", flat=True):
            found |= enforceable(document)
        return all_purposes() | found

    def as_agreed(self, key: str, version: str) -> Purpose | None:
        for document in CharterVersion.objects.order_by("-number").values_list("document", flat=True):
            facts = by_key(document).get(key)
            if facts is not None and facts["version"] == version:
                return purpose_of(facts)
        found = all_purposes().get(key)
        return found if found is not None and found.version == version else None


@cache
def shipped_document() -> Document:
    """What came with this release of Linli; not to be changed."""
    return document_of(shipped_tables())


@lru_cache(maxsize=KEPT_DOCUMENTS)
def _parsed(community: int, number: int, expected: str) -> Mapping[str, Purpose]:
    """Raises :class:`Frozen` for a document that is not the one that was published: nothing is read under it."""
    document = CharterVersion.objects.values_list("document", flat=True).get(community=community, number=number)
    if digest(document) != expected:
        raise Frozen(f"version {number} of the charter was changed after it was published")
    return MappingProxyType(enforceable(document))


@cache
def _before_a_community() -> Mapping[str, Purpose]:
    nobody: frozenset = frozenset()
    shipped = all_purposes()
    return MappingProxyType({key: replace(shipped[key], fields=nobody, roles=nobody) for key in INDISPENSABLE})
