"""Erasing one person everywhere: the database in one transaction, the rest right after it."""

from __future__ import annotations

import time
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.permissions import require
from linli.foundation.errors import Conflict, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.door import own
from linli.foundation.privacy.retention import register, tombstones
from linli.foundation.privacy.retention.mentions import mask_mentions
from linli.foundation.privacy.retention.models import Erasure
from linli.foundation.privacy.retention.person import Leaving, erasers, what_stays
from linli.foundation.privacy.retention.rules import DEIDENTIFY, ERASE, rule_of
from linli.foundation.registry.models import Resident

PERSON = "person"
"""Rule of an erasure that the person asked for, in the register."""


@transaction.atomic
def erase_resident(resident: Resident, *, reason: str, about: str, actor: Actor) -> Erasure:
    """Erase or de-identify everything about one resident, in the database now and elsewhere within the minute.

    ``reason`` is one of :class:`Erasure.Reason`, ``about`` names the work: ``rights:5``. Rows go, except where others
    need them as well: those lose whatever leads to the person. What a person said goes entirely, also where others
    joined the same case: words can name their speaker, and the case lives on by the others' words.

    Raises :class:`NotAllowed`, :class:`NotFound`, and :class:`Conflict` (``must_be_kept``, with ``reasons``) while
    something must stay: an open matter, a hold, a role at work, a home owned. A restored backup is not asked again.
    """
    require(actor, "retention.lead", resident)
    started = time.perf_counter()
    found = Resident.objects.select_for_update(of=("self",)).filter(pk=resident.pk).first()
    if found is None:
        raise NotFound
    if reason != Erasure.Reason.RESTORE and (kept := what_stays(found, about)):
        raise Conflict(
            _("现在还不能全部删掉：%(reasons)s") % {"reasons": "；".join(str(one.words) for one in kept)},
            code="must_be_kept",
            reasons=[one.code for one in kept],
        )
    leaving = _leaving(found, about, Actor.for_system("retention", found.community_id))
    stones = [] if reason == Erasure.Reason.RESTORE else [tombstones.of_resident(found)]
    leaving.later("tombstones", stones)
    mask_mentions(leaving)
    for _name, erase in erasers():
        erase(leaving)
    erasure = Erasure.objects.create(
        reason=reason, about=about, work=dict(leaving.work), places=dict(leaving.places), begun_at=clock.now()
    )
    erasure.work["events"] = [
        {"subjects": sorted(leaving.subjects), "resident": leaving.resident_id, "account": leaving.account_id}
    ]
    _enter(leaving, reason, about)
    record("retention.resident_erased", erasure, actor=actor, places=len(leaving.places), about=about)
    erasure.seconds = time.perf_counter() - started
    erasure.save(update_fields=["work", "seconds"])
    transaction.on_commit(partial(tombstones.lay, stones))
    return erasure


def _leaving(resident: Resident, about: str, system: Actor) -> Leaving:
    account = Account.objects.filter(resident=resident).first()
    phones = {own(resident, "phone", actor=system), own(account, "phone", actor=system) if account else ""}
    others = Resident.objects.exclude(pk=resident.pk)
    namesake = others.filter(name=resident.name).exists() or Account.objects.filter(
        community_id=resident.community_id, display_name=resident.name
    ).exclude(pk=account.pk if account else 0)
    return Leaving(
        resident=resident,
        account=account,
        resident_id=resident.pk,
        account_id=account.pk if account is not None else 0,
        community_id=resident.community_id,
        about=about,
        name="" if namesake else resident.name,
        phones=frozenset(phones - {""}),
        identity_number=own(resident, "identity_number", actor=system),
        alone=resident.home_id is not None and not others.living_here().filter(home=resident.home_id).exists(),
        actor=system,
    )


def _enter(leaving: Leaving, reason: str, about: str) -> None:
    for place, count in sorted(leaving.places.items()):
        what, _sep, how = place.partition("#")
        register.enter(
            what,
            count,
            then=DEIDENTIFY if how else ERASE,
            rule=PERSON if reason != Erasure.Reason.RULE else rule_of("registry.Resident").table,
            about=about,
            community_id=leaving.community_id,
            actor=leaving.actor,
        )
