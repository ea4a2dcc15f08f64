"""Keeping how requests were read and decided, and training the community's own model from the decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.events.recording import record
from linli.sense.requests.models import Request
from linli.understand.triage.models import CategoryModel, Reading
from linli.understand.triage.queries import model_in_use, read_words
from linli.understand.triage.reading import read
from linli.understand.triage.taxonomy import categories

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


def move_readings(request_ids: Sequence[int], *, work: str, actor: Actor) -> None:
    """The requests joined another case: its events decide from now on."""
    _system(actor)
    with transaction.atomic():
        known = Reading.objects.filter(work=work).values_list("category", flat=True).first()
        moved = Reading.objects.filter(request_id__in=request_ids).exclude(work=work)
        moved.update(work=work, **({"category": known} if known else {}))


def decide_readings(work: str, *, category: str | None, at: datetime, actor: Actor) -> int:
    """Staff chose ``category`` for a case, or (``None``) worked on it and let stand what it had; how many readings learnt it."""
    _system(actor)
    with transaction.atomic():
        readings = Reading.objects.filter(work=work)
        if category is None:
            return readings.filter(decided=Reading.Decided.NOT_YET).update(
                decided=Reading.Decided.CONFIRMED, decided_at=at
            )
        if category not in categories():
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
