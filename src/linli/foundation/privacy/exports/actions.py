"""A list of residents is asked for by one person, approved by another, and fetched on record; other files are noted."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.accounts.persons import same_person
from linli.foundation.documents.spreadsheets import Stamp, as_csv, as_xlsx
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.door import hand_over, purpose_named
from linli.foundation.privacy.exports.models import WORKFLOW, Export, Kind, State
from linli.foundation.privacy.exports.permissions import may_do
from linli.foundation.privacy.exports.queries import WORK, Scope, chosen_by, fields_of
from linli.foundation.privacy.looking import field_words
from linli.foundation.registry.models import Resident
from linli.foundation.tenancy import active_community_id

ASKED_LIVES = timedelta(days=7)
APPROVED_LIVES = timedelta(days=3)
FETCHES_AT_MOST = 3
"""A download may break off; each one is on record."""
LONGEST_REASON = 300
SHORTEST_REASON = 4
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without what is mistaken for something else when a number is read off paper."""
WIDTHS = {
    "name": 12,
    "phone": 16,
    "address": 30,
    "birth_date": 14,
    "identity_number": 24,
    "care_grade": 10,
    "health": 40,
}


@transaction.atomic
def ask(purpose: str, fields: Sequence[str], scope: Scope, *, reason: str, actor: Actor) -> Export:
    """Ask for a list; the people on it are fixed now, so that what is approved is what was asked.

    Raises :class:`NotAllowed` (no staff, or a role that the purpose does not name) and :class:`Invalid`
    (``not_for_lists``, ``fields_missing``, ``field_not_for_purpose``, ``reason_missing``, ``nobody``).
    """
    require(actor, "exports.ask")
    reason_in_force = purpose_named(purpose)
    if WORK not in reason_in_force.about:
        raise Invalid(_("这个用途只能一个一个看，不能导出名单。"), code="not_for_lists", field="purpose")
    if not actor.has(*reason_in_force.roles):
        raise NotAllowed(_("您的岗位不能为这个用途导出。"), code="role_not_for_purpose")
    wanted = [field for field in fields_of(reason_in_force) if field in set(fields)]
    if set(fields) - set(wanted):
        raise Invalid(_("这个用途不需要这一项。"), code="field_not_for_purpose", field="fields")
    if not wanted:
        raise Invalid(_("请选要哪几项，能少就少。"), code="fields_missing", field="fields")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(_("请写清楚拿去做什么，另一位看了才能同意。"), code="reason_missing", field="reason")
    people = chosen_by(scope, actor)
    if not people:
        raise Invalid(_("这样选，一个人也没有。"), code="nobody", field="scope")
    now = clock.now()
    export = Export.objects.create(
        number=_number(),
        kind=Kind.RESIDENTS,
        purpose=reason_in_force.key,
        fields=wanted,
        chosen=[one.pk for one in people],
        scope=scope.as_json(),
        rows=len(people),
        reason=reason.strip()[:LONGEST_REASON],
        asked_by_id=actor.account_id,
        asked_as=_as_shown(actor),
        asked_at=now,
        expires_at=now + ASKED_LIVES,
    )
    record("exports.asked", export, actor=actor, **_facts(export))
    return export


@transaction.atomic
def approve(export_id: int, *, actor: Actor) -> Export:
    """Another person says yes: it can be fetched for three days. Raises :class:`NotFound`, :class:`NotAllowed`
    (also for one's own) and :class:`Conflict` (``export_expired``: asked for too long ago)."""
    export = _step(export_id, "approve", actor)
    _refuse_expired(export)
    _decide(export, actor, "", lives=APPROVED_LIVES)
    record("exports.approved", export, actor=actor, **_facts(export))
    return export


@transaction.atomic
def refuse(export_id: int, *, decision: str, actor: Actor) -> Export:
    """Another person says no, and why. Raises as :func:`approve`, and :class:`Invalid` without words."""
    export = _step(export_id, "refuse", actor, decision=decision.strip())
    export.chosen = []
    _decide(export, actor, decision)
    record("exports.refused", export, actor=actor, **_facts(export))
    return export


@transaction.atomic
def withdraw(export_id: int, *, actor: Actor) -> Export:
    """Who asked needs it no more."""
    export = _step(export_id, "withdraw", actor)
    export.chosen = []
    export.save()
    record("exports.withdrawn", export, actor=actor, **_facts(export))
    return export


@transaction.atomic
def fetch(export_id: int, form: str, *, actor: Actor) -> tuple[bytes, Export]:
    """The file as ``csv`` or ``xlsx``, written now: whoever moved away or took consent back since is not in it.

    Each person on it reads that they were on it. Raises :class:`NotFound`, :class:`NotAllowed`, :class:`Conflict`
    (``export_expired``, ``fetched_enough``) and what the door raises; then nothing has left.
    """
    export = _step(export_id, "fetch", actor)
    now = clock.now()
    _refuse_expired(export)
    if export.fetches >= FETCHES_AT_MOST:
        raise Conflict(_("已经取过 %(n)d 次，请重新申请。") % {"n": FETCHES_AT_MOST}, code="fetched_enough")
    visible = Resident.objects.visible_to(actor).filter(pk__in=export.chosen, left_on__isnull=True)
    by_key = {one.pk: one for one in visible.select_related("home__entrance__building__estate")}
    people = [by_key[pk] for pk in export.chosen if pk in by_key]
    rows = hand_over(people, export.fields, export.purpose, about=f"{WORK}:{export.pk}", actor=actor)
    export.rows, export.fetches, export.fetched_at = len(rows), export.fetches + 1, now
    export.save()
    record("exports.fetched", export, actor=actor, **_facts(export))
    return _written(export, rows, form, actor), export


@transaction.atomic
def note_export(kind: Kind, rows: int, *, actor: Actor) -> Stamp:
    """Put a file in which people stay masked on record, and give it the mark to carry."""
    now = clock.now()
    export = Export.objects.create(
        number=_number(),
        kind=kind,
        state=State.DONE,
        rows=rows,
        asked_by_id=actor.account_id,
        asked_as=_as_shown(actor),
        asked_at=now,
    )
    record("exports.exported", export, actor=actor, **_facts(export))
    return Stamp(export.number, export.asked_as, now)


def expire() -> int:
    """What nobody decided or fetched in time is over, and whom it would have named is forgotten; returns how many."""
    system = Actor.for_system("exports", active_community_id())
    waiting = (State.ASKED, State.APPROVED, State.FETCHED)
    due = Export.objects.filter(kind=Kind.RESIDENTS, state__in=waiting, expires_at__lte=clock.now()).exclude(chosen=[])
    late = list(due.values_list("pk", "state"))
    for export_id, state in late:
        with transaction.atomic():
            if state == State.FETCHED:
                Export.objects.filter(pk=export_id).update(chosen=[])
                continue
            export = _step(export_id, "expire", system)
            export.chosen = []
            export.save()
            record("exports.expired", export, actor=system, **_facts(export))
    return len(late)


def _step(export_id: int, verb: str, actor: Actor, **given) -> Export:
    if actor.community_id is None and not actor.system:
        raise NotFound
    seen = Export.objects.visible_to(actor).filter(pk=export_id, kind=Kind.RESIDENTS).values("pk")
    export = Export.objects.select_for_update().filter(pk__in=seen).first()
    if export is None:
        raise NotFound
    step = WORKFLOW.transition(export.state, verb)
    if not may_do(actor, frozenset(step.who), export):
        own = verb in {"approve", "refuse"} and same_person(actor.account_id, export.asked_by_id)
        raise NotAllowed(_("自己申请的，要另一位来同意。"), code="own_export") if own else NotAllowed()
    step.require(given)
    export.state = step.target(export.state)
    return export


def _refuse_expired(export: Export) -> None:
    if export.expires_at is None or export.expires_at <= clock.now():
        raise Conflict(_("过期了，请重新申请。"), code="export_expired")


def _decide(export: Export, actor: Actor, decision: str, *, lives: timedelta | None = None) -> None:
    export.decided_by_id, export.decided_as, export.decided_at = actor.account_id, _as_shown(actor), clock.now()
    export.decision = decision.strip()[:LONGEST_REASON]
    if lives is not None:
        export.expires_at = clock.now() + lives
    export.save()


def _written(export: Export, rows: Iterable[dict[str, str]], form: str, actor: Actor) -> bytes:
    stamp = Stamp(export.number, export.asked_as, clock.now())
    columns = [_heading(field) for field in export.fields]
    cells = [[row[field] for field in export.fields] for row in rows]
    if form == "csv":
        return as_csv(columns, cells, stamp=stamp)
    widths = [WIDTHS[field] for field in export.fields]
    return as_xlsx(str(Kind.RESIDENTS.label), columns, cells, stamp=stamp, widths=widths)


def _heading(field: str) -> str:
    words = field_words(field)
    return words[:1].upper() + words[1:]


def _number() -> str:
    """The day, then five letters that say nothing of how many there were."""
    tail = "".join(secrets.choice(LETTERS) for _place in range(5))
    return f"DC{timezone.localtime(clock.now()):%y%m%d}-{tail}"


def _as_shown(actor: Actor) -> str:
    return actor.role_and_name[:100]


def _facts(export: Export) -> dict:
    return {
        "number": export.number, "export_kind": export.kind, "purpose": export.purpose, "fields": export.fields,
        "rows": export.rows,
    }  # fmt: skip
