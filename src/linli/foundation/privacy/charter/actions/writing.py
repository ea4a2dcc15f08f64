"""Writing a change, one purpose after another, until its author proposes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.charter.actions.keeping import begin_charter
from linli.foundation.privacy.charter.changing import locked, move, step, write_entry
from linli.foundation.privacy.charter.models import Change, Origin
from linli.foundation.privacy.charter.queries import current, earlier, known_kinds, version_numbered
from linli.foundation.privacy.charter.register import shipped_document
from linli.foundation.privacy.charter.rules.document import NOBODY, PARTS, SETS, WORDS, Facts, by_key
from linli.foundation.privacy.charter.rules.merging import merge
from linli.foundation.privacy.charter.rules.permitted import INDISPENSABLE, KEY, Problem, problems_of

UNWRITTEN_VERSION = "-"
"""Of a text that is not in force yet; the version that brings it in gives it a name."""


@transaction.atomic
def start_change(*, actor: Actor) -> Change:
    """A draft that says what holds now, for the actor to write in. Raises :class:`NotAllowed`."""
    require(actor, "charter.propose")
    begin_charter()
    holds = current()
    now = clock.now()
    change = Change.objects.create(
        base=holds.number,
        document=holds.document,
        shipped=holds.shipped,
        origin=Origin.PEOPLE,
        author_id=actor.account_id,
        began_at=now,
    )
    write_entry(change, "start", actor, now)
    record("charter.change_begun", change, actor=actor, base=change.base)
    return change


@transaction.atomic
def write_purpose(change_id: int, facts: Mapping[str, Any], *, version: int | None = None, actor: Actor) -> Change:
    """Put one purpose into the draft: a new one, or other words and limits for one that is there.

    ``facts`` are parts of :data:`~linli.foundation.privacy.charter.rules.document.PARTS` and the ``key``; what is left
    out stays as it is. Raises :class:`Invalid` (``cannot_be_promised``) with the part as ``field`` for what this code
    does not enforce or a charter must not say, and what :func:`locked` and the state table raise.
    """
    change = locked(change_id, actor, version=version)
    transition = step(change, "write", actor)
    key = str(facts.get("key", ""))
    if not KEY.fullmatch(key):
        raise Invalid(_("代号用小写英文字母、数字和下划线，3 到 40 个。"), code="bad_key", field="key")
    document = [dict(one) for one in change.document]
    before = by_key(document).get(key)
    written = _written(before or _blank(key), facts)
    now_holds, shipped = by_key(current().document).get(key), by_key(shipped_document()).get(key)
    if troubles := problems_of(written, now_holds, shipped, kinds=known_kinds()):
        _refuse(troubles)
    if before is None:
        document.append(written)
    else:
        document = [written if one["key"] == key else one for one in document]
    now = clock.now()
    clashes = [clash for clash in change.clashes if clash[0] != key]
    move(change, transition, document=document, clashes=clashes, author_id=actor.account_id)
    write_entry(change, "write", actor, now, str(written["name"]["zh"]))
    record("charter.change_written", change, actor=actor, purpose=key)
    return change


@transaction.atomic
def remove_purpose(change_id: int, key: str, *, version: int | None = None, actor: Actor) -> Change:
    """Take a purpose out of the draft: once that is in force nothing is read under it.

    Raises :class:`Invalid` (``indispensable``) for one that no charter can do without.
    """
    change = locked(change_id, actor, version=version)
    transition = step(change, "write", actor)
    gone = by_key(change.document).get(key)
    if gone is None:
        raise NotFound
    if key in INDISPENSABLE:
        raise Invalid(str(INDISPENSABLE[key]), code="indispensable", field="key")
    now = clock.now()
    document = [one for one in change.document if one["key"] != key]
    clashes = [clash for clash in change.clashes if clash[0] != key]
    move(change, transition, document=document, clashes=clashes, author_id=actor.account_id)
    write_entry(change, "remove", actor, now, str(gone["name"]["zh"]))
    record("charter.change_written", change, actor=actor, purpose=key)
    return change


@transaction.atomic
def restore(change_id: int, key: str, *, version: int | None = None, actor: Actor) -> Change:
    """Put one purpose of the draft back to what holds now; one that is only in the draft goes, and one that held before
    (or came with Linli) is taken up again. Raises :class:`NotFound` for a key that never was."""
    change = locked(change_id, actor, version=version)
    transition = step(change, "write", actor)
    holds = current().document
    written = by_key(change.document).get(key)
    wanted = by_key(holds).get(key)
    if wanted is None and written is None:
        wanted = earlier(key)
        if wanted is None:
            raise NotFound
    others = {one["key"]: one for one in change.document if one["key"] != key}
    if wanted is not None:
        others[key] = wanted
    order = [one["key"] for one in holds] + [one["key"] for one in change.document] + [key]
    document = [others[one] for one in dict.fromkeys(order) if one in others]
    now = clock.now()
    clashes = [clash for clash in change.clashes if clash[0] != key]
    clearer = [one for one in change.clearer if one != key]
    move(change, transition, document=document, clashes=clashes, clearer=clearer, author_id=actor.account_id)
    write_entry(change, "restore", actor, now, str((wanted or written or {})["name"]["zh"]))
    record("charter.change_written", change, actor=actor, purpose=key)
    return change


@transaction.atomic
def settle(change_id: int, key: str, *, version: int | None = None, actor: Actor) -> Change:
    """The author has looked at what somebody else changed in the same purpose and stays with what the draft says."""
    change = locked(change_id, actor, version=version)
    transition = step(change, "write", actor)
    now = clock.now()
    move(change, transition, clashes=[clash for clash in change.clashes if clash[0] != key], author_id=actor.account_id)
    write_entry(change, "settle", actor, now, key)
    record("charter.change_written", change, actor=actor, purpose=key)
    return change


@transaction.atomic
def catch_up(change_id: int, *, version: int | None = None, actor: Actor) -> Change:
    """Bring a draft onto the version that holds now: what others changed meanwhile comes in, what both changed is
    marked for the author to look at. Raises :class:`Conflict` (``up_to_date``)."""
    change = locked(change_id, actor, version=version)
    transition = step(change, "catch_up", actor)
    holds = current()
    if change.base == holds.number:
        raise Conflict(_("这份已经是照现在的版本写的。"), code="up_to_date")
    document, clashes = merge(base_document(change), change.document, holds.document)
    now = clock.now()
    move(
        change,
        transition,
        base=holds.number,
        document=document,
        clashes=[[clash.key, clash.part] for clash in clashes],
        author_id=actor.account_id,
    )
    write_entry(change, "catch_up", actor, now)
    record("charter.change_caught_up", change, actor=actor, base=change.base, clashes=len(clashes))
    return change


def base_document(change: Change) -> list[Facts]:
    """What held when the change was begun (or caught up)."""
    return version_numbered(change.base).document


def _blank(key: str) -> Facts:
    nothing = {"zh": "", "en": ""}
    return {
        "key": key,
        "version": UNWRITTEN_VERSION,
        **{part: dict(nothing) for part in WORDS},
        **{part: [] for part in SETS},
        "ground": "",
        "law": "",
        "minors": False,
        "keep_months": 0,
        "shared_with": [dict(NOBODY)],
    }


def _written(before: Facts, facts: Mapping[str, Any]) -> Facts:
    """Raises :class:`Invalid` (``unknown_part``) for a part that no purpose has."""
    unknown = set(facts) - set(PARTS) - {"key"}
    if unknown:
        raise Invalid(_("公约里没有这一项。"), code="unknown_part", field=min(unknown))
    written = dict(before)
    for part, value in facts.items():
        if part in SETS:
            value = sorted({str(one) for one in value})
        elif part in WORDS:
            value = {lang: " ".join(str(value[lang]).split()) for lang in ("zh", "en")}
        elif part == "shared_with":
            value = [{lang: " ".join(str(one[lang]).split()) for lang in ("zh", "en")} for one in value]
        written[part] = value
    return written


def _refuse(troubles: list[Problem]) -> None:
    first = troubles[0]
    raise Invalid(
        str(first.words),
        code="cannot_be_promised",
        field=first.part or None,
        problems=[{"part": one.part, "words": str(one.words)} for one in troubles],
    )
