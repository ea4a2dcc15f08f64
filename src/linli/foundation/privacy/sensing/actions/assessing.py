"""The impact assessment: filled in step by step, proposed by one person, approved by the data-protection lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.errors import Conflict, Invalid
from linli.foundation.events.recording import record
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.sensing.changing import locked, move, step, write_step
from linli.foundation.privacy.sensing.checking import DAYS_A_MONTH
from linli.foundation.privacy.sensing.guide import PAGES, QUESTIONS, missing_answers
from linli.foundation.privacy.sensing.kinds import Kind, kind_of
from linli.foundation.privacy.sensing.models import (
    ASSESSMENT_WORKFLOW,
    Assessment,
    AssessmentState,
    Declaration,
    DeclarationState,
    kept_until,
)
from linli.foundation.privacy.sensing.permissions import refuse_same_person
from linli.foundation.privacy.sensing.rules import risk
from linli.foundation.privacy.sensing.rules.scope import Scope, beyond

LONGEST_ANSWER = 1000
OPEN = (AssessmentState.DRAFT, AssessmentState.PROPOSED)


@transaction.atomic
def open_assessment(device_type: str, *, actor: Actor) -> Assessment:
    """Begin one; what it weighs is set to what is declared or drafted of this kind, and answers to those of the last.

    One at a time: an unfinished one is given back. Raises :class:`NotAllowed` or :class:`Invalid`.
    """
    require(actor, "sensing.assess")
    kind = kind_of(device_type)
    if kind is None:
        raise Invalid(_("请选择是哪一种设备。"), code="unknown_kind", field="type")
    unfinished = Assessment.objects.filter(type=kind.key, state__in=OPEN).first()
    if unfinished is not None:
        return unfinished
    last = Assessment.objects.live().filter(type=kind.key).order_by("-approved_at").first()
    made = Assessment.objects.create(
        number=_next_number(),
        type=kind.key,
        scope=_declared_scope(kind, last).as_json(),
        answers=last.answers if last else {},
        risks=last.risks if last else {},
        replaces=last,
        made_by_id=actor.account_id,
        opened_at=clock.now(),
    )
    write_step(made, "open", actor)
    record("sensing.assessment_opened", made, actor=actor, type=kind.key)
    return made


@transaction.atomic
def redo(assessment_id: int, *, actor: Actor) -> Assessment:
    """Weigh it again: a new one that replaces it once it is approved."""
    standing = locked(Assessment, assessment_id, actor)
    step(standing, "redo", actor)
    return open_assessment(standing.type, actor=actor)


@transaction.atomic
def fill(
    assessment_id: int, page: str, given: Mapping[str, Any], *, version: int | None = None, actor: Actor
) -> Assessment:
    """Write one page of the guide: ``given`` are its answers, the scope on ``why``, ratings on ``effects`` and ``measures``.

    Raises :class:`Invalid` for an unknown page, a purpose or a metric that does not exist, or a rating outside 1 to 4.
    """
    made = locked(Assessment, assessment_id, actor, version=version)
    transition = step(made, "fill", actor)
    if page not in PAGES:
        raise Invalid(_("没有这一步。"), code="unknown_page", field="page")
    answers = dict(made.answers)
    for key in QUESTIONS[page]:
        if key in given:
            answers[key] = str(given[key]).replace("\0", "").strip()[:LONGEST_ANSWER]
    changes: dict[str, Any] = {"answers": answers}
    if page == "why" and "scope" in given:
        changes["scope"] = _checked_scope(made.type, given["scope"]).as_json()
    if page in ("effects", "measures") and "risks" in given:
        changes["risks"] = _rated(made, given["risks"], after=page == "measures")
    move(made, transition, actor, page, **changes)
    return made


@transaction.atomic
def propose_assessment(assessment_id: int, *, version: int | None = None, actor: Actor) -> Assessment:
    """Ask the lead. Raises :class:`Invalid` (``missing``, ``unrated``, ``no_measure`` …) naming the page and the question."""
    made = locked(Assessment, assessment_id, actor, version=version)
    transition = step(made, "propose", actor)
    refuse_incomplete(made)
    move(made, transition, actor, proposed_by_id=actor.account_id)
    record("sensing.assessment_proposed", made, actor=actor, type=made.type)
    return made


@transaction.atomic
def send_assessment_back(assessment_id: int, reason: str, *, version: int | None = None, actor: Actor) -> Assessment:
    made = locked(Assessment, assessment_id, actor, version=version)
    transition = step(made, "send_back", actor, reason=reason.strip())
    move(made, transition, actor, reason.strip())
    record("sensing.assessment_sent_back", made, actor=actor)
    return made


@transaction.atomic
def approve_assessment(assessment_id: int, *, version: int | None = None, actor: Actor) -> Assessment:
    """The data-protection lead agrees; declarations that stay within it may be put in force.

    What was in force stays so under the new one as far as it was weighed; what was not falls silent. Raises
    :class:`Conflict`: ``same_person``, ``too_risky`` while a high risk remains.
    """
    made = locked(Assessment, assessment_id, actor, version=version)
    transition = step(made, "approve", actor)
    refuse_same_person(actor, made.made_by_id, made.proposed_by_id)
    refuse_incomplete(made)
    if made.worst not in risk.ACCEPTABLE:
        raise Conflict(_("剩下的风险还是太高，不能批准。先想办法把风险降下来，或者不用这种设备。"), code="too_risky")
    now = clock.now()
    versions = {key: in_force()[key].version for key in sorted(made.weighed.purposes)}
    move(made, transition, actor, approved_by_id=actor.account_id, approved_at=now, versions=versions)
    record("sensing.assessment_approved", made, actor=actor, type=made.type)
    _take_over(made, actor)
    return made


@transaction.atomic
def call_again(assessment_id: int, reason: str, *, version: int | None = None, actor: Actor) -> Assessment:
    """The lead wants it weighed again: a new risk, an incident. What was weighed goes on meanwhile."""
    made = locked(Assessment, assessment_id, actor, version=version)
    transition = step(made, "call_again", actor, reason=reason.strip())
    move(made, transition, actor, reason.strip(), due_reason=reason.strip()[:200])
    record("sensing.assessment_due", made, actor=actor, type=made.type)
    return made


@transaction.atomic
def confirm(assessment_id: int, reason: str, *, version: int | None = None, actor: Actor) -> Assessment:
    """The lead looked again: neither purpose nor risk has changed after all."""
    made = locked(Assessment, assessment_id, actor, version=version)
    transition = step(made, "confirm", actor, reason=reason.strip())
    move(made, transition, actor, reason.strip(), due_reason="")
    record("sensing.assessment_confirmed", made, actor=actor, type=made.type)
    return made


@transaction.atomic
def end_assessment(assessment_id: int, reason: str, *, version: int | None = None, actor: Actor) -> Assessment:
    """The lead stops this kind of sensing: every device of the kind falls silent at once."""
    from linli.foundation.privacy.sensing.actions.declaring import tell_ended

    made = locked(Assessment, assessment_id, actor, version=version)
    transition = step(made, "end", actor, reason=reason.strip())
    move(made, transition, actor, reason.strip(), keep_until=kept_until(clock.today()))
    record("sensing.assessment_ended", made, actor=actor, type=made.type)
    for declaration in made.declarations.filter(state=DeclarationState.IN_FORCE):
        tell_ended(declaration, actor)
    return made


@transaction.atomic
def drop_assessment(assessment_id: int, *, version: int | None = None, actor: Actor) -> Assessment:
    """Give up an unfinished one; it is kept like the others."""
    made = locked(Assessment, assessment_id, actor, version=version)
    transition = step(made, "drop", actor)
    move(made, transition, actor, keep_until=kept_until(clock.today()))
    record("sensing.assessment_dropped", made, actor=actor)
    return made


def call_for_another(standing: Assessment, reason: str, *, community_id: int) -> None:
    """A declaration goes beyond it: due again. Called inside the action that found out."""
    system = Actor.for_system("sensing", community_id)
    made = locked(Assessment, standing.pk, system)
    if made.state == AssessmentState.APPROVED:
        move(made, step(made, "call_again", system, reason=reason), system, reason, due_reason=reason[:200])
        record("sensing.assessment_due", made, actor=system, type=made.type)


def refuse_incomplete(made: Assessment) -> None:
    """Raises :class:`Invalid` for the first question without an answer, or what is wrong in the matrix."""
    scope = made.weighed
    if not scope.purposes or not scope.stored or not scope.viewers or not (scope.inside_homes or scope.shared_places):
        raise Invalid(
            _("请写全：用来做什么、留什么、谁能看、装在哪里。"), code="scope_missing", field="scope", page="why"
        )
    gone = scope.purposes - in_force().keys()
    if gone:
        raise Invalid(_("有的用途已经取消，请重新选。"), code="purpose_gone", field="scope", page="why")
    for page, key in missing_answers(made.answers):
        raise Invalid(_("还缺一项，补上才能继续。"), code="missing", field=key, page=page)
    trouble = risk.trouble_with(made.rated)
    if trouble is not None:
        code, key = trouble
        page = "effects" if code == "unrated" else "measures"
        raise Invalid(_risk_words(code), code=code, field=f"risk-{key}", page=page)


def _risk_words(code: str) -> str:
    return {
        "unrated": _("每一种风险都要评：可能吗，多严重。"),
        "no_measure": _("不是“低”的风险，要写怎么办。"),
        "unexplained": _("没有写怎么办，风险不会自己变低。"),
        "grows": _("做了以后反而更高，请再看一遍。"),
    }[code]


def _take_over(made: Assessment, actor: Actor) -> None:
    """Older assessments of the kind are replaced, and what was in force under them moves as far as it was weighed."""
    from linli.foundation.privacy.sensing.actions.declaring import tell_ended

    system = Actor.for_system("sensing", made.community_id)
    keep_until = kept_until(clock.today())
    for old in Assessment.objects.live().filter(type=made.type).exclude(pk=made.pk):
        held = locked(Assessment, old.pk, system)
        move(held, ASSESSMENT_WORKFLOW.transition(held.state, "replace"), system, keep_until=keep_until)
    running = Declaration.objects.in_force().filter(type=made.type).exclude(assessment=made)
    for declaration in running.select_for_update(of=("self",)):
        if not beyond(made.weighed, declaration.scope):
            declaration.assessment = made
            declaration.save(update_fields=["assessment"])
        else:
            tell_ended(declaration, system)


def _declared_scope(kind: Kind, last: Assessment | None) -> Scope:
    scope = last.weighed if last else Scope()
    wanted = (DeclarationState.DRAFT, DeclarationState.PROPOSED, DeclarationState.IN_FORCE)
    for declaration in Declaration.objects.filter(type=kind.key, state__in=wanted):
        scope |= declaration.scope
    return scope


def _checked_scope(device_type: str, given: Mapping[str, Any]) -> Scope:
    kind = kind_of(device_type)
    scope = Scope.from_json(given)
    known = in_force()
    if kind is None or scope.purposes - {
        key for key, one in known.items() if device_type in one.senses or device_type in one.observes
    }:
        raise Invalid(_("请选择它用来做什么。"), code="unknown_purpose", field="purposes")
    if scope.stored - kind.metrics.keys():
        raise Invalid(_("请选择留下哪些数据，没选的一律不留。"), code="unknown_metric", field="stored")
    roles = frozenset().union(*(known[key].roles for key in scope.purposes)) if scope.purposes else frozenset()
    if scope.viewers - roles:
        raise Invalid(_("请选择谁可以看。这个用途没有写的人，不能看。"), code="unknown_viewer", field="viewers")
    most = max((known[key].keep_months for key in scope.purposes), default=0) * DAYS_A_MONTH
    if scope.purposes and not 1 <= scope.keep_days <= most:
        raise Invalid(_("这个用途最多留 %(n)d 天。") % {"n": most}, code="kept_too_long", field="keep_days")
    if scope.face and not kind.opens:
        raise Invalid(_("这种设备不认脸。"), code="no_face_here", field="face")
    return scope


def _rated(made: Assessment, given: Mapping[str, Mapping[str, Any]], *, after: bool) -> dict[str, dict]:
    """The matrix with what ``given`` says of it; before the measures are known, nothing falls."""
    rated = {key: dict(row) for key, row in made.risks.items() if key in risk.RISKS}
    for key in risk.RISKS:
        said = given.get(key)
        if not said:
            continue
        row = rated.get(key, {"measure": ""})
        if after:
            if key not in rated:
                raise Invalid(_risk_words("unrated"), code="unrated", field=f"risk-{key}", page="effects")
            row["measure"] = str(said.get("measure", "")).replace("\0", "").strip()[:LONGEST_ANSWER]
            row["likelihood_after"], row["harm_after"] = _pair(said, "likelihood_after", "harm_after", key)
        else:
            likelihood, harm = _pair(said, "likelihood", "harm", key)
            if (row.get("likelihood"), row.get("harm")) != (likelihood, harm):
                row |= {"likelihood_after": likelihood, "harm_after": harm}
            row |= {"likelihood": likelihood, "harm": harm}
        rated[key] = row
    return rated


def _pair(said: Mapping[str, Any], first: str, second: str, key: str) -> tuple[int, int]:
    try:
        pair = int(said[first]), int(said[second])
    except (KeyError, TypeError, ValueError):
        pair = (0, 0)
    if any(one not in risk.STEPS for one in pair):
        raise Invalid(_risk_words("unrated"), code="unrated", field=f"risk-{key}")
    return pair


def _next_number() -> str:
    """``PIA-2026-003``: the third of the year."""
    prefix = f"PIA-{clock.today():%Y}-"
    numbers = Assessment.objects.filter(number__startswith=prefix).values_list("number", flat=True)
    last = max((int(number.rpartition("-")[2]) for number in numbers), default=0)
    return f"{prefix}{last + 1:03d}"
