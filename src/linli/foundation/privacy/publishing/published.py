"""Numbers about people that may leave the staff's pages. Only the gate makes them, and public pages take nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Ungated(TypeError):
    """A page that strangers read was about to show a number that did not pass the gate."""


class Method(StrEnum):
    """How a number was protected.

    ``LISTED`` counts what the same page names one by one, ``THINGS`` counts lamps and buildings: neither is about people.
    """

    NOISE = "noise"
    CELL_KEY = "cell_key"
    SUPPRESSION = "suppression"
    LISTED = "listed"
    THINGS = "things"


_SEAL = object()


@dataclass(frozen=True)
class Published:
    """``value`` is what is shown, ``None`` for a hidden one; with 95 % the true number is within ± ``error``."""

    value: int | None
    error: int
    method: Method
    seal: Any = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise Ungated("only linli.foundation.privacy.publishing.gate makes a Published")

    def __str__(self) -> str:
        return "" if self.value is None else str(self.value)

    def __format__(self, spec: str) -> str:
        return "" if self.value is None else format(self.value, spec)

    def __float__(self) -> float:
        return float(self.value or 0)

    def __bool__(self) -> bool:
        return bool(self.value)

    @property
    def hidden(self) -> bool:
        return self.value is None


@dataclass(frozen=True)
class PublishedRate:
    """A share of a gated base: ``value`` and ``error`` in thousandths, ``None`` while the base is too small to tell."""

    part: Published
    n: Published
    value: int | None
    error: int
    seal: Any = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise Ungated("only linli.foundation.privacy.publishing.gate makes a PublishedRate")

    @property
    def method(self) -> Method:
        return self.n.method

    @property
    def percent(self) -> str:
        return "" if self.value is None else f"{self.value / 10:.1f}"


def issue(value: int | None, error: int, method: Method) -> Published:
    """For the gate alone: a test reads who imports it."""
    return Published(value, error, method, _SEAL)


def issue_rate(part: Published, n: Published, value: int | None, error: int) -> PublishedRate:
    """For the gate alone: a test reads who imports it."""
    return PublishedRate(part, n, value, error, _SEAL)


def require_published(number: object) -> Published:
    """What public templates and schemas open with; raises :class:`Ungated` for a bare number."""
    if not isinstance(number, Published):
        raise Ungated(f"a bare {type(number).__name__} on a page for everybody")
    return number
