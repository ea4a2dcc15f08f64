"""A copy of everything held: made in the background, kept sealed for seven days, handed out on record."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.holdings import providers
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.rights.changing import label_of, locked, move, step, write_entry
from linli.foundation.privacy.rights.models import CopyHandout, CopyState, DataCopy, RightsRequest
from linli.foundation.privacy.rights.packing import pack, page_in
from linli.foundation.privacy.rights.permissions import is_lead, is_owner, is_person, wrote_it_down
from linli.foundation.privacy.rights.store import COPIES
from linli.foundation.tenancy import active_community_id

log = logging.getLogger(__name__)

COPY_LIVES = timedelta(days=7)
TRIES = 5
NAMED_WITHIN = timedelta(hours=1)
"""A file that no request names after this time was left by a process that was killed."""


def start_copy(request: RightsRequest) -> DataCopy:
    """Queue the work; call it inside the transaction that opened the request."""
    from linli.foundation.privacy.rights.tasks import build_copy

    copy = DataCopy.objects.create(request=request)
    transaction.on_commit(lambda: build_copy.enqueue(request.community_id, copy.pk))
    return copy


def build(copy_id: int) -> None:
    """Gather, pack and seal one copy, showing how far it is; done already or withdrawn meanwhile, it changes nothing.

    What fails is marked, to be tried again by the hourly round, five times at most.
    """
    copy = DataCopy.objects.select_related("request__resident__account", "request__resident__community").get(pk=copy_id)
    request = copy.request
    if copy.state not in (CopyState.BUILDING, CopyState.FAILED) or request.is_over or request.resident is None:
        return
    DataCopy.objects.filter(pk=copy.pk).update(state=CopyState.BUILDING, attempts=copy.attempts + 1, percent=1)
    try:
        name, size = _write(copy)
    except Exception:
        log.exception("copy %s could not be made", copy.pk)
        DataCopy.objects.filter(pk=copy.pk).update(state=CopyState.FAILED)
        return
    try:
        _deliver(copy.pk, name, size)
    except (Conflict, NotFound):
        COPIES.forget(name)


def try_again() -> int:
    """Copies that failed, or were left half-made when the process was killed an hour ago; returns how many."""
    late = clock.now() - timedelta(hours=1)
    left = DataCopy.objects.filter(attempts__lt=TRIES, request__ended_at=None).filter(
        state__in=(CopyState.FAILED, CopyState.BUILDING), request__opened_at__lt=late
    )
    for copy_id in list(left.values_list("pk", flat=True)):
        build(copy_id)
    return left.count()


@transaction.atomic
def _deliver(copy_id: int, name: str, size: int) -> None:
    system = Actor.for_system("rights", None)
    copy = DataCopy.objects.get(pk=copy_id)
    request = locked(copy.request_id, system)
    transition = step(request, "deliver", system)
    now = clock.now()
    copy.state, copy.percent, copy.name, copy.size = CopyState.READY, 100, name, size
    copy.ready_at, copy.expires_at = now, now + COPY_LIVES
    copy.save()
    move(request, transition, now)
    write_entry(request, "deliver", system, now, until=copy.expires_at.isoformat())
    record("rights.copy_ready", request, actor=system)


def _write(copy: DataCopy) -> tuple[str, int]:
    """The file's name in the store and its size. Read as the person itself: it is the person who asked."""
    request = copy.request
    resident = request.resident
    if resident is None:
        raise NotFound
    account = getattr(resident, "account", None)
    person = Actor(
        community_id=request.community_id,
        account_id=account.pk if account is not None else None,
        name=resident.name,
        resident_id=resident.pk,
    )
    every = providers()
    gathered = []
    with translation.override(account.language if account is not None else "zh-hans"):
        for n, (_name, provider) in enumerate(every, start=1):
            gathered += provider(resident, person)
            DataCopy.objects.filter(pk=copy.pk).update(percent=5 + 75 * n // len(every))
        data = pack(gathered, resident, number=request.number, made_at=clock.now())
    name = COPIES.keep(request.community_id, data)
    return name, len(data)


@transaction.atomic
def hand_out(request_id: int, how: str, *, identity_shown: bool = False, actor: Actor) -> bytes:
    """The copy, on record: the whole file, or the pages to read or print.

    To the person after a fresh code (``identity_shown``); to staff for printing, once the person's paper was seen. Raises
    :class:`NotFound`, :class:`NotAllowed`, :class:`Conflict` while it is being made and :class:`Invalid` (``copy_gone``,
    ``identity_not_shown``).
    """
    request = locked(request_id, actor)
    copy = DataCopy.objects.filter(request=request).first()
    if copy is None:
        raise NotFound
    if copy.state in (CopyState.BUILDING, CopyState.FAILED):
        raise Conflict(_("还没有做好，请等一会儿。"), code="copy_not_ready")
    now = clock.now()
    if copy.state != CopyState.READY or copy.expires_at is None or copy.expires_at <= now:
        raise Invalid(_("过了七天，已经删掉了。要的话再做一份。"), code="copy_gone")
    if how == CopyHandout.How.PRINT:
        if not (is_lead(actor, request) or is_owner(actor, request) or wrote_it_down(actor, request)):
            raise NotAllowed
        shown = request.identity_checked_at is not None and request.identity_how == "paper"
    else:
        if not is_person(actor, request):
            raise NotAllowed
        shown = identity_shown
    if not shown:
        raise Invalid(_("先核对是本人，再给。"), code="identity_not_shown")
    data = COPIES.read(copy.name)
    CopyHandout.objects.create(copy=copy, how=how, by_id=actor.account_id, by_label=label_of(actor, request), at=now)
    if how == CopyHandout.How.PRINT and request.resident_id is not None:
        AccessRecord.objects.create(
            resident_id=request.resident_id,
            account_id=actor.account_id,
            reader=label_of(actor, request),
            field="copy",
            purpose="rights_request",
            about=f"rights:{request.pk}",
            at=now,
        )
    record("rights.copy_handed_out", request, actor=actor, how=how)
    return data if how == CopyHandout.How.FILE else page_in(data)


def expire_copies() -> int:
    """Delete the files that are past their seven days, and any that no request names; returns how many were past."""
    gone = 0
    for copy in DataCopy.objects.filter(state=CopyState.READY, expires_at__lte=clock.now()).select_related("request"):
        with transaction.atomic():
            COPIES.forget(copy.name)
            DataCopy.objects.filter(pk=copy.pk).update(state=CopyState.GONE, name="", size=0)
            record("rights.copy_expired", copy.request, actor=Actor.for_system("rights", copy.community_id))
        gone += 1
    kept = set(DataCopy.objects.exclude(name="").values_list("name", flat=True))
    COPIES.forget_others(active_community_id(), kept, unnamed_for=NAMED_WITHIN)
    return gone
