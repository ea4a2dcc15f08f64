"""外派和吹哨: asking a unit outside for something, and what it answers: by its link, or on the telephone through staff.

The case stays with its handler. A unit reads the task that was written for it, the place without a room, and the photos
that were chosen for it; nothing of who reported.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.act.casework.actions.changing import LONGEST_TEXT, MOST_PHOTOS, write_entry
from linli.act.casework.actions.fit_for_others import must_be_fit
from linli.act.casework.actions.warning_ties import outsider_arrives_with
from linli.act.casework.deadlines import rules_of
from linli.act.casework.links import read_errand_link
from linli.act.casework.models import (
    ERRAND_OPEN,
    ERRAND_WORKFLOW,
    HANDLING,
    Case,
    Errand,
    OutsideUnit,
    State,
    Whistle,
)
from linli.act.casework.wording import place_name
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.files.models import Attachment
from linli.foundation.tenancy import community_scope

LINK_DAYS = 14
LONGEST_LINK = 60
MAY_HAVE_ERRANDS = HANDLING | {State.ACCEPTED, State.WAITING_CITIZEN, State.SUSPENDED}


def send_errand(
    case_id: int,
    *,
    unit_id: int,
    task: str,
    actor: Actor,
    whistle: str = "",
    days: int = LINK_DAYS,
    photo_ids: Sequence[int] = (),
    version: int | None = None,
) -> Errand:
    """Ask ``unit_id`` for ``task``; its link works for ``days``. With ``whistle`` (law, key, emergency) a department is
    called, which only the community may, and the clock of its arrival starts.

    ``photo_ids`` are photos of the case that the unit may see. Raises :class:`NotAllowed` for who does not work on the
    case, :class:`Conflict` (``case_ended``, ``unit_ended``, ``errand_open``, ``stale``), :class:`Invalid`,
    also for a task with a number, a name or a home in it (:func:`must_be_fit`); what a rule writes has its own words.
    """
    with transaction.atomic():
        case = _case(case_id, actor)
        if not may_send(case, actor) or (whistle and not (actor.system or actor.is_community_staff)):
            raise NotAllowed
        if case.state not in MAY_HAVE_ERRANDS:
            raise Conflict(_("这件事现在不能派给外单位。"), code="case_ended")
        if version is not None and version != case.version:
            raise Conflict(_("这件事刚有变动，请看了新的情况再做。"), code="stale", field="version")
        unit = OutsideUnit.objects.filter(pk=unit_id).first()
        if unit is None:
            raise NotFound(_("没有这个单位。"), field="unit_id")
        if not unit.active:
            raise Conflict(_("这个单位已经停用了。"), code="unit_ended", field="unit_id")
        if whistle and (whistle not in Whistle.values or unit.kind != OutsideUnit.Kind.DEPARTMENT):
            raise Invalid(_("吹哨只能叫职能部门，请选哪一种哨。"), code="whistle_unknown", field="whistle")
        if not task.strip():
            raise Invalid(_("请写要对方做什么。"), code="missing", field="task")
        if not actor.system:
            must_be_fit(case, {"task": task})
        if not 1 <= days <= LONGEST_LINK:
            raise Invalid(
                _("链接可以用 1 到 %(max)d 天。") % {"max": LONGEST_LINK}, code="days_out_of_range", field="days"
            )
        if Errand.objects.filter(case=case, unit=unit).open().exists():
            raise Conflict(_("这件事已经派给这个单位了。"), code="errand_open", field="unit_id")
        now = clock.now()
        errand = Errand.objects.create(
            case=case, unit=unit, whistle=whistle, task=_short(task, "task"), place=place_name(case),
            nonce=secrets.token_urlsafe(12), expires_at=clock.real_now() + timedelta(days=days), due_at=case.finish_by,
            arrive_by=rules_of(case.rules_version).base.whistle[whistle].due_from(now).due_at if whistle else None,
            sent_at=now, sent_by_id=actor.account_id,
        )  # fmt: skip
        if photo_ids:
            errand.before.set(_photos_of(case, photo_ids))
        _tell(errand, "sent", actor, case=case, data={"whistle": whistle} if whistle else {})
    return errand


def may_send(case: Case, actor: Actor) -> bool:
    """The handler, staff of the case's grid, and the community's."""
    return (
        actor.system
        or actor.is_community_staff
        or case.grid_id in actor.grid_ids
        or (actor.account_id is not None and case.handler_id == actor.account_id and actor.is_staff)
    )


def errand_step(errand_id: int, verb: str, *, actor: Actor, **given: Any) -> Errand:
    """One verb of ``ERRAND_WORKFLOW`` by staff: recall, renew, or what the unit said on the telephone."""
    with transaction.atomic():
        found = Errand.objects.filter(pk=errand_id).values_list("case_id", flat=True).first()
        if found is None:
            raise NotFound
        case = _case(found, actor)
        if not may_send(case, actor):
            raise NotAllowed
        return _step(errand_id, verb, "system" if actor.system else "staff", actor, case, given)


def errand_by_link(token: str, verb: str, **given: Any) -> Errand:
    """One verb by whoever holds the link: no account, one errand. Raises :class:`NotFound` ``link_expired``."""
    link = read_errand_link(token)
    with community_scope(link.community_id), transaction.atomic():
        case_id = Errand.objects.filter(pk=link.errand_id, nonce=link.nonce).values_list("case_id", flat=True).first()
        if case_id is None:
            raise NotFound(_("这个链接已经不能用了。"), code="link_expired")
        actor = Actor.for_system("errand link", link.community_id)
        case = _case(case_id, actor)
        return _step(link.errand_id, verb, "unit", actor, case, given, nonce=link.nonce)


def recall_of_ended(case: Case, *, actor: Actor, reason: str) -> None:
    """A case that ended needs nobody any more."""
    for errand in Errand.objects.filter(case=case).open():
        _end(errand, Errand.State.RECALLED, clock.now())
        errand.reason = reason
        errand.save()
        _tell(errand, "recall", actor, case=case)


def recall_all_of(unit: OutsideUnit, *, actor: Actor) -> None:
    for errand in Errand.objects.filter(unit=unit).open().select_related("case"):
        recall_of_ended_one(errand, actor=actor)


def recall_of_ended_one(errand: Errand, *, actor: Actor) -> None:
    _end(errand, Errand.State.RECALLED, clock.now())
    errand.reason = _("单位停用了。")
    errand.save()
    _tell(errand, "recall", actor, case=errand.case)


def open_errands(case: Case) -> bool:
    return Errand.objects.filter(case=case).open().exists()


def tell_late_arrivals() -> int:
    """Departments that were whistled for and are not there in time: told once each; returns how many."""
    now = clock.now()
    late = Errand.objects.filter(
        arrive_by__lt=now, arrived_at=None, late_told_at=None, state__in=[Errand.State.SENT, Errand.State.ACCEPTED]
    )
    told = 0
    for errand in list(late.select_related("case", "unit")):
        with transaction.atomic():
            if Errand.objects.filter(pk=errand.pk, late_told_at=None).update(late_told_at=now):
                _tell(errand, "late", Actor.for_system("whistle", errand.community_id), case=errand.case)
                told += 1
    return told


def _step(
    errand_id: int, verb: str, who: str, actor: Actor, case: Case, given: dict[str, Any], *, nonce: str | None = None
) -> Errand:
    errand = Errand.objects.select_for_update(of=("self",)).select_related("unit").get(pk=errand_id)
    if nonce is not None and (errand.nonce != nonce or errand.expires_at <= clock.real_now()):
        raise NotFound(_("这个链接已经不能用了。"), code="link_expired")
    step = ERRAND_WORKFLOW.transition(errand.state, verb)
    if who not in step.who:
        raise NotAllowed
    step.require(given)
    now = clock.now()
    photos = _new_photos(given.get("photos") or ())
    match verb:
        case "accept" | "number":
            errand.their_number = (given.get("their_number") or errand.their_number).strip()[:40]
            errand.accepted_at = errand.accepted_at or now
        case "arrive":
            errand.accepted_at, errand.arrived_at = errand.accepted_at or now, now
            outsider_arrives_with(case, Actor.for_system("errand", errand.community_id))
        case "finish":
            errand.result = _short(given["result"], "result")
        case "decline" | "recall":
            errand.reason = _short(given["reason"], "reason")
        case "renew":
            errand.nonce = secrets.token_urlsafe(12)
            errand.expires_at = clock.real_now() + timedelta(days=LINK_DAYS)
    target = Errand.State(step.target(errand.state))
    if target not in ERRAND_OPEN:
        _end(errand, target, now)
    errand.state = target
    errand.save()
    if photos:
        errand.after.add(*photos)
    _tell(errand, verb, actor, case=case, photos=photos)
    return errand


def _end(errand: Errand, state: Errand.State, now) -> None:
    """A link of a done errand still opens, to read; that of a declined or recalled one is worthless."""
    errand.state, errand.ended_at = state, now
    if state != Errand.State.DONE:
        errand.nonce = ""


PUBLIC = frozenset({"accept", "number", "arrive"})
"""What residents read: who comes and under which number. What a unit claims to have done, staff look at first."""


def _tell(
    errand: Errand,
    verb: str,
    actor: Actor,
    *,
    case: Case,
    data: dict[str, Any] | None = None,
    photos: Sequence[Attachment] = (),
) -> None:
    facts = {"unit": errand.unit.name, "errand_id": errand.pk} | (data or {})
    if errand.their_number:
        facts["outer_number"] = errand.their_number
    text = {"sent": errand.task, "finish": errand.result, "decline": errand.reason, "recall": errand.reason}.get(
        verb, ""
    )
    entry = write_entry(
        case, f"errand_{verb}", actor, clock.now(), case.state, text=text, public=verb in PUBLIC, data=facts,
        photos=photos,
    )  # fmt: skip
    record(f"casework.errand_{verb}", case, actor=actor, errand_id=errand.pk, entry_id=entry.pk)


def _case(case_id: int, actor: Actor) -> Case:
    rows = Case.objects.visible_to(actor).filter(pk=case_id).select_related("building__estate", "facility")
    case = rows.select_for_update(of=("self",)).first()
    if case is None:
        raise NotFound
    return case


def _photos_of(case: Case, photo_ids: Sequence[int]) -> list[Attachment]:
    wanted = set(photo_ids)
    found = list(photos_to_choose(case).filter(pk__in=wanted))
    if len(found) != len(wanted) or len(wanted) > MOST_PHOTOS:
        raise NotFound(_("有一张照片不是这件事的。"), code="photo_missing", field="photo_ids")
    return found


def photos_to_choose(case: Case):
    """Photos of the case that a unit may be shown, the newest first."""
    from django.db.models import Q

    return (
        Attachment.objects.filter(Q(entries__case=case) | Q(requests__joined__case=case))
        .distinct()
        .order_by("-uploaded_at")
    )


def _new_photos(photos: Sequence[Attachment]) -> list[Attachment]:
    if len(photos) > MOST_PHOTOS:
        raise Invalid(_("最多放 %(max)d 张照片。") % {"max": MOST_PHOTOS}, code="photos_too_many", field="photos")
    return list(photos)


def _short(text: str, field: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise Invalid(_("最多写 %(max)d 个字。") % {"max": LONGEST_TEXT}, code="text_too_long", field=field)
    return text
