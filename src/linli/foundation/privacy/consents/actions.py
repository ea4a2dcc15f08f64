"""Consent given, refused, taken back, and ended because it no longer holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import (
    allow,
    is_community_staff,
    is_grid_staff_of,
    is_guardian_of,
    is_proxy_for_privacy_of,
    is_self,
    require,
)
from linli.foundation.errors import Invalid, NotFound
from linli.foundation.events.recording import record
from linli.foundation.files.models import Attachment
from linli.foundation.lifecycle.working_time import add_working_days
from linli.foundation.privacy.consents.guarding import guardians_of, is_child
from linli.foundation.privacy.consents.models import Decline, Ending, Guardianship, PaperForm, Testimony
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import Purpose, in_force
from linli.foundation.registry.models import Home, Resident

ERASED_WITHIN_WORKING_DAYS = 15
"""PIPL art. 47 wants erasure without delay; the same term as for an answer to a request (``domain.md`` §10)."""

LONGEST_NOTE = 200

allow("privacy.give_consent", is_self | is_guardian_of | is_community_staff | is_grid_staff_of)
allow(
    "privacy.withdraw_consent",
    is_self | is_guardian_of | is_proxy_for_privacy_of | is_community_staff | is_grid_staff_of,
)


@dataclass(frozen=True)
class Evidence:
    """What staff keep of a consent that they took: a paper and its photos, or when they spoke and what was read out.

    ``note`` says in words how it was given.
    """

    note: str = ""
    photos: Sequence[Attachment] = field(default_factory=tuple)
    form: PaperForm | None = None
    called_at: datetime | None = None
    read_out: str = ""


@transaction.atomic
def give_consent(
    resident: Resident,
    purpose: str,
    *,
    channel: str,
    evidence: Evidence | str = "",
    home: Home | None = None,
    guardian: Resident | None = None,
    actor: Actor,
) -> Consent:
    """Let one purpose apply to one person in its home: by the person, its guardian, or staff with their word on record.

    For a child under 14 a registered guardian decides: the actor itself, or the ``guardian`` whom staff name. Paper needs a
    photo of it, a call its time. Giving what is already given changes nothing. Raises :class:`NotFound`, :class:`NotAllowed` or
    :class:`Invalid`.
    """
    kept = Evidence(note=evidence) if isinstance(evidence, str) else evidence
    resident = _visible(resident, actor)
    require(actor, "privacy.give_consent", resident)
    reason = _needing_consent(purpose)
    home = _own_home(resident, home)
    _check_channel(channel)
    if is_child(resident) and not reason.minors:
        raise Invalid(_("这一项不用在不满 14 岁的孩子身上。"), code="not_for_minors", field="purpose")
    guardianship = _guardianship(resident, guardian, actor)
    by_staff = actor.resident_id != resident.pk and resident.pk not in actor.ward_ids
    if by_staff:
        _check_evidence(channel, kept)
    Decline.objects.filter(resident=resident, home=home, purpose=reason.key, lifted_at__isnull=True).update(
        lifted_at=clock.now()
    )
    consent, created = Consent.objects.get_or_create(
        resident=resident,
        home=home,
        purpose=reason.key,
        withdrawn_at=None,
        defaults={
            "text_version": reason.version,
            "channel": channel,
            "evidence": kept.note.strip()[:LONGEST_NOTE],
            "given_at": clock.now(),
        },
    )
    if created:
        if by_staff or guardianship is not None:
            _keep_testimony(consent, kept, guardianship, actor)
        record("privacy.consent_given", consent, actor=actor, **_facts(consent))
    return consent


@transaction.atomic
def decline(
    resident: Resident, purpose: str, *, channel: str, note: str = "", home: Home | None = None, actor: Actor
) -> Decline:
    """Write down a no: what stands is withdrawn, and nobody else's yes lets the home be sensed.

    Raises :class:`NotFound`, :class:`NotAllowed` or :class:`Invalid`.
    """
    resident = _visible(resident, actor)
    require(actor, "privacy.withdraw_consent", resident)
    reason = _needing_consent(purpose)
    home = _own_home(resident, home)
    _check_channel(channel)
    standing = Consent.objects.in_force().filter(resident=resident, home=home, purpose=reason.key).first()
    if standing is not None:
        withdraw_consent(standing, channel=channel, note=note, actor=actor)
    return _refuse(resident, home, reason.key, channel, note, actor)


@transaction.atomic
def withdraw_consent(consent: Consent, *, channel: str = Consent.Channel.APP, note: str = "", actor: Actor) -> Consent:
    """Processing for this purpose stops now; as easy as giving (PIPL art. 15). Twice changes nothing.

    What was gathered is erased within :data:`ERASED_WITHIN_WORKING_DAYS`. Staff write in ``note`` who asked for it and how. Raises
    :class:`NotFound`, :class:`NotAllowed` or :class:`Invalid`.
    """
    found = Consent.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=consent.pk).first()
    if found is None:
        raise NotFound
    require(actor, "privacy.withdraw_consent", found.resident)
    _check_channel(channel)
    if found.withdrawn_at is None:
        _end(found, Ending.Reason.WITHDRAWN, actor, channel=channel, note=note)
        _refuse(found.resident, found.home, found.purpose, channel, note, actor)
    return found


@transaction.atomic
def end_consent(consent: Consent, reason: Ending.Reason, *, actor: Actor) -> None:
    """End a consent that no longer holds, without a no of the person. Twice changes nothing."""
    found = Consent.objects.in_force().select_for_update(of=("self",)).filter(pk=consent.pk).first()
    if found is not None:
        _end(found, reason, actor)


@transaction.atomic
def end_guardianship(guardianship: Guardianship, *, actor: Actor) -> None:
    """The guardian no longer decides for the child; what it agreed to ends. Twice changes nothing."""
    found = Guardianship.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=guardianship.pk).first()
    if found is None:
        raise NotFound
    require(actor, "consents.register_guardian", found.resident)
    if found.ended_at is not None:
        return
    found.ended_at = clock.now()
    found.save(update_fields=["ended_at"])
    record("privacy.guardian_ended", found, actor=actor, resident=found.resident_id, guardian=found.guardian_id)
    for consent in Consent.objects.in_force().filter(testimony__guardianship=found):
        end_consent(consent, Ending.Reason.GUARDIAN_ENDED, actor=actor)


def _end(consent: Consent, reason: Ending.Reason, actor: Actor, *, channel: str = "", note: str = "") -> None:
    now = clock.now()
    consent.withdrawn_at = now
    consent.save(update_fields=["withdrawn_at"])
    due = add_working_days(now, ERASED_WITHIN_WORKING_DAYS).due_at
    ending = Ending.objects.create(
        consent=consent,
        reason=reason,
        channel=channel,
        note=note.strip()[:LONGEST_NOTE],
        taken_by_id=actor.account_id,
        delete_by=timezone.localtime(due - timedelta(microseconds=1)).date(),
    )
    facts = _facts(consent) | {"reason": str(reason), "delete_by": ending.delete_by.isoformat()}
    record("privacy.consent_withdrawn", consent, actor=actor, **facts)


def _refuse(resident: Resident, home: Home, purpose: str, channel: str, note: str, actor: Actor) -> Decline:
    found, created = Decline.objects.get_or_create(
        resident=resident,
        home=home,
        purpose=purpose,
        lifted_at=None,
        defaults={"channel": channel, "note": note.strip()[:LONGEST_NOTE], "declined_at": clock.now()},
    )
    if created:
        facts = {"resident": resident.pk, "home": home.pk, "purpose": purpose}
        record("privacy.consent_declined", found, actor=actor, **facts)
    return found


def _keep_testimony(consent: Consent, kept: Evidence, guardianship: Guardianship | None, actor: Actor) -> None:
    testimony = Testimony.objects.create(
        consent=consent,
        guardianship=guardianship,
        form=kept.form,
        called_at=kept.called_at,
        read_out=kept.read_out,
        taken_by_id=actor.account_id,
    )
    testimony.photos.set(kept.photos)


def _visible(resident: Resident, actor: Actor) -> Resident:
    found = Resident.objects.visible_to(actor).select_related("home").filter(pk=resident.pk).first()
    if found is None:
        raise NotFound
    return found


def _needing_consent(key: str) -> Purpose:
    found = in_force().get(key)
    if found is None:
        raise Invalid(_("没有登记过这个用途。"), code="unknown_purpose", field="purpose")
    if not found.needs_consent:
        raise Invalid(_("这个用途不靠同意。"), code="no_consent_needed", field="purpose")
    return found


def _own_home(resident: Resident, home: Home | None) -> Home:
    own = home or resident.home
    if own is None or own.pk != resident.home_id or resident.left_on is not None:
        raise Invalid(_("只能为自己住的家同意。"), code="not_their_home", field="home")
    return own


def _check_channel(channel: str) -> None:
    if channel not in Consent.Channel.values:
        raise Invalid(_("请选择是怎么同意的。"), code="unknown_channel", field="channel")


def _guardianship(resident: Resident, guardian: Resident | None, actor: Actor) -> Guardianship | None:
    """Who decides when it is not the person; raises :class:`Invalid` (``too_young``) for a child without one."""
    if not is_child(resident):
        return None
    decides = guardian.pk if guardian is not None else actor.resident_id
    found = next((one for one in guardians_of(resident) if one.guardian_id == decides), None)
    if found is None:
        raise Invalid(
            _("不满 14 岁，要由父母或监护人同意。请先把监护人登记好：带上户口本到社区来一次。"),
            code="too_young",
            field="resident",
        )
    return found


def _check_evidence(channel: str, kept: Evidence) -> None:
    if channel == Consent.Channel.APP or not (kept.note.strip() or kept.photos or kept.called_at):
        raise Invalid(_("请写明本人是怎么同意的：签字的纸，或电话记录。"), code="evidence_missing", field="evidence")
    if channel == Consent.Channel.PAPER and not kept.photos:
        raise Invalid(_("请把签了字的纸拍下来。"), code="photo_missing", field="photos")
    if channel == Consent.Channel.PHONE and (kept.called_at is None or not kept.read_out.strip()):
        raise Invalid(_("请写明什么时候打的电话，读了哪些话。"), code="call_missing", field="called_at")
    if kept.called_at is not None and kept.called_at > clock.now():
        raise Invalid(_("电话的时间不能在以后。"), code="call_in_future", field="called_at")


def _facts(consent: Consent) -> dict:
    return {"resident": consent.resident_id, "home": consent.home_id, "purpose": consent.purpose}
