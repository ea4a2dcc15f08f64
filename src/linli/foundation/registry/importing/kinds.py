"""For each template: its table, the fields that identify a row there, and how a checked row becomes field values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from linli.foundation.registry.importing.places import Places
from linli.foundation.registry.models import (
    Building,
    Entrance,
    Estate,
    Facility,
    Grid,
    Home,
    Household,
    Owner,
    Resident,
)
from linli.foundation.registry.rules.cells import BadCell
from linli.foundation.registry.rules.identity import birth_date_of

Values = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """``resolve`` turns names into keys of rows; ``needed`` must be known before a new row can stand."""

    model: type[models.Model]
    key: tuple[str, ...]
    resolve: Callable[[Values, Places], Values]
    needed: tuple[str, ...] = ()
    many: str | None = None


def _as_is(given: Values, places: Places) -> Values:
    return dict(given)


def _building(given: Values, places: Places) -> Values:
    fields = dict(given)
    fields["estate_id"] = places.estate(fields.pop("estate"))
    fields["grid_id"] = places.grid(fields.pop("grid"))
    return fields


def _entrance(given: Values, places: Places) -> Values:
    fields = dict(given)
    fields["building_id"] = places.building(fields.pop("estate"), fields.pop("building"))
    return fields


def _home(given: Values, places: Places) -> Values:
    fields = dict(given)
    address = [fields.pop(part) for part in ("estate", "building", "entrance")]
    fields["entrance_id"] = places.entrance(*address)
    return fields


def _resident(given: Values, places: Places) -> Values:
    fields = dict(given)
    given_parts = {part: fields.pop(part) for part in ("estate", "building", "entrance", "home") if part in fields}
    address = [part for part in given_parts.values() if part is not None]
    if len(address) == 4:
        fields["home_id"] = places.home(*address)
    elif address:
        raise BadCell(_("住址要填全：小区编号、幢号、单元号、室号。"), field="home")
    elif given_parts:
        fields["home_id"] = None
    number, born = fields.get("identity_number"), fields.get("birth_date")
    if number and born and birth_date_of(number) != born:
        raise BadCell(_("身份证号里的出生日期和“出生日期”这一列不一样。"), field="identity_number")
    if "household" in fields:
        fields["household"] = _household(fields["household"], fields.get("home_id"), places)
    return fields


def _household(code: str | None, home_id: int | None, places: Places) -> Household | None:
    """The household of this code; it moves with its members, who must all be written with one home."""
    if code is None:
        return None
    if home_id is None:
        raise BadCell(_("填了户号就要填住址。"), field="household")
    household = places.households.setdefault(code, Household(code=code))
    written = getattr(household, "written_home", None)
    if written not in (None, home_id):
        raise BadCell(_("户号“%(code)s”在这个文件里有两个住址。") % {"code": code}, field="household")
    household.written_home = home_id  # type: ignore[attr-defined]  # only while this file is checked
    return household


def _owner(given: Values, places: Places) -> Values:
    fields = dict(given)
    fields["homes"] = frozenset(places.home(*address) for address in fields["homes"])
    if "resident" in fields:
        code = fields.pop("resident")
        fields["resident_id"] = None if code is None else places.resident(code)
    return fields


def _facility(given: Values, places: Places) -> Values:
    fields = dict(given)
    fields["grid_id"] = places.grid(fields.pop("grid"))
    estate, building, entrance = (fields.pop(part, None) for part in ("estate", "building", "entrance"))
    if (building and not estate) or (entrance and not building):
        raise BadCell(_("位置要从大到小填：小区编号、幢号、单元号。"), field="building")
    if building:
        fields["building_id"] = places.building(estate, building)
    if entrance:
        fields["entrance_id"] = places.entrance(estate, building, entrance)
    return fields


KINDS: Mapping[str, Kind] = {
    "grids": Kind(Grid, ("number",), _as_is),
    "estates": Kind(Estate, ("code",), _as_is),
    "buildings": Kind(Building, ("estate_id", "number"), _building, needed=("footprint",)),
    "entrances": Kind(Entrance, ("building_id", "number"), _entrance),
    "homes": Kind(Home, ("entrance_id", "number"), _home),
    "residents": Kind(Resident, ("code",), _resident),
    "owners": Kind(Owner, ("code",), _owner, many="homes"),
    "facilities": Kind(Facility, ("code",), _facility),
}
