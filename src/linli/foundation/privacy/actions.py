"""Revealing a protected field, and consent given and taken back."""

from __future__ import annotations

import re
from datetime import datetime, time

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import (
    allow,
    is_community_staff,
    is_grid_staff_of,
    is_resident_or_proxy_of,
    is_self,
    require,
)
from linli.foundation.accounts.refusals import TooMany
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.concerning import concerns
from linli.foundation.privacy.models import AccessRecord, Consent
from linli.foundation.privacy.purposes import Purpose, all_purposes
from linli.foundation.registry.models import Home, Resident

REVEALS_A_DAY = 20
"""A reader's daily quota (``domain.md`` §10, practice); an emergency has none."""

AGE_OF_OWN_CONSENT = 14
"""PIPL art. 31: below it a parent or guardian consents."""

allow("privacy.give_consent", is_self | is_community_staff | is_grid_staff_of)
allow("privacy.withdraw_consent", is_resident_or_proxy_of | is_community_staff | is_grid_staff_of)


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


@transaction.atomic
def give_consent(
    resident: Resident,
    purpose: str,
    *,
    channel: str,
    evidence: str = "",
    home: Home | None = None,
    actor: Actor,
) -> Consent:
    """Let a home be sensed for one purpose: by the person, or by staff with the person's word on record.

    Giving what is already given changes nothing. Raises :class:`Invalid` or :class:`NotAllowed`.
    """
    resident = _visible(resident, actor)
    require(actor, "privacy.give_consent", resident)
    reason = purpose_named(purpose)
    if not reason.needs_consent:
        raise Invalid(_("这个用途不靠同意。"), code="no_consent_needed", field="purpose")
    home = home or resident.home
    if home is None or home.pk != resident.home_id:
        raise Invalid(_("只能为自己住的家同意。"), code="not_their_home", field="home")
    if resident.age_on(clock.today()) < AGE_OF_OWN_CONSENT:
        raise Invalid(_("不满 14 岁，要由父母或监护人同意。"), code="too_young", field="resident")
    if channel not in Consent.Channel.values:
        raise Invalid(_("请选择是怎么同意的。"), code="unknown_channel", field="channel")
    by_staff = actor.resident_id != resident.pk
    if by_staff and (channel == Consent.Channel.APP or not evidence.strip()):
        raise Invalid(_("请写明本人是怎么同意的：签字的纸，或电话记录。"), code="evidence_missing", field="evidence")
    consent, created = Consent.objects.get_or_create(
        resident=resident,
        home=home,
        purpose=reason.key,
        withdrawn_at=None,
        defaults={
            "text_version": reason.version,
            "channel": channel,
            "evidence": evidence.strip(),
            "given_at": clock.now(),
        },
    )
    if created:
        record("privacy.consent_given", consent, actor=actor, **_facts(consent))
    return consent


@transaction.atomic
def withdraw_consent(consent: Consent, *, actor: Actor) -> Consent:
    """Sensing for this purpose stops now; as easy as giving (PIPL art. 15). Twice changes nothing.

    Raises :class:`NotFound` or :class:`NotAllowed`.
    """
    found = Consent.objects.visible_to(actor).select_for_update().filter(pk=consent.pk).first()
    if found is None:
        raise NotFound
    require(actor, "privacy.withdraw_consent", found.resident)
    if found.withdrawn_at is None:
        found.withdrawn_at = clock.now()
        found.save(update_fields=["withdrawn_at"])
        record("privacy.consent_withdrawn", found, actor=actor, **_facts(found))
    return found


def _facts(consent: Consent) -> dict:
    return {"resident": consent.resident_id, "home": consent.home_id, "purpose": consent.purpose}
