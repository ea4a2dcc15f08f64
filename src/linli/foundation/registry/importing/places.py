"""The rows of the community by the names that people write in a file."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.registry.models import Building, Entrance, Estate, Grid, Home, Household, Resident
from linli.foundation.registry.rules.cells import BadCell

Address = tuple[str, ...]


class Places:
    """Each table is read at most once in an import; a name that stands nowhere raises :class:`BadCell`."""

    def estate(self, code: str) -> int:
        return self._find("estate", self._estates, code, _("没有编号为“%(name)s”的小区，请先导入小区。"))

    def grid(self, number: int) -> int:
        return self._find("grid", self._grids, number, _("没有编号为“%(name)s”的网格，请先导入网格。"))

    def building(self, *address: str) -> int:
        return self._find("building", self._buildings, address, _("没有“%(name)s”这一幢，请先导入楼幢。"))

    def entrance(self, *address: str) -> int:
        return self._find("entrance", self._entrances, address, _("没有“%(name)s”这个单元，请先导入单元。"))

    def home(self, *address: str) -> int:
        return self._find("home", self._homes, address, _("没有“%(name)s”这一户，请先导入房屋。"))

    def resident(self, code: str) -> int:
        return self._find("resident", self._residents, code, _("没有编号为“%(name)s”的居民，请先导入居民。"))

    @cached_property
    def households(self) -> dict[str, Household]:
        return {h.code: h for h in Household.objects.all()}

    @staticmethod
    def _find(field: str, table: dict[Any, int], name: Any, otherwise: str) -> int:
        if name not in table:
            shown = "/".join(name) if isinstance(name, tuple) else name
            raise BadCell(otherwise % {"name": shown}, field=field)
        return table[name]

    @cached_property
    def _estates(self) -> dict[str, int]:
        return dict(Estate.objects.values_list("code", "pk"))

    @cached_property
    def _grids(self) -> dict[int, int]:
        return dict(Grid.objects.values_list("number", "pk"))

    @cached_property
    def _residents(self) -> dict[str, int]:
        return dict(Resident.objects.values_list("code", "pk"))

    @cached_property
    def _buildings(self) -> dict[Address, int]:
        return self._by_address(Building.objects, "estate__code", "number")

    @cached_property
    def _entrances(self) -> dict[Address, int]:
        return self._by_address(Entrance.objects, "building__estate__code", "building__number", "number")

    @cached_property
    def _homes(self) -> dict[Address, int]:
        entrance = "entrance__building"
        return self._by_address(
            Home.objects, f"{entrance}__estate__code", f"{entrance}__number", "entrance__number", "number"
        )

    @staticmethod
    def _by_address(rows, *fields: str) -> dict[Address, int]:
        return {tuple(address): pk for *address, pk in rows.values_list(*fields, "pk")}
