"""What time itself does to cases: deadlines told, waiting ended, silence closed, old matters archived.

Each is called by a tick and may be called at any moment and again: what is done is done once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from linli.act.casework.actions.changing import reckon_again, write_entry
from linli.act.casework.actions.handling import archive, close, resume
from linli.act.casework.deadlines import CaseRules, limit_of, place_limit, place_term, rules_of
from linli.act.casework.models import REVIEW, UNFINISHED, Case, DeadlineMark, State
from linli.act.casework.rules.happiness import UNHAPPY_AT_MOST
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Refusal
from linli.foundation.events.recording import record
from linli.foundation.lifecycle.deadlines import Mark
from linli.foundation.tenancy import active_community_id

log = logging.getLogger(__name__)

ANSWER_WITHIN = timedelta(days=7)
ARCHIVED_AFTER = timedelta(days=90)


def tell_deadlines() -> int:
    """Write an entry and an event for each share of a limit that was passed since; returns how many.

    Warnings at 50 and 80 % concern the finish; passing 100, 150 and 200 % is told for acceptance and first contact
    too. The clock of a paused case stands still.
    """
    now = clock.now()
    told = 0
    rules: dict[str, CaseRules] = {}
    cases = (
        Case.objects.filter(state__in=UNFINISHED, paused_at=None).select_related("warning").prefetch_related("marks")
    )
    for case in cases.iterator(chunk_size=200):
        if case.rules_version not in rules:
            rules[case.rules_version] = rules_of(case.rules_version)
        known = {(mark.step, mark.mark) for mark in case.marks.all() if mark.round == case.reopened_times}
        for step, mark in _marks_passed(case, rules[case.rules_version], now, known):
            told += _tell(case, step, mark, now)
    return told


def keep_time_of_warning(warning_id: int, *, why: str) -> bool:
    """Let the case that the warning opened say the same moment as the warning, and write into its history what moved it.

    ``why``: said (somebody goes), open (nobody goes any more) or plan (the community changed the term). Not once somebody has
    been there or the case has ended: what was owed stays. Returns whether anything moved.
    """
    with transaction.atomic():
        rows = Case.objects.filter(warning=warning_id, contacted_at=None, state__in=UNFINISHED)
        case = rows.select_for_update(of=("self",)).first()
        term = place_term(case) if case is not None else None
        if case is None or term is None or term.due == case.contact_by:
            return False
        if term.due > case.contact_by:
            case.marks.filter(round=case.reopened_times, step="contact").delete()
        reckon_again(case)
        case.save(update_fields=["accept_by", "contact_by", "finish_by"])
        data = {"due": term.due.isoformat(), "minutes": term.minutes, "who": term.handed_to or term.who, "why": why}
        write_entry(case, "place_term", _system("warnings"), clock.now(), case.state, public=False, data=data)
    return True


def keep_time_of_all_warnings(*, why: str) -> int:
    """The same for every running case of a warning; returns how many moved."""
    running = Case.objects.filter(warning__isnull=False, contacted_at=None, state__in=UNFINISHED)
    found = list(running.order_by("pk").values_list("warning", flat=True))
    return sum(keep_time_of_warning(pk, why=why) for pk in found if pk is not None)


def end_waiting() -> int:
    """Resume cases whose resident did not answer within three working days; returns how many."""
    waiting = Case.objects.filter(state=State.WAITING_CITIZEN, waiting_until__lte=clock.now())
    return _each(waiting, lambda case: resume(case.pk, actor=_system("waiting")))


def review_suspended() -> int:
    """Tell the director of suspended cases whose review day has come, once; returns how many."""
    now = clock.now()
    due = Case.objects.filter(state=State.SUSPENDED, review_on__lte=timezone.localtime(now).date())
    return sum(_tell(case, REVIEW, Mark(1.0, Role.COMMUNITY_DIRECTOR), now) for case in due)


def close_unanswered() -> int:
    """Close what was fed back seven days ago and not rated by everybody; silence is never satisfaction."""
    cases = Case.objects.filter(state=State.EVALUATING, fed_back_at__lte=clock.now() - ANSWER_WITHIN)
    return _each(cases, lambda case: close(case.pk, actor=_system("no answer"), answered=_somebody_was_happy(case)))


def archive_closed() -> int:
    """Archive what was closed ninety days ago; returns how many."""
    cases = Case.objects.filter(state=State.CLOSED, closed_at__lte=clock.now() - ARCHIVED_AFTER)
    return _each(cases, lambda case: archive(case.pk, actor=_system("archive")))


def _marks_passed(
    case: Case, rules: CaseRules, now: datetime, known: Collection[tuple[str, str]]
) -> Iterable[tuple[str, Mark]]:
    """Those not ``known``."""
    owed = {"finish": case.finish_by}
    if case.state == State.SUBMITTED:
        owed["accept"] = case.accept_by
    if case.contacted_at is None and case.contact_by <= now:
        owed["contact"] = case.contact_by
    for step, due in owed.items():
        untold = {
            mark.key
            for mark in rules.base.marks
            if (step == "finish" or mark.escalate_to) and (step, mark.key) not in known
        }
        if not untold:
            continue
        limit = (place_limit(case) if step == "contact" else None) or limit_of(case, step, rules)
        for mark in rules.base.marks_reached(limit.used(due, now)):
            if mark.key in untold:
                yield step, mark


def _tell(case: Case, step: str, mark: Mark, now: datetime) -> int:
    with transaction.atomic():
        _row, new = DeadlineMark.objects.get_or_create(
            case=case, round=case.reopened_times, step=step, mark=mark.key, defaults={"at": now}
        )
        if not new:
            return 0
        data = {"step": step, "percent": round(mark.at * 100), "to": mark.escalate_to} | (
            {"from_device": True} if case.nobody_reported() else {}
        )
        system = _system("deadlines")
        entry = write_entry(case, "mark", system, now, case.state, public=False, data=data)
        record("casework.deadline_reached", case, actor=system, entry_id=entry.pk, **data)
    return 1


def _each(cases: Iterable[Case], act: Callable[[Case], object]) -> int:
    done = 0
    for case in list(cases):
        try:
            act(case)
        except Refusal as refused:
            log.info("%s was changed meanwhile: %s", case.number, refused.code)
        else:
            done += 1
    return done


def _somebody_was_happy(case: Case) -> bool:
    return case.ratings.filter(round=case.reopened_times, solved=True, satisfaction__gt=UNHAPPY_AT_MOST).exists()


def _system(name: str) -> Actor:
    return Actor.for_system(name, active_community_id())
