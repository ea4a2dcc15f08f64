"""The practice messages of ``drills.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from django.utils.functional import Promise

from linli.foundation.errors import Invalid
from linli.foundation.privacy.education.bilingual import Bilingual
from linli.foundation.privacy.education.lessons import AUDIENCES
from linli.foundation.privacy.education.signs import SIGNS


@dataclass(frozen=True)
class Scenario:
    key: str
    audience: str
    title: Bilingual
    text: Bilingual
    signs: tuple[str, ...]

    def message(self, link: str, language: str) -> str:
        words = self.text.en if language.startswith("en") else self.text.zh
        return words.replace("{link}", link)

    @property
    def example(self) -> str:
        """The message as it looks, its link left out."""
        return str(self.text).replace("{link}", "http://…")

    @property
    def sentences(self) -> list[Promise]:
        """What gives it away, in words."""
        return [sign.sentence for sign in SIGNS if sign.code in self.signs]


@cache
def all_scenarios() -> dict[str, Scenario]:
    """Every scenario by its key; raises :class:`ValueError` for one without audience or link."""
    text = files(__package__).joinpath("drills.toml").read_text(encoding="utf-8")
    found = {
        key: Scenario(
            key, facts["audience"], Bilingual(**facts["title"]), Bilingual(**facts["text"]), tuple(facts["signs"])
        )
        for key, facts in tomllib.loads(text).items()
    }
    for scenario in found.values():
        if scenario.audience not in AUDIENCES or any("{link}" not in w for w in vars(scenario.text).values()):
            raise ValueError(f"{scenario.key}: audience or link is missing")
    return found


def scenario_named(key: str) -> Scenario:
    """The scenario; raises :class:`Invalid` for an unknown key."""
    scenario = all_scenarios().get(key)
    if scenario is None:
        raise Invalid(code="unknown_scenario", field="scenario")
    return scenario
