"""The rules of ``rules.toml``, read once and checked: how long what is kept, and what then."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from django.utils import timezone

from linli.foundation.privacy.purposes import Words

ERASE, DEIDENTIFY, AGGREGATE, WITH, KEEP = "erase", "deidentify", "aggregate", "with", "keep"
ACTING = frozenset({ERASE, DEIDENTIFY, AGGREGATE})
NOTHING = Words("", "")


@dataclass(frozen=True)
class Rule:
    """Of one table, ``app.Model``, or of a part of its columns, ``app.Model:part``. ``months`` or ``days`` after ``after``,
    then ``then``.

    ``of`` names the table with whose rows these go, ``because`` says why something stays, ``free_text`` are columns in
    which people write what they like.
    """

    table: str
    version: str
    then: str
    name: Words = NOTHING
    months: int = 0
    days: int = 0
    after: Words = NOTHING
    of: str = ""
    because: Words = NOTHING
    source: str = ""
    free_text: tuple[str, ...] = ()

    @property
    def acts(self) -> bool:
        return self.then in ACTING

    def cutoff(self, as_of: datetime) -> datetime:
        """What counts from before this moment is due at ``as_of``."""
        return before(as_of, months=self.months, days=self.days)


@dataclass(frozen=True)
class Term:
    """Of readings: kept ``months`` as they came, then ``then``; ``to`` is the grain of the lines that take their place."""

    then: str
    months: int = 0
    to: str = "five"


@dataclass(frozen=True)
class MetricRule:
    """Of one device type; ``metrics`` are all that it may measure."""

    device_type: str
    metrics: frozenset[str]
    home: Term
    shared: Term
    source: str

    def term(self, *, in_home: bool) -> Term:
        return self.home if in_home else self.shared


def before(moment: datetime, *, months: int = 0, days: int = 0) -> datetime:
    """``moment`` so many calendar months and days earlier on the neighbourhood's calendar; 31 March less a month is the
    last of February."""
    local = timezone.localtime(moment)
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    last = (datetime(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day  # noqa: DTZ001
    earlier = local.replace(year=year, month=month + 1, day=min(local.day, last))
    return earlier - timedelta(days=days)


@cache
def version() -> str:
    return _file()["version"]


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule by its table in lower case; raises :class:`ValueError` for one that contradicts itself."""
    found = {}
    for table, facts in _file().items():
        if isinstance(facts, Mapping) and table != "metrics":
            found[table.lower()] = _rule(table, facts)
    for rule in found.values():
        if rule.then == WITH and rule.of.lower() not in found:
            raise ValueError(f"{rule.table} goes with {rule.of}, which has no rule")
    return found


@cache
def metric_rules() -> Mapping[str, MetricRule]:
    """The rule of each device type by its key."""
    return {key: _metric_rule(key, facts) for key, facts in _file()["metrics"].items()}


def rule_of(table: str) -> Rule:
    """The rule of ``app.Model``. Raises :class:`KeyError` where there is none."""
    return all_rules()[table.lower()]


def deciding(table: str) -> Rule:
    """The rule that decides about a table: its own, or that of the table with which it goes."""
    rule = rule_of(table)
    while rule.then == WITH:
        rule = rule_of(rule.of)
    return rule


@cache
def _file() -> Mapping:
    return tomllib.loads(files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))


def _rule(table: str, facts: Mapping) -> Rule:
    rule = Rule(
        table=table,
        version=version(),
        then=facts["then"],
        name=Words(**facts.get("name", {"zh": "", "en": ""})),
        months=facts.get("months", 0),
        days=facts.get("days", 0),
        after=Words(**facts.get("after", {"zh": "", "en": ""})),
        of=facts.get("of", ""),
        because=Words(**facts.get("because", {"zh": "", "en": ""})),
        source=facts.get("source", ""),
        free_text=tuple(facts.get("free_text", ())),
    )
    if trouble := _trouble(rule, facts):
        raise ValueError(f"{table}: {trouble}")
    return rule


def _trouble(rule: Rule, facts: Mapping) -> str:
    if rule.then not in ACTING | {WITH, KEEP}:
        return f"nothing is known of {rule.then!r}"
    if rule.acts and not ({"months", "days"} & facts.keys() and rule.after and rule.name and rule.source):
        return "say what it is, how long, after what, and where the term comes from"
    if rule.then == KEEP and not rule.because:
        return "say why it stays"
    if rule.then == WITH and not rule.of:
        return "say with what it goes"
    return ""


def _metric_rule(key: str, facts: Mapping) -> MetricRule:
    return MetricRule(
        device_type=key,
        metrics=frozenset(facts["metrics"]),
        home=Term(**facts["home"]),
        shared=Term(**facts["shared"]),
        source=facts["source"],
    )
