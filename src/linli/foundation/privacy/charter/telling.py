"""Telling residents by SMS: before a change takes effect, when it is given up, and when a consent ended because of it.

Short sentences that stand alone: many read them on an old telephone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.lifecycle.explaining import moment
from linli.foundation.notices.actions import send
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.charter.models import Change, State
from linli.foundation.privacy.charter.queries import alterations
from linli.foundation.privacy.charter.rules.comparing import Altered
from linli.foundation.privacy.consents.guarding import is_child
from linli.foundation.privacy.consents.models import Ending, Guardianship
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.purposes import CONSENTS, Words, ever
from linli.foundation.privacy.reaching import mobile_of
from linli.foundation.registry.models import Community, Resident

AT_A_TIME = 100
"""Residents in one turn of the worker: under a second, so that nothing else waits for it."""


@dataclass(frozen=True)
class Audience:
    """Whom a change concerns: by purpose, those who agreed to it; or everybody who lives here."""

    everybody: tuple[str, ...]
    agreed: dict[int, tuple[str, ...]]

    def purposes_for(self, resident_id: int) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.everybody, *self.agreed.get(resident_id, ()))))


def audience(altered: Iterable[Altered]) -> Audience:
    """Everybody for a wider use that asks nobody; for a use by consent those who gave it.

    For a child it is the guardian who agreed that is told.
    """
    altered = list(altered)
    everybody = tuple(one.key for one in altered if one.wider and not one.asks_consent)
    asked = [one.key for one in altered if one.before is not None and one.before["ground"] in CONSENTS]
    agreed: dict[int, list[str]] = {}
    consents = Consent.objects.in_force().filter(purpose__in=asked).order_by("pk")
    for resident, guardian, purpose in consents.values_list(
        "resident_id", "testimony__guardianship__guardian_id", "purpose"
    ):
        agreed.setdefault(guardian or resident, []).append(purpose)
    return Audience(everybody, {who: tuple(dict.fromkeys(keys)) for who, keys in agreed.items()})


def tell_some() -> int:
    """Send word of one announced (or given up) change to the next residents whose turn it is; returns how many."""
    change = (
        Change.objects.filter(told_at__isnull=True, announced_at__isnull=False)
        .filter(state__in=[State.ANNOUNCED, State.WITHDRAWN])
        .order_by("pk")
        .first()
    )
    return 0 if change is None else _tell_next(change)


@transaction.atomic
def _tell_next(change: Change) -> int:
    held = Change.objects.select_for_update().get(pk=change.pk)
    concerned = audience(alterations(held))
    people = Resident.objects.filter(left_on__isnull=True, pk__gt=held.told_up_to).order_by("pk")
    if not concerned.everybody:
        people = people.filter(pk__in=list(concerned.agreed))
    turn = list(people.select_related("account", "home")[:AT_A_TIME])
    for resident in turn:
        _tell(held, resident, concerned.purposes_for(resident.pk))
    done = len(turn) < AT_A_TIME
    Change.objects.filter(pk=held.pk).update(
        told_up_to=turn[-1].pk if turn else held.told_up_to, told_at=clock.now() if done else None
    )
    return len(turn)


def _tell(change: Change, resident: Resident, purposes: Collection[str]) -> None:
    announced = f"charter:{change.pk}:announced:{resident.pk}"
    if is_child(resident) or not purposes:
        return
    with translation.override(language_of(resident)):
        facts = {**_facts(change), "names": _names(change, purposes)}
        if change.state == State.ANNOUNCED:
            words = _("【邻里】%(names)s的规矩要改。公示到 %(until)s。有意见打 %(phone)s。怎么改看 %(link)s")
            _send(resident, change, words % facts, announced)
        elif Notice.objects.filter(key=announced).exists():
            words = _("【邻里】%(names)s的规矩不改了。还跟以前一样。有事打 %(phone)s。")
            _send(resident, change, words % facts, f"charter:{change.pk}:withdrawn:{resident.pk}")


def tell_ended(consent: Consent, reason: str) -> None:
    """To the person, or the guardian who agreed: the old consent ended, and whether it is asked again."""
    guardianship = Guardianship.objects.filter(consents__consent=consent).select_related("guardian").first()
    person = guardianship.guardian if guardianship is not None else consent.resident
    known = ever().get(consent.purpose)
    community = Community.objects.get(pk=consent.community_id)
    with translation.override(language_of(person)):
        name = quoted(str(known.name) if known is not None else consent.purpose)
        if reason == Ending.Reason.PURPOSE_CHANGED:
            words = _("【邻里】%(name)s的规矩改了。您以前的同意停了。愿不愿意，请您再选一次。打 %(phone)s 也行。")
        else:
            words = _("【邻里】%(name)s取消了。您以前的同意也停了。留下的记录会删掉。有事打 %(phone)s。")
        _send_about(
            person,
            words % {"name": name, "phone": community.phone},
            key=f"charter:ended:{consent.pk}",
            about=f"consent:{consent.pk}",
        )


def language_of(resident: Resident) -> str:
    account = getattr(resident, "account", None)
    return account.language if account is not None else settings.LANGUAGE_CODE


def quoted(name: str) -> str:
    return _("“%(name)s”") % {"name": name}


def _names(change: Change, purposes: Collection[str]) -> str:
    named = {one.key: (one.after or one.before or {})["name"] for one in alterations(change)}
    return _("、").join(quoted(str(Words(**named[key]))) for key in purposes if key in named)


def _facts(change: Change) -> dict[str, str]:
    community = Community.objects.get(pk=change.community_id)
    return {
        "until": moment(change.shown_until) if change.shown_until else "",
        "phone": community.phone,
        "link": f"{settings.LINLI_PUBLIC_URL}/charter/{community.code}/",
    }


def _send(resident: Resident, change: Change, text: str, key: str) -> None:
    _send_about(resident, text, key=key, about=f"charter:{change.pk}")


def _send_about(person: Resident, text: str, *, key: str, about: str) -> None:
    """A landline or no phone is not an error: the notice hangs at the community, and the grid worker says it."""
    to = mobile_of(person, "matter_notice", about=about)
    if to is not None:
        send(to, text, key=key, about=about, community=person.community_id)
