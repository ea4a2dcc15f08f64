"""What somebody who calls has said before: so that a second call about the same matter is known for one."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from linli.act.casework.models import Case, CaseRequest
from linli.act.casework.wording import case_title
from linli.foundation.accounts.actor import Actor
from linli.foundation.vault.index import blind_index
from linli.sense.requests.models import Request

SHOWN = 2
LEAST_DIGITS = 7


@dataclass(frozen=True)
class Earlier:
    """A matter of the same person: its case, and when it was said."""

    case: Case
    title: str
    request: Request


def earlier_of(actor: Actor, resident_ids: Collection[int]) -> dict[int, list[Earlier]]:
    """By resident, the newest :data:`SHOWN` matters that the actor may see, unfinished or not."""
    found: dict[int, list[Earlier]] = {}
    if not resident_ids:
        return found
    for row in _rows(actor).filter(request__speaker__in=resident_ids)[:40]:
        listed = found.setdefault(row.request.speaker_id, [])
        if len(listed) < SHOWN:
            listed.append(Earlier(row.case, case_title(row.case), row.request))
    return found


def earlier_by_phone(actor: Actor, words: str) -> list[Earlier]:
    """What a number that stands in no register has called about; empty unless ``words`` is a whole number."""
    digits = re.sub(r"[\s-]", "", words)
    if not digits.isdigit() or len(digits) < LEAST_DIGITS:
        return []
    calls = blind_index("requests.request.speaker_phone", digits)
    rows = _rows(actor).filter(request__speaker=None, request__speaker_phone_index__in=calls)
    return [Earlier(row.case, case_title(row.case), row.request) for row in rows[:SHOWN]]


def _rows(actor: Actor):
    cases = Case.objects.visible_to(actor)
    return (
        CaseRequest.objects.filter(case__in=cases, withdrawn_at=None)
        .select_related("request", "case__warning", "case__building__estate")
        .order_by("-request__said_at")
    )
