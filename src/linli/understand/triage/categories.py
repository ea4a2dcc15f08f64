"""Making the list of categories the community's own: adding, renaming, retiring. Nothing is ever deleted."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.understand.triage.models import OwnCategory
from linli.understand.triage.own_categories import forget
from linli.understand.triage.taxonomy import OF_DEVICES, OTHER, Category, every_category, shipped

FIXED = OF_DEVICES | {OTHER}
"""What the machine itself needs: may be renamed, never retired."""
LONGEST = 24
FIRST_OWN_CLASS, LAST_OWN_CLASS = 21, 98
FIRST_OWN_KIND = 51
"""Own kinds begin here, so that a later list as shipped never takes a number that a community has given."""


def add_category(*, zh: str, of: str, actor: Actor, en: str = "") -> OwnCategory:
    """A new kind of the class ``of``, or with an empty ``of`` a new class. Raises :class:`Invalid` and :class:`Conflict`."""
    _may_change(actor)
    with transaction.atomic():
        known = every_category()
        zh = _name(zh)
        if of and (of not in known or not known[of].is_class or known[of].retired or of == OTHER):
            raise NotFound(_("没有这个大类。"), field="of")
        _free(zh, of, known)
        if of:
            code = next(
                (f"{of[:2]}{n:02d}00" for n in range(FIRST_OWN_KIND, 100) if f"{of[:2]}{n:02d}00" not in known), ""
            )
        else:
            numbers = range(FIRST_OWN_CLASS, LAST_OWN_CLASS + 1)
            code = next((f"{n}0000" for n in numbers if f"{n}0000" not in known), "")
        if not code:
            raise Conflict(_("这一类下面已经加满了。"), code="class_full", field="of")
        row = _keep(code, actor, zh=zh, en=en.strip()[:60])
        record("triage.category_added", row, actor=actor, code=code)
    return row


def rename_category(code: str, *, zh: str, actor: Actor, en: str = "") -> OwnCategory:
    """Other words for a category; what is in it stays in it."""
    _may_change(actor)
    with transaction.atomic():
        known = every_category()
        if code not in known:
            raise NotFound
        zh = _name(zh)
        _free(zh, "" if known[code].is_class else known[code].of, {c: one for c, one in known.items() if c != code})
        row = _keep(code, actor, zh=zh, en=en.strip()[:60])
        record("triage.category_renamed", row, actor=actor, code=code)
    return row


def retire_category(code: str, *, successor: str, actor: Actor) -> OwnCategory:
    """It is no longer suggested or chosen; matters that stay in it keep its name. ``successor`` is where they go instead."""
    _may_change(actor)
    with transaction.atomic():
        known = every_category()
        if code not in known:
            raise NotFound
        if code in FIXED:
            raise Conflict(_("这一类系统自己要用，可以改名，不能停用。"), code="category_needed")
        heir = known.get(successor)
        if heir is None or heir.retired or successor == code or (known[code].is_class and heir.of == code):
            raise Invalid(_("请选一个还在用的分类来接。"), code="successor_unknown", field="successor")
        row = _keep(code, actor, retired_at=clock.now(), successor=successor)
        record("triage.category_retired", row, actor=actor, code=code, successor=successor)
    return row


def restore_category(code: str, *, actor: Actor) -> OwnCategory:
    """In use again; what was moved out of it meanwhile stays where it is."""
    _may_change(actor)
    with transaction.atomic():
        if code not in every_category():
            raise NotFound
        row = _keep(code, actor, retired_at=None, successor="")
        record("triage.category_restored", row, actor=actor, code=code)
    return row


def _may_change(actor: Actor) -> None:
    if not actor.is_community_staff:
        raise NotAllowed


def _keep(code: str, actor: Actor, **fields: object) -> OwnCategory:
    row = OwnCategory.objects.select_for_update().filter(code=code).first()
    if row is None:
        base = shipped().get(code)
        row = OwnCategory(code=code, zh=base.zh[-1] if base else "", en=base.en[-1] if base else "")
    for name, value in fields.items():
        setattr(row, name, value)
    row.changed_at, row.changed_by = clock.now(), actor.label
    row.save()
    forget()
    transaction.on_commit(forget)
    return row


def _name(zh: str) -> str:
    zh = " ".join(zh.split())
    if not zh:
        raise Invalid(_("还没有写名字。"), code="missing", field="zh")
    if len(zh) > LONGEST:
        raise Invalid(_("名字最多 %(max)d 个字。") % {"max": LONGEST}, code="name_too_long", field="zh")
    return zh


def _free(zh: str, of: str, known: dict[str, Category]) -> None:
    for one in known.values():
        if one.zh[-1] == zh and (one.is_class if not of else one.of == of and not one.is_class):
            raise Conflict(_("已经有叫这个名字的分类。"), code="name_taken", field="zh")
