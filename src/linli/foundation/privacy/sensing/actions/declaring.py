"""Declaring what is sensed where: written by one person, approved by another, withdrawn by anybody of the staff."""

from __future__ import annotations

import secrets
from dataclasses import replace as with_changes

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.errors import Conflict
from linli.foundation.events.recording import record
from linli.foundation.privacy.sensing.actions.assessing import call_for_another
from linli.foundation.privacy.sensing.changing import locked, move, step, write_step
from linli.foundation.privacy.sensing.checking import PLACES, Content, columns_of, refuse_unapprovable
from linli.foundation.privacy.sensing.models import (
    DECLARATION_WORKFLOW,
    Assessment,
    AssessmentState,
    Declaration,
    DeclarationState,
)
from linli.foundation.privacy.sensing.permissions import refuse_same_person
from linli.foundation.privacy.sensing.rules.scope import beyond

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O: a code is also read aloud and typed."""


@transaction.atomic
def declare(content: Content, *, replaces: Declaration | None = None, actor: Actor) -> Declaration:
    """Write a draft. Raises :class:`NotAllowed`, and :class:`Invalid` naming the field at fault."""
    require(actor, "sensing.declare")
    made = Declaration.objects.create(
        code=_new_code(),
        made_by_id=actor.account_id,
        made_at=clock.now(),
        replaces=replaces,
        **columns_of(content),
    )
    write_step(made, "declare", actor)
    record("sensing.drafted", made, actor=actor, type=made.type)
    return made


@transaction.atomic
def change(declaration_id: int, content: Content, *, version: int | None = None, actor: Actor) -> Declaration:
    """Write a draft anew."""
    made = locked(Declaration, declaration_id, actor, version=version)
    transition = step(made, "change", actor)
    move(made, transition, actor, **columns_of(content))
    return made


@transaction.atomic
def revise(declaration_id: int, *, actor: Actor) -> Declaration:
    """A draft that will replace what is in force once it is approved; until then nothing changes.

    Raises :class:`Conflict` (``revised``) when there is one already.
    """
    made = locked(Declaration, declaration_id, actor)
    step(made, "revise", actor)
    if made.successors.filter(state__in=(DeclarationState.DRAFT, DeclarationState.PROPOSED)).exists():
        raise Conflict(_("已经有一份修改稿了，请接着改那一份。"), code="revised")
    return declare(content_of(made), replaces=made, actor=actor)


@transaction.atomic
def propose(declaration_id: int, *, version: int | None = None, actor: Actor) -> Declaration:
    """Ask for approval. What goes beyond its kind's assessment makes that due again.

    Raises :class:`Invalid` for a place or a way in that may not be (``forbidden_place``, ``face_alone``, ``not_tried``).
    """
    made = locked(Declaration, declaration_id, actor, version=version)
    transition = step(made, "propose", actor)
    refuse_unapprovable(made)
    move(made, transition, actor, proposed_by_id=actor.account_id)
    record("sensing.proposed", made, actor=actor, type=made.type)
    standing = assessment_of(made.type)
    if standing is not None and beyond(standing.weighed, made.scope):
        call_for_another(
            standing, _("“%(name)s”的用途或范围变了") % {"name": made.name}, community_id=made.community_id
        )
    return made


@transaction.atomic
def send_back(declaration_id: int, reason: str, *, version: int | None = None, actor: Actor) -> Declaration:
    made = locked(Declaration, declaration_id, actor, version=version)
    transition = step(made, "send_back", actor, reason=reason.strip())
    move(made, transition, actor, reason.strip())
    record("sensing.sent_back", made, actor=actor)
    return made


@transaction.atomic
def approve(declaration_id: int, *, version: int | None = None, actor: Actor) -> Declaration:
    """Put it in force: from now on its devices may speak, and its sign may hang.

    Raises :class:`Conflict`: ``same_person``; ``not_assessed`` while no approved assessment weighs what it declares
    (``details["beyond"]`` says in what it goes further).
    """
    made = locked(Declaration, declaration_id, actor, version=version)
    transition = step(made, "approve", actor)
    refuse_same_person(actor, made.made_by_id, made.proposed_by_id)
    refuse_unapprovable(made)
    move(
        made, transition, actor,
        approved_by_id=actor.account_id, in_force_at=clock.now(), assessment=_weighing(made),
    )  # fmt: skip
    record("sensing.declared", made, actor=actor, type=made.type, purpose=made.purpose)
    if made.replaces_id is not None:
        _replace(made.replaces_id, actor)
    return made


@transaction.atomic
def withdraw(declaration_id: int, reason: str, *, version: int | None = None, actor: Actor) -> Declaration:
    """Take it down: what its devices send is not stored from now on, and detectors stop."""
    made = locked(Declaration, declaration_id, actor, version=version)
    transition = step(made, "withdraw", actor, reason=reason.strip())
    move(made, transition, actor, reason.strip(), end_reason=reason.strip()[:200])
    tell_ended(made, actor)
    return made


@transaction.atomic
def drop(declaration_id: int, *, version: int | None = None, actor: Actor) -> Declaration:
    """Give up a draft."""
    made = locked(Declaration, declaration_id, actor, version=version)
    transition = step(made, "drop", actor)
    move(made, transition, actor)
    record("sensing.dropped", made, actor=actor)
    return made


@transaction.atomic
def note_filing(declaration_id: int, filing: str, *, version: int | None = None, actor: Actor) -> Declaration:
    """Note under which number the police have it on file (国务院令799号 art. 14)."""
    made = locked(Declaration, declaration_id, actor, version=version)
    transition = step(made, "note_filing", actor, filing=filing.strip())
    move(made, transition, actor, filing.strip(), filing=filing.strip()[:60])
    record("sensing.filed", made, actor=actor)
    return made


def content_of(made: Declaration) -> Content:
    """What it declares, to be written anew."""
    level = next((level for level in PLACES if getattr(made, f"{level}_id") is not None), None)
    names = (
        "type", "name", "room", "position", "purpose", "stored", "keep_days", "viewers", "alternative", "installer",
        "responsible", "responsible_phone", "inside_homes", "methods", "tried_method", "tried_on", "tried_by", "zones",
        "looks_into_no_home",
    )  # fmt: skip
    content = Content(**{name: getattr(made, name) for name in names})
    return with_changes(content, place=(level, getattr(made, f"{level}_id"))) if level else content


def assessment_of(device_type: str) -> Assessment | None:
    """The approved assessment of a kind, if there is one."""
    return Assessment.objects.filter(type=device_type, state=AssessmentState.APPROVED).order_by("-approved_at").first()


def tell_ended(made: Declaration, actor: Actor) -> None:
    """Let the followers know that a declaration no longer lets devices speak."""
    record(
        "sensing.ended", made, actor=actor,
        type=made.type, purpose=made.purpose, inside_homes=made.inside_homes, code=made.code,
    )  # fmt: skip


def _weighing(made: Declaration) -> Assessment:
    standing = assessment_of(made.type)
    if standing is None:
        raise Conflict(
            _("这种设备还没有批准的影响评估。先评估，再批准公示。"), code="not_assessed", beyond=["everything"]
        )
    further = beyond(standing.weighed, made.scope)
    if further:
        raise Conflict(
            _("影响评估没有评到这一步：%(what)s。先重新评估，再批准公示。")
            % {"what": "、".join(map(beyond_words, further))},
            code="not_assessed",
            beyond=further,
        )
    return standing


def beyond_words(name: str) -> str:
    """In what something goes beyond an assessment, in words."""
    return {
        "purposes": _("用途"),
        "stored": _("留下的数据"),
        "viewers": _("谁能看"),
        "keep_days": _("留多久"),
        "inside_homes": _("装到家里"),
        "shared_places": _("装在公共地方"),
        "face": _("刷脸"),
    }[name]


def _replace(declaration_id: int, actor: Actor) -> None:
    system = Actor.for_system("sensing", actor.community_id)
    old = locked(Declaration, declaration_id, system)
    if old.state == DeclarationState.IN_FORCE:
        move(old, DECLARATION_WORKFLOW.transition(old.state, "replace"), system)
        tell_ended(old, system)


def _new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _n in range(8))
