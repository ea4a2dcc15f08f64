"""One version of the charter as plain data: a list of purposes, each a table as in ``purposes.toml`` with its key.

A list, because the order is shown to people and a JSON column of PostgreSQL forgets the order of an object.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from linli.foundation.privacy.purposes import Purpose, purpose_from

Facts = dict[str, Any]
"""One purpose: ``key`` and what ``purposes.toml`` says of it, every part present, sets as sorted lists."""

Document = list[Facts]

SETS = ("fields", "machine", "senses", "observes", "roles", "about")
WORDS = ("name", "words", "without", "alternative")
PARTS = ("name", "words", "ground", "law", *SETS, "minors", "keep_months", "shared_with", "without", "alternative")
"""What a purpose says, in the order in which a person asks; ``version`` only names the text."""

_NOTHING: Facts = {**{part: [] for part in SETS}, "alternative": {"zh": "", "en": ""}}
"""Of parts that a document written by an older release may not have."""

NOBODY = {"zh": "不给别人", "en": "Nobody"}


def normal(key: str, table: Mapping[str, Any]) -> Facts:
    """A table of ``purposes.toml`` with every part present and sets in order; raises :class:`KeyError`."""
    nothing = {"zh": "", "en": ""}
    shared = table["shared_with"]
    return {
        "key": key,
        "version": table["version"],
        "name": dict(table["name"]),
        "words": {"zh": table["zh"], "en": table["en"]},
        "ground": table["ground"],
        "law": table["law"],
        **{part: sorted(table.get(part, ())) for part in SETS},
        "minors": table["minors"],
        "keep_months": table["keep_months"],
        "shared_with": [{"zh": zh, "en": en} for zh, en in zip(shared["zh"], shared["en"], strict=True)],
        "without": dict(table["without"]),
        "alternative": dict(table.get("alternative", nothing)),
    }


def document_of(tables: Mapping[str, Mapping[str, Any]]) -> Document:
    """All tables of the shipped file, in its order."""
    return [normal(key, table) for key, table in tables.items()]


def by_key(document: Sequence[Facts]) -> dict[str, Facts]:
    """Each purpose with every part, also of a document written before there was such a part."""
    return {facts["key"]: _NOTHING | facts for facts in document}


def purpose_of(facts: Mapping[str, Any]) -> Purpose:
    """The purpose that is enforced; raises :class:`ValueError` for what this code does not know or must not publish."""
    facts = _NOTHING | dict(facts)
    try:
        table = {part: facts[part] for part in ("version", "name", "ground", "law", *SETS, "minors", "keep_months")}
        table |= {"zh": facts["words"]["zh"], "en": facts["words"]["en"]}
        table |= {"without": facts["without"], "alternative": facts["alternative"]}
        table["shared_with"] = {lang: [one[lang] for one in facts["shared_with"]] for lang in ("zh", "en")}
        return purpose_from(facts["key"], table)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{facts.get('key', '?')}: {error!r}") from error


def enforceable(document: Sequence[Facts]) -> dict[str, Purpose]:
    """What this code can enforce of a document, by key; what it does not know is left out, so that nothing is done by
    it."""
    found = {}
    for facts in document:
        try:
            found[facts["key"]] = purpose_of(facts)
        except ValueError:
            continue
    return found


def digest(document: Sequence[Facts]) -> str:
    """SHA-256 (hex) of the canonical JSON: the same words give the same digest on every machine."""
    text = json.dumps(list(document), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
