"""What whoever goes to danger to life does first and whom to telephone, as shipped in ``first_steps.toml``. No database."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from linli.foundation.privacy.purposes import Words
from linli.understand.warnings.shipped import DANGER, shipped_rules

LOOK_IN = "look_in"


@dataclass(frozen=True)
class Number:
    """``digits`` as they are dialled."""

    digits: str
    name: Words


@dataclass(frozen=True)
class FirstSteps:
    """``steps`` in order; ``call`` the most fitting first; ``unit`` are words by which a firm that comes too is known."""

    steps: Sequence[Words]
    call: Sequence[Number]
    unit: Sequence[str]


def first_steps(kind: str, level: str, *, seen: bool) -> FirstSteps | None:
    """For a warning of ``kind``; without its kind where the reader may not know it (not ``seen``); ``None`` unless P0."""
    if level != DANGER:
        return None
    known, general = _shipped()
    return known.get(kind, general) if seen else general


def steps_of(tables: Mapping[str, Any]) -> tuple[Mapping[str, FirstSteps], FirstSteps]:
    """By rule, and what holds for every other. Raises :class:`ValueError` for a rule that there is not, that is no P0 or that
    stands twice, and for a number that is not named."""
    numbers = {digits: Number(digits, Words(**said)) for digits, said in tables["number"].items()}
    by_rule: dict[str, FirstSteps] = {}
    made: dict[str, FirstSteps] = {}
    for key, said in tables["steps"].items():
        if unknown := set(said["call"]) - numbers.keys():
            raise ValueError(f"first_steps.toml: {key} calls numbers without a name: {sorted(unknown)}")
        made[key] = FirstSteps(
            [Words(**one) for one in said["steps"]], [numbers[one] for one in said["call"]], tuple(said["unit"])
        )
        for rule in said["rules"]:
            if rule in by_rule or rule not in shipped_rules() or shipped_rules()[rule].configured.level != DANGER:
                raise ValueError(f"first_steps.toml: {key} names {rule!r}, which is no P0 or stands twice")
            by_rule[rule] = made[key]
    return by_rule, made[LOOK_IN]


@cache
def _shipped() -> tuple[Mapping[str, FirstSteps], FirstSteps]:
    return steps_of(tomllib.loads(files(__package__).joinpath("first_steps.toml").read_text(encoding="utf-8")))
