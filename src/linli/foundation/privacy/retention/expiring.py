"""What falls due: each app says how the rows of its tables are found when their time has run out, and erased.

``expires("notices.Notice", lambda before: Notice.objects.filter(created_at__lt=before), moment="created_at")`` in the
app's ``retention.py``, called when it starts: the same way as ``holdings.py``, so that the foundation knows no app
above it. How long is not said here but in ``rules.toml``. A test walks every table and fails for one without a rule,
and for a rule that nobody carries out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from django.apps import apps
from django.db import models, transaction
from django.db.models import Max, Min, QuerySet

from linli.foundation import clock
from linli.foundation.privacy.retention.rules import DEIDENTIFY, Rule, rule_of
from linli.foundation.tenancy import TenantModel

Rows = Callable[[datetime], QuerySet]
Dispose = Callable[[QuerySet], None]
Note = Callable[[int, Sequence[str]], None]

ROWS_AT_ONCE = 300
"""Rows of one transaction: at 300 the longest that a writer waits for it is some milliseconds."""


@dataclass(frozen=True)
class Found:
    """What a dry run finds: how many, how old, and of which parts."""

    count: int
    oldest: datetime | None = None
    newest: datetime | None = None
    details: Mapping[str, int] = field(default_factory=dict)


class Expiry(Protocol):
    """How one rule is carried out, inside the scope of one community, or of all where ``everywhere``."""

    @property
    def key(self) -> str:
        """Of the rule."""

    @property
    def everywhere(self) -> bool:
        """Whether its tables belong to no community."""

    def look(self, as_of: datetime) -> Found:
        """What is due at ``as_of``; changes nothing."""

    def step(self, as_of: datetime, note: Note) -> bool:
        """Erase a little of it in one short transaction, calling ``note(count, marks)`` inside; False when nothing is
        left. ``marks`` name what went by numbers, never by what was in it."""


@dataclass(frozen=True)
class TableExpiry:
    """Rows of one table. ``moment`` is the column that the dry run shows as oldest and newest; ``resident`` the path to
    the person whose hold protects a row; ``dispose`` erases the rows of a queryset, deleting them by default."""

    key: str
    rows: Rows
    moment: str
    dispose: Dispose
    resident: str
    everywhere: bool

    def look(self, as_of: datetime) -> Found:
        return count(self._due(as_of), self.moment)

    def step(self, as_of: datetime, note: Note) -> bool:
        with transaction.atomic():
            due = self._due(as_of).order_by("pk").values_list("pk", flat=True)
            some = list(due[:ROWS_AT_ONCE])
            if not some:
                return False
            self.dispose(due.model._base_manager.filter(pk__in=some))
            note(len(some), [str(pk) for pk in some])
        return True

    def _due(self, as_of: datetime) -> QuerySet:
        from linli.foundation.privacy.retention.holding_back import held_residents

        due = self.rows(rule_of(self.key).cutoff(as_of))
        if self.resident and (held := held_residents()):
            spared = due.model._base_manager.filter(**{f"{self.resident}__in": held})
            due = due.exclude(pk__in=spared.values("pk"))
        return due


def count(due: QuerySet, moment: str) -> Found:
    """How many rows, and the oldest and newest by the column ``moment``, which may hold a time or a day."""
    found = due.aggregate(oldest=Min(moment), newest=Max(moment), n=models.Count("pk"))
    return Found(found["n"], _moment(found["oldest"]), _moment(found["newest"]))


_expiries: dict[str, Expiry] = {}


def expires(
    table: str,
    rows: Rows,
    *,
    moment: str,
    dispose: Dispose | None = None,
    resident: str | None = None,
    everywhere: bool | None = None,
) -> None:
    """Register how the rows of ``table`` (``app.Model`` or ``app.Model:part``) are found and erased.

    ``rows(before)`` gives those whose time began before that moment. ``resident`` is found by itself where the table
    leads to one by its references. ``everywhere``: the table belongs to no community; so by default where it has no
    ``community``. Raises :class:`RuntimeError` for a table given twice, :class:`ValueError` for a rule that
    de-identifies without saying how.
    """
    rule = rule_of(table)
    model = apps.get_model(table.partition(":")[0])
    if rule.then == DEIDENTIFY and dispose is None:
        raise ValueError(f"{table}: say how it is de-identified")
    add(
        TableExpiry(
            key=rule.table,
            rows=rows,
            moment=moment,
            dispose=dispose or _delete,
            resident=path_to_resident(model) if resident is None else resident,
            everywhere=not _has_community(model) if everywhere is None else everywhere,
        )
    )


def add(expiry: Expiry) -> None:
    """Register an expiry of another kind than rows of a table."""
    if expiry.key in _expiries:
        raise RuntimeError(f"{expiry.key} is carried out already")
    _expiries[expiry.key] = expiry


def expiries() -> Mapping[str, Expiry]:
    """Every registered expiry by its key."""
    return dict(_expiries)


def not_carried_out(rules: Mapping[str, Rule]) -> list[str]:
    """Keys of rules that act, but that no app carries out."""
    known = _expiries.keys()
    return sorted(rule.table for rule in rules.values() if rule.acts and rule.table not in known)


def path_to_resident(model: type[models.Model]) -> str:
    """The shortest way from a row to the resident it is about, along its own references; empty where there is none."""
    target = apps.get_model("registry.Resident")
    if model is target:
        return "pk"
    waiting: list[tuple[type[models.Model], str]] = [(model, "")]
    seen = {model}
    while waiting:
        here, path = waiting.pop(0)
        for reference in here._meta.fields:
            there: Any = reference.related_model
            if there is None:
                continue
            if there is target:
                return f"{path}{reference.name}"
            if there not in seen and there._meta.label != "registry.Community":
                seen.add(there)
                waiting.append((there, f"{path}{reference.name}__"))
    return ""


def _has_community(model: type[models.Model]) -> bool:
    return issubclass(model, TenantModel) or any(one.name == "community" for one in model._meta.fields)


def _delete(rows: QuerySet) -> None:
    rows.delete()


def _moment(value: Any) -> datetime | None:
    """Of a column that holds a day its midnight; of one that holds no time nothing."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return clock.midnight(value)
    return value if isinstance(value, datetime) else None
