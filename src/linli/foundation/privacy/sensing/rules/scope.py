"""What an assessment has weighed, and whether a declaration stays within it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Scope:
    """Purpose and reach: ``stored`` are metrics, ``keep_days`` the longest, ``viewers`` roles."""

    purposes: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()
    keep_days: int = 0
    viewers: frozenset[str] = frozenset()
    inside_homes: bool = False
    shared_places: bool = False
    face: bool = False

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Scope:
        return cls(
            purposes=frozenset(facts.get("purposes", ())),
            stored=frozenset(facts.get("stored", ())),
            keep_days=int(facts.get("keep_days", 0)),
            viewers=frozenset(facts.get("viewers", ())),
            inside_homes=bool(facts.get("inside_homes")),
            shared_places=bool(facts.get("shared_places")),
            face=bool(facts.get("face")),
        )

    def as_json(self) -> dict[str, Any]:
        return {k: sorted(v) if isinstance(v, frozenset) else v for k, v in asdict(self).items()}

    def __or__(self, other: Scope) -> Scope:
        """The smallest scope within which both stay."""
        return Scope(
            self.purposes | other.purposes,
            self.stored | other.stored,
            max(self.keep_days, other.keep_days),
            self.viewers | other.viewers,
            self.inside_homes or other.inside_homes,
            self.shared_places or other.shared_places,
            self.face or other.face,
        )


def beyond(assessed: Scope, asked: Scope) -> list[str]:
    """In what ``asked`` goes beyond what was assessed, by the names of :class:`Scope`; empty when it stays within.

    A changed purpose or a higher risk makes an assessment due again (PIPL art. 55; 人脸识别技术应用安全管理办法): less of
    the same does not.
    """
    found = [name for name in ("purposes", "stored", "viewers") if getattr(asked, name) - getattr(assessed, name)]
    found += ["keep_days"] if asked.keep_days > assessed.keep_days else []
    flags = ("inside_homes", "shared_places", "face")
    return found + [name for name in flags if getattr(asked, name) and not getattr(assessed, name)]
