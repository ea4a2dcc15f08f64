"""Sums of material, minutes and money, in whole fen and minutes. Pure; conventions of double entry: what was written
stays, a mistake is taken back by its opposite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

HIGHEST_FEN = 100_000_000
"""One million yuan in one entry: beyond it somebody mistyped."""
MOST_MINUTES = 10_000


@dataclass(frozen=True)
class Entry:
    """``kind`` is material, work or other; ``cost_fen`` in fen."""

    kind: str
    cost_fen: int = 0
    minutes: int = 0
    quantity: Decimal | None = None


@dataclass(frozen=True)
class Totals:
    """``entries`` counts what stands: an entry and its counter-entry are none."""

    entries: int = 0
    cost_fen: int = 0
    material_fen: int = 0
    minutes: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.entries + other.entries,
            self.cost_fen + other.cost_fen,
            self.material_fen + other.material_fen,
            self.minutes + other.minutes,
        )


def total(entries: Iterable[tuple[Entry, bool]]) -> Totals:
    """Of pairs of an entry and whether it is a counter-entry."""
    summed = Totals()
    for entry, counters in entries:
        summed += Totals(
            entries=-1 if counters else 1,
            cost_fen=entry.cost_fen,
            material_fen=entry.cost_fen if entry.kind == "material" else 0,
            minutes=entry.minutes,
        )
    return summed


def counter(entry: Entry) -> Entry:
    """What takes it back: the same with its signs turned."""
    return replace(
        entry,
        cost_fen=-entry.cost_fen,
        minutes=-entry.minutes,
        quantity=-entry.quantity if entry.quantity is not None else None,
    )


def fen_of(yuan: Decimal) -> int:
    """Exactly. Raises :class:`ValueError` for parts of a fen."""
    fen = yuan * 100
    if fen != fen.to_integral_value():
        raise ValueError(f"{yuan} is no whole number of fen")
    return int(fen)


def in_yuan(fen: int) -> str:
    """``-12.05``."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"
