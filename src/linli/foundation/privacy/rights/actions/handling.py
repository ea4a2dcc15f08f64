"""What the data-protection lead, the director or the worker they named does with a request."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid
from linli.foundation.events.recording import record
from linli.foundation.lifecycle.deadlines import rules_of
from linli.foundation.privacy.consents.actions import withdraw_consent
from linli.foundation.privacy.door import handed_on
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.rights import deadline
from linli.foundation.privacy.rights.changing import locked, move, step, write_entry
from linli.foundation.privacy.rights.fields import checked_value
from linli.foundation.privacy.rights.models import RefusalReason, RightsRequest, Suspension
from linli.foundation.privacy.rights.queries import fits, may_own
from linli.foundation.privacy.rights.showing import shown
from linli.foundation.registry.correcting import correct_resident

MAY_STOP = frozenset({"consent", "separate_consent", "contract"})
"""Grounds on which processing stops when the person says so; a legal duty or an emergency does not (PIPL art. 13)."""


@transaction.atomic
def take(request_id: int, *, version: int | None = None, actor: Actor) -> RightsRequest:
    """Begin with it; whoever takes it owns it."""
    request = locked(request_id, actor, version=version)
    transition = step(request, "take", actor)
    now = clock.now()
    move(request, transition, now, owner_id=actor.account_id)
    write_entry(request, "take", actor, now)
    record("rights.taken", request, actor=actor)
    return request


@transaction.atomic
def assign(request_id: int, account_id: int | None, *, version: int | None = None, actor: Actor) -> RightsRequest:
    """Name the community worker who answers it. Raises :class:`Invalid` for an account that may not."""
    request = locked(request_id, actor, version=version)
    transition = step(request, "assign", actor, account_id=account_id)
    owner = may_own().filter(pk=account_id or 0).first()
    if owner is None:
        raise Invalid(_("这个人不能办这件事，请选社区工作人员。"), code="not_an_owner", field="account_id")
    now = clock.now()
    move(request, transition, now, owner=owner)
    write_entry(request, "assign", actor, now)
    record("rights.assigned", request, actor=actor, owner=owner.pk)
    return request


@transaction.atomic
def check_identity(request_id: int, evidence: str, *, version: int | None = None, actor: Actor) -> RightsRequest:
    """At the desk: the person's paper was seen; which kind, never its number."""
    request = locked(request_id, actor, version=version)
    transition = step(request, "check_identity", actor, evidence=evidence.strip())
    now = clock.now()
    move(request, transition, now, identity_checked_at=now, identity_how="paper")
    write_entry(request, "check_identity", actor, now, evidence.strip()[:200])
    record("rights.identity_checked", request, actor=actor, how="paper")
    return request


@transaction.atomic
def extend(request_id: int, reason: str, *, version: int | None = None, actor: Actor) -> RightsRequest:
    """Fifteen working days more, once, and the person is told why."""
    request = locked(request_id, actor, version=version)
    transition = step(request, "extend", actor, reason=reason.strip())
    if request.extended_at is not None:
        raise Conflict(_("已经延过一次，不能再延。"), code="extended_once")
    now = clock.now()
    if now >= request.due_at:
        raise Conflict(_("已经过了期限，不能再延，请马上答复。"), code="overdue")
    due_at = deadline.extended(rules_of(request.rules_version), request.due_at).due_at
    move(request, transition, now, due_at=due_at, extended_at=now, extension_reason=reason.strip())
    write_entry(request, "extend", actor, now, reason.strip(), due_at=due_at.isoformat())
    record("rights.extended", request, actor=actor)
    return request


@transaction.atomic
def correct(
    request_id: int, value: str = "", text: str = "", *, version: int | None = None, actor: Actor
) -> RightsRequest:
    """Write the right value into the registry: what the person said, or ``value`` as staff checked it.

    The request keeps before and after, masked. Raises what the registry raises for a value that cannot be.
    """
    request = locked(request_id, actor, version=version)
    transition = step(request, "correct", actor)
    resident = _resident_of(request, "correct")
    value = checked_value(request.field, value.strip() or handed_on(request, "wanted"))
    before = shown(resident, request.field)
    correct_resident(resident, request.field, value, actor=actor)
    after = shown(resident, request.field)
    now = clock.now()
    move(request, transition, now, before=before, after=after, wanted="", answer=text.strip())
    write_entry(request, "correct", actor, now, text.strip(), field=request.field, before=before, after=after)
    record("rights.corrected", request, actor=actor, field=request.field)
    return request


@transaction.atomic
def erase(request_id: int, text: str = "", *, version: int | None = None, actor: Actor) -> RightsRequest:
    """Delete what is held about the person (PIPL art. 47), unless something stands in the way.

    Raises :class:`Conflict` (``must_be_kept``) naming what does.
    """
    from linli.foundation.privacy.retention.erasing import erase_resident

    request = locked(request_id, actor, version=version)
    transition = step(request, "erase", actor)
    resident = _resident_of(request, "erase")
    now = clock.now()
    move(request, transition, now, answer=text.strip(), wanted="")
    write_entry(request, "erase", actor, now, text.strip())
    record("rights.erased", request, actor=actor)
    _tell_before_the_phone_is_gone(request)
    erase_resident(resident, reason="rights", about=f"rights:{request.pk}", actor=actor)
    return request


@transaction.atomic
def suspend(request_id: int, text: str = "", *, version: int | None = None, actor: Actor) -> RightsRequest:
    """Stop using the person's information for the purpose objected to, now; consents to it are taken back.

    Raises :class:`Invalid`: ``duty`` for a purpose that the law orders, ``gone`` for one that the charter no longer has.
    """
    request = locked(request_id, actor, version=version)
    transition = step(request, "suspend", actor)
    resident = _resident_of(request, "suspend")
    purpose = in_force().get(request.purpose)
    if purpose is None:
        raise Invalid(_("这种用法公约里已经没有了，不用再停。请答复居民。"), code="gone")
    if purpose.ground not in MAY_STOP:
        raise Invalid(_("法律规定社区要做这件事，停不了。请给居民讲明白为什么。"), code="duty")
    now = clock.now()
    Suspension.objects.get_or_create(
        resident=resident, purpose=purpose.key, ended_at=None, defaults={"request": request, "since": now}
    )
    system = Actor.for_system("rights", request.community_id)
    for consent in Consent.objects.in_force().filter(resident=resident, purpose=purpose.key):
        withdraw_consent(consent, actor=system)
    move(request, transition, now, answer=text.strip())
    write_entry(request, "suspend", actor, now, text.strip(), purpose=purpose.key)
    record("rights.purpose_suspended", request, actor=actor, resident=resident.pk, purpose=purpose.key)
    return request


@transaction.atomic
def answer(
    request_id: int, text: str, *, read_was_wrong: bool = False, version: int | None = None, actor: Actor
) -> RightsRequest:
    """Tell the person in words. ``read_was_wrong``: the read objected to had no good reason, which goes on record."""
    request = locked(request_id, actor, version=version)
    transition = step(request, "answer", actor, text=text.strip())
    now = clock.now()
    move(request, transition, now, answer=text.strip(), wanted="")
    write_entry(request, "answer", actor, now, text.strip(), read_was_wrong=read_was_wrong)
    if read_was_wrong and request.about.startswith("access_record:"):
        record("rights.read_found_wrong", request, actor=actor, record=int(request.about.partition(":")[2]))
    record("rights.answered", request, actor=actor, kind=request.kind)
    return request


@transaction.atomic
def refuse(request_id: int, refusal: str, reason: str, *, version: int | None = None, actor: Actor) -> RightsRequest:
    """Only for a reason that the law knows, explained in words; the person is told where to complain (PIPL arts. 50, 65)."""
    request = locked(request_id, actor, version=version)
    transition = step(request, "refuse", actor, refusal=refusal, reason=reason.strip())
    if refusal not in RefusalReason.values:
        raise Invalid(_("请选择为什么不能办。"), code="unknown_refusal", field="refusal")
    now = clock.now()
    move(request, transition, now, refusal=refusal, answer=reason.strip(), wanted="")
    write_entry(request, "refuse", actor, now, reason.strip(), refusal=refusal)
    record("rights.refused", request, actor=actor, kind=request.kind, refusal=refusal)
    return request


def _resident_of(request: RightsRequest, verb: str):
    if request.resident is None or not fits(request, verb):
        raise Conflict(_("这件事不能这样办。"), code="does_not_fit")
    return request.resident


def _tell_before_the_phone_is_gone(request: RightsRequest) -> None:
    from linli.foundation.privacy.rights.telling import tell_ended

    tell_ended(request)
