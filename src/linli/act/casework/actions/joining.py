"""Many cases of one trouble become one, at once: every speaker is kept and answered by the one that goes on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.act.casework import searching
from linli.act.casework.actions.changing import label_of, reckon_again, write_entry
from linli.act.casework.actions.colleagues import watch_what_goes_on
from linli.act.casework.models import Case, CaseEntry, CaseRequest, Level, State
from linli.act.casework.permissions import sees_as_staff, states_to_merge
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record

MOST_AT_ONCE = 2_000
LONGEST_TITLE = 80


@dataclass(frozen=True)
class Joined:
    """``case`` goes on; ``joined`` ended as merged, ``left_out`` could not be: they have ended, or wait for somebody."""

    case: Case
    joined: int
    left_out: int


def join_many(case_ids: Collection[int], *, actor: Actor, title: str = "") -> Joined:
    """One joint case of all of them, in one transaction of few queries: five hundred are one press.

    The one that already answers most people goes on, of equals the earliest. It takes the most urgent level. What cannot
    be merged now (``merge`` of the state table) stays as it is. Raises :class:`Invalid` (``too_few``), :class:`NotFound` and
    :class:`NotAllowed`.
    """
    if len(case_ids) > MOST_AT_ONCE:
        raise Invalid(_("一次最多并 %(max)d 件。") % {"max": MOST_AT_ONCE}, code="too_many", field="cases")
    with transaction.atomic():
        cases = list(
            Case.objects.visible_to(actor).filter(pk__in=case_ids).order_by("pk").select_for_update(of=("self",))
        )
        if len(cases) != len(set(case_ids)):
            raise NotFound
        if not all(sees_as_staff(case, actor) for case in cases):
            raise NotAllowed
        may = states_to_merge()
        ready = [case for case in cases if case.state in may]
        if len(ready) < 2:
            raise Conflict(_("能并的不到两件，不用并。"), code="too_few", field="cases")
        said_in: dict[int, list[int]] = {}
        for case_id, request_id in CaseRequest.objects.filter(case__in=ready).values_list("case_id", "request_id"):
            said_in.setdefault(case_id, []).append(request_id)
        parent = min(ready, key=lambda case: (-len(said_in.get(case.pk, ())), case.opened_at, case.pk))
        children = [case for case in ready if case.pk != parent.pk]
        _end(children, parent, actor)
        moved = [pk for child in children for pk in said_in.get(child.pk, ())]
        _take_over(parent, children, title)
        watch_what_goes_on([child.pk for child in children], parent)
        parent.version += 1
        parent.save()
        write_entry(parent, "join", actor, clock.now(), parent.state, data={"reporters": len(moved)})
        record("casework.requests_joined", parent, actor=actor, request_ids=moved)
    return Joined(parent, len(children), len(cases) - len(ready))


def _end(children: list[Case], parent: Case, actor: Actor) -> None:
    now, label = clock.now(), label_of(actor)
    entries = []
    for child in children:
        entries.append(
            CaseEntry(
                community_id=child.community_id,
                case=child,
                verb="merge",
                from_state=child.state,
                to_state=State.MERGED,
                data={"parent": parent.number, "parent_id": parent.pk},
                by_id=actor.account_id,
                by_label=label,
                at=now,
            )
        )
        child.state, child.parent, child.paused_at = State.MERGED, parent, None
        child.version += 1
        child.closed_at = child.closed_at or now
    CaseRequest.objects.filter(case__in=children).update(case=parent)
    Case.objects.filter(parent__in=children).update(parent=parent)
    Case.objects.bulk_update(children, ["state", "parent", "paused_at", "version", "closed_at"], batch_size=200)
    made = CaseEntry.objects.bulk_create(entries, batch_size=200)
    searching.renew([child.pk for child in children])
    for child, entry in zip(children, made, strict=True):
        facts = {"from": entry.from_state, "to": State.MERGED.value}
        record("casework.case_merged", child, actor=actor, entry_id=entry.pk, round=child.reopened_times,
               parent_id=parent.pk, **facts)  # fmt: skip


def _take_over(parent: Case, children: list[Case], title: str) -> None:
    order = list(Level)
    urgent = min((Level(case.level) for case in (parent, *children)), key=order.index)
    if urgent in (Level.P0, Level.P1) and order.index(urgent) < order.index(Level(parent.level)):
        parent.level = urgent
        reckon_again(parent)
    elif parent.warning_id is not None:
        reckon_again(parent)
    if any(child.home_id != parent.home_id for child in children):
        parent.home = None
    if title:
        with translation.override(settings.LANGUAGE_CODE):
            parent.title = title[:LONGEST_TITLE]
