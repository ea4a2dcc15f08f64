"""The purposes of ``purposes.toml``, read once and checked, and which of them are in force."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from django.utils.translation import get_language

from linli.foundation.accounts.roles import Role

CONSENTS = frozenset({"consent", "separate_consent"})
GROUNDS = CONSENTS | {"contract", "duty", "emergency"}
FIELDS = frozenset({
    "name", "phone", "address", "birth_date", "identity_number", "health", "care_grade", "finances", "whereabouts",
    "biometrics",
})  # fmt: skip
SENSITIVE = frozenset({"identity_number", "health", "care_grade", "finances", "whereabouts", "biometrics"})
"""PIPL art. 28. By consent they need a separate one (art. 29)."""


@dataclass(frozen=True)
class Words:
    """The same in both languages; ``str()`` gives the reader's."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if (get_language() or "").startswith("en") else self.zh

    def __bool__(self) -> bool:
        return bool(self.zh and self.en)


@dataclass(frozen=True)
class Purpose:
    """``fields`` may be seen by ``roles`` for work of the kinds ``about``; ``machine`` fields only the software uses.

    ``senses`` are device types that need its consent, ``minors`` whether it covers people under 14, ``keep_months``
    how long its data stays, ``without`` what happens without it, ``alternative`` the same help without consent.
    """

    key: str
    version: str
    name: Words
    ground: str
    law: str
    fields: frozenset[str]
    machine: frozenset[str]
    roles: frozenset[Role]
    about: frozenset[str]
    minors: bool
    keep_months: int
    shared_with: tuple[Words, ...]
    words: Words
    without: Words
    alternative: Words
    senses: frozenset[str] = frozenset()
    children_only: bool = False

    @property
    def zh(self) -> str:
        return self.words.zh

    @property
    def en(self) -> str:
        return self.words.en

    @property
    def sentence(self) -> str:
        """The purpose in plain words, in the language of the reader."""
        return str(self.words)

    @property
    def needs_consent(self) -> bool:
        return self.ground in CONSENTS


InForce = Callable[[], Mapping[str, Purpose]]
_in_force: list[InForce] = []


def set_in_force(fn: InForce) -> None:
    """Let the charter say which purposes hold now in the active community; once only."""
    if _in_force:
        raise RuntimeError("who decides what is in force has been said already")
    _in_force.append(fn)


def in_force() -> Mapping[str, Purpose]:
    """The purposes that the active community enforces at this moment; without a charter those that are shipped."""
    return _in_force[0]() if _in_force else all_purposes()


@cache
def all_purposes() -> dict[str, Purpose]:
    """Every shipped purpose by its key; raises :class:`ValueError` for a file that contradicts itself."""
    text = files(__package__).joinpath("purposes.toml").read_text(encoding="utf-8")
    return {key: purpose_from(key, facts) for key, facts in tomllib.loads(text).items()}


def purpose_from(key: str, facts: Mapping) -> Purpose:
    """One purpose from its table; raises :class:`ValueError` for what cannot be enforced or must not be published."""
    purpose = Purpose(
        key=key,
        version=facts["version"],
        name=Words(**facts["name"]),
        ground=facts["ground"],
        law=facts["law"],
        fields=frozenset(facts["fields"]),
        machine=frozenset(facts.get("machine", ())),
        roles=frozenset(Role(role) for role in facts["roles"]),
        about=frozenset(facts["about"]),
        minors=facts["minors"],
        keep_months=facts["keep_months"],
        shared_with=tuple(
            Words(zh, en) for zh, en in zip(facts["shared_with"]["zh"], facts["shared_with"]["en"], strict=True)
        ),
        words=Words(facts["zh"], facts["en"]),
        without=Words(**facts["without"]),
        alternative=Words(**facts.get("alternative", {"zh": "", "en": ""})),
        senses=frozenset(facts.get("senses", ())),
        children_only=facts.get("children_only", False),
    )
    for trouble in _troubles(purpose):
        raise ValueError(f"{key}: {trouble}")
    return purpose


def _troubles(purpose: Purpose):
    if purpose.ground not in GROUNDS:
        yield f"no such ground {purpose.ground!r}"
    if unknown := (purpose.fields | purpose.machine) - FIELDS:
        yield f"no such field {sorted(unknown)}"
    if purpose.fields and not purpose.roles:
        yield "fields that nobody may see"
    if not purpose.without or not purpose.name or not purpose.words:
        yield "something is not said in both languages"
    if purpose.needs_consent and not purpose.alternative:
        yield "consent without an alternative is no choice (PIPL art. 16)"
    if purpose.ground == "consent" and (purpose.fields | purpose.machine) & SENSITIVE:
        yield "sensitive fields need a separate consent (PIPL art. 29)"
    if purpose.children_only and not (purpose.minors and purpose.needs_consent):
        yield "what only children are asked needs a guardian's consent (PIPL art. 31)"
    if purpose.senses and purpose.ground != "separate_consent":
        yield "sensing a home needs a separate consent (PIPL art. 29)"
    if not 1 <= purpose.keep_months <= 360:
        yield "kept for no time, or for ever"
