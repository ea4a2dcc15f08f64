"""The list of what was erased, kept outside every backup: a restore does again what was erased since the backup was made.

One line of JSON each, by number and a salted digest, without personal data: the number says which row it was, the digest
that it is still the same person and not somebody new under that number. The list lies in ``LINLI_HOME`` and, as
``erased.ndjson``, beside every archive that ``linli backup`` wrote, so that it outlives the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from linli.config.secrets import replace
from linli.foundation import clock
from linli.foundation.privacy.models import Consent
from linli.foundation.registry.models import Resident

NAME = "erased.ndjson"

Stone = Mapping[str, Any]


def ours() -> Path:
    """The list of this instance."""
    return settings.LINLI_TOMBSTONES


def of_resident(resident: Resident) -> Stone:
    return _stone("resident", resident.community_id, id=resident.pk, **_marked(_facts_of_resident(resident)))


def of_consent(consent: Consent) -> Stone:
    return _stone("consent", consent.community_id, id=consent.pk, **_marked(_facts_of_consent(consent)))


def of_rule(rule: str, as_of: datetime, community_id: int | None) -> Stone:
    return _stone("rule", community_id, rule=rule, as_of=as_of.isoformat())


def names_resident(stone: Stone, resident: Resident) -> bool:
    """Whether the stone is of this very person, not of somebody who got the number later."""
    return stone["mark"] == _mark(stone["salt"], _facts_of_resident(resident))


def names_consent(stone: Stone, consent: Consent) -> bool:
    return stone["mark"] == _mark(stone["salt"], _facts_of_consent(consent))


def lay(stones: Iterable[Stone]) -> int:
    """Add what is not on the list yet, on disk before this returns, and bring every copy up to date; returns how many."""
    known = {_key(stone) for stone in read(ours())}
    new = [stone for stone in stones if _key(stone) not in known]
    if new:
        _append(ours(), new)
        spread()
    return len(new)


def read(path: Path) -> Iterator[Stone]:
    """The stones of a list, oldest first; none where there is no list. A line cut short by a crash is left out."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def ensure() -> Path:
    """The list, made empty where there was none: an archive is never without one beside it."""
    if not ours().exists():
        _append(ours(), ())
    return ours()


def merge(paths: Iterable[Path]) -> list[Stone]:
    """The stones of several lists, each once, oldest first."""
    found = {_key(stone): stone for path in paths for stone in read(path)}
    return sorted(found.values(), key=lambda stone: stone["at"])


def spread() -> list[Path]:
    """Bring the copies beside the archives up to date; returns the folders that could not be reached."""
    from linli.foundation.privacy.retention.backups import folders

    away = []
    content = ours().read_bytes() if ours().exists() else b""
    for folder in folders():
        copy = folder / NAME
        try:
            if not copy.exists() or copy.read_bytes() != content:
                both = merge([copy, ours()])
                replace(copy, "".join(map(_line, both)).encode())
        except OSError:
            away.append(folder)
    return away


def _stone(kind: str, community_id: int | None, **facts: Any) -> Stone:
    return {"at": clock.real_now().isoformat(), "kind": kind, "community": community_id, **facts}


def _marked(facts: str) -> dict[str, str]:
    salt = secrets.token_hex(8)
    return {"salt": salt, "mark": _mark(salt, facts)}


def _mark(salt: str, facts: str) -> str:
    """Salted, not keyed: the list must still be read when keys were lost or turned."""
    return hashlib.sha256(f"{salt}:{facts}".encode()).hexdigest()


def _facts_of_resident(resident: Resident) -> str:
    return f"{resident.pk}:{resident.code}"


def _facts_of_consent(consent: Consent) -> str:
    return f"{consent.pk}:{consent.resident_id}:{consent.purpose}:{consent.given_at.timestamp()}"


def _key(stone: Stone) -> str:
    return json.dumps(dict(stone), sort_keys=True)


def _line(stone: Stone) -> str:
    return json.dumps(dict(stone), sort_keys=True) + "\n"


def _append(path: Path, stones: Iterable[Stone]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        whole = not file.tell() or path.read_bytes().endswith(b"\n")
        file.write(("" if whole else "\n").encode() + "".join(map(_line, stones)).encode())
        file.flush()
        os.fsync(file.fileno())
