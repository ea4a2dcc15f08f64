"""Keeping how requests were read and decided, and training the community's own model from the decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.sense.requests.models import Request
from linli.understand.triage.duplicates import Candidate
from linli.understand.triage.models import CategoryModel, Reading, ReadingRules, Suggestion
from linli.understand.triage.queries import (
    applied_from,
    duplicate_candidates,
    how_they_stood,
    model_in_use,
    read_words,
    suggestions_for,
)
from linli.understand.triage.reading import read
from linli.understand.triage.suggesting import Made
from linli.understand.triage.taxonomy import OTHER, every_category

HELD_BACK = 5
"""One decided reading in so many, the newest, is held back when there is no model yet."""
FEWEST_HELD_BACK = 20
FEWEST_LABELS = 50


@dataclass(frozen=True)
class Trial:
    """On the cases held back: the mean F1 of the categories, the share of right ones, and how far confidence is off."""

    macro_f1: float
    accuracy: float
    calibration_error: float | None


@dataclass(frozen=True)
class Retrained:
    """``replaced`` is false when what was in use did as well; then it stays in use."""

    version: int
    replaced: bool
    labels: int
    held_back: int
    before: Trial
    after: Trial


def keep_reading(request_id: int, *, work: str, category: str, actor: Actor) -> Reading | None:
    """How a request was read when its case was opened; once a request. ``None`` when the request is gone."""
    _system(actor)
    with transaction.atomic():
        request = Request.objects.filter(pk=request_id).first()
        if request is None:
            return None
        found, version = read_words(request.words)
        reading, _made = Reading.objects.get_or_create(
            request=request,
            defaults={
                "work": work, "suggested": found.category, "category": category, "by": found.by,
                "confidence": found.confidence, "evidence": list(found.evidence), "model_version": version,
            },
        )  # fmt: skip
        return reading


def keep_suggestions(
    request_id: int, *, category: str, level: str, building_id: int | None, actor: Actor
) -> list[Suggestion]:
    """Everything that is suggested of a request, once; what its case was opened with is noted as applied."""
    _system(actor)
    request = Request.objects.select_related("speaker__home__entrance__building").filter(pk=request_id).first()
    if request is None or Suggestion.objects.filter(request=request).exists():
        return []
    found, version = read_words(request.words)
    stood, least, now = how_they_stood(), applied_from(), clock.now()
    opened_with = {"category": category, "level": level, "place": str(building_id or "")}
    made = suggestions_for(request, found=found, stood=stood)
    names = _named_in(request.words)
    alike = duplicate_candidates(request, category if category != OTHER else found.category, building_id)
    with transaction.atomic():
        Reading.objects.filter(request=request).update(names=names)
        rows = [
            Suggestion(
                community_id=request.community_id, request=request, kind=one.kind, value=one.value,
                confidence=one.confidence, by=one.by, evidence=list(one.evidence), facts=dict(one.facts),
                model_version=version if one.by == "model" else 0, made_at=now,
                state=_state_at_first(one, least, opened_with, danger=found.by == "danger"),
            )
            for one in made
        ] + [_of_pair(request, pair, now) for pair in alike[:DUPLICATES_KEPT]]  # fmt: skip
        Suggestion.objects.bulk_create(rows, ignore_conflicts=True)
    return rows


def read_again(
    request_id: int, *, work: str, category: str, level: str, building_id: int | None, actor: Actor
) -> list[Suggestion]:
    """A request got its words only now (a voice message that somebody wrote down): what was read in it before is forgotten,
    except what a person has decided."""
    _system(actor)
    with transaction.atomic():
        Suggestion.objects.filter(request=request_id).exclude(state__in=Suggestion.DECIDED).delete()
        Reading.objects.filter(request=request_id, decided=Reading.Decided.NOT_YET).delete()
        keep_reading(request_id, work=work, category=category, actor=actor)
        return keep_suggestions(request_id, category=category, level=level, building_id=building_id, actor=actor)


DUPLICATES_KEPT = 5


def _state_at_first(one: Made, least: float, opened_with: dict[str, str], *, danger: bool) -> str:
    sure = one.confidence >= least or (danger and one.kind == "category")
    if one.kind in opened_with:
        sure = sure and opened_with[one.kind] == one.value
    return Suggestion.State.APPLIED if sure else Suggestion.State.OPEN


def _of_pair(request: Request, pair: Candidate, now: datetime) -> Suggestion:
    other = pair.earlier if pair.later.key == request.pk else pair.later
    return Suggestion(
        community_id=request.community_id, request=request, kind=Suggestion.Kind.DUPLICATE, value=str(other.key),
        confidence=round(pair.similarity, 4), by="words", evidence=list(pair.shared), made_at=now,
        state=Suggestion.State.OPEN,
        facts={
            "metres": 0 if pair.same_place else round(pair.metres) if pair.metres is not None else None,
            "minutes": int(pair.gap.total_seconds() // 60),
        },
    )  # fmt: skip


NAMED_WITHIN = 340
"""People say in their title and first sentences what it is about; names further on are rather of whom they asked."""


def _named_in(words: str) -> list[str]:
    from linli.understand.text.naming import named_places

    return [name for name in named_places(words[:NAMED_WITHIN]) if len(name) > 1][:40]


def decide_suggestion(suggestion_id: int, verdict: str, *, actor: Actor, chosen: str = "") -> Suggestion:
    """A person let it stand (``kept``), found it wrong (``undone``) or chose something else (``changed``).

    What follows for the case is done by whoever calls this, in the same transaction. Raises :class:`Invalid`
    (``verdict_unknown``) and :class:`NotAllowed`; may be changed again by deciding again.
    """
    if verdict not in Suggestion.DECIDED:
        raise Invalid(_("只能说对，或者不对。"), code="verdict_unknown", field="verdict")
    if not actor.is_staff:
        raise NotAllowed
    with transaction.atomic():
        row = Suggestion.objects.select_for_update(of=("self",)).filter(pk=suggestion_id).first()
        if row is None:
            raise NotFound
        row.state, row.chosen = verdict, chosen
        row.decided_at, row.decided_by_id = clock.now(), actor.account_id
        row.save(update_fields=["state", "chosen", "decided_at", "decided_by"])
        if row.kind == Suggestion.Kind.CATEGORY and verdict == Suggestion.State.KEPT:
            Reading.objects.filter(request_id=row.request_id).update(
                category=row.value, decided=Reading.Decided.CONFIRMED, decided_at=row.decided_at
            )
        record("triage.suggestion_decided", row.request, actor=actor, suggested=row.kind, verdict=verdict)
    return row


def not_the_same(request_id: int, other_id: int, *, actor: Actor) -> Suggestion:
    """A person says that two requests are two matters: they are not put beside each other again."""
    with transaction.atomic():
        row = Suggestion.objects.filter(
            Q(request_id=request_id, value=str(other_id)) | Q(request_id=other_id, value=str(request_id)),
            kind=Suggestion.Kind.DUPLICATE,
        ).first()
        if row is None:
            row = Suggestion.objects.create(
                request_id=request_id, kind=Suggestion.Kind.DUPLICATE, value=str(other_id), confidence=0.6, by="words",
                state=Suggestion.State.OPEN, made_at=clock.now(),
            )  # fmt: skip
        return decide_suggestion(row.pk, Suggestion.State.UNDONE, actor=actor)


def settle_changed(work: str, kind: str, value: str, *, at: datetime, actor: Actor) -> None:
    """Staff chose ``value`` (a category or level) for a case, by whatever door: that settles what was suggested."""
    _system(actor)
    rows = Suggestion.objects.filter(request__in=Reading.objects.filter(work=work).values("request_id"), kind=kind)
    rows = rows.exclude(state=Suggestion.State.UNDONE)
    rows.filter(value=value).update(state=Suggestion.State.KEPT, decided_at=at)
    rows.exclude(value=value).update(state=Suggestion.State.CHANGED, chosen=value, decided_at=at)


def settle_let_stand(work: str, *, at: datetime, actor: Actor) -> None:
    """Somebody worked on the case to its end with what had been applied."""
    _system(actor)
    requests = Reading.objects.filter(work=work).values("request_id")
    kinds = (Suggestion.Kind.CATEGORY, Suggestion.Kind.LEVEL, Suggestion.Kind.PLACE)
    Suggestion.objects.filter(request__in=requests, kind__in=kinds, state=Suggestion.State.APPLIED).update(
        state=Suggestion.State.KEPT, decided_at=at
    )


def set_applied_from(share: float, *, actor: Actor) -> ReadingRules:
    """From which confidence a suggestion is applied without asking, 0.5 to 1; the director decides."""
    if not actor.has(Role.COMMUNITY_DIRECTOR):
        raise NotAllowed
    if not LEAST_APPLIED <= share <= 1:
        raise Invalid(_("要在 50% 到 100% 之间。"), code="share_out_of_range", field="applied_from")
    with transaction.atomic():
        row, _made = ReadingRules.objects.update_or_create(
            defaults={"applied_from": share, "changed_at": clock.now(), "changed_by": actor.label}
        )
        record("triage.rules_changed", row, actor=actor, applied_from=share)
    return row


LEAST_APPLIED = 0.5


def move_readings(request_ids: Sequence[int], *, work: str, actor: Actor) -> None:
    """The requests joined another case: its events decide from now on."""
    _system(actor)
    with transaction.atomic():
        known = Reading.objects.filter(work=work).values_list("category", flat=True).first()
        moved = Reading.objects.filter(request_id__in=request_ids).exclude(work=work)
        moved.update(work=work, **({"category": known} if known else {}))


def decide_readings(work: str, *, category: str | None, at: datetime, actor: Actor) -> int:
    """Staff chose ``category`` for a case, or (``None``) worked on it and let stand what it had; how many readings learnt it.

    其他 teaches nothing: it says that the category is not known (yet).
    """
    _system(actor)
    with transaction.atomic():
        readings = Reading.objects.filter(work=work)
        if category is None:
            return (
                readings.filter(decided=Reading.Decided.NOT_YET)
                .exclude(category=OTHER)
                .update(decided=Reading.Decided.CONFIRMED, decided_at=at)
            )
        if category == OTHER:
            readings.update(category=OTHER, decided=Reading.Decided.NOT_YET, decided_at=None)
            return 0
        if category not in every_category():
            return 0
        return readings.update(category=category, decided=Reading.Decided.CORRECTED, decided_at=at)


def retrain(*, actor: Actor) -> Retrained:
    """Train on what staff decided, try it on newer decisions, and put it to use only if it does better on those.

    Held back are the decisions that were taken after the model in use was trained; without one, the newest fifth. Names,
    numbers and addresses are covered before anything is learnt, so that a model holds nobody's. Raises :class:`Invalid`
    (``too_few_labels``) and :class:`NotAllowed`.
    """
    if not (actor.system or actor.is_community_staff):
        raise NotAllowed
    decided = list(
        Reading.objects.decided().order_by("decided_at", "pk").values_list("request__words", "category", "decided_at")
    )
    current = CategoryModel.objects.filter(standing=CategoryModel.Standing.IN_USE).defer("content").first()
    if current is None:
        cut = len(decided) - max(FEWEST_HELD_BACK, len(decided) // HELD_BACK)
    else:
        cut = sum(at <= current.trained_at for _words, _category, at in decided)
    older, newer = decided[: max(cut, 0)], decided[max(cut, 0) :]
    if len(older) < FEWEST_LABELS or len(newer) < FEWEST_HELD_BACK:
        raise Invalid(
            _(
                "已办结或改过分类的诉求还太少：训练要 %(labels)d 条，检验要另外 %(held)d 条，现在有 %(n)d 条和 %(m)d 条。"
            )
            % {"labels": FEWEST_LABELS, "held": FEWEST_HELD_BACK, "n": len(older), "m": len(newer)},
            code="too_few_labels",
        )
    now = clock.now()
    content, after = _train_and_try(older, newer)
    before = _try(newer, model_in_use())
    better = after.macro_f1 > before.macro_f1
    if better:
        content, _unused = _train_and_try(decided, newer)
    with transaction.atomic():
        version = (CategoryModel.objects.aggregate(last=Max("version"))["last"] or 0) + 1
        if better:
            CategoryModel.objects.filter(standing=CategoryModel.Standing.IN_USE).update(
                standing=CategoryModel.Standing.REPLACED
            )
        made = CategoryModel.objects.create(
            version=version,
            standing=CategoryModel.Standing.IN_USE if better else CategoryModel.Standing.NOT_BETTER,
            trained_at=now,
            labels=len(decided) if better else len(older),
            held_back=len(newer),
            before=asdict(before),
            after=asdict(after),
            content=content if better else None,
        )
        record("triage.model_trained", made, actor=actor, version=version, replaced=better, labels=made.labels)
    return Retrained(version, better, made.labels, len(newer), before, after)


Row = tuple[str, str, Any]


def _train_and_try(teach: Sequence[Row], held: Sequence[Row]) -> tuple[bytes, Trial]:
    from linli.understand.text.masking import mask
    from linli.understand.triage.first_guess import NAMES
    from linli.understand.triage.learning.training import Labelled, train

    rows = [Labelled(mask(words), category) for words, category, _at in teach]
    there = {row.label for row in rows}
    model = train(rows, seeds={code: names for code, names in NAMES.items() if code in there})
    return model.to_bytes(), _try(held, model)


def _try(held: Sequence[Row], model) -> Trial:
    """As it would be used: danger by rule, the model where it is sure, the word lists where it is not."""
    import numpy as np

    from linli.understand.text.measuring import accuracy, macro_f1
    from linli.understand.triage.learning.calibrating import calibration_error

    truth = [category for _words, category, _at in held]
    found = [read(words, model) for words, _category, _at in held]
    said = [one.category for one in found]
    by_model = [(one.confidence, one.category == t) for one, t in zip(found, truth, strict=True) if one.by == "model"]
    off = None
    if by_model:
        off = calibration_error(np.array([c for c, _ in by_model]), np.array([r for _, r in by_model], dtype=float))
    return Trial(
        round(macro_f1(said, truth), 4), round(accuracy(said, truth), 4), off if off is None else round(off, 4)
    )


def _system(actor: Actor) -> None:
    if not actor.system:
        raise NotAllowed
