"""抽查: the director's share, the week's draw, and what the checker found."""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from linli.act.casework.actions.answering import reopen
from linli.act.casework.actions.changing import LONGEST_TEXT, locked_case, write_entry
from linli.act.casework.models import Case, Errand, QualityCheck, QualitySample, QualityShare, State
from linli.act.casework.people import holders
from linli.act.casework.permissions import had_a_hand_in
from linli.act.casework.rules.sampling import draw
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.roles import COMMUNITY_STAFF, GRID_STAFF, Role
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record

WEEK = timedelta(days=7)
COMMUNITY_OFFICE = "community"


def set_share(percent: int, *, actor: Actor) -> QualityShare:
    """From the next draw on; director only. Raises :class:`Invalid` ``percent_out_of_range``."""
    if not actor.has(Role.COMMUNITY_DIRECTOR):
        raise NotAllowed
    if not 0 <= percent <= 100:
        raise Invalid(_("比例要在 0 到 100 之间。"), code="percent_out_of_range", field="percent")
    with transaction.atomic():
        made = QualityShare.objects.create(percent=percent, set_by_id=actor.account_id, since=clock.now())
        record("casework.quality_share_set", made, actor=actor, percent=percent)
    return made


def draw_last_week(*, actor: Actor) -> QualitySample | None:
    """The sample of the week that ended last, by the system alone and once; ``None`` where it was drawn or no share is set."""
    if not actor.system:
        raise NotAllowed
    today = clock.today()
    monday = today - timedelta(days=today.weekday()) - WEEK
    share = QualityShare.objects.first()
    if share is None or not share.percent or QualitySample.objects.filter(week=monday).exists():
        return None
    start = clock.midnight(monday)
    cases = {
        case.pk: case
        for case in Case.objects.filter(
            state__in=(State.CLOSED, State.ARCHIVED), closed_at__gte=start, closed_at__lt=start + WEEK
        )
    }
    units = _units_of(cases)
    seed = secrets.token_hex(16)
    try:
        with transaction.atomic():
            sample = QualitySample.objects.create(
                week=monday, percent=share.percent, seed=seed, drawn_at=clock.now(),
                closed={unit: sorted(keys) for unit, keys in units.items()},
            )  # fmt: skip
            chosen = draw(units, share=share.percent, seed=seed)
            loads = dict(
                QualityCheck.objects.filter(result="", checker__isnull=False)
                .order_by()
                .values_list("checker")
                .annotate(n=Count("pk"))
            )
            people = list(holders(*COMMUNITY_STAFF))
            for unit in sorted(chosen):
                for key in chosen[unit]:
                    free = [one for one in people if is_outside(cases[key], unit, one.pk)]
                    checker = min(free, key=lambda one: (loads.get(one.pk, 0), one.pk), default=None)
                    if checker is not None:
                        loads[checker.pk] = loads.get(checker.pk, 0) + 1
                    QualityCheck.objects.create(sample=sample, case=cases[key], unit=unit, checker=checker)
            record(
                "casework.quality_drawn", sample, actor=actor, week=monday.isoformat(), percent=share.percent, seed=seed,
                cases=sum(map(len, chosen.values())), of=len(cases),
            )  # fmt: skip
    except IntegrityError:
        return None
    return sample


def find(check_id: int, *, result: str, actor: Actor, reason: str = "") -> QualityCheck:
    """What the checker found: ok, short (with its reason) or reopen (with its reason; the work starts again).

    Community staff outside the handling unit who had no hand in the case; whom it was given to comes first, another may
    stand in. Raises :class:`NotAllowed` ``own_work``, :class:`Conflict` ``checked_before``, :class:`Invalid`.
    """
    with transaction.atomic():
        check = QualityCheck.objects.visible_to(actor).filter(pk=check_id).select_for_update(of=("self",)).first()
        if check is None:
            raise NotFound
        case = locked_case(check.case_id, actor)
        if actor.account_id is None or not is_outside(case, check.unit, actor.account_id):
            raise NotAllowed(_("自己办的、自己单位办的，不能自己查。"), code="own_work")
        if check.result:
            raise Conflict(_("这一件已经查过了。"), code="checked_before")
        if result not in QualityCheck.Result.values:
            raise Invalid(_("请选查下来怎么样。"), code="choice_unknown", field="result")
        reason = reason.strip()
        if result != QualityCheck.Result.OK and not reason:
            raise Invalid(_("请写哪里不足。"), code="missing", field="reason")
        if len(reason) > LONGEST_TEXT:
            raise Invalid(_("最多写 %(max)d 个字。") % {"max": LONGEST_TEXT}, code="text_too_long", field="reason")
        check.result, check.reason = result, reason
        check.checked_by_id, check.checked_at = actor.account_id, clock.now()
        check.save()
        entry = write_entry(
            case, "quality", actor, clock.now(), case.state, text=reason, public=False, data={"result": result}
        )
        record("casework.quality_checked", case, actor=actor, entry_id=entry.pk, check_id=check.pk, result=result)
        if result == QualityCheck.Result.REOPEN:
            if case.state != State.CLOSED:
                raise Conflict(_("这件事已经归档，不能重新办，请另外登记。"), code="not_closed", field="result")
            reopen(case.pk, reason=reason, actor=actor)
    return check


def is_outside(case: Case, unit: str, account_id: int) -> bool:
    """Whether the account had no hand in the case and works in no grid that handled it."""
    if had_a_hand_in(case, Actor(community_id=case.community_id, account_id=account_id)):
        return False
    if case.grid_id is None:
        return True
    now = clock.now()
    return not Grant.objects.filter(
        account_id=account_id, role__in=GRID_STAFF, starts_at__lte=now, expires_at__gt=now, grid_id=case.grid_id
    ).exists()


def _units_of(cases: dict[int, Case]) -> dict[str, list[int]]:
    """Who did the work: the outside unit that finished an errand for it first, else the handler's side: the community's
    office or the grid."""
    did: dict[int, int] = {}
    errands = Errand.objects.filter(case__in=cases, state=Errand.State.DONE).order_by("-ended_at", "-pk")
    for case_id, unit_id in errands.values_list("case_id", "unit_id"):
        did[case_id] = unit_id
    office = set(holders(*COMMUNITY_STAFF).values_list("pk", flat=True))
    units: dict[str, list[int]] = defaultdict(list)
    for key, case in cases.items():
        if key in did:
            units[f"unit:{did[key]}"].append(key)
        elif case.grid_id is None or case.handler_id in office:
            units[COMMUNITY_OFFICE].append(key)
        else:
            units[f"grid:{case.grid_id}"].append(key)
    return dict(units)
