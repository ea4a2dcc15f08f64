"""From scores to probabilities that mean what they say, and how far off they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linli.understand.triage.learning.model import softmax

SMALLEST_SAMPLE = 30
STIFFNESS = 1.0
"""Pulls the offsets of rare categories to zero."""


@dataclass(frozen=True)
class Scaling:
    temperature: float
    offsets: np.ndarray


def fit_scaling(scores: np.ndarray, truth: np.ndarray) -> Scaling:
    """The temperature and offsets that make ``softmax(scores × temperature + offsets)`` likeliest.

    ``scores`` has a row a message that the model had not seen, ``truth`` its column. With fewer than 30 messages
    there is nothing to fit: a plain softmax.
    """
    from scipy.optimize import minimize

    labels = scores.shape[1]
    if len(truth) < SMALLEST_SAMPLE:
        return Scaling(1.0, np.zeros(labels, dtype=np.float32))
    at = np.arange(len(truth))

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        temperature, offsets = np.exp(parameters[0]), parameters[1:]
        chances = softmax(scores * temperature + offsets)
        wrong = chances.copy()
        wrong[at, truth] -= 1
        value = -np.log(chances[at, truth] + 1e-12).sum() + STIFFNESS * (offsets**2).sum()
        slope = np.concatenate([[(wrong * scores).sum() * temperature], wrong.sum(axis=0) + 2 * STIFFNESS * offsets])
        return float(value), slope

    found = minimize(loss, np.zeros(labels + 1), jac=True, method="L-BFGS-B").x
    return Scaling(float(np.exp(found[0])), found[1:].astype(np.float32))


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error (Naeini et al. 2015): how far confidence and share of right ones are apart, bin by bin."""
    if not len(confidence):
        return 0.0
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    apart = [
        abs(confidence[which == n].mean() - right[which == n].mean()) * (which == n).sum() for n in np.unique(which)
    ]
    return float(sum(apart) / len(confidence))
