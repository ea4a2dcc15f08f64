"""Revealing a protected field."""

from __future__ import annotations

import re
from datetime import datetime, time

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.refusals import TooMany
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.concerning import concerns
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.purposes import Purpose, all_purposes
from linli.foundation.registry.models import Resident

REVEALS_A_DAY = 20
"""A reader's daily quota (``domain.md`` §10, practice); an emergency has none."""


@transaction.atomic
def reveal(resident: Resident, field: str, purpose: str, about: str, *, actor: Actor) -> str:
    """The unmasked value of one field, after writing down who saw it, why and for what.

    ``field`` is ``name``, ``phone``, ``address`` or ``birth_date``; ``about`` names the work: ``case:123``. Raises
    :class:`NotFound` for somebody outside the reader's scope, :class:`Invalid` for a purpose, field or work that do
    not go together (``about_somebody_else``: no work of the reader's that concerns this resident), :class:`NotAllowed` for a role the purpose does not name, :class:`TooMany` above the quota.
    """
    resident = _visible(resident, actor)
    reason = purpose_named(purpose)
    if field not in reason.fields:
        raise Invalid(_("这个用途不需要看这一项。"), code="field_not_for_purpose", field="field")
    if not re.fullmatch(rf"(?:{'|'.join(sorted(reason.about))}):[0-9]{{1,18}}", about):
        raise Invalid(_("请写明是为办哪一件事。"), code="about_missing", field="about")
    roles = [held.role for held in actor.held if held.role in reason.roles]
    if not roles:
        raise NotAllowed(_("您的岗位不需要看这一项。"), code="role_not_for_purpose")
    if not concerns(about, resident, actor, emergency=reason.ground == "emergency"):
        raise Invalid(_("这件事和这位居民没有关系。"), code="about_somebody_else", field="about")
    if reason.ground != "emergency" and _reveals_today(actor) >= REVEALS_A_DAY:
        raise TooMany(_("今天查看的次数到上限了，请找社区主任。"), code="too_many_reveals")
    access = AccessRecord.objects.create(
        resident=resident,
        account_id=actor.account_id,
        reader=_as_shown(actor, roles[0]),
        field=field,
        purpose=reason.key,
        about=about,
        at=clock.now(),
    )
    record(
        "privacy.field_revealed",
        resident,
        actor=actor,
        record=access.pk,
        field=field,
        purpose=reason.key,
        about=about,
    )
    return _value(resident, field)


def purpose_named(key: str) -> Purpose:
    """The purpose; raises :class:`Invalid` for one that is not declared."""
    found = all_purposes().get(key)
    if found is None:
        raise Invalid(_("没有登记过这个用途。"), code="unknown_purpose", field="purpose")
    return found


def _visible(resident: Resident, actor: Actor) -> Resident:
    found = Resident.objects.visible_to(actor).select_related("home").filter(pk=resident.pk).first()
    if found is None:
        raise NotFound
    return found


def _reveals_today(actor: Actor) -> int:
    midnight = timezone.make_aware(datetime.combine(clock.today(), time.min))
    return AccessRecord.objects.filter(account_id=actor.account_id or 0, at__gte=midnight).count()


def _as_shown(actor: Actor, role: Role) -> str:
    with translation.override("zh-hans"):
        return f"{role.label} {actor.name}"


def _value(resident: Resident, field: str) -> str:
    match field:
        case "address":
            return str(resident.home) if resident.home else ""
        case "birth_date":
            return resident.birth_date.isoformat()
        case _:
            return getattr(resident, field)
