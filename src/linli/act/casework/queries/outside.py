"""Errands, units and the rules by which cases are given out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.act.casework.links import community_of_errand_link, errand_url, read_errand_link
from linli.act.casework.models import (
    ERRAND_OPEN,
    ERRAND_WORKFLOW,
    Case,
    CaseSpending,
    DispatchRule,
    Errand,
    Level,
    OutsideUnit,
)
from linli.act.casework.queries.spending import spent_by_unit
from linli.act.casework.rules.dispatching import Condition, Fit, Matter, first_fit
from linli.act.casework.rules.spending import Totals
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotAllowed, NotFound
from linli.foundation.files.models import Attachment
from linli.foundation.registry.models import Building, Community, Grid
from linli.foundation.tenancy import community_scope
from linli.understand.triage.queries import read_words
from linli.understand.triage.taxonomy import category


@dataclass(frozen=True)
class Route:
    """Where a case goes: ``grid_id`` of the rule or of the place, ``unit_id`` that gets an errand. ``rule`` is ``None``
    when none fitted; ``because`` is a sentence in the reader's language."""

    grid_id: int | None
    unit_id: int | None
    rule: DispatchRule | None
    fit: Fit | None

    @property
    def because(self) -> str:
        if self.rule is None or self.fit is None:
            return (
                _("没有规则管到，按地点派给网格。")
                if self.grid_id
                else _("没有规则管到，也不知道在哪个网格，等人来派。")
            )
        return _("规则 %(n)d：%(conditions)s。%(why)s") % {
            "n": self.rule.position, "conditions": in_words(self.rule), "why": self.rule.why,
        }  # fmt: skip


@dataclass(frozen=True)
class Tried:
    """What a request with these words at this place would become."""

    category: str
    level: str
    grid: Grid | None
    unit: OutsideUnit | None
    because: str


@dataclass(frozen=True)
class ErrandRow:
    """``link`` is empty once none works; ``late`` when a whistled department is not there in time."""

    errand: Errand
    link: str
    late: bool
    verbs: tuple[str, ...]


@dataclass(frozen=True)
class ErrandPage:
    """What whoever holds the link reads: the task, the place, the photos that were chosen; nobody's name."""

    community: Community
    errand: Errand
    number: str
    photos: tuple[Attachment, ...]
    after: tuple[Attachment, ...]
    verbs: tuple[str, ...]
    unit: str
    spendings: tuple[CaseSpending, ...]
    totals: Totals


def rules_of_community() -> list[DispatchRule]:
    """All of them in their order, with what they name."""
    return list(
        DispatchRule.objects.select_related("grid", "estate", "building__estate", "to_grid", "to_unit", "changed_by")
    )


def route(matter: Matter, rules: Iterable[DispatchRule] | None = None) -> Route:
    """Where ``matter`` goes by the rules that hold now."""
    known = list(rules) if rules is not None else rules_of_community()
    active = [rule for rule in known if rule.active and (rule.to_unit is None or rule.to_unit.active)]
    fit = first_fit(
        (Condition(r.pk, r.category, r.level, r.grid_id, r.estate_id, r.building_id) for r in active), matter
    )
    rule = next((one for one in active if fit is not None and one.pk == fit.key), None)
    if rule is None:
        return Route(matter.grid, None, None, None)
    return Route(rule.to_grid_id or matter.grid, rule.to_unit_id, rule, fit)


def matter_of(case: Case) -> Matter:
    estate = Building.objects.filter(pk=case.building_id or 0).values_list("estate_id", flat=True).first()
    return Matter(case.category, case.level, case.grid_id, estate, case.building_id)


def try_out(words: str, *, building_id: int | None, actor: Actor) -> Tried:
    """ "A request like this would go to … because …": read by the same reader and rules as a real one, and written nowhere."""
    if not actor.is_community_staff:
        raise NotAllowed
    guessed, _version = read_words(words)
    building = Building.objects.filter(pk=building_id).first() if building_id else None
    matter = Matter(
        guessed.category, guessed.level, building.grid_id if building else None,
        building.estate_id if building else None, building.pk if building else None,
    )  # fmt: skip
    found = route(matter)
    return Tried(
        category=category(guessed.category).path(get_language() or "zh-hans"),
        level=f"{guessed.level} {Level(guessed.level).label}",
        grid=Grid.objects.filter(pk=found.grid_id).first() if found.grid_id else None,
        unit=found.rule.to_unit if found.rule is not None else None,
        because=found.because,
    )


def in_words(rule: DispatchRule) -> str:
    """The conditions of a rule as a reader says them."""
    said = []
    if rule.category:
        said.append(category(rule.category).path(get_language() or "zh-hans"))
    if rule.level:
        said.append(f"{rule.level} {Level(rule.level).label}")
    said += [str(place) for place in (rule.grid, rule.estate, rule.building) if place is not None]
    return _("、").join(said) or _("所有的事")


def errands_of(case: Case, actor: Actor, now: datetime) -> list[ErrandRow]:
    """For staff of the case, oldest first, each with the link to hand on."""
    rows = Errand.objects.visible_to(actor).filter(case=case).select_related("unit").prefetch_related("after")
    return [
        ErrandRow(
            errand=errand,
            link=errand_url(errand.community_id, errand.pk, errand.nonce)
            if errand.state in ERRAND_OPEN and errand.nonce and errand.expires_at > clock.real_now()
            else "",
            late=errand.arrive_by is not None
            and errand.arrived_at is None
            and errand.state in (Errand.State.SENT, Errand.State.ACCEPTED)
            and errand.arrive_by < now,
            verbs=tuple(step.verb for step in ERRAND_WORKFLOW.allowed(errand.state) if "staff" in step.who),
        )
        for errand in rows
    ]


def errand_page(token: str) -> ErrandPage:
    """Raises :class:`NotFound` for a link that is forged, replaced, recalled or over."""
    link = read_errand_link(token)
    community = Community.objects.filter(pk=link.community_id).first()
    if community is None:
        raise NotFound
    with community_scope(community):
        errand = (
            Errand.objects.filter(pk=link.errand_id, nonce=link.nonce, expires_at__gt=clock.real_now())
            .select_related("unit", "case")
            .first()
        )
        if errand is None or not errand.nonce:
            raise NotFound(_("这个链接已经不能用了。"), code="link_expired")
        spendings, totals = spent_by_unit(errand.pk)
        return ErrandPage(
            community=community,
            errand=errand,
            number=errand.case.number,
            photos=tuple(errand.before.all()),
            after=tuple(errand.after.all()),
            verbs=tuple(step.verb for step in ERRAND_WORKFLOW.allowed(errand.state) if "unit" in step.who),
            unit=errand.unit.name,
            spendings=tuple(spendings),
            totals=totals,
        )


def community_behind(token: str) -> Community | None:
    """The community that gave out an intact link, also one that opens nothing any more."""
    return Community.objects.filter(pk=community_of_errand_link(token) or 0).first()


def photo_by_link(token: str, photo_id: int) -> Attachment:
    """One of the photos that the link shows."""
    page = errand_page(token)
    photo = next((one for one in (*page.photos, *page.after) if one.pk == photo_id), None)
    if photo is None:
        raise NotFound
    return photo


def units(actor: Actor) -> list[OutsideUnit]:
    return list(OutsideUnit.objects.visible_to(actor))


def came_for(warning_id: int) -> list[Errand]:
    """Errands of the case of a warning whose unit said that it is there, the earliest first; one query."""
    rows = Errand.objects.filter(case__warning=warning_id, arrived_at__isnull=False)
    return list(rows.select_related("unit").order_by("arrived_at"))
