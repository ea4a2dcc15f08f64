"""Answer templates, and the open cases of somebody who leaves."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from linli.act.casework.actions.changing import write_entry
from linli.act.casework.models import ENDED, UNFINISHED, AnswerTemplate, Case, Outcome
from linli.act.casework.people import may_handle
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.holders import holders
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.roles import GRID_STAFF, Role
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.understand.triage.taxonomy import categories


@dataclass(frozen=True)
class HandedOver:
    """How many went to whom; ``waiting`` found nobody in their grid and wait on the community's list."""

    to: dict[str, int]
    waiting: int


def write_template(
    *, outcome: str, words: str, actor: Actor, category: str = "", template_id: int | None = None
) -> AnswerTemplate:
    """Community staff only."""
    if not actor.is_community_staff:
        raise NotAllowed
    if outcome not in Outcome.values:
        raise Invalid(_("请选是哪一种结果。"), code="choice_unknown", field="outcome")
    if category and category not in categories():
        raise Invalid(_("没有这个分类。"), code="category_unknown", field="category")
    if not words.strip():
        raise Invalid(_("请写一段答复。"), code="missing", field="words")
    with transaction.atomic():
        found = AnswerTemplate.objects.filter(pk=template_id).first() if template_id is not None else AnswerTemplate()
        if found is None:
            raise NotFound
        found.outcome, found.category, found.words = outcome, category, words.strip()[:500]
        found.changed_by_id, found.changed_at = actor.account_id, clock.now()
        found.save()
        record("casework.template_written", found, actor=actor, outcome=outcome, category=category)
    return found


def remove_template(template_id: int, *, actor: Actor) -> None:
    if not actor.is_community_staff:
        raise NotAllowed
    with transaction.atomic():
        found = AnswerTemplate.objects.filter(pk=template_id).first()
        if found is None:
            raise NotFound
        record("casework.template_removed", found, actor=actor)
        found.delete()


def hand_over_all(account_id: int, *, actor: Actor, to_id: int | None = None, reason: str = "") -> HandedOver:
    """Everything that somebody still has in hand goes to others in one step: to ``to_id`` where that person may have it,
    else to whoever of the grid has least to do, one after another. None stays with who leaves; what finds nobody loses
    its handler and stands on the community's list. The director only; each case gets its line in the history.
    """
    if not actor.has(Role.COMMUNITY_DIRECTOR):
        raise NotAllowed
    if to_id == account_id:
        raise Invalid(_("请选另一个人。"), code="same_person", field="to_id")
    with transaction.atomic():
        leaving = Account.objects.filter(pk=account_id, community_id=actor.community_id or 0).first()
        if leaving is None:
            raise NotFound
        cases = list(
            Case.objects.filter(handler=leaving)
            .exclude(state__in=ENDED)
            .order_by("finish_by", "pk")
            .select_for_update(of=("self",))
        )
        by_grid: dict[int | None, list[Account]] = {}
        loads = open_cases_of_all()
        to: dict[str, int] = {}
        waiting = 0
        for case in cases:
            if case.grid_id not in by_grid:
                by_grid[case.grid_id] = _who_may(case.grid_id, leaving, to_id)
            people = by_grid[case.grid_id]
            handler = min(people, key=lambda person: (loads.get(person.pk, 0), person.pk), default=None)
            case.handler = handler
            case.version += 1
            case.save()
            if handler is None:
                waiting += 1
                data = {}
            else:
                loads[handler.pk] = loads.get(handler.pk, 0) + 1
                to[handler.display_name] = to.get(handler.display_name, 0) + 1
                data = {"handler": handler.display_name, "handler_id": handler.pk}
            write_entry(
                case,
                "hand_over" if handler else "left",
                actor,
                clock.now(),
                case.state,
                text=reason,
                public=False,
                data=data,
            )
        record("casework.handed_over_all", leaving, actor=actor, cases=len(cases), waiting=waiting)
    return HandedOver(to, waiting)


def open_cases_of_all() -> dict[int, int]:
    """Unfinished cases by the account that has them."""
    rows = Account.objects.annotate(load=Count("cases", filter=Q(cases__state__in=UNFINISHED))).filter(load__gt=0)
    return dict(rows.values_list("pk", "load"))


def _who_may(grid_id: int | None, leaving: Account, to_id: int | None) -> list[Account]:
    if to_id is not None:
        chosen = may_handle(grid_id).filter(pk=to_id, is_active=True).first()
        if chosen is not None:
            return [chosen]
    if grid_id is None:
        return []
    return list(holders(*GRID_STAFF, grid_id=grid_id).exclude(pk=leaving.pk))
