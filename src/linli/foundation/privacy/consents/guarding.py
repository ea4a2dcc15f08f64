"""Who decides for a child under 14 (PIPL art. 31)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import allow, is_community_staff, is_grid_staff_of, require
from linli.foundation.accounts.roles import AGE_OF_OWN_CONSENT
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.events.recording import record
from linli.foundation.files.models import Attachment
from linli.foundation.privacy.consents.models import Guardianship
from linli.foundation.registry.models import Resident

ADULT = 18
"""Civil Code art. 17."""

GUARDIANS_AT_MOST = 4

allow("consents.register_guardian", is_community_staff | is_grid_staff_of)


def is_child(resident: Resident, day: date | None = None) -> bool:
    """Whether somebody else must still decide for this person."""
    return resident.age_on(day or clock.today()) < AGE_OF_OWN_CONSENT


def guardians_of(child: Resident) -> list[Guardianship]:
    """The guardianships in force: of a child under 14, by somebody who still lives in the community."""
    if not is_child(child):
        return []
    live = Guardianship.objects.filter(resident=child, ended_at__isnull=True, guardian__left_on__isnull=True)
    return list(live.select_related("guardian").order_by("pk"))


@transaction.atomic
def register_guardian(
    child: Resident,
    guardian: Resident,
    *,
    relation: str,
    evidence: str,
    photos: Sequence[Attachment] = (),
    actor: Actor,
) -> Guardianship:
    """Write down who decides for a child, with the paper that shows it; the same pair again is the same row.

    Raises :class:`NotFound`, :class:`NotAllowed`, :class:`Invalid` (``not_a_child``, ``guardian_too_young``,
    ``relation_unknown``, ``evidence_missing``) or :class:`Conflict` (``too_many_guardians``).
    """
    visible = Resident.objects.visible_to(actor).select_for_update(of=("self",))
    child_found = visible.filter(pk=child.pk, left_on__isnull=True).first()
    guardian_found = Resident.objects.visible_to(actor).filter(pk=guardian.pk, left_on__isnull=True).first()
    if child_found is None or guardian_found is None:
        raise NotFound
    require(actor, "consents.register_guardian", child_found)
    if not is_child(child_found):
        raise Invalid(_("满 14 岁了，由本人自己决定。"), code="not_a_child", field="resident")
    if guardian_found.age_on(clock.today()) < ADULT:
        raise Invalid(_("监护人要年满 18 岁。"), code="guardian_too_young", field="guardian")
    if relation not in Guardianship.Relation.values:
        raise Invalid(_("请选择是孩子的什么人。"), code="relation_unknown", field="relation")
    if not evidence.strip():
        raise Invalid(_("请写明看过什么证件：户口本、出生证明或判决书。"), code="evidence_missing", field="evidence")
    known = guardians_of(child_found)
    for one in known:
        if one.guardian_id == guardian_found.pk:
            return one
    if len(known) >= GUARDIANS_AT_MOST:
        raise Conflict(_("监护人已经登记满了，请先结束一位。"), code="too_many_guardians")
    guardianship = Guardianship.objects.create(
        resident=child_found,
        guardian=guardian_found,
        relation=relation,
        evidence=evidence.strip()[:200],
        started_at=clock.now(),
    )
    guardianship.photos.set(photos)
    record("privacy.guardian_registered", guardianship, actor=actor, resident=child.pk, guardian=guardian.pk)
    return guardianship
