"""Getting in at a gate: a face only with a separate consent, and another way for whoever refuses one, at once."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import (
    allow,
    is_community_staff,
    is_grid_staff_of,
    is_guardian_of,
    is_self,
    require,
)
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.consents.actions import decline
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.sensing.changing import label_of
from linli.foundation.privacy.sensing.models import Declaration, DeclarationState, WayIn
from linli.foundation.privacy.sensing.queries import is_at_gate
from linli.foundation.privacy.sensing.rules.entry import FACE, other_ways
from linli.foundation.registry.models import Resident

FACE_PURPOSE = "face_access"
FACE_GONE_WITHIN = timedelta(days=7)
"""A face leaves the gate within a week of a withdrawal or a move (``domain.md`` §9)."""

allow("sensing.choose_way_in", is_self | is_guardian_of | is_community_staff | is_grid_staff_of)


@transaction.atomic
def give_way_in(declaration: Declaration, resident: Resident, method: str, *, actor: Actor) -> WayIn:
    """Let a resident in by a declared way; what it has already is given back.

    A face needs the resident's own consent in force, for a child under 14 its guardian's. Raises :class:`NotFound` for a
    gate that is not theirs, :class:`Invalid` (``unknown_method``), :class:`Conflict` (``face_needs_consent``).
    """
    gate, person = _both(declaration, resident, actor)
    if method not in gate.methods:
        raise Invalid(_("这道门没有这种进门办法。"), code="unknown_method", field="method")
    if method == FACE and not _agreed(person):
        raise Conflict(_("刷脸要本人单独同意，不满 14 岁由监护人同意。没有同意，不能录脸。"), code="face_needs_consent")
    way, made = WayIn.objects.get_or_create(
        resident=person, declaration=gate, method=method, ended_at=None,
        defaults={"since": clock.now(), "by_label": label_of(actor)},
    )  # fmt: skip
    if made:
        record("sensing.way_in_given", way, actor=actor, resident=person.pk, method=method)
    return way


@transaction.atomic
def refuse_face(declaration: Declaration, resident: Resident, instead: str, *, channel: str, actor: Actor) -> WayIn:
    """No face: the refusal is on record and the other way is the resident's from this moment.

    Raises what :func:`give_way_in` raises, and :class:`Invalid` for a way that is none without a face.
    """
    gate, person = _both(declaration, resident, actor)
    if instead not in other_ways(gate.methods):
        raise Invalid(_("请选一种不用脸的进门办法。"), code="unknown_method", field="method")
    decline(person, FACE_PURPOSE, channel=channel, actor=actor)
    take_faces_away(person, actor=actor)
    return give_way_in(gate, person, instead, actor=actor)


@transaction.atomic
def say_it_works(way: WayIn, *, actor: Actor) -> WayIn:
    """Somebody went in that way: the resident, its guardian, or staff who stood beside."""
    found = _way(way, actor)
    require(actor, "sensing.choose_way_in", found.resident)
    if found.ended_at is not None:
        raise Conflict(_("这种办法已经停用了。"), code="way_in_ended")
    if found.tried_at is None:
        found.tried_at = clock.now()
        found.save(update_fields=["tried_at"])
        record("sensing.way_in_works", found, actor=actor, resident=found.resident_id, method=found.method)
    return found


@transaction.atomic
def confirm_removed(way: WayIn, *, actor: Actor) -> WayIn:
    """Staff looked: the face is gone from the gate."""
    found = _way(way, actor)
    require(actor, "sensing.declare")
    if found.remove_by is None:
        raise Conflict(_("这里没有要删的脸。"), code="nothing_to_remove")
    if found.removed_at is None:
        found.removed_at = clock.now()
        found.save(update_fields=["removed_at"])
        record("sensing.face_removed", found, actor=actor, resident=found.resident_id)
    return found


@transaction.atomic
def take_faces_away(resident: Resident, *, actor: Actor) -> int:
    """The consent is gone: each face ends, must leave its gate within :data:`FACE_GONE_WITHIN`, and another way stands in.

    Returns how many ended. Doing it again changes nothing.
    """
    faces = WayIn.objects.current().filter(resident=resident, method=FACE).select_related("declaration")
    ended = 0
    for way in faces.select_for_update(of=("self",)):
        way.ended_at = clock.now()
        way.remove_by = clock.today() + FACE_GONE_WITHIN
        way.save(update_fields=["ended_at", "remove_by"])
        record("sensing.face_to_remove", way, actor=actor, resident=resident.pk, remove_by=str(way.remove_by))
        ended += 1
        has_other = WayIn.objects.current().filter(resident=resident, declaration=way.declaration).exists()
        others = other_ways(way.declaration.methods)
        if not has_other and others and is_at_gate(resident, way.declaration):
            stand_in = WayIn.objects.create(
                resident=resident, declaration=way.declaration, method=others[0], since=clock.now(),
                by_label=label_of(actor),
            )  # fmt: skip
            record("sensing.way_in_given", stand_in, actor=actor, resident=resident.pk, method=stand_in.method)
    return ended


def _agreed(resident: Resident) -> bool:
    return Consent.objects.in_force().filter(resident=resident, purpose=FACE_PURPOSE, home=resident.home_id).exists()


def _both(declaration: Declaration, resident: Resident, actor: Actor) -> tuple[Declaration, Resident]:
    person = (
        Resident.objects.visible_to(actor).select_related("home__entrance__building").filter(pk=resident.pk).first()
    )
    gate = Declaration.objects.visible_to(actor).filter(pk=declaration.pk).first()
    if person is None or gate is None:
        raise NotFound
    require(actor, "sensing.choose_way_in", person)
    if gate.state != DeclarationState.IN_FORCE or not is_at_gate(person, gate):
        raise NotFound
    return gate, person


def _way(way: WayIn, actor: Actor) -> WayIn:
    if actor.community_id is None:
        raise NotFound
    found = WayIn.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=way.pk).first()
    if found is None:
        raise NotFound
    return found
