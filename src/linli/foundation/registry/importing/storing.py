"""Writing a plan in a few statements, however many rows it has."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from django.db import models

from linli.foundation.registry.importing.kinds import Kind
from linli.foundation.registry.importing.planning import Plan
from linli.foundation.registry.models import Household

BATCH = 500


def store(kind: Kind, plan: Plan) -> None:
    """Must run inside a transaction and the community's scope."""
    new = [h for h in plan.households if h.pk is None]
    _insert(Household, new)
    _overwrite(Household, [h for h in plan.households if h not in new])
    _insert(kind.model, plan.create)
    _overwrite(kind.model, plan.update)
    if kind.many:
        _relink(kind.model, kind.many, plan.links)


def _insert(model: type[models.Model], rows: list) -> None:
    model._default_manager.bulk_create(rows, batch_size=BATCH)


def _overwrite(model: type[models.Model], rows: list) -> None:
    """One upsert by primary key for a batch: many times faster than ``bulk_update``'s CASE for each column."""
    fields = [f.name for f in model._meta.concrete_fields if not f.primary_key]
    for batch in _batches(rows):
        model._default_manager.bulk_create(
            batch, update_conflicts=True, unique_fields=["id"], update_fields=fields, batch_size=BATCH
        )


def _relink(model: type[models.Model], field: str, links: list[tuple[Any, frozenset[int]]]) -> None:
    relation: Any = model._meta.get_field(field)
    through = relation.remote_field.through
    own, other = f"{relation.m2m_field_name()}_id", f"{relation.m2m_reverse_field_name()}_id"
    for batch in _batches(links):
        through.objects.filter(**{f"{own}__in": [row.pk for row, _ in batch]}).delete()
        through.objects.bulk_create(
            [through(**{own: row.pk, other: key}) for row, keys in batch for key in sorted(keys)],
            batch_size=BATCH,
        )


def _batches(rows: Iterable) -> Iterable[list]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch
