"""Pieces of work in words, for the resident whom they concern: ``case:123`` is "办您反映的“楼道灯不亮”".

Requests, cases and warnings are above this layer, so each registers when it starts how it names its work, and how it explains
what was decided there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from linli.foundation.registry.models import Resident

Name = Callable[[Collection[int], Resident], Mapping[int, str]]
Decisions = Callable[[Resident], Iterable[tuple[int, str]]]
Explain = Callable[[int, Resident], str]


@dataclass(frozen=True)
class Named:
    """``decisions`` lists what of this kind the resident may ask an explanation for, ``explain`` gives the facts of one."""

    name: Name
    decisions: Decisions | None = None
    explain: Explain | None = None


_kinds: dict[str, Named] = {}


def names_work(kind: str, name: Name, *, decisions: Decisions | None = None, explain: Explain | None = None) -> None:
    """Declare how a kind of work is named; its name once only.

    ``name(numbers, resident)`` answers for many at once, with what the work was for ("办您反映的“…”"), and leaves out
    what the resident must not know of.
    """
    if kind in _kinds:
        raise RuntimeError(f"{kind} has already said how it is named")
    _kinds[kind] = Named(name, decisions, explain)


def names_of(abouts: Iterable[str], resident: Resident) -> dict[str, str]:
    """Words for each of ``abouts`` that can be named, one question a kind."""
    numbers: dict[str, set[int]] = {}
    for about in abouts:
        kind, _, number = about.partition(":")
        if kind in _kinds and number.isdecimal():
            numbers.setdefault(kind, set()).add(int(number))
    return {
        f"{kind}:{number}": words
        for kind, wanted in numbers.items()
        for number, words in _kinds[kind].name(wanted, resident).items()
    }


def decisions_about(resident: Resident) -> list[tuple[str, str]]:
    """What the resident may ask to have explained: (``case:123``, words)."""
    return [
        (f"{kind}:{number}", words)
        for kind, named in _kinds.items()
        if named.decisions is not None
        for number, words in named.decisions(resident)
    ]


def explanation_of(about: str, resident: Resident) -> str:
    """The facts of one decision in a sentence or two; empty where there are none to give."""
    kind, _, number = about.partition(":")
    named = _kinds.get(kind)
    if named is None or named.explain is None or not number.isdecimal():
        return ""
    return named.explain(int(number), resident)
