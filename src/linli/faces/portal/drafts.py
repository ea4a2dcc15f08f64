"""A report that is not sent yet, between two pages: sealed in the session of whoever writes it.

Each step is a page of its own that is fetched (post, redirect, get), so that "back" shows it again with what was written and no
browser asks whether a form is to be sent once more.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from linli.faces.portal.access import SpeakingRequest
from linli.foundation import clock
from linli.foundation.errors import Refusal
from linli.foundation.vault.sealing import seal_bytes, unseal_bytes

LIVES = timedelta(hours=2)
LONGEST_FIELD = 20_000
_SESSION, _LABEL = "report_draft", "portal.report.draft"


@dataclass(frozen=True)
class Draft:
    """``data`` are the fields as they were sent; ``checked``: what is wrong with them is shown; ``said`` what was not taken or
    refused, by field."""

    key: str
    speaker: int
    data: dict[str, str]
    checked: bool
    said: Sequence[tuple[str, str]]


def keep(request: SpeakingRequest, draft: Draft) -> bool:
    """Whether it will be found again: while the keys are away it would be sealed and could not be read."""
    data = {name: value[:LONGEST_FIELD] for name, value in draft.data.items()}
    sealed = seal_bytes(json.dumps(asdict(draft) | {"data": data}, ensure_ascii=False).encode(), _LABEL)
    try:
        unseal_bytes(sealed, _LABEL)
    except Refusal:
        return False
    request.session[_SESSION] = {
        "sealed": base64.b64encode(sealed).decode(),
        "until": (clock.real_now() + LIVES).isoformat(),
    }
    return True


def kept(request: SpeakingRequest) -> Draft | None:
    """The one whose key the address names, of whom is spoken for now; ``None`` when there is none or it is too old."""
    held = request.session.get(_SESSION)
    key = request.GET.get("draft")
    if held is None or not key or datetime.fromisoformat(held["until"]) < clock.real_now():
        return None
    try:
        said = json.loads(unseal_bytes(base64.b64decode(held["sealed"]), _LABEL))
    except Refusal:
        return None
    found = Draft(**said | {"said": [(field, words) for field, words in said["said"]]})
    return found if (found.key, found.speaker) == (key, request.speaking.resident.pk) else None


def forget(request: SpeakingRequest) -> None:
    request.session.pop(_SESSION, None)
