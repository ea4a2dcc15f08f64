"""This community's keys, and its signed log in the database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from linli.foundation import clock
from linli.foundation.privacy.joint.keys import PartyKeys
from linli.foundation.privacy.joint.models import JointLogEntry
from linli.foundation.privacy.joint.rules.chain import START, Entry, first_fault, following
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id


def own_keys() -> PartyKeys:
    """The active community's, made on first use beside the other keys of this installation."""
    community = Community.objects.get(pk=active_community_id())
    folder = settings.LINLI_HOME / "keys" / "joint" / community.code
    try:
        return PartyKeys.load(folder)
    except FileNotFoundError:
        pass
    try:
        return PartyKeys.make(folder, community.name[:64], settings.LINLI_JOINT_SIGNATURE)
    except FileExistsError:
        return PartyKeys.load(folder)


@transaction.atomic
def note(run: str, kind: str, facts: dict[str, Any], *, keys: PartyKeys | None = None) -> None:
    """One signed entry; entries of one community follow each other, whoever writes."""
    Community.objects.select_for_update().get(pk=active_community_id())
    last = JointLogEntry.objects.order_by("-number").first()
    made = following(
        _entry(last) if last else None,
        at=clock.now().isoformat(timespec="seconds"),
        kind=kind,
        run=run,
        facts=facts,
        sign=(keys or own_keys()).sign,
    )
    JointLogEntry.objects.create(
        number=made.number,
        at=made.at,
        kind=kind,
        run=run,
        facts=facts,
        before=made.before,
        signature=made.signature,
        digest=made.digest,
    )


def head() -> str:
    """The newest digest; zeros before the first entry."""
    return JointLogEntry.objects.order_by("-number").values_list("digest", flat=True).first() or START


def finished_counts(run: str) -> list[int] | None:
    """The counts with which a run finished, as the log has them; ``None`` for one that did not."""
    found = JointLogEntry.objects.filter(run=run, kind="finished").order_by("-number").values_list("facts", flat=True)
    facts = found.first()
    return facts["counts"] if facts else None


def entries() -> list[Entry]:
    return [_entry(row) for row in JointLogEntry.objects.order_by("number")]


def fault() -> int | None:
    """The first entry that was changed or is missing; ``None`` when the log is whole."""
    return first_fault(entries(), own_keys().card.verifies)


def _entry(row: JointLogEntry) -> Entry:
    return Entry(row.number, row.at, row.kind, row.run, row.facts, row.before, row.signature)
