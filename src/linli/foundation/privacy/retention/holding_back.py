"""Holds: what is not erased while they stand, and who may place and lift them."""

from __future__ import annotations

from collections.abc import Collection

import rules
from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow, require
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.retention.models import LEADS, WATCHERS, LegalHold
from linli.foundation.privacy.retention.rules import all_rules
from linli.foundation.registry.models import Resident

LONGEST_REASON = 200


@rules.predicate
def leads(actor: Actor, obj: object = None) -> bool:
    """The data-protection lead or the director, of the community of what is asked about."""
    community_id = getattr(obj, "community_id", None)
    return actor.has(*LEADS) and (community_id is None or community_id == actor.community_id)


@rules.predicate
def watches(actor: Actor, obj: object = None) -> bool:
    return actor.has(*WATCHERS)


allow("retention.lead", leads)
allow("retention.see", watches)


def held_residents() -> Collection[int]:
    """Residents of the community in scope about whom nothing is erased now."""
    return list(LegalHold.objects.in_force().filter(resident__isnull=False).values_list("resident_id", flat=True))


def held_rules() -> frozenset[str]:
    """Rules of the community in scope that are not carried out now; a table that belongs to none is held by any."""
    return frozenset(LegalHold.objects.in_force().exclude(rule="").values_list("rule", flat=True))


@transaction.atomic
def place_hold(*, reason: str, rule: str = "", resident: Resident | None = None, actor: Actor) -> LegalHold:
    """Stop a rule, or everything about one resident, from being erased. The same again changes nothing.

    Raises :class:`NotAllowed`, :class:`Invalid` without a reason or for an unknown rule, :class:`NotFound`.
    """
    require(actor, "retention.lead")
    reason = _reason(reason)
    if bool(rule) == (resident is not None):
        raise Invalid(_("请选一类信息，或者一个人。"), code="hold_what", field="rule")
    if rule:
        known = all_rules().get(rule.lower())
        if known is None or not known.acts:
            raise Invalid(_("没有这一类。"), code="unknown_rule", field="rule")
        rule = known.table
    elif resident is None or not Resident.objects.filter(pk=resident.pk).exists():
        raise NotFound
    held, created = LegalHold.objects.get_or_create(
        rule=rule,
        resident=resident,
        lifted_at=None,
        defaults={"reason": reason, "placed_at": clock.now(), "placed_by_id": actor.account_id},
    )
    if created:
        facts = {"resident": resident.pk} if resident is not None else {"rule": rule}
        record("retention.hold_placed", held, actor=actor, **facts)
    return held


@transaction.atomic
def lift_hold(hold_id: int, *, reason: str, actor: Actor) -> LegalHold:
    """Let its rule work again. Raises :class:`NotAllowed`, :class:`NotFound`, :class:`Invalid` or :class:`Conflict`."""
    require(actor, "retention.lead")
    held = LegalHold.objects.select_for_update().filter(pk=hold_id).first()
    if held is None:
        raise NotFound
    reason = _reason(reason)
    if held.lifted_at is not None:
        raise Conflict(_("已经恢复了。"), code="lifted")
    held.lifted_at, held.lifted_by_id, held.lifted_reason = clock.now(), actor.account_id, reason
    held.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
    record("retention.hold_lifted", held, actor=actor)
    return held


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Invalid(_("请写明为什么。"), code="missing", field="reason")
    return reason.strip()[:LONGEST_REASON]
