"""The log that each side keeps: every entry signed and bound to the one before, so that none can be changed or left out.

An entry holds sizes, digests and who approved; never an identifier, never a point. Each side writes the other's newest
digest into its own log at the start of a run, so neither can later bring out another history. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from linli.foundation.privacy.joint.rules.terms import canonical

START = "0" * 64


@dataclass(frozen=True)
class Entry:
    """``number`` from 1, ``at`` ISO 8601 in UTC, ``before`` the digest of the entry before (zeros for the first)."""

    number: int
    at: str
    kind: str
    run: str
    facts: dict[str, Any]
    before: str
    signature: str

    @property
    def message(self) -> bytes:
        """What is signed."""
        facts = {"number": self.number, "at": self.at, "kind": self.kind, "run": self.run}
        return canonical({**facts, "facts": self.facts, "before": self.before})

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.message + bytes.fromhex(self.signature)).hexdigest()


def following(
    last: Entry | None, *, at: str, kind: str, run: str, facts: dict[str, Any], sign: Callable[[bytes], str]
) -> Entry:
    """The next entry of a log, signed."""
    number, before = (last.number + 1, last.digest) if last else (1, START)
    draft = Entry(number, at, kind, run, facts, before, "")
    return Entry(number, at, kind, run, facts, before, sign(draft.message))


def first_fault(entries: Iterable[Entry], verifies: Callable[[bytes, str], bool]) -> int | None:
    """The number of the first entry that was changed, moved, left out before or not signed by the party; ``None`` for a
    log that is whole."""
    before, expected = START, 1
    for entry in entries:
        if entry.number != expected or entry.before != before or not verifies(entry.message, entry.signature):
            return expected
        before, expected = entry.digest, expected + 1
    return None
