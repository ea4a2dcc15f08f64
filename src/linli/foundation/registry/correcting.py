"""Correcting what the registry says of a person, one field at a time."""

from __future__ import annotations

from datetime import date

import rules
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow, is_community_staff, require
from linli.foundation.accounts.phones import mobile
from linli.foundation.accounts.roles import Role
from linli.foundation.accounts.sessions import end_all
from linli.foundation.errors import Conflict, Invalid
from linli.foundation.events.recording import record
from linli.foundation.registry.models import Home, Resident
from linli.foundation.registry.queries import search


@rules.predicate
def is_dpo(actor: Actor, resident: Resident | None = None) -> bool:
    return actor.has(Role.DPO) and resident is not None and resident.community_id == actor.community_id


allow("registry.correct_resident", is_community_staff | is_dpo)


@transaction.atomic
def correct_resident(resident: Resident, field: str, value: str, *, actor: Actor) -> None:
    """Write the right value and when it was checked.

    ``field`` is name, sex (``f``, ``m``), birth_date (ISO), phone, identity_number, care_grade, health, address (as a person
    would say it) or living_alone (``yes``, ``no``). Raises :class:`NotAllowed`; :class:`Invalid` (``no_such_home``, ``home_not_clear``) for an address that is not
    exactly one home; :class:`Conflict` (``phone_taken``) when another sign-in has the number.
    """
    require(actor, "registry.correct_resident", resident)
    today = clock.today()
    match field:
        case "name" | "sex" | "identity_number" | "care_grade":
            setattr(resident, field, value)
        case "health":
            resident.health_note = value
        case "birth_date":
            resident.birth_date = date.fromisoformat(value)
        case "living_alone":
            resident.living_alone, resident.living_alone_checked_on = value == "yes", today
        case "address":
            resident.home, resident.household = _home(value), None
        case "phone":
            resident.phone = value
            _move_sign_in(resident, value, actor)
        case _:
            raise LookupError(field)
    resident.verified_on = today
    resident.save()
    record("registry.resident_corrected", resident, actor=actor, field=field)


def _home(words: str) -> Home:
    """The one home that the words mean."""
    found = search(Actor.for_system("registry"), words).homes
    if not found:
        raise Invalid(_("名册里没有这个地址，请写小区、几幢、几单元、几室。"), code="no_such_home", field="value")
    if len(found) > 1:
        first = _("、").join(str(home) for home in found[:3])
        raise Invalid(_("不止一户，请写清楚：%(first)s。") % {"first": first}, code="home_not_clear", field="value")
    return found[0]


def _move_sign_in(resident: Resident, phone: str, actor: Actor) -> None:
    """The sign-in follows the number, to be proved again by a code: whoever holds the old number is
    signed out and gets in no more."""
    account = getattr(resident, "account", None)
    if account is None:
        return
    try:
        number = mobile(phone)
    except Invalid:
        number = None
    account.phone, account.phone_verified = number, False
    try:
        with transaction.atomic():
            account.save(update_fields=["phone", "phone_index", "phone_verified"])
    except IntegrityError:
        raise Conflict(_("这个号码是别人登录用的，先核对是谁的。"), code="phone_taken", field="value") from None
    end_all(account, actor=actor)
