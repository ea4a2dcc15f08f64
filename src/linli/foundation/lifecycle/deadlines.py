"""The deadline rules (``domain.md`` §2.2): a versioned table in ``deadlines.toml``, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from linli.foundation.lifecycle.working_time import Limit, Mode, OfficeHours, Unit

TABLE = Path(__file__).with_name("deadlines.toml")


@dataclass(frozen=True)
class Mark:
    """At this share of a limit something is owed: a warning to the handler, or an escalation to a role."""

    at: float
    escalate_to: str = ""

    @property
    def key(self) -> str:
        """Stable name, so that each mark acts once: ``warn_50``, ``escalate_150``."""
        return f"{'escalate' if self.escalate_to else 'warn'}_{round(self.at * 100)}"


@dataclass(frozen=True)
class LevelRules:
    """Limits of one level. ``finish_means``: on_site, monthly_report or, empty, done."""

    accept: Limit
    contact: Limit
    finish: Limit
    finish_means: str = ""
    extension: Limit | None = None
    source: str = ""


@dataclass(frozen=True)
class Rules:
    """One version of the table. Durations outside the levels are named after what they limit."""

    version: str
    valid_from: date
    source: str
    levels: dict[str, LevelRules]
    marks: tuple[Mark, ...]
    waiting_citizen: Limit
    suspended_at_most: Limit
    call_back: Limit
    rights: Limit
    rights_extension: Limit
    publicity: Limit
    whistle: dict[str, Limit]
    laws: dict[str, LevelRules]

    def limit(self, level: str, step: str) -> Limit:
        """``step`` is accept, contact or finish. Raises :class:`KeyError` for a level that the table lacks."""
        return getattr(self.levels[str(level)], step)

    def marks_reached(self, used: float) -> tuple[Mark, ...]:
        """Marks at or below the share ``used``, lowest first."""
        return tuple(mark for mark in self.marks if used >= mark.at)


@cache
def versions() -> tuple[Rules, ...]:
    """All versions, oldest first. Raises :class:`ValueError` when two share a name or a first day."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    read = tuple(sorted((_rules(entry) for entry in table["version"]), key=lambda rules: rules.valid_from))
    if len({rules.version for rules in read}) < len(read) or len({rules.valid_from for rules in read}) < len(read):
        raise ValueError("each version of the deadlines needs its own name and first day")
    return read


def rules_on(day: date) -> Rules:
    """The rules for what is opened on ``day`` (local); days before the first version fall under the first."""
    in_force = [rules for rules in versions() if rules.valid_from <= day]
    return in_force[-1] if in_force else versions()[0]


def rules_of(version: str) -> Rules:
    """The rules that a past decision kept. Raises :class:`KeyError`."""
    for rules in versions():
        if rules.version == version:
            return rules
    raise KeyError(version)


def _rules(entry: dict[str, Any]) -> Rules:
    office = OfficeHours.parse(entry["office_hours"])
    marks = [Mark(at) for at in entry["warn_at"]]
    marks += [Mark(step["at"], step["to"]) for step in entry["escalate"]]
    return Rules(
        version=entry["version"],
        valid_from=entry["valid_from"],
        source=entry["source"],
        levels={level: _level(steps, office) for level, steps in entry["levels"].items()},
        marks=tuple(sorted(marks, key=lambda mark: mark.at)),
        waiting_citizen=_limit(entry["waiting_citizen"], office),
        suspended_at_most=_limit(entry["suspended_at_most"], office),
        call_back=_limit(entry["call_back"], office),
        rights=_limit(entry["rights"], office),
        rights_extension=_limit({**entry["rights"], "amount": entry["rights"]["extend"]}, office),
        publicity=_limit(entry["publicity"], office),
        whistle={kind: _limit(limit, office) for kind, limit in entry["whistle"].items()},
        laws={law: _level(steps, office) for law, steps in entry["laws"].items()},
    )


def _level(steps: dict[str, Any], office: OfficeHours) -> LevelRules:
    finish = steps["finish"]
    return LevelRules(
        accept=_limit(steps["accept"], office),
        contact=_limit(steps["contact"], office),
        finish=_limit(finish, office),
        finish_means=finish.get("means", ""),
        extension=_limit({**finish, "amount": finish["extend"]}, office) if "extend" in finish else None,
        source=steps.get("source", ""),
    )


def _limit(entry: dict[str, Any], office: OfficeHours) -> Limit:
    unit = Unit(entry["unit"])
    if entry["amount"] <= 0:
        raise ValueError(f"a limit is longer than nothing: {entry}")
    mode = Mode(entry.get("mode", Mode.DAY)) if unit == Unit.WORKING_DAYS else None
    return Limit(entry["amount"], unit, mode, office)
