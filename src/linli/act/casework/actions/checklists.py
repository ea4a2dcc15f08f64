"""检查单: writing the community's lists, giving one to a case, ticking it off, letting a row off."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.act.casework.actions.changing import Change, begin
from linli.act.casework.models import Case, CaseCheck, Checklist, ChecklistRow, Outcome
from linli.act.casework.queries.checklists import list_for, open_required
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.understand.triage.taxonomy import categories

MOST_ROWS = 20
LONGEST_ROW = 80
CLAIM_WORK = frozenset({Outcome.FIXED, Outcome.CANNOT})
"""Outcomes that say that somebody worked on it; where it was not ours or not needed there was nothing to check."""


def write_checklist(category: str, rows: Sequence[tuple[str, bool]], *, actor: Actor, after: int = 0) -> Checklist:
    """The next version for ``category``: rows of words and whether they are required; none ends the list.

    ``after`` is the version that the writer saw (0: none). Cases keep the list that they were given. Director only.
    Raises :class:`Conflict` ``stale`` and :class:`Invalid`.
    """
    if not actor.has(Role.COMMUNITY_DIRECTOR):
        raise NotAllowed
    if category not in categories():
        raise Invalid(_("没有这个分类。"), code="category_unknown", field="category")
    kept = [(words.strip(), required) for words, required in rows if words.strip()]
    if len(kept) > MOST_ROWS:
        raise Invalid(_("一张检查单最多 %(max)d 项。") % {"max": MOST_ROWS}, code="rows_too_many", field="rows")
    if any(len(words) > LONGEST_ROW for words, _required in kept):
        raise Invalid(_("最多写 %(max)d 个字。") % {"max": LONGEST_ROW}, code="text_too_long", field="rows")
    if len({words for words, _required in kept}) != len(kept):
        raise Invalid(_("有两项写的一样。"), code="row_twice", field="rows")
    last = Checklist.objects.filter(category=category).order_by("-version").first()
    if (last.version if last else 0) != after:
        raise Conflict(_("别人刚改过这张检查单，请看了新的再改。"), code="stale")
    try:
        with transaction.atomic():
            made = Checklist.objects.create(
                category=category, version=after + 1, made_by_id=actor.account_id, made_at=clock.now()
            )
            ChecklistRow.objects.bulk_create(
                ChecklistRow(community_id=made.community_id, checklist=made, position=n, words=words, required=required)
                for n, (words, required) in enumerate(kept, 1)
            )
            record(
                "casework.checklist_written", made, actor=actor, category=category, version=made.version, rows=len(kept)
            )
    except IntegrityError:
        raise Conflict(_("别人刚改过这张检查单，请看了新的再改。"), code="stale") from None
    return made


def give_checklist(case: Case, *, anew: bool = False) -> None:
    """The list for the case's kind, once a round; call inside the transaction that sends it on its way. ``anew``, after
    another classification, what was done stays and the rest of the old list makes room for the right one."""
    given = CaseCheck.objects.filter(case=case, round=case.reopened_times)
    if not anew and given.exists():
        return
    wanted = list_for(case.category)
    of = wanted.category if wanted is not None else ""
    if anew:
        given.filter(done_at=None, waived_at=None).exclude(row__checklist__category=of).delete()
    if wanted is None or given.filter(row__checklist__category=of).exists():
        return
    CaseCheck.objects.bulk_create(
        CaseCheck(community_id=case.community_id, case=case, row=row, round=case.reopened_times)
        for row in wanted.rows.all()
    )


def tick(case_id: int, *, check_id: int, actor: Actor, on: bool = True, version: int | None = None) -> Case:
    """勾上 one row of the case's list, or (``on`` false) take the tick away. Done before is done: nothing changes."""
    with transaction.atomic():
        change = begin(case_id, "tick", actor=actor, version=version, check_id=check_id)
        check = _check(change, check_id)
        if on != check.open:
            return change.case
        if not on and check.waived_at is not None:
            raise Conflict(_("这一项是免做的，不用取消。"), code="waived", field="check_id")
        check.done_at, check.done_by_id = (change.now, actor.account_id) if on else (None, None)
        check.save()
        return change.write(public=False, data={"check_id": check.pk, "check": check.row.words, "on": on})


def waive(case_id: int, *, check_id: int, reason: str, actor: Actor, version: int | None = None) -> Case:
    """免做 one row, by the grid's lead or the director, who say why."""
    with transaction.atomic():
        change = begin(case_id, "waive", actor=actor, version=version, check_id=check_id, reason=reason)
        check = _check(change, check_id)
        if not reason.strip():
            raise Invalid(_("请写一句为什么。"), code="missing", field="reason")
        if not check.open:
            raise Conflict(_("这一项已经做了，或者已经免做。"), code="not_open", field="check_id")
        check.waived_at, check.waived_by_id, check.waived_why = change.now, actor.account_id, reason.strip()[:200]
        check.save()
        return change.write(text=reason, public=False, data={"check_id": check.pk, "check": check.row.words})


def must_be_checked(case: Case, outcome: str) -> None:
    """Raises :class:`Conflict` ``checks_open``, which names every required row that is neither done nor let off."""
    if outcome not in CLAIM_WORK:
        return
    if missing := open_required(case):
        raise Conflict(
            _("检查单上必做的还没做：%(rows)s。做好了先勾上；确实不用做的，请网格长或社区主任点“免做一项”，写明为什么。")
            % {"rows": _("、").join(missing)},
            code="checks_open", rows=missing,
        )  # fmt: skip


def _check(change: Change, check_id: int) -> CaseCheck:
    found = CaseCheck.objects.filter(case=change.case, round=change.case.reopened_times, pk=check_id)
    check = found.select_related("row").first()
    if check is None:
        raise NotFound(_("检查单上没有这一项。"), code="check_unknown", field="check_id")
    return check
