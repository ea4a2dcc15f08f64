"""What an import would do: compared with the rows that are there, nothing written yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from linli.foundation.privacy.door import same
from linli.foundation.registry.importing.kinds import Kind, Values
from linli.foundation.registry.importing.places import Places
from linli.foundation.registry.models import Household
from linli.foundation.registry.rules.cells import BadCell
from linli.foundation.registry.rules.checking import Row
from linli.foundation.registry.rules.templates import Template
from linli.foundation.tenancy import active_community_id


@dataclass
class Plan:
    """Rows to write; ``links`` holds (row, home keys) of a many-to-many field that must become exactly those."""

    create: list[models.Model] = field(default_factory=list)
    update: list[models.Model] = field(default_factory=list)
    unchanged: int = 0
    households: list[Household] = field(default_factory=list)
    links: list[tuple[models.Model, frozenset[int]]] = field(default_factory=list)


def plan_import(template: Template, kind: Kind, rows: list[Row]) -> Plan:
    """Resolve each faultless row; a row that refers to something unknown gets its fault here."""
    places, plan = Places(), Plan()
    there = _rows_there(kind)
    for row in rows:
        if row.faults:
            continue
        try:
            values = kind.resolve(row.values, places)
            _place_row(kind, values, there, plan)
        except BadCell as error:
            row.reject(_heading_of(template, error.field), str(error))
    plan.households = _changed_households(places, plan)
    return plan


def _rows_there(kind: Kind) -> dict[tuple, models.Model]:
    rows = kind.model._default_manager.all()
    if kind.many:
        rows = rows.prefetch_related(kind.many)
    return {tuple(getattr(r, f) for f in kind.key): r for r in rows}


def _place_row(kind: Kind, values: Values, there: dict[tuple, models.Model], plan: Plan) -> None:
    many = kind.many
    linked = values.pop(many) if many is not None else None
    row = there.get(tuple(values[f] for f in kind.key))
    for name in kind.needed:
        if values.get(name, getattr(row, name, None)) is None:
            raise BadCell(_("楼幢要有轮廓：填 x、y、宽、深，或者 GeoJSON。"), field=name)
    if row is None:
        row = kind.model(community_id=active_community_id(), **values)
        plan.create.append(row)
        changed = linked is not None
    else:
        changed = _apply(row, values)
        links_differ = many is not None and linked != {h.pk for h in getattr(row, many).all()}
        if changed or links_differ:
            plan.update.append(row)
        else:
            plan.unchanged += 1
        changed = links_differ
    if linked is not None and changed:
        plan.links.append((row, linked))


def _apply(row: Any, values: Values) -> bool:
    """Set what differs; whether anything did."""
    changed = False
    for name, value in values.items():
        if isinstance(value, Household):
            differs = value.pk is None or row.household_id != value.pk
        else:
            differs = not same(row, name, value) if isinstance(value, str) else getattr(row, name) != value
        if differs:
            setattr(row, name, value)
            changed = True
    return changed


def _changed_households(places: Places, plan: Plan) -> list[Household]:
    if "households" not in vars(places):
        return []
    changed = []
    for household in places.households.values():
        home_id = getattr(household, "written_home", None)
        if home_id is not None and household.home_id != home_id:
            household.home_id = home_id
            household.community_id = active_community_id()
            changed.append(household)
    return changed


def _heading_of(template: Template, field: str | None) -> str:
    """The heading of the column at fault; an owner's homes stand in one column, other faults at the key."""
    headings = {c.field: c.heading for c in template.columns}
    return headings.get(field or "") or headings.get(f"{field}s") or headings[template.key[0]]
