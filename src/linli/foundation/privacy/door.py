"""The one door to protected fields.

People come through :func:`reveal`, the software itself through :func:`use`; both name a purpose that is in force and leave
an access record that the person reads. :func:`own` gives a person what is its own, :func:`masked` what a screen may
show, and :func:`same` only says yes or no. Nothing else opens a sealed column: ``tests/test_one_door.py`` reads every
import and every query.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from django.db import models, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.refusals import TooMany
from linli.foundation.accounts.roles import AGE_OF_OWN_CONSENT, Role
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.foundation.events.recording import record
from linli.foundation.privacy.concerning import concerns, ended
from linli.foundation.privacy.masking import masked_as
from linli.foundation.privacy.models import AccessRecord, Consent
from linli.foundation.privacy.purposes import Purpose, all_purposes, in_force
from linli.foundation.privacy.retention.rules import before
from linli.foundation.privacy.rights.queries import is_suspended, suspended_purposes
from linli.foundation.registry.models import Resident
from linli.foundation.vault.errors import KeysUnavailable, Unreadable
from linli.foundation.vault.fields import DOTS, Sealed, SealedField
from linli.foundation.vault.sealing import unseal

PLAIN = frozenset({"name", "address", "birth_date"})
"""Protected fields of a resident that stand in the open for search and age, and are masked on every screen."""
REVEALS_A_DAY = 20
CALLER_REVEALED = "privacy.caller_revealed"
"""A reader's daily quota (``domain.md`` §10, practice); an emergency has none."""
READINGS, ONE_LOOK = "readings", timedelta(hours=1)
"""What devices in a home said is no field of the registry; looks within an hour are told as one."""
SYSTEM = "系统"
HANDED_ON = frozenset({"notices.notice.to", "rights.rightsrequest.wanted"})
"""What the software sealed itself until it is handed on; who put it there was recorded then."""


class NotDeclared(RuntimeError):
    """The software asked for a field that no purpose in force lets it use: nothing is opened."""


class NotCovered(NotDeclared):
    """The use is one that Linli declares, but it no longer reaches this person, who objected, took the consent back or is too
    young, or reaches nobody here any more, because the charter took it out."""


@transaction.atomic
def reveal(resident: Resident, field: str, purpose: str, about: str, *, actor: Actor) -> str:
    """The unmasked value of one field, after writing down who saw it, why and for what.

    ``field`` is one of ``purposes.FIELDS``; ``about`` names the work: ``case:123``. Raises :class:`NotFound` for
    somebody outside the reader's scope, :class:`Invalid` for a purpose, field or work that do not go together
    (``about_somebody_else``: no work of the reader's that concerns this resident; ``term_over``: work that ended longer
    ago than the purpose keeps its data), :class:`NotAllowed` for a role the
    purpose does not name or a consent that is missing, :class:`TooMany` above the quota,
    :class:`~linli.foundation.vault.errors.KeysUnavailable`.
    """
    reason = purpose_named(purpose)
    resident = _visible(resident, reason, actor)
    if field not in reason.fields:
        raise Invalid(_("这个用途不需要看这一项。"), code="field_not_for_purpose", field="field")
    if not re.fullmatch(rf"(?:{'|'.join(sorted(reason.about))}):[0-9]{{1,18}}", about):
        raise Invalid(_("请写明是为办哪一件事。"), code="about_missing", field="about")
    roles = [held.role for held in actor.held if held.role in reason.roles]
    if not roles:
        raise NotAllowed(_("您的岗位不需要看这一项。"), code="role_not_for_purpose")
    if not _covered(resident, reason):
        raise NotAllowed(_("这位居民没有同意，不能看。"), code="no_consent")
    if not concerns(about, resident, actor, emergency=reason.ground == "emergency"):
        raise Invalid(_("这件事和这位居民没有关系。"), code="about_somebody_else", field="about")
    if (over := ended(about)) is not None and over < before(clock.now(), months=reason.keep_months):
        raise Invalid(_("这件事早就办完了，不能再拿它来看。"), code="term_over", field="about")
    if reason.ground != "emergency" and _reveals_today(actor) >= REVEALS_A_DAY:
        raise TooMany(_("今天查看的次数到上限了，请找社区主任。"), code="too_many_reveals")
    value = _value(resident, field)
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
    return value


@transaction.atomic
def reveal_caller(row: models.Model, column: str, purpose: str, about: str, *, actor: Actor) -> str:
    """The number that somebody outside the registry left to be called back on: they have no list to read, so that it
    was seen stands in the audit log.

    Whether the reader may see ``row`` is for the caller to have checked. Raises as :func:`reveal` does.
    """
    reason, field = purpose_named(purpose), _protected(row, column)
    if field not in reason.fields or about.partition(":")[0] not in reason.about:
        raise Invalid(_("这个用途不需要看这一项。"), code="field_not_for_purpose", field="field")
    if not actor.has(*reason.roles):
        raise NotAllowed(_("您的岗位不需要看这一项。"), code="role_not_for_purpose")
    if reason.ground != "emergency" and _reveals_today(actor) >= REVEALS_A_DAY:
        raise TooMany(_("今天查看的次数到上限了，请找社区主任。"), code="too_many_reveals")
    value = _text(row, column)
    record(CALLER_REVEALED, row, actor=actor, field=field, purpose=reason.key, about=about)
    return value


def use(row: models.Model, column: str, purpose: str, *, about: str) -> str:
    """One field for the software itself, which shows it to nobody: a number to send a message to.

    ``row`` is a resident (``column`` may then also be ``address`` or ``birth_date``) or another row with a sealed
    column; whose account it is reads of it as of a machine's use. Raises :class:`NotDeclared` where no purpose lets the
    software use the field for such work, :class:`NotCovered` where it does so no longer,
    :class:`~linli.foundation.vault.errors.KeysUnavailable`.
    """
    reason, field, kind = in_force().get(purpose), _protected(row, column), about.partition(":")[0]
    if not _lets_use(reason, field, kind):
        shipped = _lets_use(all_purposes().get(purpose), field, kind)
        raise (NotCovered if shipped else NotDeclared)(f"{purpose} lets no machine use {field} for {about!r}")
    assert reason is not None
    subject = _person_behind(row)
    if subject is not None and not _covered(subject, reason):
        raise NotCovered(f"{purpose} does not cover this person")
    value = _value(row, field) if isinstance(row, Resident) else _text(row, column)
    if value and subject is not None:
        AccessRecord.objects.create(
            community_id=subject.community_id,
            resident=subject,
            reader=SYSTEM,
            kind=AccessRecord.Kind.MACHINE,
            field=field,
            purpose=reason.key,
            about=about,
            at=clock.now(),
        )
    return value


@transaction.atomic
def hand_over(
    residents: Sequence[Resident], fields: Sequence[str], purpose: str, *, about: str, actor: Actor
) -> list[dict[str, str]]:
    """Many people's fields at once, for a list that a second person has approved (``privacy/exports``); each of them
    reads that they were on it.

    Whoever the purpose does not cover now (no consent any more, a child, an objection) is left out. Raises
    :class:`NotAllowed` for a role, and :class:`NotDeclared` for a field or a kind of work, that the purpose does not
    name, :class:`~linli.foundation.vault.errors.KeysUnavailable`.
    """
    reason = purpose_named(purpose)
    if set(fields) - reason.fields or about.partition(":")[0] not in reason.about:
        raise NotDeclared(f"{purpose} allows no list of {sorted(fields)} for {about!r}")
    roles = [held.role for held in actor.held if held.role in reason.roles]
    if not roles:
        raise NotAllowed(_("您的岗位不需要看这一项。"), code="role_not_for_purpose")
    keys, today, now = [one.pk for one in residents], clock.today(), clock.now()
    objected = {pk for pk, key in suspended_purposes(keys) if key == reason.key}
    consents = Consent.objects.in_force().filter(resident__in=keys, purpose=reason.key)
    agreed = set(consents.values_list("resident_id", flat=True)) if reason.needs_consent else set(keys)
    covered = [
        one
        for one in residents
        if one.pk in agreed and one.pk not in objected and (reason.minors or one.age_on(today) >= AGE_OF_OWN_CONSENT)
    ]
    rows = [{field: _value(one, field) for field in fields} for one in covered]
    AccessRecord.objects.bulk_create(
        AccessRecord(
            community_id=one.community_id,
            resident=one,
            account_id=actor.account_id,
            reader=_as_shown(actor, roles[0]),
            kind=AccessRecord.Kind.EXPORT,
            field=field,
            purpose=reason.key,
            about=about,
            at=now,
        )
        for one in covered
        for field in fields
    )
    return rows


@transaction.atomic
def saw_readings(looks: Sequence[tuple[Resident, str, str]], *, actor: Actor) -> None:
    """Write down for each ``(resident, purpose, about)`` that the actor saw what a device in their home said: once an hour for
    each device. Two queries.

    ``about`` names the device: ``device:12``. It opens no sealed field and does not count against the reader's quota.
    """
    now = clock.now()
    of_reader = AccessRecord.objects.filter(
        account_id=actor.account_id or 0, field=READINGS, about__in={about for _one, _purpose, about in looks}
    )
    known = set(of_reader.filter(at__gt=now - ONE_LOOK).values_list("resident_id", "about"))
    roles = [held.role for held in actor.held]
    AccessRecord.objects.bulk_create(
        AccessRecord(
            community_id=one.community_id,
            resident=one,
            account_id=actor.account_id,
            reader=_as_shown(actor, roles[0]) if roles else actor.name,
            field=READINGS,
            purpose=purpose,
            about=about,
            at=now,
        )
        for one, purpose, about in looks
        if (one.pk, about) not in known
    )


def masked(row: models.Model, field: str) -> str:
    """For a screen that somebody may look over: ``199****0001``; dots while the keys are away, and for what is broken.
    Leaves no record."""
    return mask(getattr(row, field) or "", _protected(row, field))


def mask(value: str | Sealed, field: str) -> str:
    """The same of a value that a page was given; ``field`` is one of ``purposes.FIELDS``."""
    try:
        return masked_as(field, _opened(value))
    except (KeysUnavailable, Unreadable):
        return DOTS


def own(row: models.Model, field: str, *, actor: Actor) -> str:
    """In full, for the person itself or somebody who may ask in its name; raises :class:`NotAllowed` for others."""
    if not actor.system and not _belongs_to(row, actor):
        raise NotAllowed()
    return _text(row, field)


def handed_on(row: models.Model, column: str) -> str:
    """What the software keeps sealed until it hands it on: the number on a message, the value that somebody says is
    right. Raises :class:`NotDeclared` for any other column than those of :data:`HANDED_ON`."""
    label = f"{row._meta.label_lower}.{column}"
    if label not in HANDED_ON:
        raise NotDeclared(f"{label} is not the software's to hand on")
    return _text(row, column)


def same(row: models.Model, field: str, text: str) -> bool:
    """Whether the field holds this text, without telling what it holds."""
    value = getattr(row, field)
    return value.matches(text) if isinstance(value, Sealed) and value else (str(value or "") == text)


def ends(row: models.Model, field: str, text: str) -> bool:
    """Whether the field ends with this text: what somebody typed who looks a caller up."""
    return _text(row, field).endswith(text)


def purpose_named(key: str) -> Purpose:
    """The purpose; raises :class:`Invalid` for one that is not in force."""
    found = in_force().get(key)
    if found is None:
        raise Invalid(_("没有登记过这个用途。"), code="unknown_purpose", field="purpose")
    return found


def _visible(resident: Resident, purpose: Purpose, actor: Actor) -> Resident:
    """The data-protection lead browses nobody, but answers whoever asks about its own information."""
    answers = Role.DPO in purpose.roles and actor.has(Role.DPO)
    rows = Resident.objects.all() if answers else Resident.objects.visible_to(actor)
    found = rows.select_related("home").filter(pk=resident.pk).first()
    if found is None:
        raise NotFound
    return found


def _lets_use(purpose: Purpose | None, field: str, kind: str) -> bool:
    return purpose is not None and field in purpose.machine and kind in purpose.about


def _covered(resident: Resident, purpose: Purpose) -> bool:
    """Whether the purpose reaches this person: a child only where it covers children, a consent where it asks one."""
    if not purpose.minors and resident.age_on(clock.today()) < AGE_OF_OWN_CONSENT:
        return False
    if is_suspended(resident.pk, purpose.key):
        return False
    return (
        not purpose.needs_consent or Consent.objects.in_force().filter(resident=resident, purpose=purpose.key).exists()
    )


def _person_behind(row: models.Model) -> Resident | None:
    if isinstance(row, Resident):
        return row
    return row.resident if isinstance(row, Account) else None


def _belongs_to(row: models.Model, actor: Actor) -> bool:
    if isinstance(row, Account):
        return row.pk == actor.account_id or row.resident_id in actor.residents_for("privacy")
    resident_id = row.pk if isinstance(row, Resident) else getattr(row, "resident_id", None)
    return resident_id is not None and resident_id in actor.residents_for("privacy")


def _protected(row: models.Model, column: str) -> str:
    """The field of the registry of purposes that a column holds."""
    if isinstance(row, Resident) and column in PLAIN:
        return column
    found = row._meta.get_field(column)
    if not isinstance(found, SealedField):
        raise NotDeclared(f"{column} is no protected column")
    return found.protects


def _reveals_today(actor: Actor) -> int:
    """Of this reader, at residents and at callers, whose row is held meanwhile: two looks at once are counted one after the other."""
    Account.objects.select_for_update().filter(pk=actor.account_id or 0).first()
    midnight = clock.midnight(clock.today())
    own = AccessRecord.objects.filter(account_id=actor.account_id or 0, kind=AccessRecord.Kind.PERSON).exclude(
        field=READINGS
    )
    callers = Event.objects.filter(
        community=actor.community_id, kind=CALLER_REVEALED, actor=actor.label, happened_at__gte=midnight
    )
    return own.filter(at__gte=midnight).count() + callers.count()


def _as_shown(actor: Actor, role: Role) -> str:
    with translation.override("zh-hans"):
        return f"{role.label} {actor.name}"


def _value(resident: Resident, field: str) -> str:
    match field:
        case "address":
            return str(resident.home) if resident.home else ""
        case "birth_date":
            return resident.birth_date.isoformat()
        case "name":
            return resident.name
    for column in Resident._meta.local_fields:
        if isinstance(column, SealedField) and column.protects == field:
            return _text(resident, column.name)
    raise NotDeclared(f"the registry keeps no {field}")


def _text(row: models.Model, field: str) -> str:
    return _opened(getattr(row, field) or "")


def _opened(value: str | Sealed) -> str:
    return unseal(value.token, value.label) if isinstance(value, Sealed) else value
