"""What several warnings have in common, as shipped in ``causes.toml``. Needs no database."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from linli.foundation.privacy.purposes import Words
from linli.understand.warnings.shipped import shipped_rules


@dataclass(frozen=True)
class Outage:
    """Rules that speak because a utility is off; ``settle`` is how long they may still do so when it is back."""

    key: str
    name: Words
    kinds: frozenset[str]
    settle: timedelta


@dataclass(frozen=True)
class Group:
    """``least`` sources of ``kinds`` within ``within`` at one ``scope`` (entrance or estate), in ``buildings`` buildings."""

    key: str
    name: Words
    purpose_words: Words
    says: Words
    kinds: frozenset[str]
    scope: str
    least: int
    buildings: int
    within: timedelta
    level: str
    category: str


@dataclass(frozen=True)
class Member:
    """A warning as grouping sees it."""

    source: str
    building_id: int | None
    opened_at: datetime


def have_one_cause(group: Group, members: Iterable[Member], now: datetime) -> bool:
    """Whether so many different sources in so many buildings have spoken lately that one thing is behind them."""
    lately = [one for one in members if now - one.opened_at <= group.within]
    sources = {one.source for one in lately}
    return len(sources) >= group.least and len({one.building_id for one in lately}) >= group.buildings


@cache
def groups() -> Mapping[str, Group]:
    return groups_of(_tables()["group"])


def groups_of(tables: Mapping[str, Any]) -> Mapping[str, Group]:
    """By key. Raises :class:`ValueError` for a group of rules that there are not or that warn of danger to life."""
    return {
        key: Group(
            key, Words(**said["name"]), Words(**said["for"]), Words(**said["says"]), _known(said["kinds"]), said["scope"],
            said["least"], said["buildings"], timedelta(minutes=said["within_minutes"]), said["level"], said["category"],
        )
        for key, said in tables.items()
    }  # fmt: skip


@cache
def outages() -> Mapping[str, Outage]:
    return {
        key: Outage(key, Words(**said["name"]), _known(said["kinds"]), timedelta(hours=said["settle_hours"]))
        for key, said in _tables()["outage"].items()
    }


@cache
def same_trouble() -> Mapping[str, frozenset[str]]:
    """By rule the others that see the same trouble in a home or of a device; rules that stand alone are left out."""
    families = [_known(kinds) for kinds in _tables()["same"].values()]
    return {kind: family - {kind} for family in families for kind in family}


@cache
def rest_while_away() -> frozenset[str]:
    """Rules that warn because nobody stirs."""
    return _known(_tables()["away"]["kinds"])


def category_of(kind: str) -> str | None:
    """The event class of the case of such a warning; ``None`` for a rule of another version."""
    rule = shipped_rules().get(kind) or groups().get(kind)
    return rule.category if rule else None


def _known(kinds: Iterable[str]) -> frozenset[str]:
    if unknown := set(kinds) - shipped_rules().keys():
        raise ValueError(f"causes.toml names rules that there are not: {sorted(unknown)}")
    if urgent := sorted(kind for kind in kinds if shipped_rules()[kind].configured.level == "P0"):
        raise ValueError(f"causes.toml keeps rules of danger to life back, which never wait: {urgent}")
    return frozenset(kinds)


@cache
def _tables() -> Mapping:
    return tomllib.loads(files(__package__).joinpath("causes.toml").read_text(encoding="utf-8"))
