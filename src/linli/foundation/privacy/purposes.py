"""The purposes of ``purposes.toml``, read once and checked, and which of them are in force."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Protocol

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

    ``senses`` are device types in homes that need its consent, ``observes`` those in shared places that may be declared for it,
    ``minors`` whether it covers people under 14, ``keep_months``
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
    observes: frozenset[str] = frozenset()

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


class Charter(Protocol):
    """What the active community has published: which purposes hold now, and which ever did."""

    def in_force(self) -> Mapping[str, Purpose]: ...

    def ever(self) -> Mapping[str, Purpose]: ...

    def as_agreed(self, key: str, version: str) -> Purpose | None: ...


_charter: list[Charter] = []
_held: ContextVar[Mapping[str, Purpose] | None] = ContextVar("purposes_asked_once", default=None)


def set_charter(charter: Charter) -> None:
    """Say who keeps the charter of each community; once only."""
    if _charter:
        raise RuntimeError("who keeps the charter has been said already")
    _charter.append(charter)


def in_force() -> Mapping[str, Purpose]:
    """The purposes that the active community enforces at this moment; without a charter those that are shipped."""
    if (held := _held.get()) is not None:
        return held
    return _charter[0].in_force() if _charter else all_purposes()


@contextmanager
def asked_once() -> Iterator[None]:
    """While one condition is put together of many purposes, what is in force is asked once and not for each of them."""
    token = _held.set(in_force())
    try:
        yield
    finally:
        _held.reset(token)


def ever() -> Mapping[str, Purpose]:
    """Every purpose that ever held in the active community, in its newest words: for naming what is past, never for
    deciding."""
    return _charter[0].ever() if _charter else all_purposes()


def as_agreed(key: str, version: str) -> Purpose | None:
    """The purpose in the words of that ``version`` of its text; ``None`` for words that were never published."""
    return _charter[0].as_agreed(key, version) if _charter else all_purposes().get(key)


@cache
def shipped_tables() -> dict[str, dict]:
    """``purposes.toml`` as it stands, by key; not to be changed."""
    return tomllib.loads(files(__package__).joinpath("purposes.toml").read_text(encoding="utf-8"))


@cache
def all_purposes() -> dict[str, Purpose]:
    """Every shipped purpose by its key; raises :class:`ValueError` for a file that contradicts itself."""
    return {key: purpose_from(key, facts) for key, facts in shipped_tables().items()}


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
        observes=frozenset(facts.get("observes", ())),
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
    if purpose.observes and not purpose.alternative:
        yield "observing a shared place without an alternative (国务院令799号; 法释〔2021〕15号)"
    if purpose.senses and purpose.ground != "separate_consent":
        yield "sensing a home needs a separate consent (PIPL art. 29)"
    if not 1 <= purpose.keep_months <= 360:
        yield "kept for no time, or for ever"
