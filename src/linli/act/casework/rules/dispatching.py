"""Where a case goes by itself: the first rule that fits, and why (``domain.md`` §2.1). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Matter:
    """What rules look at: code of six digits, level, and the keys of the place as far as it is known."""

    category: str
    level: str
    grid: int | None = None
    estate: int | None = None
    building: int | None = None


@dataclass(frozen=True)
class Condition:
    """Empty or ``None`` fits everything; a category of ``050000`` fits all of class 05."""

    key: int
    category: str = ""
    level: str = ""
    grid: int | None = None
    estate: int | None = None
    building: int | None = None


@dataclass(frozen=True)
class Fit:
    """``because`` names the conditions that were asked and held: category, level, grid, estate, building; or nothing."""

    key: int
    because: tuple[str, ...]


def first_fit(conditions: Iterable[Condition], matter: Matter) -> Fit | None:
    """The first condition, in the order given, that ``matter`` meets."""
    for condition in conditions:
        if (because := _met(condition, matter)) is not None:
            return Fit(condition.key, because)
    return None


def _met(condition: Condition, matter: Matter) -> tuple[str, ...] | None:
    asked: list[str] = []
    if condition.category:
        if not within(matter.category, condition.category):
            return None
        asked.append("category")
    for name in ("level", "grid", "estate", "building"):
        wanted = getattr(condition, name)
        if wanted in ("", None):
            continue
        if getattr(matter, name) != wanted:
            return None
        asked.append(name)
    return tuple(asked)


def within(code: str, wider: str) -> bool:
    """Whether ``code`` is ``wider`` or lies below it: pairs of zeros at the end of ``wider`` stand for anything."""
    while wider.endswith("00"):
        wider = wider[:-2]
    return code.startswith(wider)
