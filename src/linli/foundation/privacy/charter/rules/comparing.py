"""What is different between two versions of the charter, part by part, and whether people must be asked anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from linli.foundation.privacy.charter.rules.document import NOBODY, PARTS, SETS, Facts, by_key
from linli.foundation.privacy.purposes import CONSENTS

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Difference:
    """One part that is not the same; ``wider``: more data, more people, longer, or another use."""

    part: str
    before: Any
    after: Any
    wider: bool


@dataclass(frozen=True)
class Altered:
    """One purpose that is not the same; ``before`` is ``None`` where it is new, ``after`` where it is gone."""

    key: str
    kind: Kind
    before: Facts | None
    after: Facts | None
    differences: tuple[Difference, ...] = ()

    @property
    def wider(self) -> bool:
        """Whether more is done with people's data than before; a new purpose always does more."""
        return self.kind == "added" or any(one.wider for one in self.differences)

    @property
    def asks_consent(self) -> bool:
        facts = self.after or self.before or {}
        return facts.get("ground") in CONSENTS

    @property
    def ends_consents(self) -> bool:
        """Whether what people agreed to is no longer what is done: removed, or materially different (PIPL art. 14)."""
        was_consent = self.before is not None and self.before["ground"] in CONSENTS
        return was_consent and (self.kind == "removed" or self.wider)


def compare(old: Sequence[Facts], new: Sequence[Facts], *, clearer: Collection[str] = ()) -> tuple[Altered, ...]:
    """Every purpose that differs, in the order of ``new``, those that are gone last.

    Other words for what the data is used for count as another use, except for the purposes in ``clearer``: their words
    only say the same more plainly.
    """
    before, after = by_key(old), by_key(new)
    found: list[Altered] = []
    for key, facts in after.items():
        if key not in before:
            found.append(Altered(key, "added", None, facts))
        elif differences := _differences(before[key], facts, clearer=key in clearer):
            found.append(Altered(key, "changed", before[key], facts, differences))
    found += [Altered(key, "removed", facts, None) for key, facts in before.items() if key not in after]
    return tuple(found)


def gained(before: Sequence[Any], after: Sequence[Any]) -> list[Any]:
    return [one for one in after if one not in before]


def _differences(before: Facts, after: Facts, *, clearer: bool) -> tuple[Difference, ...]:
    return tuple(
        Difference(part, before[part], after[part], _wider(part, before[part], after[part], clearer=clearer))
        for part in PARTS
        if before[part] != after[part]
    )


def _wider(part: str, before: Any, after: Any, *, clearer: bool) -> bool:
    if part in SETS:
        return bool(gained(before, after))
    match part:
        case "shared_with":
            return any(one != NOBODY for one in gained(before, after))
        case "keep_months":
            return after > before
        case "minors":
            return bool(after)
        case "ground":
            return True
        case "words":
            return not clearer
    return False
