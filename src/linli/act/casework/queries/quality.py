"""抽查: what is to be checked, what was found, and the share without fault of each unit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.act.casework.models import OutsideUnit, QualityCheck, QualitySample, QualityShare
from linli.act.casework.queries.worklists import readings_of
from linli.act.casework.rules.three_rates import Rate
from linli.act.casework.wording import case_title, place_name
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotAllowed
from linli.foundation.registry.models import Grid

SHOWN_AT_MOST = 200


@dataclass(frozen=True)
class Checking:
    """One case of a draw; ``checker`` whom it was given to, ``by`` who checked it."""

    check: QualityCheck
    title: str
    place: str
    unit: str
    checker: str
    by: str


@dataclass(frozen=True)
class UnitRate:
    """``rate`` is the share of checked cases without fault; ``waiting`` are drawn and not checked yet."""

    unit: str
    rate: Rate
    short: int
    reopened: int
    waiting: int


@dataclass(frozen=True)
class Quality:
    """``mine`` wait for the reader, ``waiting`` for others; ``done`` the newest first, at most 200."""

    percent: int
    mine: list[Checking]
    waiting: list[Checking]
    done: list[Checking]
    rates: list[UnitRate]
    samples: list[QualitySample]


def quality(first: date, last: date, *, actor: Actor) -> Quality:
    """Draws of the weeks that began from ``first`` to ``last``; what waits, whenever it was drawn. Community staff only."""
    if not actor.is_community_staff:
        raise NotAllowed
    rows = QualityCheck.objects.visible_to(actor).select_related(
        "sample", "case__building__estate", "case__facility", "case__warning", "checker", "checked_by"
    )
    in_time = Q(sample__week__gte=first, sample__week__lte=last)
    found = list(rows.filter(in_time | Q(result="")).order_by("-sample__week", "pk"))
    names = _names({one.unit for one in found})
    seen = readings_of([one.case for one in found], actor)
    listed = [_row(one, names, seen) for one in found]
    waiting = [one for one in listed if not one.check.result]
    done = [one for one in listed if one.check.result]
    mine = [one for one in waiting if one.check.checker_id == actor.account_id]
    groups: dict[str, list[QualityCheck]] = defaultdict(list)
    for one in found:
        if first <= one.sample.week <= last:
            groups[names[one.unit]].append(one)
    share = QualityShare.objects.visible_to(actor).first()
    return Quality(
        percent=share.percent if share is not None else 0,
        mine=mine,
        waiting=[one for one in waiting if one not in mine],
        done=done[:SHOWN_AT_MOST],
        rates=[_rate(name, groups[name]) for name in sorted(groups)],
        samples=list(QualitySample.objects.visible_to(actor).filter(week__gte=first, week__lte=last)),
    )


def to_check(actor: Actor) -> int:
    """How many cases wait for the actor to be checked."""
    if not actor.is_community_staff:
        return 0
    return QualityCheck.objects.visible_to(actor).filter(result="", checker_id=actor.account_id or 0).count()


def checking(check_id: int, *, actor: Actor) -> Checking | None:
    rows = QualityCheck.objects.visible_to(actor).select_related(
        "sample", "case__building__estate", "case__facility", "case__warning", "checker", "checked_by"
    )
    one = rows.filter(pk=check_id).first()
    if one is None:
        return None
    return _row(one, _names({one.unit}), readings_of([one.case], actor))


def _row(one: QualityCheck, names: dict[str, str], seen: frozenset[int]) -> Checking:
    return Checking(
        check=one,
        title=case_title(one.case, seen),
        place=place_name(one.case),
        unit=names[one.unit],
        checker=one.checker.display_name if one.checker is not None else "",
        by=one.checked_by.display_name if one.checked_by is not None else "",
    )


def _rate(name: str, checks: list[QualityCheck]) -> UnitRate:
    results = [one.result for one in checks]
    checked = [result for result in results if result]
    return UnitRate(
        unit=name,
        rate=Rate(checked.count(QualityCheck.Result.OK), len(checked)),
        short=checked.count(QualityCheck.Result.SHORT),
        reopened=checked.count(QualityCheck.Result.REOPEN),
        waiting=len(results) - len(checked),
    )


def _names(units: set[str]) -> dict[str, str]:
    keys: dict[str, set[int]] = defaultdict(set)
    for unit in units:
        kind, _sign, key = unit.partition(":")
        if key:
            keys[kind].add(int(key))
    grids = {f"grid:{one.pk}": str(one) for one in Grid.objects.filter(pk__in=keys["grid"])} if keys["grid"] else {}
    outside = OutsideUnit.objects.filter(pk__in=keys["unit"])
    firms = {f"unit:{one.pk}": one.name for one in outside} if keys["unit"] else {}
    return {unit: (grids | firms).get(unit, _("社区自己办的")) for unit in units}
