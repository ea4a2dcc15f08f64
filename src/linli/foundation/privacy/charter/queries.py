"""The charter and its changes as pages, the API and the actions read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.privacy.charter.models import WORKFLOW, Change, CharterVersion, Opinion, Origin, State
from linli.foundation.privacy.charter.permissions import may_do
from linli.foundation.privacy.charter.register import shipped_document
from linli.foundation.privacy.charter.rules.comparing import Altered, compare
from linli.foundation.privacy.charter.rules.document import Document, Facts, by_key, digest
from linli.foundation.registry.models import Community


@dataclass(frozen=True)
class Version:
    """One version; before the first tick of a new community number 0 is what is shipped, with no day."""

    number: int
    document: Document
    shipped: Document
    origin: str
    since: datetime | None
    change: Change | None = None

    @property
    def digest(self) -> str:
        return digest(self.document)


def current() -> Version:
    """The version that holds now."""
    newest = CharterVersion.objects.select_related("change").order_by("-number").first()
    return _shipped() if newest is None else _version(newest)


def community_for(code: str, *, own: int | None) -> Community | None:
    """Whose charter somebody reads: the one named, else one's own, else the only one there is."""
    if code:
        return Community.objects.filter(code=code).first()
    if own is not None:
        return Community.objects.filter(pk=own).first()
    first_two = list(Community.objects.order_by("pk")[:2])
    return first_two[0] if len(first_two) == 1 else None


def version_numbered(number: int) -> Version:
    """One of the versions; raises :class:`NotFound`."""
    found = CharterVersion.objects.select_related("change").filter(number=number).first()
    if found is None:
        if number == 0:
            return _shipped()
        raise NotFound
    return _version(found)


def versions() -> list[Version]:
    """Every version, newest first."""
    return [_version(one) for one in CharterVersion.objects.select_related("change").order_by("-number")]


def alterations(change: Change) -> tuple[Altered, ...]:
    """What the change wants different from the version that it started from."""
    return compare(version_numbered(change.base).document, change.document, clearer=change.clearer)


@dataclass(frozen=True)
class Published:
    """One version and what it changed; of the first, nothing: everything was new."""

    version: Version
    altered: tuple[Altered, ...]


def history() -> list[Published]:
    """Every version with what it changed, newest first."""
    listed = versions()
    older: list[Version | None] = [*listed[1:], None] if listed else []
    return [
        Published(one, () if before is None else compare(before.document, one.document, clearer=_clearer(one)))
        for one, before in zip(listed, older, strict=True)
    ]


def announced() -> Change | None:
    """The change that residents can have a say in now."""
    return Change.objects.filter(state=State.ANNOUNCED).first()


def changes_of(actor: Actor) -> QuerySet[Change]:
    """Every change the actor may see, newest first; other people's drafts too, so that nobody writes the same twice."""
    return Change.objects.visible_to(actor).select_related("author", "approver", "brought").order_by("-began_at", "-pk")


def change_for(actor: Actor, change_id: int) -> Change:
    """Raises :class:`NotFound` outside the actor's scope."""
    if actor.community_id is None:
        raise NotFound
    found = changes_of(actor).filter(pk=change_id).first()
    if found is None:
        raise NotFound
    return found


def allowed_verbs(change: Change, actor: Actor) -> list[str]:
    return [one.verb for one in WORKFLOW.allowed(change.state) if may_do(actor, frozenset(one.who), change)]


def opinions_of(change: Change, actor: Actor) -> QuerySet[Opinion]:
    return Opinion.objects.visible_to(actor).filter(change=change).select_related("resident", "taken_by", "answered_by")


def change_of_opinion(actor: Actor, opinion_id: int) -> int:
    """Which change somebody spoke about; raises :class:`NotFound` outside the actor's scope."""
    if actor.community_id is None:
        raise NotFound
    found = Opinion.objects.visible_to(actor).filter(pk=opinion_id).values_list("change_id", flat=True).first()
    if found is None:
        raise NotFound
    return found


def answers_to(change: Change) -> list[str]:
    """The public answers."""
    return list(Opinion.objects.filter(change=change, answered_at__isnull=False).values_list("answer", flat=True))


def known_kinds() -> frozenset[str]:
    """Kinds of work for which this code can check that they concern somebody."""
    return frozenset(kind for facts in shipped_document() for kind in facts["about"])


def restorable(change: Change) -> list[str]:
    """Keys that held once or are shipped and are not in the draft: they can be taken up again."""
    there = by_key(change.document)
    before = [key for one in versions() for key in by_key(one.document)]
    return [key for key in dict.fromkeys([*before, *by_key(shipped_document())]) if key not in there]


def earlier(key: str) -> Facts | None:
    """What the newest version that had this purpose said of it, or what is shipped."""
    for one in versions():
        if (found := by_key(one.document).get(key)) is not None:
            return found
    return by_key(shipped_document()).get(key)


def _clearer(version: Version) -> list[str]:
    return version.change.clearer if version.change is not None else []


def _version(row: CharterVersion) -> Version:
    return Version(row.number, row.document, row.shipped, row.origin, row.since, row.change)


def _shipped() -> Version:
    return Version(0, shipped_document(), shipped_document(), Origin.SHIPPED, None)
