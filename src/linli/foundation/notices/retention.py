"""How long messages stay, and how those of a person go: the row, and the line of the file that stands for the network."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q

from linli.foundation.notices.models import Notice
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.mentions import cover
from linli.foundation.privacy.retention.models import Erasure
from linli.foundation.privacy.retention.person import Leaving, erases, stores
from linli.foundation.vault.index import blind_index

LABEL = "notices.notice.to"
SHORTEST_TITLE = 4
"""Fewer characters of what somebody said are in everybody's messages."""


def forget_person(leaving: Leaving) -> None:
    """Messages to the person, about them, or with what they said; others that name them lose the name. One still on its
    way, which tells them that it is done, leaves first."""
    indexes = [index for phone in leaving.phones for index in blind_index(LABEL, phone)]
    theirs = Q(to_index__in=indexes) | Q(about=f"resident:{leaving.resident_id}")
    for title in leaving.titles:
        if len(title) >= SHORTEST_TITLE:
            theirs |= Q(text__contains=title.rstrip("…"))
    rows = Notice.objects.filter(theirs, community_id=leaving.community_id)
    last_word = rows.filter(about=leaving.about, state=Notice.State.QUEUED)
    leaving.later("last_word", list(last_word.values_list("pk", flat=True)))
    rows = rows.exclude(pk__in=last_word.values("pk"))
    keys = list(rows.values_list("key", flat=True))
    leaving.went("notices.Notice", rows.delete()[0])
    named = cover(Notice.objects.filter(community_id=leaving.community_id), ("text",), leaving)
    leaving.went("notices.Notice#mention", len(named))
    leaving.later("outbox", [{"keys": keys + [one.key for one in named], "indexes": indexes}])


def forget_lines(items: Sequence[Mapping[str, Any]], erasure: Erasure) -> int:
    """Blank the lines of messages that went, each in its place: who appends and who reads on is not disturbed."""
    keys = {key for item in items for key in item["keys"]}
    indexes = {index for item in items for index in item["indexes"]}
    path = settings.LINLI_HOME / "phones" / "outbox.ndjson"
    if not path.exists():
        return 0
    gone = 0
    with path.open("r+b") as file:
        while line := file.readline():
            if line.endswith(b"\n") and _names(line, keys, indexes):
                file.seek(-len(line), os.SEEK_CUR)
                file.write(_blank(line))
                gone += 1
        os.fsync(file.fileno())
    return gone


def forget_last_word(pks: Sequence[int], erasure: Erasure) -> int | None:
    """The message that told the person; ``None`` while it waits to be sent."""
    rows = Notice.objects.filter(pk__in=pks)
    if rows.filter(state=Notice.State.QUEUED).exists():
        return None
    forget_lines([{"keys": list(rows.values_list("key", flat=True)), "indexes": []}], erasure)
    return rows.delete()[0]


def _names(line: bytes, keys: set[str], indexes: set[str]) -> bool:
    try:
        message = json.loads(line)
    except ValueError:
        return False
    return message["key"] in keys or bool(indexes.intersection(blind_index(LABEL, message["to"])))


def _blank(line: bytes) -> bytes:
    nothing = json.dumps({"to": "", "text": "", "key": "", "about": "erased", "at": ""}).encode()
    return nothing.ljust(len(line) - 1) + b"\n"


def register() -> None:
    expires(
        "notices.Notice",
        lambda before: Notice.objects.filter(created_at__lt=before),
        moment="created_at",
        everywhere=True,
    )
    erases("notices.messages", forget_person, tables=("notices.Notice",), order=60)
    stores("outbox", forget_lines, order=60)
    stores("last_word", forget_last_word, order=70)
