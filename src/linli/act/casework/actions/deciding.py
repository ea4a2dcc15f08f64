"""A person decides what the machine suggested of a case's request: one press, and what follows from it for the case."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from linli.act.casework.actions.handling import reclassify
from linli.act.casework.actions.opening import merge
from linli.act.casework.actions.placing import locate
from linli.act.casework.models import ENDED, UNFINISHED, Case, CaseRequest
from linli.act.casework.permissions import sees_as_staff
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.understand.triage import categories as triage
from linli.understand.triage.actions import decide_suggestion, not_the_same
from linli.understand.triage.models import Suggestion
from linli.understand.triage.suggesting import USUAL_LEVEL
from linli.understand.triage.taxonomy import OTHER, heir_of

Kind, Made = Suggestion.Kind, Suggestion.State


def decide(case_id: int, suggestion_id: int, *, right: bool, actor: Actor, version: int | None = None) -> Case:
    """``right``: let it stand, or take it where it had not been applied; wrong: undo it, or put it aside.

    Undoing a category leaves 其他 until somebody chooses, undoing a level the usual one, undoing a place none. A duplicate
    that is right joins the two cases. Returns the case that goes on. Raises what those verbs raise.
    """
    with transaction.atomic():
        case, suggestion = _both(case_id, suggestion_id, actor)
        if suggestion.kind == Kind.DUPLICATE:
            return _decide_duplicate(case, suggestion, right=right, actor=actor, version=version)
        decide_suggestion(suggestion.pk, Made.KEPT if right else Made.UNDONE, actor=actor)
        match suggestion.kind:
            case Kind.CATEGORY:
                wanted = heir_of(suggestion.value) if right else OTHER
                if case.category == wanted or (not right and case.category != suggestion.value):
                    return case
                return reclassify(case.pk, category=wanted, level=case.level, actor=actor, version=version)
            case Kind.LEVEL:
                wanted = suggestion.value if right else USUAL_LEVEL
                if case.level == wanted or (not right and case.level != suggestion.value):
                    return case
                return reclassify(case.pk, category=case.category, level=wanted, actor=actor, version=version)
            case Kind.PLACE:
                return _decide_place(case, suggestion, right=right, actor=actor, version=version)
    return case


def two_matters(case_id: int, other_id: int, *, actor: Actor) -> Case:
    """A person says that two cases are two matters, however alike: they are not put beside each other again."""
    with transaction.atomic():
        case, other = _staffs_case(case_id, actor), _staffs_case(other_id, actor)
        first, second = (CaseRequest.objects.filter(case=one).order_by("pk").first() for one in (case, other))
        if first is None or second is None:
            raise Invalid(_("设备报的事不用比。"), code="nobody_said_it")
        not_the_same(first.request_id, second.request_id, actor=actor)
    return case


def _both(case_id: int, suggestion_id: int, actor: Actor) -> tuple[Case, Suggestion]:
    case = _staffs_case(case_id, actor)
    suggestion = Suggestion.objects.filter(pk=suggestion_id, request__joined__case=case).first()
    if suggestion is None:
        raise NotFound
    if case.state in ENDED:
        raise Conflict(_("这件事已经办结了。"), code="case_ended")
    return case, suggestion


def _staffs_case(case_id: int, actor: Actor) -> Case:
    case = Case.objects.visible_to(actor).filter(pk=case_id).first()
    if case is None:
        raise NotFound
    if not sees_as_staff(case, actor):
        raise NotAllowed
    return case


def _decide_place(case: Case, suggestion: Suggestion, *, right: bool, actor: Actor, version: int | None) -> Case:
    building_id = int(suggestion.value)
    if right:
        others = Suggestion.objects.filter(request=suggestion.request, kind=Kind.PLACE).exclude(pk=suggestion.pk)
        for other in others.filter(state__in=(Made.OPEN, Made.APPLIED)):
            decide_suggestion(other.pk, Made.CHANGED, actor=actor, chosen=suggestion.value)
        if case.building_id == building_id:
            return case
        return locate(case.pk, building_id=building_id, actor=actor, version=version)
    if case.building_id != building_id:
        return case
    return locate(case.pk, building_id=suggestion.request.building_id, actor=actor, version=version)


def _decide_duplicate(case: Case, suggestion: Suggestion, *, right: bool, actor: Actor, version: int | None) -> Case:
    decide_suggestion(suggestion.pk, Made.KEPT if right else Made.UNDONE, actor=actor)
    if not right:
        return case
    other = Case.objects.filter(joined__request_id=int(suggestion.value)).first()
    if other is None or other.pk == case.pk:
        return case
    return merge(case.pk, into_id=other.pk, actor=actor, version=version)


def retire_category(code: str, *, successor: str, move: bool, actor: Actor) -> int:
    """Retire a category; with ``move`` its unfinished cases go to the successor, each with a line in its history.

    Those that have ended keep it, so that old figures stay what they were. Returns how many moved.
    """
    with transaction.atomic():
        triage.retire_category(code, successor=successor, actor=actor)
        inside = Case.objects.filter(state__in=UNFINISHED)
        inside = inside.filter(category__startswith=code[:2]) if code.endswith("0000") else inside.filter(category=code)
        cases = list(inside.values_list("pk", "level")) if move else []
        for pk, level in cases:
            reclassify(pk, category=successor, level=level, actor=actor)
    return len(cases)
