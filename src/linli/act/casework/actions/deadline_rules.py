"""Writing the community's own deadlines: a version before its first day, row by row, by the director."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from linli.act.casework.deadlines import STEPS, rules_on
from linli.act.casework.models import DeadlineLimit, DeadlineVersion, Level
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.lifecycle.working_time import Mode, Unit
from linli.understand.triage.taxonomy import categories

LADDER = (Role.GRID_LEAD.value, Role.COMMUNITY_DIRECTOR.value, Role.STREET_OFFICE.value)
LONGEST = 1_000


def start_version(*, valid_from: date, why: str, actor: Actor) -> DeadlineVersion:
    """A copy of what will hold on that day, to be changed until then. Raises :class:`Invalid` for a day that has begun:
    nobody's deadline changes under their hands."""
    _must_be_director(actor)
    if valid_from <= clock.today():
        raise Invalid(_("最早从明天起算：已经在办的事不改时限。"), code="day_has_begun", field="valid_from")
    if not why.strip():
        raise Invalid(_("请写依据，比如哪个文件、哪次会。"), code="missing", field="why")
    with transaction.atomic():
        if DeadlineVersion.objects.filter(valid_from=valid_from).exists():
            raise Conflict(_("那一天已经有一版了，改那一版就行。"), code="version_there", field="valid_from")
        now = rules_on(valid_from)
        version = DeadlineVersion.objects.create(
            valid_from=valid_from, why=why.strip()[:200], made_by_id=actor.account_id, made_at=clock.now(),
            warn_at=[mark.at for mark in now.base.marks if not mark.escalate_to],
            escalate=[[mark.at, mark.escalate_to] for mark in now.base.marks if mark.escalate_to],
        )  # fmt: skip
        rows = [("", level, step, now.base.limit(level, step)) for level in now.base.levels for step in STEPS]
        DeadlineLimit.objects.bulk_create(
            DeadlineLimit(
                community_id=version.community_id, version=version, category=category, level=level, step=step,
                amount=limit.amount, unit=limit.unit.value, mode=limit.mode.value if limit.mode else "",
            )
            for category, level, step, limit in [*rows, *now.special]
        )  # fmt: skip
        record("casework.deadlines_started", version, actor=actor, valid_from=valid_from.isoformat())
    return version


def write_limit(
    version_id: int, *, level: str, step: str, amount: int, unit: str, actor: Actor, category: str = "", mode: str = ""
) -> DeadlineLimit:
    """One limit of a version that does not hold yet: that of a level, or of a category within it."""
    _must_be_director(actor)
    if category and category not in categories():
        raise Invalid(_("没有这个分类。"), code="category_unknown", field="category")
    if level not in Level.values or step not in STEPS or unit not in list(Unit):
        raise Invalid(_("请选缓急、哪一步和单位。"), code="choice_unknown", field="level")
    if not 1 <= amount <= LONGEST:
        raise Invalid(_("时限要在 1 到 %(max)d 之间。") % {"max": LONGEST}, code="amount_out_of_range", field="amount")
    if mode and mode not in list(Mode):
        raise Invalid(_("请选怎么数工作日。"), code="choice_unknown", field="mode")
    with transaction.atomic():
        version = _to_write(version_id)
        mode = (mode or Mode.DAY.value) if unit == Unit.WORKING_DAYS else ""
        row, _new = DeadlineLimit.objects.update_or_create(
            version=version, category=category, level=level, step=step,
            defaults={"amount": amount, "unit": unit, "mode": mode},
        )  # fmt: skip
        record(
            "casework.deadline_written", version, actor=actor, category=category, level=level, step=step, amount=amount,
            unit=unit, mode=mode,
        )  # fmt: skip
    return row


def remove_limit(limit_id: int, *, actor: Actor) -> None:
    """Of a category only: a level always has its limits."""
    _must_be_director(actor)
    with transaction.atomic():
        row = DeadlineLimit.objects.filter(pk=limit_id).exclude(category="").first()
        if row is None:
            raise NotFound
        version = _to_write(row.version_id)
        record("casework.deadline_removed", version, actor=actor, category=row.category, level=row.level, step=row.step)
        row.delete()


def write_marks(
    version_id: int, *, warn: tuple[int, int], ladder: tuple[int, int, int], actor: Actor
) -> DeadlineVersion:
    """Percents of the limit: two warnings below 100, then grid lead, director and street at 100 or later, rising."""
    _must_be_director(actor)
    if not 0 < warn[0] < warn[1] < 100:
        raise Invalid(_("两次提醒要在 1 到 99 之间，后一次更大。"), code="marks_out_of_order", field="warn_1")
    if not 100 <= ladder[0] < ladder[1] < ladder[2] <= 1_000:
        raise Invalid(_("上报要从 100 起，一级比一级晚。"), code="marks_out_of_order", field="ladder_1")
    with transaction.atomic():
        version = _to_write(version_id)
        version.warn_at = [percent / 100 for percent in warn]
        version.escalate = [[percent / 100, role] for percent, role in zip(ladder, LADDER, strict=True)]
        version.save()
        record("casework.deadline_marks_written", version, actor=actor, warn=list(warn), ladder=list(ladder))
    return version


def drop_version(version_id: int, *, actor: Actor) -> None:
    """Before its first day it can be given up."""
    _must_be_director(actor)
    with transaction.atomic():
        version = _to_write(version_id)
        record("casework.deadlines_dropped", version, actor=actor)
        version.delete()


def _to_write(version_id: int) -> DeadlineVersion:
    version = DeadlineVersion.objects.select_for_update(of=("self",)).filter(pk=version_id).first()
    if version is None:
        raise NotFound
    if version.valid_from <= clock.today():
        raise Conflict(_("这一版已经管用了，不能再改。请另写一版，从以后哪天起。"), code="version_in_force")
    return version


def _must_be_director(actor: Actor) -> None:
    if not actor.has(Role.COMMUNITY_DIRECTOR):
        raise NotAllowed
