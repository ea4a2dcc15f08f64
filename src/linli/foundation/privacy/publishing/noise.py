"""Differentially private answers, drawn by OpenDP (MIT; the Harvard OpenDP project). Loaded when first asked, in the worker.

Discrete Laplace noise on whole counts: no floating point reaches what is published (Mironov 2012 shows why it must not).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import nextafter
from typing import Any

from linli.foundation.privacy.publishing.rules.budget import ONE, whole
from linli.foundation.privacy.publishing.rules.margins import laplace_margin

MOST_COUNT = 10**9


def scale_for(cap: int, epsilon: int) -> float:
    """The scale of the noise when one person moves the counts by at most ``cap`` and ``epsilon`` thousandths are paid."""
    whole(epsilon)
    if type(cap) is not int or not 1 <= cap <= ONE:
        raise ValueError(f"no such cap: {cap!r}")
    return cap * ONE / epsilon


def margin_for(cap: int, epsilon: int, cells: int = 1, confidence: float = 0.95) -> int:
    """The ± that an answer will carry, known before it is drawn."""
    return laplace_margin(scale_for(cap, epsilon), cells, confidence)


def noisy(counts: Sequence[int], *, cap: int, epsilon: int) -> list[int]:
    """The counts with noise: (``epsilon`` / 1000)-differentially private for whoever moves them by ``cap`` in all.

    OpenDP computes the loss itself; raises :class:`RuntimeError` when it is more than what is paid for, :class:`ValueError` for
    counts that are none.
    """
    if any(type(count) is not int or not 0 <= count <= MOST_COUNT for count in counts):
        raise ValueError("a count is a whole number from zero on")
    measurement = _measurement(cap, epsilon)
    if Fraction(measurement.map(cap)) > Fraction(epsilon, ONE):
        raise RuntimeError(f"{measurement.map(cap)} is more than {epsilon} thousandths")
    return [int(count) for count in measurement(list(counts))]


def _measurement(cap: int, epsilon: int) -> Any:
    """Nudged up by single floating-point steps until OpenDP's own bound, rounded up, is within what is paid for."""
    import opendp.prelude as dp

    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    scale = scale_for(cap, epsilon)
    for _ in range(8):
        measurement = dp.m.make_laplace(*space, scale=scale)
        if Fraction(measurement.map(cap)) <= Fraction(epsilon, ONE):
            return measurement
        scale = nextafter(scale, 2 * scale)
    raise RuntimeError(f"no scale pays {epsilon} thousandths for {cap}")
