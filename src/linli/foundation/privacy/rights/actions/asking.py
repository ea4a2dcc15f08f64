"""Using a right: in the portal, by a proxy, or written down by staff for whoever has no telephone."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.events.recording import record
from linli.foundation.lifecycle.deadlines import rules_on
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.rights import deadline
from linli.foundation.privacy.rights.actions.copying import start_copy
from linli.foundation.privacy.rights.changing import locked, move, step, write_entry
from linli.foundation.privacy.rights.fields import CORRECTABLE, checked_value
from linli.foundation.privacy.rights.models import AskedAs, Channel, Kind, RightsRequest
from linli.foundation.privacy.rights.queries import holders
from linli.foundation.registry.models import Community, Resident
from linli.foundation.tenancy import active_community_id

WORDS_AT_MOST = 2000
RELATIVES_MAY = frozenset({Kind.COPY, Kind.CORRECTION, Kind.DELETION})
"""What near relatives may ask of somebody who died (PIPL art. 49)."""

BY_STAFF = frozenset({Channel.DESK, Channel.PHONE, Channel.DOOR, Channel.PAPER})


@dataclass(frozen=True)
class Asked:
    """What is asked: ``field`` and ``wanted`` of a correction, ``about`` a read or a decision, ``purpose`` objected to."""

    kind: str
    words: str = ""
    field: str = ""
    wanted: str = ""
    about: str = ""
    purpose: str = ""


@transaction.atomic
def ask(
    resident: Resident, asked: Asked, *, channel: str = Channel.PORTAL, client_key: str = "", actor: Actor
) -> RightsRequest:
    """The person itself asks, or somebody who may in its name; the same ``client_key`` is one request.

    Raises :class:`NotFound`, :class:`NotAllowed` for a proxy whose authority does not cover privacy, :class:`Invalid`
    for what cannot be asked so, :class:`Conflict` for a second copy while one is being made.
    """
    _visible(resident, actor)
    require(actor, "rights.ask", resident)
    as_whom = (
        AskedAs.SELF
        if actor.resident_id == resident.pk
        else AskedAs.GUARDIAN
        if resident.pk in actor.ward_ids
        else AskedAs.PROXY
    )
    return _open(resident, asked, as_whom, channel, "", client_key, actor)


@transaction.atomic
def ask_for(
    resident: Resident,
    asked: Asked,
    *,
    channel: str,
    evidence: str,
    relative: bool = False,
    client_key: str = "",
    actor: Actor,
) -> RightsRequest:
    """Staff write down what a resident says at the desk, at the door, by telephone or on paper.

    ``evidence`` says how they knew who it was. ``relative``: a near relative of somebody who died, with the papers
    named (PIPL art. 49). Raises what :func:`ask` raises.
    """
    _visible(resident, actor)
    require(actor, "rights.ask_for_somebody", resident)
    if channel not in BY_STAFF:
        raise Invalid(_("请选择是怎么来的。"), code="unknown_channel", field="channel")
    if not evidence.strip():
        raise Invalid(
            _("请写明怎么核对的。看了证件、回拨了电话，或者哪一张纸。"), code="evidence_missing", field="evidence"
        )
    if relative and asked.kind not in RELATIVES_MAY:
        raise Invalid(_("近亲属可以要一份、改错和删除。"), code="not_for_relatives", field="kind")
    as_whom = AskedAs.RELATIVE if relative else AskedAs.SELF
    return _open(resident, asked, as_whom, channel, evidence.strip()[:200], client_key, actor)


@transaction.atomic
def withdraw(request_id: int, *, actor: Actor) -> RightsRequest:
    """The person no longer wants it."""
    request = locked(request_id, actor)
    transition = step(request, "withdraw", actor)
    now = clock.now()
    move(request, transition, now, wanted="")
    write_entry(request, "withdraw", actor, now)
    record("rights.withdrawn", request, actor=actor, kind=request.kind)
    return request


def _open(
    resident: Resident, asked: Asked, as_whom: str, channel: str, evidence: str, client_key: str, actor: Actor
) -> RightsRequest:
    Community.objects.select_for_update().get(pk=active_community_id())
    # Looked for while the community's row is held: the second of two clicks at once finds what the first made.
    client_key = _own_key(resident, client_key)
    if client_key and (known := RightsRequest.objects.filter(client_key=client_key).first()) is not None:
        return known
    given = _checked(resident, asked)
    now = clock.now()
    rules = rules_on(clock.today())
    by_staff = channel in BY_STAFF
    request = RightsRequest.objects.create(
        number=_next_number(),
        resident=resident,
        asked_as=as_whom,
        channel=channel,
        entered_by_id=actor.account_id,
        evidence=evidence,
        owner=holders(Role.DPO).first() or holders(Role.COMMUNITY_DIRECTOR).first(),
        rules_version=rules.version,
        opened_at=now,
        due_at=deadline.due(rules, now).due_at,
        client_key=client_key,
        **given,
    )
    write_entry(request, "ask", actor, now, by_staff=by_staff, asked_as=str(as_whom))
    record("rights.asked", request, actor=actor, kind=request.kind, channel=str(channel), asked_as=str(as_whom))
    if request.kind == Kind.COPY:
        start_copy(request)
    return request


def _own_key(resident: Resident, client_key: str) -> str:
    """The key as this resident's: two people whose programs count from one do not get in each other's way."""
    return hashlib.sha256(f"{resident.pk}:{client_key}".encode()).hexdigest() if client_key else ""


def _checked(resident: Resident, asked: Asked) -> dict[str, str]:
    """The columns of what is asked; raises :class:`Invalid` for the first thing that is missing or does not fit."""
    if asked.kind not in Kind.values:
        raise Invalid(_("请选择您要办哪一件。"), code="unknown_kind", field="kind")
    words = asked.words.strip()
    if len(words) > WORDS_AT_MOST:
        raise Invalid(_("太长了，最多两千字。"), code="too_long", field="words")
    given = {"kind": asked.kind, "words": words}
    match asked.kind:
        case Kind.COPY:
            if resident.rights_requests.active().filter(kind=Kind.COPY).exists():
                raise Conflict(_("已经在做一份了，做好就告诉您。"), code="copy_under_way")
        case Kind.CORRECTION:
            if asked.field not in CORRECTABLE:
                raise Invalid(_("请选择哪一项记错了。"), code="field_missing", field="field")
            given |= {"field": asked.field, "wanted": checked_value(asked.field, asked.wanted)}
        case Kind.EXPLANATION:
            if not asked.about and not words:
                raise Invalid(_("请写一句：哪一件事没讲明白。"), code="words_missing", field="words")
            if asked.about and not re.fullmatch(r"[a-z_]{1,40}:[0-9]{1,18}", asked.about):
                raise Invalid(_("没有这件事，请再选一次。"), code="unknown_work", field="about")
            given |= {"about": asked.about}
        case Kind.OBJECTION:
            if asked.purpose and asked.purpose not in in_force():
                raise Invalid(_("没有登记过这个用途。"), code="unknown_purpose", field="purpose")
            if asked.about and not _may_object_to(resident, asked.about):
                raise NotFound
            if not (words or asked.purpose):
                raise Invalid(_("请写一句：哪里觉得不对。"), code="words_missing", field="words")
            given |= {"about": asked.about[:64], "purpose": asked.purpose}
    return given


def _may_object_to(resident: Resident, about: str) -> bool:
    kind, _sep, number = about.partition(":")
    if kind != "access_record":
        return True
    return number.isdecimal() and AccessRecord.objects.filter(pk=int(number), resident=resident).exists()


def _next_number() -> str:
    """``PI-261124-003``: the third of the day, in Hangzhou's calendar; the community's row is held meanwhile."""
    prefix = f"PI-{clock.today():%y%m%d}-"
    numbers = RightsRequest.objects.filter(number__startswith=prefix).values_list("number", flat=True)
    last = max((int(number.rpartition("-")[2]) for number in numbers), default=0)
    return f"{prefix}{last + 1:03d}"


def _visible(resident: Resident, actor: Actor) -> None:
    if actor.community_id is None or not Resident.objects.visible_to(actor).filter(pk=resident.pk).exists():
        raise NotFound
