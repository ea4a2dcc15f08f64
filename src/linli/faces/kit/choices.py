"""Long lists to choose from, in groups that people know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.db.models import Case, When
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext as _

from linli.foundation.registry.models import Facility


class _InGroups(ModelChoiceIterator):
    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        groups: dict[str, list[tuple[Any, str]]] = {}
        group_of = cast(FacilityField, self.field).group_of
        for facility in self.queryset:
            groups.setdefault(group_of(facility), []).append(self.choice(facility))
        yield from groups.items()


class FacilityField(forms.ModelChoiceField):
    """Facilities by estate and kind; those of the building ``at_home`` stand first, under its own heading."""

    iterator = _InGroups
    at_home: int | None = None

    def group_of(self, facility: Facility) -> str:
        if self.at_home is not None and facility.building_id == self.at_home:
            return _("您住的这幢楼")
        kind = str(facility.get_kind_display())
        return f"{facility.building.estate} · {kind}" if facility.building is not None else kind

    def among(self, facilities: Any, at_home: int | None = None) -> None:
        """Offer these, loaded with what the groups name, in the order in which they are shown."""
        self.at_home = at_home
        ordered = facilities.select_related("building__estate").order_by("building__estate__name", "kind", "name", "pk")
        if at_home is not None:
            first = Case(When(building=at_home, then=0), default=1)
            ordered = ordered.order_by(first, "building__estate__name", "kind", "name", "pk")
        self.queryset = ordered
