"""Reading the registry: what is held and how good it is, and finding people and places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Aggregate, Count, Exists, Max, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT
from linli.foundation.errors import NotAllowed, NotFound
from linli.foundation.privacy.door import ends
from linli.foundation.registry.importing.checking import check_file
from linli.foundation.registry.models import (
    UPLOAD_KEPT,
    Building,
    Entrance,
    Estate,
    Facility,
    Grid,
    Home,
    ImportRun,
    ImportUpload,
    Owner,
    Resident,
)
from linli.foundation.registry.rules.templates import TEMPLATES
from linli.foundation.registry.uploads import content_of
from linli.foundation.vault.fields import ends_with

KEY_GROUP_FRESH = timedelta(days=180)
OTHERS_FRESH = timedelta(days=365)
"""Freshness of what is held (``domain.md`` §8): 180 days for those living alone and those of 80 and over."""

KEY_GROUP_AGE = 80
COMPLETE_ENOUGH = 0.98
FOUND_AT_MOST = 20
LEAST_PHONE_DIGITS = 4
BUILDING_UNITS = frozenset({"幢", "栋", "号楼"})
NOTHING = Q(pk__in=[])
_SEARCHED = re.compile(r"(?P<word>[0-9A-Za-z]+|[^\W0-9A-Za-z_]+)(?:(?<=[0-9A-Za-z])\s*(?P<unit>幢|栋|号楼|单元|室))?")


@dataclass(frozen=True)
class Field:
    """``known`` of ``of`` rows have it."""

    name: str
    known: int
    of: int

    @property
    def share(self) -> float | None:
        return self.known / self.of if self.of else None


@dataclass(frozen=True)
class Holding:
    """One line of the data inventory. ``fresh`` of ``rows`` were verified recently enough; ``None`` where rows of
    this kind are not verified one by one."""

    kind: str
    title: str
    rows: int
    fields: tuple[Field, ...]
    fresh: int | None
    last_verified: date | None
    last_import: ImportRun | None

    @property
    def completeness(self) -> float | None:
        """Share of known values over all fields that should be known."""
        possible = sum(f.of for f in self.fields)
        return sum(f.known for f in self.fields) / possible if possible else None

    @property
    def complete_enough(self) -> bool:
        return self.completeness is None or self.completeness >= COMPLETE_ENOUGH

    @property
    def freshness(self) -> float | None:
        return self.fresh / self.rows if self.fresh is not None and self.rows else None


def inventory(actor: Actor) -> list[Holding]:
    """数据清单: what is held, where it came from, how fresh and how complete, counted from the rows.

    For community staff and oversight; raises :class:`NotAllowed` for others.
    """
    if not (actor.system or actor.is_community_staff or actor.has(*OVERSIGHT)):
        raise NotAllowed
    living_here = Resident.objects.living_here()
    return [
        _holding("grids", Grid.objects.all(), {_("名称"): ~Q(name="")}),
        _holding(
            "estates",
            Estate.objects.all(),
            {_("建成年份"): Q(built_year__isnull=False), _("范围"): ~Q(outline={})},
        ),
        _holding("buildings", Building.objects.all(), {_("单元"): _has(Entrance, "building")}, _recent()),
        _holding("entrances", Entrance.objects.all(), {_("房屋"): _has(Home, "entrance")}),
        _holding("homes", Home.objects.all(), {_("专有部分面积"): Q(exclusive_area__isnull=False)}, _recent()),
        _holding(
            "residents",
            living_here,
            {
                _("电话"): ~Q(phone=""),
                _("住址"): Q(home__isnull=False),
                _("户号"): Q(household__isnull=False),
            },
            _recently_met(),
        ),
        _holding("owners", Owner.objects.all(), {_("房屋"): _has(Owner.homes.through, "owner")}),
        _holding("facilities", Facility.objects.all(), {}, _recent()),
    ]


def _holding(kind: str, rows: QuerySet, wanted: Mapping[str, Q | Exists], fresh: Q | None = None) -> Holding:
    counts: dict[str, Aggregate] = {f"known_{n}": Count("pk", filter=known) for n, known in enumerate(wanted.values())}
    if fresh is not None:
        counts |= {"fresh": Count("pk", filter=fresh), "newest": Max("verified_on")}
    found = rows.aggregate(rows=Count("pk"), **counts)
    return Holding(
        kind=kind,
        title=str(TEMPLATES[kind].title),
        rows=found["rows"],
        fields=tuple(Field(name, found[f"known_{n}"], found["rows"]) for n, name in enumerate(wanted)),
        fresh=found.get("fresh"),
        last_verified=found.get("newest"),
        last_import=ImportRun.objects.filter(template=kind)
        .select_related("imported_by")
        .order_by("-imported_at", "-pk")
        .first(),
    )


def _has(model: type[Model], back: str) -> Exists:
    return Exists(model._base_manager.filter(**{back: OuterRef("pk")}))


def _recent() -> Q:
    return Q(verified_on__gt=clock.today() - OTHERS_FRESH)


def _recently_met() -> Q:
    """Verified within the time that the person's group asks for."""
    today = clock.today()
    eighty_or_over = Q(birth_date__lte=_years_before(today, KEY_GROUP_AGE))
    in_key_group = Q(living_alone=True) | eighty_or_over
    return (in_key_group & Q(verified_on__gt=today - KEY_GROUP_FRESH)) | (~in_key_group & _recent())


def _years_before(day: date, years: int) -> date:
    """The latest birth date of somebody who is ``years`` old on ``day``."""
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if leap_day else day.day)


@dataclass(frozen=True)
class Found:
    """What a search found, each list at most 20 long, nearest first."""

    buildings: list[Building]
    homes: list[Home]
    residents: list[Resident]

    @property
    def nothing(self) -> bool:
        return not (self.buildings or self.homes or self.residents)


def search(actor: Actor, words: str) -> Found:
    """Buildings, homes and residents that the actor may see, by what a person would type.

    ``枫杨里 3 幢 502``, ``3-1-502``, a name or part of it, a resident's number, or the last four or more digits of a phone.
    Every word must fit. Residents are found by staff only.
    """
    parts = [(m["word"], m["unit"] or "") for m in _SEARCHED.finditer(unicodedata.normalize("NFKC", words))][:8]
    if not parts:
        return Found([], [], [])
    buildings = Building.objects.visible_to(actor).select_related("estate", "grid")
    homes = Home.objects.visible_to(actor).select_related("entrance__building__estate")
    residents = Resident.objects.none()
    if actor.system or actor.is_staff:
        living_here = Resident.objects.visible_to(actor).living_here()
        residents = living_here.select_related("home__entrance__building__estate")
    return Found(
        _matching(buildings, parts, _building_fits),
        _matching(homes, parts, _home_fits),
        _matching(residents, parts, _resident_fits),
    )


def _matching(rows: QuerySet, parts: list[tuple[str, str]], fits: Callable[[str, str], Q]) -> list:
    for word, unit in parts:
        rows = rows.filter(fits(word, unit))
    return list(rows.order_by("pk").distinct()[:FOUND_AT_MOST])


def _building_fits(word: str, unit: str, at: str = "") -> Q:
    number = Q(**{f"{at}number__iexact": word})
    if unit in BUILDING_UNITS:
        return number
    if unit:
        return NOTHING
    return number | Q(**{f"{at}estate__name__icontains": word}) | Q(**{f"{at}estate__code__iexact": word})


def _home_fits(word: str, unit: str, at: str = "") -> Q:
    entrance, room = Q(**{f"{at}entrance__number__iexact": word}), Q(**{f"{at}number__iexact": word})
    if unit == "单元":
        return entrance
    if unit == "室":
        return room
    building = _building_fits(word, unit, f"{at}entrance__building__")
    return building if unit else building | entrance | room


def _resident_fits(word: str, unit: str) -> Q:
    place = _home_fits(word, unit, "home__")
    if unit:
        return place
    fits = place | Q(name__icontains=word) | Q(code__iexact=word)
    if word.isdigit() and len(word) >= LEAST_PHONE_DIGITS:
        fits |= _phone_ends(word)
    return fits


def _phone_ends(digits: str) -> Q:
    """Four digits are found by their index; what stands before them is compared among the few that fit."""
    fit = Resident.objects.filter(ends_with(Resident, phone=digits[-LEAST_PHONE_DIGITS:]))
    return Q(pk__in=[one.pk for one in fit if ends(one, "phone", digits)])


def upload(actor: Actor, upload_id: int) -> ImportUpload:
    """The actor's own upload, while it is kept; raises :class:`NotFound`."""
    found = ImportUpload.objects.visible_to(actor).filter(pk=upload_id).first()
    if found is None or found.uploaded_at < clock.real_now() - UPLOAD_KEPT:
        raise NotFound
    return found


def rejected_file(upload: ImportUpload) -> bytes:
    """An .xlsx of the rows of the upload that are at fault now, with the reasons."""
    report, _plan = check_file(content_of(upload), upload.file_name, upload.template)
    from linli.foundation.registry.importing.workbooks import rejected_rows

    return rejected_rows(report)
