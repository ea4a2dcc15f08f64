"""What staff do with a case, one function a verb of the state table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from linli.act.casework.actions.changing import Change, begin, pause, reckon_again, unpause
from linli.act.casework.actions.checklists import give_checklist, must_be_checked
from linli.act.casework.actions.colleagues import mention, whom_mentioned
from linli.act.casework.actions.errands import open_errands, recall_of_ended, send_errand
from linli.act.casework.actions.warning_ties import (
    acknowledge_with,
    arrive_with,
    clear_with,
    give_back_with,
    go_with,
    handle_with,
    must_have_been_there,
)
from linli.act.casework.deadlines import rules_of
from linli.act.casework.models import REVIEW, Case, DeadlineMark, DispatchRule, Law, Level, Outcome
from linli.act.casework.people import all_staff, may_handle
from linli.act.casework.queries.its_warnings import without_finding
from linli.act.casework.queries.outside import matter_of, route
from linli.act.casework.rules.mentions import named_in
from linli.act.casework.wording import category_path
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.registry.models import Grid
from linli.understand.triage.taxonomy import categories
from linli.understand.warnings.models import Warning

REJECT_REASONS = ("not_in_remit", "no_facts", "already_answered", "court_or_petition", "abusive")
SHOWS = ("before", "after")
"""What a photo of staff is of: the place before the work, or after it."""
RETURN_REASONS = ("wrong_grid", "wrong_unit", "needs_information")


def accept(case_id: int, *, actor: Actor, version: int | None = None, handler_id: int | None = None) -> Case:
    """受理: the finish limit starts to count; a case whose place has a grid goes to it at once."""
    with transaction.atomic():
        change = begin(case_id, "accept", actor=actor, version=version)
        case = change.case
        case.accepted_at = case.clock_from = change.now
        reckon_again(case)
        change.write()
        to = route(matter_of(case))
        if to.grid_id is not None:
            system = Actor.for_system("dispatch", case.community_id)
            handler_id = handler_id if to.grid_id == case.grid_id else None
            case = dispatch(case_id, actor=system, grid_id=to.grid_id, handler_id=handler_id, by_rule=to.rule)
            if to.unit_id is not None and to.rule is not None:
                send_errand(case_id, unit_id=to.unit_id, task=_task_of(case, to.rule.why), actor=system)
    return Case.objects.get(pk=case_id)


def _task_of(case: Case, why: str) -> str:
    """What a rule writes to a unit: the kind of matter and why it gets it; a reporter's own words stay inside."""
    with translation.override(settings.LANGUAGE_CODE):
        return f"{category_path(case)}。{why}"


def dispatch(
    case_id: int,
    *,
    actor: Actor,
    grid_id: int | None = None,
    handler_id: int | None = None,
    by_rule: DispatchRule | None = None,
    version: int | None = None,
) -> Case:
    """派单 to a grid: that of the place, that of ``by_rule``, or the one that community staff choose against both;
    ``handler_id`` names its worker, who goes for its warnings when it is dispatched again."""
    with transaction.atomic():
        at_place = Case.objects.visible_to(actor).filter(pk=case_id).values_list("grid_id", flat=True).first()
        change = begin(case_id, "dispatch", actor=actor, version=version, grid_id=grid_id or at_place)
        case = change.case
        grid = Grid.objects.filter(pk=grid_id or at_place).first()
        if grid is None:
            raise NotFound(_("没有这个网格。"), field="grid_id")
        handler = _handler(grid.pk, handler_id) if handler_id is not None else None
        again, before = case.dispatched_at is not None, case.handler_id
        case.grid, case.handler = grid, handler
        case.dispatched_at = change.now
        goes = go_with(case, actor, before=before) if again else False
        give_checklist(case)
        return change.write(
            data={"grid": str(grid.number), "grid_id": grid.pk}
            | ({"handler": handler.display_name, "handler_id": handler.pk} if handler else {})
            | ({"goes": True} if goes else {})
            | ({"rule": by_rule.position, "why": by_rule.why} if by_rule is not None else {})
        )


def take(case_id: int, *, actor: Actor, version: int | None = None) -> Case:
    """接单: the actor becomes the handler. Of two at once one wins; the other gets ``already_taken`` with the name."""
    with transaction.atomic():
        change = begin(case_id, "take", actor=actor, version=version)
        change.case.handler_id = actor.account_id
        acknowledge_with(change.case, actor)
        return change.write(data={"handler_id": actor.account_id})


def start(case_id: int, *, actor: Actor, version: int | None = None) -> Case:
    """开始处置; whoever starts a case that nobody has becomes its handler."""
    with transaction.atomic():
        change = begin(case_id, "start", actor=actor, version=version)
        change.case.handler_id = change.case.handler_id or actor.account_id
        acknowledge_with(change.case, actor)
        return change.write(data={"handler_id": change.case.handler_id})


def contact(case_id: int, *, text: str, actor: Actor, on_site: bool = False, version: int | None = None) -> Case:
    """The resident was reached, or for a case that nobody reported the place; the first time counts for the response rate. ``text`` says what was agreed.

    ``on_site``: the actor is at the place, and so has arrived for the case's warning. Without it what is written of a case
    that nobody reported was asked from afar: nobody has got there, and it counts for nothing.
    """
    with transaction.atomic():
        change = begin(case_id, "contact", actor=actor, version=version, text=text)
        unreported = change.case.nobody_reported()
        if on_site or not unreported:
            _contacted(change)
        if on_site:
            arrive_with(change.case, actor)
        return change.write(text=text, data={"at_the_place": on_site} if unreported else None)


def add_note(
    case_id: int,
    *,
    text: str,
    actor: Actor,
    public: bool = False,
    photo_ids: Sequence[int] = (),
    mention_ids: Sequence[int] = (),
    shows: str = "",
    version: int | None = None,
) -> Case:
    """加一条进展; residents see it when ``public``. Colleagues in ``mention_ids``, or behind an ``@`` in an internal
    note, are told of it. ``shows`` says whether its photos are of before or after (处置前, 处置后). Raises :class:`Invalid`
    for one who may not see the case, and ``mention_in_public``."""
    with transaction.atomic():
        change = begin(case_id, "note", actor=actor, version=version, text=text, photo_ids=photo_ids)
        _one_of(shows, ("", *SHOWS), field="shows")
        if public and (mention_ids or named_in(text, [one.display_name for one in all_staff()])):
            raise Invalid(_("提到同事的话只能是内部的，居民看不到。"), code="mention_in_public", field="public")
        people = [] if public else whom_mentioned(change.case, text, mention_ids, actor)
        change.case.word_at = None
        case = change.write(text=text, public=public, data={"shows": shows} if shows and photo_ids else None)
        if change.entry is not None:
            mention(change.entry, people, actor=actor)
        return case


def hand_over(case_id: int, *, account_id: int, actor: Actor, text: str = "", version: int | None = None) -> Case:
    """转交 to another worker of the grid or to community staff, who goes for its warnings where somebody said that they go."""
    with transaction.atomic():
        change = begin(case_id, "hand_over", actor=actor, version=version, account_id=account_id, text=text)
        handler = _handler(change.case.grid_id, account_id)
        before, change.case.handler = change.case.handler_id, handler
        goes = {"goes": True} if go_with(change.case, actor, before=before) else {}
        data = {"handler": handler.display_name, "handler_id": handler.pk} | goes
        return change.write(text=text, public=False, data=data)


def ask_resident(case_id: int, *, text: str, actor: Actor, version: int | None = None) -> Case:
    """Ask the resident something and wait; the clock stands still for at most three working days."""
    with transaction.atomic():
        change = begin(case_id, "ask_resident", actor=actor, version=version, text=text)
        case = change.case
        _contacted(change)
        case.handler_id = case.handler_id or actor.account_id
        pause(case, change.now)
        case.waiting_until = rules_of(case.rules_version).base.waiting_citizen.due_from(change.now).due_at
        return change.write(text=text)


def resume(case_id: int, *, actor: Actor, text: str = "", version: int | None = None) -> Case:
    """Go on after waiting or suspension; the clock runs again with what was left."""
    with transaction.atomic():
        change = begin(case_id, "resume", actor=actor, version=version, text=text)
        unpause(change.case, change.now)
        return change.write(text=text)


def suspend(case_id: int, *, reason: str, review_on: date, actor: Actor, version: int | None = None) -> Case:
    """挂账, by the director: the resident is told why and when it is looked at again, at most 90 days ahead."""
    with transaction.atomic():
        change = begin(case_id, "suspend", actor=actor, version=version, reason=reason, review_on=review_on)
        case = change.case
        today = timezone.localtime(change.now).date()
        latest = today + timedelta(days=rules_of(case.rules_version).base.suspended_at_most.amount)
        if not today < review_on <= latest:
            raise Invalid(
                _("复查日期要在明天到 %(latest)s 之间。") % {"latest": latest.isoformat()},
                code="review_date_out_of_range",
                field="review_on",
            )
        pause(case, change.now)
        DeadlineMark.objects.filter(case=case, step=REVIEW).delete()
        case.review_on = review_on
        return change.write(text=reason, data={"review_on": review_on.isoformat()})


def return_case(case_id: int, *, reason_code: str, reason: str, actor: Actor, version: int | None = None) -> Case:
    """退回 a wrong dispatch: within four working hours, once. ``reason_code`` is one of ``RETURN_REASONS``."""
    with transaction.atomic():
        change = begin(case_id, "return", actor=actor, version=version, reason_code=reason_code, reason=reason)
        _one_of(reason_code, RETURN_REASONS)
        case = change.case
        case.reason_code, case.handler = reason_code, None
        give_back_with(case, actor)
        case.returned_times += 1
        return change.write(text=reason, public=False, data={"reason_code": reason_code})


def transfer(
    case_id: int, *, unit: str, reason: str, actor: Actor, outer_number: str = "", version: int | None = None
) -> Case:
    """转出 to another unit; its number there is kept and shown to the resident."""
    with transaction.atomic():
        change = begin(case_id, "transfer", actor=actor, version=version, unit=unit, reason=reason)
        change.case.outcome = Outcome.NOT_OURS
        return change.write(text=reason, data={"unit": unit[:64], "outer_number": outer_number[:64]})


def escalate(case_id: int, *, reason: str, actor: Actor, version: int | None = None) -> Case:
    """上报 to the community's staff, with what is needed from them."""
    with transaction.atomic():
        change = begin(case_id, "escalate", actor=actor, version=version, reason=reason)
        give_back_with(change.case, actor)
        change.case.handler = None
        return change.write(text=reason, public=False)


def reclassify(case_id: int, *, category: str, level: str, actor: Actor, version: int | None = None) -> Case:
    """Another category or level than was guessed; the deadlines are reckoned again from the same start."""
    with transaction.atomic():
        change = begin(case_id, "reclassify", actor=actor, version=version, category=category, level=level)
        if category not in categories():
            raise Invalid(_("没有这个分类。"), code="category_unknown", field="category")
        _one_of(level, Level.values, field="level")
        case = change.case
        data = {"was_category": case.category, "was_level": case.level, "category": category, "level": level}
        case.category, case.level = category, level
        reckon_again(case)
        if case.dispatched_at is not None and category != data["was_category"]:
            give_checklist(case, anew=True)
        return change.write(public=False, data=data)


def place_under_law(case_id: int, *, law: str, actor: Actor, version: int | None = None) -> Case:
    """信访 or 政府信息公开: the times of its own law from now on; it counts in no rate of everyday work."""
    with transaction.atomic():
        change = begin(case_id, "place_under_law", actor=actor, version=version, law=law)
        _one_of(law, Law.values, field="law")
        case = change.case
        if law == Law.PETITION:
            unpause(case, change.now)
        case.law, case.extended_at = law, None
        reckon_again(case)
        return change.write(data={"law": law})


def extend(case_id: int, *, reason: str, actor: Actor, version: int | None = None) -> Case:
    """延期, once, where the rules of the case know one (``extension_none``, ``extended_before``); the resident is told."""
    with transaction.atomic():
        change = begin(case_id, "extend", actor=actor, version=version, reason=reason)
        case = change.case
        if rules_of(case.rules_version).extension(case.level, law=case.law) is None:
            raise Conflict(_("这样的事不能延期。"), code="extension_none")
        if case.extended_at is not None:
            raise Conflict(_("已经延过一次了。"), code="extended_before")
        case.extended_at = change.now
        reckon_again(case)
        return change.write(text=reason, data={"until": case.finish_by.isoformat()})


def feed_back(
    case_id: int,
    *,
    outcome: str,
    result: str,
    actor: Actor,
    photo_ids: Sequence[int] = (),
    finding: str = "",
    on_site: bool = False,
    anyway: str = "",
    version: int | None = None,
) -> Case:
    """反馈 what was done, in words for the resident. Closing is not fixing: the residents say whether it helped.

    ``finding`` (true, false, technical, away, refused) is what was found of the case's warnings, and must be given as long as
    nobody has said it of one of them (:class:`Invalid` on that field, ``missing``). Where a P0 goes on sounding, somebody was
    there: without a known arrival every finding needs ``on_site``, with one anything but true does (:class:`Invalid` on that field).
    A case that no resident reported has nobody to ask and ends here. While a unit outside still works at it, it is done only with the reason
    ``anyway`` (``domain.md`` §2.5); its errands are recalled then. Raises :class:`Conflict` ``errands_open``, and ``checks_open`` with the required rows of its checklist that are not ticked.
    """
    with transaction.atomic():
        change = begin(
            case_id, "feed_back", actor=actor, version=version, outcome=outcome, result=result, photo_ids=photo_ids
        )
        _one_of(outcome, Outcome.values, field="outcome")
        case = change.case
        if finding:
            _one_of(finding, Warning.Finding.values, field="finding")
        elif without_finding(case).exists():
            raise Invalid(_("这件事有预警，请选择发现了什么。"), code="missing", field="finding")
        must_have_been_there(case, actor, on_site=on_site)
        if open_errands(case):
            if not anyway.strip():
                raise Conflict(
                    _("还有外单位没办完。等它办完，或者写明为什么现在就算办完了。"), code="errands_open", field="anyway"
                )
            recall_of_ended(case, actor=actor, reason=anyway.strip()[:200])
        must_be_checked(case, outcome)
        case.outcome, case.result, case.fed_back_at = outcome, result, change.now
        case.contacted_at = case.contacted_at or change.now
        handle_with(case, actor, finding, on_site=on_site)
        in_time = change.now <= case.finish_by
        data = {"outcome": outcome, "in_time": in_time}
        data |= {"shows": "after"} if photo_ids else {}
        data |= {"at_the_place": True} if on_site else {}
        case = change.write(text=result, data=data)
        if not case.joined.filter(withdrawn_at=None).exists():
            case = close(case_id, actor=Actor.for_system("casework", case.community_id), answered=False)
    return case


def close(case_id: int, *, actor: Actor, answered: bool) -> Case:
    """办结, by the system alone: after satisfied ratings, or without an answer, which never counts as satisfied."""
    with transaction.atomic():
        change = begin(case_id, "close", actor=actor)
        change.case.closed_at = change.now
        clear_with(change.case, actor)
        asked = change.case.joined.filter(withdrawn_at=None).exists()
        return change.write(data={"answered": answered, "asked": asked})


def settle(case_id: int, *, actor: Actor) -> Case:
    """The warning behind a case was ended on its own page and nobody else reported it: the case ends with it."""
    with transaction.atomic():
        change = begin(case_id, "settle", actor=actor)
        change.case.outcome = Outcome.NO_LONGER_NEEDED
        change.case.paused_at = None
        return change.write()


def reject(case_id: int, *, reason_code: str, reason: str, actor: Actor, version: int | None = None) -> Case:
    """不受理, with a code of ``REJECT_REASONS`` and words that the resident reads."""
    with transaction.atomic():
        change = begin(case_id, "reject", actor=actor, version=version, reason_code=reason_code, reason=reason)
        _one_of(reason_code, REJECT_REASONS)
        change.case.reason_code = reason_code
        return change.write(text=reason, data={"reason_code": reason_code})


def archive(case_id: int, *, actor: Actor) -> Case:
    """归档 a closed case, by the system."""
    with transaction.atomic():
        return begin(case_id, "archive", actor=actor).write(public=False)


def _contacted(change: Change) -> None:
    change.case.contacted_at = change.case.contacted_at or change.now


def _handler(grid_id: int | None, account_id: int) -> Account:
    handler = may_handle(grid_id).filter(pk=account_id).first()
    if handler is None:
        raise NotFound(_("这个人不在这个网格，也不是社区的工作人员。"), field="account_id")
    return handler


def _one_of(value: str, allowed: Sequence[str], *, field: str = "reason_code") -> None:
    if value not in allowed:
        raise Invalid(_("只能选：%(choices)s。") % {"choices": "、".join(allowed)}, code="choice_unknown", field=field)
