"""Consents and authorities that end by themselves: by moving away, by a 14th birthday, by a purpose that is gone."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import ProxyAuthority
from linli.foundation.events.recording import record
from linli.foundation.notices.actions import send
from linli.foundation.privacy.consents.actions import end_consent
from linli.foundation.privacy.consents.guarding import is_child
from linli.foundation.privacy.consents.models import Ending, Guardianship
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.reaching import mobile_of
from linli.foundation.registry.models import Resident
from linli.foundation.tenancy import active_community_id


def end_what_lapsed() -> int:
    """End every consent of the community in scope that no longer holds; returns how many."""
    actor = Actor.for_system("consents", active_community_id())
    return _end_of_homes_left(actor) + _end_of_guardians(actor) + _end_of_gone_purposes(actor)


def end_orphaned_authorities() -> int:
    """Authorities whose principal died or moved away end; the proxy is told. Returns how many."""
    actor = Actor.for_system("consents", active_community_id())
    orphaned = ProxyAuthority.objects.filter(
        principal__in=Resident.objects.filter(left_on__lte=clock.today()),
        revoked_at__isnull=True,
        ends_at__gt=clock.now(),
    ).select_related("principal__community", "proxy")
    for authority in list(orphaned):
        authority.revoked_at = clock.now()
        authority.save(update_fields=["revoked_at"])
        record("accounts.proxy_ended", authority.principal, actor=actor, proxy=authority.proxy_id, reason="left")
        _tell_proxy(authority)
    return len(orphaned)


def _end_of_homes_left(actor: Actor) -> int:
    gone = Q(resident__left_on__lte=clock.today()) | ~Q(resident__home_id=F("home_id")) | Q(resident__home__isnull=True)
    return _end_all(Consent.objects.in_force().filter(gone), Ending.Reason.MOVED, actor)


def _end_of_guardians(actor: Actor) -> int:
    """What a guardian agreed to ends on the day on which the child decides for itself."""
    ended = 0
    for guardianship in Guardianship.objects.filter(ended_at__isnull=True).select_related("resident", "guardian"):
        child = guardianship.resident
        gone = guardianship.guardian.left_on is not None and guardianship.guardian.left_on <= clock.today()
        if is_child(child) and not gone:
            continue
        reason = Ending.Reason.GUARDIAN_ENDED if is_child(child) else Ending.Reason.OF_AGE
        given = Consent.objects.in_force().filter(testimony__guardianship=guardianship)
        ended_here = _end_all(given, reason, actor)
        guardianship.ended_at = clock.now()
        guardianship.save(update_fields=["ended_at"])
        record("privacy.guardian_ended", guardianship, actor=actor, resident=child.pk, reason=str(reason))
        if ended_here and reason == Ending.Reason.OF_AGE:
            _ask_anew(child)
        ended += ended_here
    return ended


def _end_of_gone_purposes(actor: Actor) -> int:
    declared = [key for key, purpose in in_force().items() if purpose.needs_consent]
    return _end_all(Consent.objects.in_force().exclude(purpose__in=declared), Ending.Reason.PURPOSE_ENDED, actor)


def _end_all(consents, reason: Ending.Reason, actor: Actor) -> int:
    rows = list(consents)
    for consent in rows:
        end_consent(consent, reason, actor=actor)
    return len(rows)


def _ask_anew(resident: Resident) -> None:
    """By SMS, where a number is known: the person decides from now on."""
    about = f"consent:{resident.pk}"
    to = mobile_of(resident, "matter_notice", about=about)
    if to is None:
        return
    with translation.override(settings.LANGUAGE_CODE):
        words = _("【邻里】您满 14 岁了。以前家长替您同意过的，现在停了。同不同意，请您自己在“我同意过什么”里选。")
    send(to, words, key=f"of-age:{resident.pk}", about=about, community=resident.community_id)


def _tell_proxy(authority: ProxyAuthority) -> None:
    about = f"proxy:{authority.pk}"
    to = mobile_of(authority.proxy, "matter_notice", about=about)
    if to is None:
        return
    with translation.override(settings.LANGUAGE_CODE):
        words = _("【邻里】您不能再替亲人办事了。名册上，他或她已经不住在这里。有事请打 %(phone)s。")
    community = authority.principal.community
    send(
        to,
        words % {"phone": community.phone},
        key=f"proxy-orphaned:{authority.pk}",
        about=about,
        community=community.pk,
    )
