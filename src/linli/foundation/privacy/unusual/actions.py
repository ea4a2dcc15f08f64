"""Asking about a look, and writing down what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account, Grant
from linli.foundation.errors import NotAllowed, NotFound
from linli.foundation.events.models import Event
from linli.foundation.events.recording import record
from linli.foundation.notices.actions import send
from linli.foundation.privacy.door import CALLER_REVEALED
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.purposes import ever
from linli.foundation.privacy.reaching import mobile_of
from linli.foundation.privacy.unusual.models import LEADS, WORKFLOW, UnusualLook
from linli.foundation.privacy.unusual.rules import (
    LISTS_WITHIN,
    MANY_WITHIN,
    OFTEN_WITHIN,
    Reading,
    reasons,
    reasons_of_list,
)
from linli.foundation.registry.models import Resident

LOOKED_BACK = OFTEN_WITHIN + timedelta(hours=1)


@transaction.atomic
def ask_about(access: AccessRecord, *, actor: Actor) -> UnusualLook | None:
    """Apply the rules to one look; the same look again changes nothing. The lead is told of a new question by text message."""
    if access.account_id is None or access.kind != AccessRecord.Kind.PERSON:
        return None
    lives_in = _building_of_reader(access.account_id)
    earlier = (
        AccessRecord.objects.filter(
            account_id=access.account_id,
            kind=AccessRecord.Kind.PERSON,
            at__gte=access.at - LOOKED_BACK,
            pk__lt=access.pk,
        )
        .select_related("resident__home__entrance")
        .order_by("pk")
    )
    why = reasons(_reading(access, lives_in), [*(_reading(one, lives_in) for one in earlier), *_callers(access)])
    return _ask(access, why, actor)


@transaction.atomic
def ask_about_list(about: str, *, actor: Actor) -> UnusualLook | None:
    """The same for a list that left: put about the first person on it. ``about`` is ``export:12``."""
    taken = AccessRecord.objects.filter(kind=AccessRecord.Kind.EXPORT, about=about).order_by("pk")
    access = taken.select_related("resident").first()
    if access is None or access.account_id is None:
        return None
    lately = AccessRecord.objects.filter(
        kind=AccessRecord.Kind.EXPORT, account_id=access.account_id, at__gt=access.at - LISTS_WITHIN, at__lte=access.at
    )
    purpose = ever().get(access.purpose)
    emergency = purpose is not None and purpose.ground == "emergency"
    lists = lately.order_by().values("about").distinct().count()
    return _ask(access, reasons_of_list(timezone.localtime(access.at), emergency=emergency, lists=lists), actor)


def newest_look(reader: str, *, before: datetime) -> AccessRecord | None:
    """The last look within the hour of the reader whose label in the audit log this is."""
    kind, _colon, number = reader.partition(":")
    if kind != "account":
        return None
    looks = AccessRecord.objects.filter(
        account_id=int(number), kind=AccessRecord.Kind.PERSON, at__gt=before - MANY_WITHIN, at__lte=before
    )
    return looks.select_related("resident__home__entrance").order_by("pk").last()


def _callers(access: AccessRecord) -> list[Reading]:
    """Callers outside the registry whom the same reader saw in the hour before or since: each is one more person."""
    seen = Event.objects.filter(
        community_id=access.community_id,
        kind=CALLER_REVEALED,
        actor=f"account:{access.account_id}",
        happened_at__gt=access.at - MANY_WITHIN,
        happened_at__lt=access.at + MANY_WITHIN,
    )
    subjects = sorted(set(seen.values_list("subject", flat=True)))
    at = timezone.localtime(access.at)
    return [Reading(-n, subject, at, False, False) for n, subject in enumerate(subjects, start=1)]


def _ask(access: AccessRecord, why: list[str], actor: Actor) -> UnusualLook | None:
    if not why:
        return None
    asked, new = UnusualLook.objects.get_or_create(
        record=access, defaults={"reasons": why, "opened_at": clock.now(), "community_id": access.community_id}
    )
    if new:
        record("privacy.unusual_look", asked, actor=actor, record=access.pk, reasons=why)
        _tell_leads(asked)
    return asked


@transaction.atomic
def decide(look_id: int, verb: str, text: str, *, actor: Actor) -> UnusualLook:
    """``accept`` or ``find_wrong``, after asking the reader; what was said is written down.

    The person who was looked at reads of a look that was found wrong. Raises :class:`NotFound`, also for a look of one's
    own, :class:`NotAllowed`, :class:`~linli.foundation.lifecycle.state_table.Undeclared`, :class:`Invalid`.
    """
    asked = UnusualLook.objects.visible_to(actor).select_for_update().filter(pk=look_id).first()
    if asked is None:
        raise NotFound
    if not actor.has(*LEADS):
        raise NotAllowed
    transition = WORKFLOW.transition(asked.state, verb)
    transition.require({"text": text.strip()})
    asked.state, asked.text = transition.target(asked.state), text.strip()[:1000]
    asked.decided_by_id, asked.decided_at = actor.account_id, clock.now()
    asked.save(update_fields=["state", "text", "decided_by", "decided_at"])
    record(f"privacy.unusual_look_{'explained' if verb == 'accept' else 'wrong'}", asked, actor=actor)
    return asked


def _reading(access: AccessRecord, lives_in: int | None) -> Reading:
    purpose = ever().get(access.purpose)
    home = access.resident.home
    return Reading(
        resident=access.resident_id,
        about=access.about,
        at=timezone.localtime(access.at),
        emergency=purpose is not None and purpose.ground == "emergency",
        same_building=lives_in is not None and home is not None and home.entrance.building_id == lives_in,
    )


def _building_of_reader(account_id: int) -> int | None:
    """Where the reader lives, when the registry of this community knows the reader as a resident too."""
    person = Resident.objects.filter(account=account_id, left_on__isnull=True).select_related("home__entrance").first()
    return person.home.entrance.building_id if person is not None and person.home is not None else None


def _tell_leads(asked: UnusualLook) -> None:
    now = clock.now()
    grants = Grant.objects.filter(
        role__in=LEADS, community_id=asked.community_id, starts_at__lte=now, expires_at__gt=now
    )
    leads = Account.objects.filter(is_active=True, pk__in=grants.values("account_id"))
    for lead in leads:
        if lead.pk == asked.record.account_id:
            continue
        with translation.override(lead.language or settings.LANGUAGE_CODE):
            words = _("【邻里】%(reader)s 看居民信息有点少见，请去“少见的查看”问清楚。") % {
                "reader": asked.record.reader
            }
        number = mobile_of(lead, "staff_notice", about=f"look:{asked.pk}")
        if number is None:
            continue
        send(
            number,
            words,
            key=f"unusual:{asked.pk}:{lead.pk}",
            about=f"look:{asked.pk}",
            community=asked.community_id,
        )
