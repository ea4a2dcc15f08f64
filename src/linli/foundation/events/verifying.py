"""Checking the audit log: every event against its leaf, every leaf against the tree, every head against both. Pure.

What was changed by somebody who also recomputed leaves, tree and heads is found against a root that was posted
elsewhere (``known_roots``). An event that an erasure took is not missing: a later event of the same log names its
position, and its leaf still stands.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from linli.foundation.events import leaf
from linli.foundation.events.leaf import EVENT, StoredRow, Unreadable
from linli.foundation.events.merkle import Frontier

ROOT_SEALED = "events.root_sealed"
FORGOTTEN = "events.forgotten"
"""Names in ``data["positions"]``, as pairs of first and last, the events that an erasure took before it."""

TREE: dict[str, leaf.Reader] = {"size": leaf.integer, "tops": leaf.json_value}
HEAD: dict[str, leaf.Reader] = {
    "id": leaf.integer,
    "day": leaf.day,
    "size": leaf.integer,
    "root": str,
    "made_at": leaf.moment,
}


@dataclass(frozen=True)
class Finding:
    """Something that does not fit. ``position`` is that of the event at fault, or None for the log as a whole.

    ``code``: missing, unreadable, changed, event_extra, leaf_missing, leaf_extra, tree, head, root.
    """

    code: str
    position: int | None
    detail: str = ""


@dataclass(frozen=True)
class Report:
    size: int
    root: str
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        return not self.findings


@dataclass
class _Seen:
    """What one walk along the log gathers."""

    findings: list[Finding] = field(default_factory=list)
    frontier: Frontier = field(default_factory=Frontier)
    roots: dict[int, str] = field(default_factory=lambda: {0: Frontier().root().hex()})
    sealed: dict[int, Any] = field(default_factory=dict)
    missing: list[int] = field(default_factory=list)
    forgotten: list[tuple[int, int]] = field(default_factory=list)


def head_facts(head: Mapping[str, Any]) -> dict[str, Any]:
    """What a sealing event repeats of the values of a head."""
    return {"head": head["id"], **{name: head[name] for name in ("day", "size", "root", "made_at")}}


def verify(
    *,
    events: Iterable[StoredRow],
    leaves: Iterable[tuple[int, bytes]],
    tree: StoredRow | None,
    heads: Iterable[StoredRow],
    known_roots: Mapping[int, str] | None = None,
) -> Report:
    """Findings, those of events in the order of the log; ``events`` and ``leaves`` come ordered by position.

    ``known_roots`` maps sizes to roots (hex) from outside.
    """
    seen = _Seen()
    known = dict(known_roots or {})
    nothing: dict[str, Any] = {"size": 0, "tops": []}
    tree_values = _readable(tree, TREE, "tree", seen.findings) if tree else nothing
    head_values = [head for row in heads if (head := _readable(row, HEAD, "head", seen.findings))]
    wanted = {head["size"] for head in head_values} | set(known)
    size = tree_values["size"] if tree_values else None
    _walk(_EventsByPosition(events), leaves, size, wanted, seen)
    if tree_values and [top.hex() for top in seen.frontier.tops] != tree_values["tops"]:
        seen.findings.append(Finding("tree", None, "tops"))
    seen.findings += _check_heads(head_values, seen)
    seen.findings += [
        Finding("root", None, str(size)) for size, root in sorted(known.items()) if seen.roots.get(size) != root
    ]
    return Report(seen.frontier.size, seen.frontier.root().hex(), tuple(seen.findings))


def _walk(
    events: _EventsByPosition,
    leaves: Iterable[tuple[int, bytes]],
    size: int | None,
    wanted: set[int],
    seen: _Seen,
) -> None:
    for position, hashed in _expected(leaves, size, seen.findings):
        row = events.take(position)
        if row is None:
            seen.missing.append(position)
        else:
            _check_event(row, position, hashed, seen)
        if hashed is not None:
            seen.frontier = seen.frontier.append(hashed)
            if seen.frontier.size in wanted:
                seen.roots[seen.frontier.size] = seen.frontier.root().hex()
    seen.findings += _not_forgotten(seen)
    seen.findings += events.left_over()


def _not_forgotten(seen: _Seen) -> list[Finding]:
    """Missing events that no erasure accounts for."""
    spans = sorted(seen.forgotten)
    firsts = [first for first, _ in spans]
    found = []
    for position in seen.missing:
        at = bisect_right(firsts, position) - 1
        if at < 0 or all(last < position for _, last in spans[: at + 1]):
            found.append(Finding("missing", position))
    return found


class _EventsByPosition:
    """Rows of an ordered stream, handed out by position; what is asked for by nobody is left over."""

    def __init__(self, rows: Iterable[StoredRow]):
        self._unplaced: list[Finding] = []
        self._stream = self._numbered(rows)
        self._next = next(self._stream, None)

    def _numbered(self, rows: Iterable[StoredRow]) -> Iterator[tuple[int, StoredRow]]:
        for row in rows:
            try:
                yield leaf.integer((row["position"] or b"").decode()), row
            except ValueError:
                self._unplaced.append(Finding("unreadable", None, "position"))

    def take(self, position: int) -> StoredRow | None:
        while self._next is not None and self._next[0] < position:
            self._skip()
        if self._next is None or self._next[0] != position:
            return None
        row = self._next[1]
        self._next = next(self._stream, None)
        return row

    def left_over(self) -> list[Finding]:
        while self._next is not None:
            self._skip()
        return self._unplaced

    def _skip(self) -> None:
        assert self._next is not None
        self._unplaced.append(Finding("event_extra", self._next[0]))
        self._next = next(self._stream, None)


def _expected(
    leaves: Iterable[tuple[int, bytes]], size: int | None, findings: list[Finding]
) -> Iterator[tuple[int, bytes | None]]:
    """Each position of the log with its leaf; a stream that skips, or goes on, is a finding.

    Without a readable ``size`` the leaves alone say how long the log is.
    """
    if size is None:
        yield from ((position, bytes(hashed)) for position, hashed in leaves)
        return
    for position, stored in zip_longest(range(size), leaves):
        if position is None:
            findings.append(Finding("leaf_extra", stored[0]))
            return
        if stored is None or stored[0] != position:
            findings.append(Finding("leaf_missing", position))
            yield from ((left, None) for left in range(position, size))
            return
        yield position, bytes(stored[1])


def _check_event(row: StoredRow, position: int, hashed: bytes | None, seen: _Seen) -> None:
    try:
        event = leaf.values(row, EVENT)
    except Unreadable as unreadable:
        seen.findings.append(Finding("unreadable", position, str(unreadable)))
        return
    if event["kind"] == ROOT_SEALED:
        seen.sealed[position] = event["data"]
    if hashed is not None and leaf.hash_of(event) != hashed:
        seen.findings.append(Finding("changed", position))
    elif event["kind"] == FORGOTTEN:
        seen.forgotten += [(first, min(last, position - 1)) for first, last in event["data"]["positions"]]


def _check_heads(heads: list[dict[str, Any]], seen: _Seen) -> list[Finding]:
    """Each head repeats the root at its size, and the event at that position repeats the head."""
    findings = [
        Finding("head", head["size"], head["day"])
        for head in heads
        if seen.roots.get(head["size"]) != head["root"] or seen.sealed.get(head["size"]) != head_facts(head)
    ]
    lost = set(seen.sealed) - {head["size"] for head in heads}
    return findings + [Finding("head", position, "missing") for position in sorted(lost)]


def _readable(
    row: StoredRow, readers: Mapping[str, leaf.Reader], code: str, findings: list[Finding]
) -> dict[str, Any] | None:
    try:
        return leaf.values(row, readers)
    except Unreadable as unreadable:
        findings.append(Finding(code, None, str(unreadable)))
        return None
