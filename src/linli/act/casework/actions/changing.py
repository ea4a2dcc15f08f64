"""What every change of a case shares: lock it, ask the state table, write entry and event together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from linli.act.casework import searching
from linli.act.casework.deadlines import CaseRules, dues_of
from linli.act.casework.models import ENDED, WORKFLOW, Case, CaseEntry, CasePause, Law, State
from linli.act.casework.permissions import refusal
from linli.foundation import clock
from linli.foundation.accounts.actor import BESIDE_NAME, Actor, beside_name_as_read
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.events.recording import record
from linli.foundation.files.models import Attachment
from linli.foundation.lifecycle.state_table import Transition

LONGEST_TEXT = 2_000
MOST_PHOTOS = 6

KINDS = {
    "accept": "case_accepted",
    "dispatch": "case_dispatched",
    "take": "case_taken",
    "start": "case_started",
    "contact": "resident_contacted",
    "note": "case_noted",
    "say_more": "resident_said_more",
    "hand_over": "case_handed_over",
    "ask_resident": "resident_asked",
    "answer": "resident_answered",
    "resume": "case_resumed",
    "suspend": "case_suspended",
    "return": "case_returned",
    "transfer": "case_transferred",
    "escalate": "case_escalated",
    "tick": "check_ticked",
    "waive": "check_waived",
    "spend": "spending_written",
    "unspend": "spending_corrected",
    "reclassify": "case_reclassified",
    "locate": "case_located",
    "place_under_law": "case_placed_under_law",
    "extend": "case_extended",
    "feed_back": "case_fed_back",
    "rate": "case_rated",
    "close": "case_closed",
    "settle": "case_settled",
    "reopen": "case_reopened",
    "merge": "case_merged",
    "withdraw": "case_withdrawn",
    "reject": "case_rejected",
    "archive": "case_archived",
}
"""Event recorded for each verb of the state table, without its ``casework.`` prefix."""

OF_OTHER_WORDS = frozenset({"join", "merge", "reclassify"})
"""Verbs after which the case has other requests, another title or another category than before."""

_SHOWN_ROLES = (
    Role.COMMUNITY_DIRECTOR,
    Role.COMMUNITY_WORKER,
    Role.GRID_LEAD,
    Role.GRID_WORKER,
    Role.BUILDING_LEAD,
    Role.PROPERTY_COMPANY,
    Role.FAMILY_PROXY,
    Role.RESIDENT,
)


@dataclass
class Change:
    """One permitted step on a locked case; the action sets fields on ``case`` and calls :meth:`write`, which leaves its
    line of the history in ``entry``."""

    case: Case
    step: Transition
    actor: Actor
    now: datetime
    photos: Sequence[Attachment] = field(default_factory=tuple)
    entry: CaseEntry | None = None

    def write(self, *, text: str = "", public: bool = True, data: dict[str, Any] | None = None) -> Case:
        """Save case, entry and event. ``data`` holds facts for the entry's sentence and goes into the event too."""
        case, before = self.case, self.case.state
        case.state = self.step.target(before)
        case.version += 1
        if case.state in ENDED and case.closed_at is None:
            case.closed_at = self.now
        case.save()
        self.entry = write_entry(
            case, self.step.verb, self.actor, self.now, before, text=text, public=public, data=data, photos=self.photos
        )
        if case.state in ENDED and self.step.verb != "archive":
            from linli.act.casework.actions.errands import recall_of_ended

            recall_of_ended(case, actor=self.actor, reason=_("这件事已经了结。"))
        if case.state in (State.TRANSFERRED, State.REJECTED, State.WITHDRAWN):
            from linli.act.casework.actions.warning_ties import let_go_of

            let_go_of(case, self.actor)
        return case


def locked_case(case_id: int, actor: Actor) -> Case:
    """The case, locked until the transaction ends; raises :class:`NotFound` for one that ``actor`` does not see."""
    case = Case.objects.visible_to(actor).filter(pk=case_id).select_for_update(of=("self",)).first()
    if case is None:
        raise NotFound
    return case


def begin(
    case_id: int,
    verb: str,
    *,
    actor: Actor,
    version: int | None = None,
    photo_ids: Sequence[int] = (),
    **given: Any,
) -> Change:
    """Lock the case and check everything that may refuse the verb; call inside ``transaction.atomic``.

    ``version`` is the one on the form that was sent; ``None`` does not check. Raises :class:`NotFound`,
    :class:`Conflict` (``already_taken``, ``stale``, ``undeclared_transition``), :class:`NotAllowed` and
    :class:`Invalid` (``missing`` with the field).
    """
    now = clock.now()
    case = locked_case(case_id, actor)
    step = WORKFLOW.transition(case.state, verb)
    if (refused := refusal(case, step, actor, now=now)) is not None:
        raise refused
    if version is not None and version != case.version:
        raise _stale(case)
    step.require(given)
    for name in ("text", "reason", "result", "unit"):
        if len(given.get(name) or "") > LONGEST_TEXT:
            raise Invalid(_("最多写 %(max)d 个字。") % {"max": LONGEST_TEXT}, code="text_too_long", field=name)
    return Change(case, step, actor, now, _photos(actor, photo_ids))


def write_entry(
    case: Case,
    verb: str,
    actor: Actor,
    at: datetime,
    before: str,
    *,
    text: str = "",
    public: bool = True,
    data: dict[str, Any] | None = None,
    photos: Sequence[Attachment] = (),
) -> CaseEntry:
    """One line of the history and, for a verb of the state table, its event."""
    entry = CaseEntry.objects.create(
        case=case,
        verb=verb,
        from_state=before,
        to_state=case.state,
        text=text,
        public=public,
        data=data or {},
        by_id=actor.account_id,
        by_label=label_of(actor),
        at=at,
    )
    if photos:
        entry.photos.set(photos)
    if verb in OF_OTHER_WORDS:
        searching.renew([case.pk])
    elif text:
        searching.add(case, searching.written(entry))
    if verb in KINDS:
        facts = {name: value for name, value in (data or {}).items() if name not in NAMES}
        record(
            f"casework.{KINDS[verb]}",
            case,
            actor=actor,
            **{"from": before, "to": case.state},
            entry_id=entry.pk,
            round=case.reopened_times,
            **facts,
        )
    return entry


NAMES = frozenset({"handler", "grid", "unit", "parent", "place", "why", "check"})
"""Facts that an entry shows by name and the event log, which outlives an erasure, must not hold."""


def label_of(actor: Actor) -> str:
    """Name and role as shown in a case's history, in the source language."""
    with translation.override(settings.LANGUAGE_CODE):
        if actor.system:
            return _("邻里系统")
        role = next((role for role in _SHOWN_ROLES if actor.has(role)), None)
        return f"{actor.name}{BESIDE_NAME}{role.label}" if role else actor.name


def reckon_again(case: Case, rules: CaseRules | None = None) -> None:
    """Set the three deadlines from level, rules version (``rules``, where the caller has them), clock, pauses and warning; the
    caller saves."""
    case.accept_by, case.contact_by, case.finish_by = dues_of(case, rules)


def pause(case: Case, now: datetime) -> None:
    """The clock stands still from now on; that of a petition never does."""
    if case.law != Law.PETITION:
        case.paused_at = now


def unpause(case: Case, now: datetime) -> None:
    """The clock runs again; what was left is given again.

    Waiting for the resident ends at ``waiting_until`` even when that is noticed later (the worker was down, the demo's
    clock jumped): no case gains time by it.
    """
    if case.paused_at is None:
        return
    ended_at = min(now, case.waiting_until) if case.waiting_until is not None else now
    CasePause.objects.create(case=case, started_at=case.paused_at, ended_at=ended_at)
    case.paused_at = case.waiting_until = case.review_on = None
    reckon_again(case)


def _stale(case: Case) -> Conflict:
    last = case.entries.order_by("at", "id").last()
    return Conflict(
        _("%(who)s 刚改过这件事，请看了新的情况再做。") % {"who": beside_name_as_read(last.by_label) if last else ""},
        code="stale",
        field="version",
        version=case.version,
        state=State(case.state).value,
    )


def _photos(actor: Actor, photo_ids: Sequence[int]) -> list[Attachment]:
    wanted = set(photo_ids)
    if len(wanted) > MOST_PHOTOS:
        raise Invalid(_("最多放 %(max)d 张照片。") % {"max": MOST_PHOTOS}, code="photos_too_many", field="photo_ids")
    found = list(Attachment.objects.visible_to(actor).filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise NotFound(_("有照片没有传上来，请重新拍一张。"), code="photo_missing", field="photo_ids")
    return found
