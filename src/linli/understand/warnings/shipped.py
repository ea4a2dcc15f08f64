"""The rules that watch as shipped in ``rules.toml``. Needs no database."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from linli.foundation.privacy.purposes import Words
from linli.understand.warnings.detectors import KINDS, Detector
from linli.understand.warnings.detectors import Rule as Configured
from linli.understand.warnings.detectors.schedule import DAYS

DANGER = "P0"
"""The level at which a life is in danger."""
WAYS = frozenset({"higher", "lower"})

_HOURS = {"least": 0, "most": 24, "unit": "h"}
_SCHEDULE: Mapping[str, Mapping[str, Any]] = {
    "from": _HOURS | {"zh": "从几点开始看", "en": "Looks from (o'clock)"},
    "until": _HOURS | {"zh": "看到几点", "en": "Looks until (o'clock)"},
}


@dataclass(frozen=True)
class Setting:
    """A number that people may change, from ``least`` to ``most``, in ``unit``; ``value`` as shipped.

    ``weaker``: whether the rule speaks later or more seldom with a ``higher`` or a ``lower`` number; empty where that is
    not said. Every number of a P0 rule says it.
    """

    key: str
    words: Words
    value: float
    least: float
    most: float
    unit: str
    weaker: str = ""

    @property
    def whole(self) -> bool:
        return self.unit in {"s", "min", "h", "%", "/min", "mm", "% LEL", ""} and float(self.value).is_integer()


@dataclass(frozen=True)
class Shipped:
    """A rule as shipped. ``on`` says whether it watches before anybody has chosen; ``says`` is
    by reason, with one sentence under an empty one; empty for rules whose sentence stands in ``explaining.py``."""

    configured: Configured
    kind: str
    name: Words
    purpose_words: Words
    says: Mapping[str, Words]
    category: str
    settings: Mapping[str, Setting]
    on: bool

    @property
    def key(self) -> str:
        return self.configured.key


@cache
def shipped_rules() -> Mapping[str, Shipped]:
    """By key, in the file's order. Raises :class:`ValueError` for a rule that contradicts itself."""
    tables = tomllib.loads(files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))
    return {key: _shipped(key, table) for key, table in tables.items()}


def device_types() -> frozenset[str]:
    return frozenset().union(*(rule.configured.device_types for rule in shipped_rules().values()))


def urgent_types() -> frozenset[str]:
    """Types of devices of which a rule may say that a life is in danger."""
    rules = (rule.configured for rule in shipped_rules().values())
    return frozenset().union(*(rule.device_types for rule in rules if rule.level == DANGER))


def keys_for(*, purpose: str | None = None, device_type: str | None = None) -> list[str]:
    """Keys of the rules that need the consent ``purpose``, or look at ``device_type``, in force or not."""
    return [
        key
        for key, rule in shipped_rules().items()
        if (purpose is None or rule.configured.purpose == purpose)
        and (device_type is None or device_type in rule.configured.device_types)
    ]


def shipped_detector(key: str, **settings: float | str) -> Detector:
    """A detector as shipped, with other ``settings`` where given; raises :class:`KeyError` for an unknown rule."""
    configured = shipped_rules()[key].configured
    return detector_of(replace(configured, settings={**configured.settings, **settings}))


def detector_of(configured: Configured) -> Detector:
    """The detector that a rule configures; made once for the same numbers."""
    return _made(configured.key, tuple(sorted(configured.settings.items())))


@cache
def _made(key: str, settings: tuple[tuple[str, float | str], ...]) -> Detector:
    shipped = shipped_rules()[key]
    return KINDS[shipped.kind](replace(shipped.configured, settings=dict(settings)))


def _shipped(key: str, table: Mapping[str, Any]) -> Shipped:
    settings = {name: _setting(name, facts) for name, facts in table.get("settings", {}).items() if name != "days"}
    values: dict[str, float | str] = {name: setting.value for name, setting in settings.items()}
    if "from" in values:
        values["days"] = table.get("settings", {}).get("days", {}).get("value", DAYS[0])
    configured = Configured(
        key=key,
        level=table["level"],
        about=table["about"],
        device_type=table["device_type"],
        purpose=table.get("purpose", ""),
        elders_alone=table.get("elders_alone", False),
        source=table["source"],
        settings=values,
        facts=table.get("facts", {}),
        also=tuple(table.get("also", ())),
        outside_homes=table.get("outside_homes", False),
        yields_to=table.get("yields_to", ""),
    )
    if configured.about == "type" and configured.purpose:
        raise ValueError(f"{key}: what is compared between devices looks into no home")
    if table["detector"] not in KINDS:
        raise ValueError(f"{key}: no detector {table['detector']!r}")
    if configured.level == DANGER and (unsaid := [one.key for one in settings.values() if one.weaker not in WAYS]):
        raise ValueError(f"{key}: {unsaid} say no way in which they weaken it")
    return Shipped(
        configured,
        table["detector"],
        Words(**table["name"]),
        Words(**table["for"]),
        _says(table["says"]),
        table["category"],
        settings,
        table.get("on", True),
    )


def _says(table: Mapping[str, Any]) -> Mapping[str, Words]:
    by_reason = table if "zh" not in table else {"": table} if table["zh"] else {}
    return {reason: Words(**words) for reason, words in by_reason.items()}


def _setting(name: str, facts: Mapping[str, Any]) -> Setting:
    said = {**_SCHEDULE.get(name, {}), **facts}
    setting = Setting(
        name, Words(said["zh"], said["en"]), said["value"], said["least"], said["most"], said.get("unit", ""),
        said.get("weaker", ""),
    )  # fmt: skip
    if not setting.least <= setting.value <= setting.most:
        raise ValueError(f"{name}: {setting.value} is outside {setting.least} to {setting.most}")
    return setting
