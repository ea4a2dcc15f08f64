"""Measures of the benchmarks, by their definitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def bcubed(found: Sequence[Hashable], truth: Sequence[Hashable]) -> tuple[float, float, float]:
    """B-cubed precision, recall and F of a grouping (Bagga and Baldwin 1998), each item weighing the same."""
    if not found:
        return 0.0, 0.0, 0.0
    both = Counter(zip(found, truth, strict=True))
    of_found, of_truth = Counter(found), Counter(truth)
    precision = sum(n * n / of_found[group] for (group, _), n in both.items()) / len(found)
    recall = sum(n * n / of_truth[group] for (_, group), n in both.items()) / len(found)
    return precision, recall, 2 * precision * recall / (precision + recall)


def macro_f1(found: Sequence[Hashable], truth: Sequence[Hashable]) -> float:
    """The mean of each true label's F1."""
    right = Counter(t for f, t in zip(found, truth, strict=True) if f == t)
    of_found, of_truth = Counter(found), Counter(truth)
    labels = set(of_truth) | set(of_found)
    each = [2 * right[label] / (of_found[label] + of_truth[label]) for label in labels]
    return sum(each) / len(each) if each else 0.0


def accuracy(found: Sequence[Hashable], truth: Sequence[Hashable]) -> float:
    """The share of right ones."""
    return sum(f == t for f, t in zip(found, truth, strict=True)) / len(truth) if truth else 0.0


def f1(true_positive: int, found: int, there: int) -> tuple[float, float, float]:
    """Precision, recall and F1 from counts; a share of nothing is 0."""
    precision = true_positive / found if found else 0.0
    recall = true_positive / there if there else 0.0
    return precision, recall, 2 * true_positive / (found + there) if found + there else 0.0
