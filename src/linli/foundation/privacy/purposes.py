"""The purposes of ``purposes.toml``, read once and checked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from django.utils.translation import get_language

from linli.foundation.accounts.roles import Role

GROUNDS = frozenset({"consent", "contract", "duty", "emergency"})
FIELDS = frozenset({"name", "phone", "address", "birth_date"})


@dataclass(frozen=True)
class Purpose:
    """``fields`` may be revealed for it, ``senses`` are device types that need its consent, ``about`` what it is for."""

    key: str
    version: str
    ground: str
    law: str
    fields: frozenset[str]
    roles: frozenset[Role]
    about: frozenset[str]
    keep_months: int
    zh: str
    en: str
    senses: frozenset[str] = frozenset()

    @property
    def sentence(self) -> str:
        """The purpose in plain words, in the language of the reader."""
        return self.en if (get_language() or "").startswith("en") else self.zh

    @property
    def needs_consent(self) -> bool:
        return self.ground == "consent"


@cache
def all_purposes() -> dict[str, Purpose]:
    """Every purpose by its key; raises :class:`ValueError` for a file that contradicts itself."""
    text = files(__package__).joinpath("purposes.toml").read_text(encoding="utf-8")
    return {key: _purpose(key, facts) for key, facts in tomllib.loads(text).items()}


def _purpose(key: str, facts: dict) -> Purpose:
    if facts["ground"] not in GROUNDS:
        raise ValueError(f"{key}: no such ground {facts['ground']!r}")
    if unknown := set(facts["fields"]) - FIELDS:
        raise ValueError(f"{key}: no such field {sorted(unknown)}")
    return Purpose(
        key=key,
        version=facts["version"],
        ground=facts["ground"],
        law=facts["law"],
        fields=frozenset(facts["fields"]),
        roles=frozenset(Role(role) for role in facts["roles"]),
        about=frozenset(facts["about"]),
        keep_months=facts["keep_months"],
        zh=facts["zh"],
        en=facts["en"],
        senses=frozenset(facts.get("senses", ())),
    )
