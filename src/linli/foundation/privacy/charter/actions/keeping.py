"""What time and releases do to the charter: the first version, changes that take effect, and what Linli brings anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.recording import record
from linli.foundation.privacy.charter.changing import locked, move, step, write_entry
from linli.foundation.privacy.charter.models import Change, CharterVersion, Origin, State
from linli.foundation.privacy.charter.queries import version_numbered
from linli.foundation.privacy.charter.register import shipped_document
from linli.foundation.privacy.charter.rules.comparing import Altered, compare
from linli.foundation.privacy.charter.rules.document import Document, by_key, digest, enforceable
from linli.foundation.privacy.charter.rules.merging import merge
from linli.foundation.privacy.consents.actions import end_consent
from linli.foundation.privacy.consents.models import Ending
from linli.foundation.privacy.models import Consent
from linli.foundation.tenancy import active_community_id


def _system() -> Actor:
    return Actor.for_system("charter", active_community_id())


@transaction.atomic
def begin_charter() -> CharterVersion | None:
    """The first version of a community: what is shipped. Afterwards nothing."""
    if _newest_locked() is not None:
        return None
    return _publish(shipped_document(), shipped_document(), Origin.SHIPPED, None, clock.now())


@transaction.atomic
def adopt_shipped() -> Change | None:
    """Where this release of Linli brings other purposes than the charter has taken in, a draft for the leads to take up.

    Nothing that a release brings holds before two people have let it through and residents were told.
    """
    newest = _newest_locked()
    if newest is None or newest.shipped == shipped_document():
        return None
    if not compare(newest.shipped, shipped_document()):
        return None
    waiting = Change.objects.filter(origin=Origin.SHIPPED).exclude(state__in=[State.IN_FORCE, State.WITHDRAWN])
    if waiting.exists():
        return None
    refused = Change.objects.filter(origin=Origin.SHIPPED, state=State.WITHDRAWN, shipped=shipped_document())
    if refused.exists():
        return None
    document, clashes = merge(newest.shipped, shipped_document(), newest.document)
    if not compare(newest.document, document):
        return None
    actor, now = _system(), clock.now()
    change = Change.objects.create(
        base=newest.number,
        document=document,
        shipped=shipped_document(),
        clashes=[[clash.key, clash.part] for clash in clashes],
        origin=Origin.SHIPPED,
        began_at=now,
    )
    write_entry(change, "start", actor, now)
    record("charter.change_begun", change, actor=actor, base=change.base)
    return change


@transaction.atomic
def drop_unknown() -> CharterVersion | None:
    """A version without the purposes that this release no longer enforces: the page must not promise what nobody does."""
    newest = _newest_locked()
    if newest is None:
        return None
    known = enforceable(newest.document)
    document = [facts for facts in newest.document if facts["key"] in known]
    if len(document) == len(newest.document):
        return None
    published = _publish(document, newest.shipped, Origin.DROPPED, None, clock.now())
    _end_consents(compare(newest.document, document))
    return published


def take_effect_due() -> int:
    """Let every change of the community in scope take effect whose publicity has ended and whose opinions are answered;
    returns how many did."""
    due = Change.objects.filter(state=State.ANNOUNCED, shown_until__lte=clock.now(), told_at__isnull=False)
    waiting = due.filter(opinions__answered_at__isnull=True, opinions__isnull=False).values("pk")
    return sum(_take_effect(pk) for pk in due.exclude(pk__in=waiting).values_list("pk", flat=True))


@transaction.atomic
def _take_effect(change_id: int) -> int:
    actor = _system()
    newest = _newest_locked()
    change = locked(change_id, actor)
    if newest is None or change.state != State.ANNOUNCED or change.opinions.filter(answered_at=None).exists():
        return 0
    transition = step(change, "take_effect", actor)
    document = change.document
    if change.base != newest.number:
        document, _clashes = merge(version_numbered(change.base).document, change.document, newest.document)
    now = clock.now()
    altered = compare(newest.document, document, clearer=change.clearer)
    named = _with_versions(document, altered, f"{timezone.localtime(now):%Y-%m}.{newest.number + 1}")
    move(change, transition, ended_at=now)
    write_entry(change, "take_effect", actor, now)
    _publish(named, change.shipped, Origin(change.origin), change, now)
    _end_consents(altered)
    return 1


def _newest_locked() -> CharterVersion | None:
    return CharterVersion.objects.select_for_update().order_by("-number").first()


def _publish(
    document: Document, shipped: Document, origin: Origin, change: Change | None, now: datetime
) -> CharterVersion:
    newest = CharterVersion.objects.order_by("-number").first()
    version = CharterVersion.objects.create(
        number=1 if newest is None else newest.number + 1,
        document=document,
        digest=digest(document),
        shipped=shipped,
        origin=origin,
        change=change,
        since=now,
    )
    record("charter.in_force", version, actor=_system(), number=version.number, digest=version.digest)
    return version


def _with_versions(document: Document, altered: Sequence[Altered], name: str) -> Document:
    """Each altered text under its new name, so that a paper printed before is recognised as outdated."""
    changed = by_key([one.after for one in altered if one.after is not None])
    return [facts | {"version": name} if facts["key"] in changed else facts for facts in document]


def _end_consents(altered: Sequence[Altered]) -> None:
    """In the same transaction: from this moment nobody is read under words that nobody agreed to."""
    for one in altered:
        if one.ends_consents:
            reason = Ending.Reason.PURPOSE_ENDED if one.kind == "removed" else Ending.Reason.PURPOSE_CHANGED
            for consent in Consent.objects.in_force().filter(purpose=one.key):
                end_consent(consent, reason, actor=_system())
