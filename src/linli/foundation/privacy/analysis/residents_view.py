"""Who lives here, as far as a study may look: bands and yes-or-no facts, nobody's name, date or home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date

from django.utils.translation import gettext as _

from linli.foundation.privacy.analysis.catalogue import Found, View, view
from linli.foundation.privacy.analysis.rules.shapes import Measure, Shape
from linli.foundation.privacy.door import use
from linli.foundation.privacy.purposes import Words
from linli.foundation.registry.models import Grid, Resident

PURPOSE = "analysis"
FIRST_DECADE, LAST_DECADE = 1920, 2020
UNKNOWN = "unknown"


def grids() -> dict[str, str]:
    """The community's grids as values of a column."""
    return {str(grid.pk): str(grid) for grid in Grid.objects.order_by("number")} | {UNKNOWN: _("不知道")}


def shape() -> Shape:
    decades = range(FIRST_DECADE, LAST_DECADE + 1, 10)
    return Shape(
        view="residents",
        title=_("居民"),
        columns={
            "sex": {"f": _("女"), "m": _("男")},
            "born": {str(one): _("%(first)d–%(last)d 年生") % {"first": one, "last": one + 9} for one in decades},
            "grid": grids(),
            "alone": {"yes": _("独居"), "no": _("不独居")},
            "lift": {"yes": _("有电梯"), "no": _("没有电梯"), UNKNOWN: _("不知道")},
            "floor": {"low": _("一二楼"), "middle": _("三四楼"), "high": _("五楼以上"), UNKNOWN: _("不知道")},
        },
        titles={
            "sex": _("性别"),
            "born": _("出生年代"),
            "grid": _("网格"),
            "alone": _("独居"),
            "lift": _("电梯"),
            "floor": _("楼层"),
        },
        measures={"together": Measure(_("一起住的人"), _("人"), 1, 8)},
    )


def rows(on: date, people: Collection[int], about: str) -> Found:
    """One row for each resident; the birth date is taken through the door and leaves as a decade."""
    living = Resident.objects.living_here()
    together = Counter(living.exclude(household=None).values_list("household_id", flat=True))
    for resident in living.filter(pk__in=people).select_related("home__entrance__building").order_by("pk"):
        born = date.fromisoformat(use(resident, "birth_date", PURPOSE, about=about))
        home = resident.home
        decade = min(max(born.year // 10 * 10, FIRST_DECADE), LAST_DECADE)
        values = {
            "sex": resident.sex,
            "born": str(decade),
            "grid": str(home.entrance.building.grid_id) if home else UNKNOWN,
            "alone": "yes" if resident.living_alone else "no",
            "lift": ("yes" if home.entrance.has_lift else "no") if home else UNKNOWN,
            "floor": _floor(home.floor) if home else UNKNOWN,
        }
        known = together.get(resident.household_id, 0)
        yield resident.pk, values, {"together": float(known)} if known else {}


def register() -> None:
    view(
        View(
            "residents",
            Words("居民", "Residents"),
            Words(
                "住在这里的人：性别、出生年代、网格、独居、楼层、电梯。",
                "Who lives here: sex, decade of birth, grid, living alone, floor, lift.",
            ),
            shape,
            rows,
        )
    )


def _floor(floor: int) -> str:
    return "low" if floor <= 2 else "middle" if floor <= 4 else "high"
