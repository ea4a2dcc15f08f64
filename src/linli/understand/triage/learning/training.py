"""Training a category model from labelled messages, with what unlabelled ones and the taxonomy can add.

A linear support vector machine for each category against the others (Joachims 1998), in scikit-learn. With few labels
two things help and are on by default: the words of the taxonomy count as one short message for each category, and
unlabelled messages of which a first model is sure teach the second one (self-training, Yarowsky 1995).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from linli.understand.text.cutting import words as cut
from linli.understand.triage.learning.calibrating import Scaling, fit_scaling
from linli.understand.triage.learning.features import learn_spaces, rows
from linli.understand.triage.learning.model import Model

FEW = 2000
"""Up to so many labelled messages the taxonomy and unlabelled messages are used."""
FOLDS = 4
PENALTY = 0.5
SEED_WEIGHT = 0.5
SELF_WEIGHT = 0.3
SURE = 0.85
ROUNDS = 2
NEGLIGIBLE = 0.02
"""A feature whose weights stay under this share of the mean strongest weight is left out of the model."""


@dataclass(frozen=True)
class Labelled:
    """A message and its category."""

    text: str
    label: str


class TooFewLabels(ValueError):
    """There are not two categories with messages to tell apart."""


def train(
    labelled: Iterable[Labelled],
    *,
    unlabelled: Sequence[str] = (),
    seeds: Mapping[str, Sequence[str]] | None = None,
) -> Model:
    """A calibrated model. ``seeds`` gives words that name a category; its labels count even without a message.

    Raises :class:`TooFewLabels`.
    """
    given = list(labelled)
    seeds = seeds if seeds is not None and len(given) <= FEW else {}
    labels = tuple(sorted({row.label for row in given} | set(seeds)))
    if len(labels) < 2:
        raise TooFewLabels("a model needs messages of two categories at least")
    number = {label: n for n, label in enumerate(labels)}
    texts = [cut(row.text) for row in given]
    truth = np.array([number[row.label] for row in given], dtype=int)
    spare = [cut(text) for text in unlabelled] if len(given) <= FEW else []
    seed_texts = [cut(" ".join(seeds[label])) for label in labels if label in seeds]
    seed_truth = [number[label] for label in labels if label in seeds]

    everything = texts + seed_texts + spare
    spaces = learn_spaces(everything, at_least=2 if len(everything) > 200 else 1)
    matrix = rows(spaces, texts + seed_texts)
    all_truth = np.concatenate([truth, np.array(seed_truth, dtype=int)])
    weight = np.concatenate([np.ones(len(texts)), np.full(len(seed_texts), SEED_WEIGHT)])

    scores, known = _unseen_scores(matrix, all_truth, weight, len(texts), len(labels))
    scaling = fit_scaling(scores, known)
    weights, intercept = _fit(matrix, all_truth, weight, len(labels))
    if spare:
        weights, intercept, scaling = _teach_itself(
            matrix, all_truth, weight, rows(spaces, spare), (weights, intercept), scaling, len(texts)
        )
    return _slim(Model(labels, spaces, weights, intercept, scaling.temperature, scaling.offsets))


def _fit(matrix, truth: np.ndarray, weight: np.ndarray, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights (features × labels) and intercepts; a label without any message stays far below the others.

    Each feature is first weighed by how much its share differs between the label and the rest, half of it (naive Bayes
    log-count ratio, Wang and Manning 2012); the factor is then part of the weight, so that using the model costs nothing more.
    """
    from scipy.sparse import diags
    from sklearn.svm import LinearSVC

    weights = np.zeros((matrix.shape[1], labels), dtype=np.float32)
    intercept = np.full(labels, -2.0, dtype=np.float32)
    there = matrix.copy()
    there.data[:] = 1
    for label in np.unique(truth):
        mine = truth == label
        if mine.all():
            intercept[label] = 1.0
            continue
        factor = _telling(there, mine)
        machine = LinearSVC(C=PENALTY, random_state=0).fit(matrix @ diags(factor), mine, sample_weight=weight)
        weights[:, label] = machine.coef_[0] * factor
        intercept[label] = machine.intercept_[0]
    return weights, intercept


def _telling(there, mine: np.ndarray) -> np.ndarray:
    """A factor a feature, 1 on average: half of it the same for all, half by how much it tells the label from the rest."""
    own = np.asarray(there[mine].sum(axis=0)).ravel() + 1
    rest = np.asarray(there[~mine].sum(axis=0)).ravel() + 1
    ratio = np.abs(np.log((own / own.sum()) / (rest / rest.sum())))
    mean = ratio.mean()
    return 0.5 + 0.5 * ratio / mean if mean else np.ones(len(ratio))


def _unseen_scores(
    matrix, truth: np.ndarray, weight: np.ndarray, messages: int, labels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of each labelled message by a model that had not seen it, and its label; seeds always teach."""
    scores = np.zeros((messages, labels), dtype=np.float32)
    order = np.random.default_rng(0).permutation(messages)
    seeds = np.arange(messages, matrix.shape[0])
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        rest = np.concatenate([np.setdiff1d(order, held), seeds])
        if len(held) and len(rest):
            weights, intercept = _fit(matrix[rest], truth[rest], weight[rest], labels)
            scores[held] = matrix[held] @ weights + intercept
    return scores, truth[:messages]


def _teach_itself(
    matrix, truth: np.ndarray, weight: np.ndarray, spare, fitted, scaling: Scaling, messages: int
) -> tuple[np.ndarray, np.ndarray, Scaling]:
    """Take in unlabelled messages of which the model is sure, at most in the shares that the labels have."""
    from scipy.sparse import vstack

    from linli.understand.triage.learning.model import softmax

    weights, intercept = fitted
    labels = weights.shape[1]
    share = (np.bincount(truth, minlength=labels) + 1) / (len(truth) + labels)
    for _ in range(ROUNDS):
        chances = softmax((spare @ weights + intercept) * scaling.temperature + scaling.offsets)
        guessed, sure = chances.argmax(axis=1), chances.max(axis=1)
        taken: list[int] = []
        room = max(20, min(len(truth) * 3, spare.shape[0]))
        for label in range(labels):
            mine = np.flatnonzero((guessed == label) & (sure >= SURE))
            taken += mine[np.argsort(-sure[mine])][: int(room * share[label])].tolist()
        if not taken:
            break
        both = vstack([matrix, spare[taken]]).tocsr()
        weights, intercept = _fit(
            both,
            np.concatenate([truth, guessed[taken]]),
            np.concatenate([weight, np.full(len(taken), SELF_WEIGHT)]),
            labels,
        )
    return weights, intercept, scaling


def _slim(model: Model) -> Model:
    """Without the features that decide nothing."""
    from linli.understand.text.vectors import Space

    strongest = np.abs(model.weights).max(axis=1)
    if not strongest.any():
        return model
    keep = strongest >= NEGLIGIBLE * strongest[strongest > 0].mean()
    spaces, start = [], 0
    for space in model.spaces:
        mine = keep[start : start + len(space)]
        names = tuple(name for name, kept in zip(space.names, mine, strict=True) if kept)
        spaces.append(Space(names, space.idf[mine]))
        start += len(space)
    return Model(model.labels, tuple(spaces), model.weights[keep], model.intercept, model.temperature, model.offsets)
