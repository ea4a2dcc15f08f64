"""Rounds begin when somebody asks to be looked in on; each visit ends with what was found."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.act.care.alternatives import alternative_to, has_alternative
from linli.act.care.models import WORKFLOW, Round, Visit
from linli.act.care.rules.rhythm import first_due, may_call_again, next_due
from linli.act.casework.actions import receive
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import (
    allow,
    is_community_staff,
    is_grid_staff_of,
    is_guardian_of,
    is_self,
    may,
    require,
)
from linli.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.privacy.purposes import in_force
from linli.foundation.registry.models import Resident
from linli.sense.requests.actions import Place
from linli.sense.requests.models import Channel

LONGEST_NOTE = 200

NOBODY_ANSWERED = {
    Round.Kind.VISIT: gettext_lazy("上门走访，敲门没人应。请马上联系家人，再去敲门；要紧时打 110、120。"),
    Round.Kind.CALL: gettext_lazy("打电话问候，隔半小时打了两次，不接电话。请马上联系家人，上门去看。"),
    Round.Kind.ALARM: gettext_lazy("上门试烟感，家里没有人。请另约时间。"),
}
"""What the case says; the first two are graded as an elder who does not answer (``domain.md`` §5.3, missed contact)."""

allow("care.ask_for_round", is_self | is_guardian_of | is_community_staff | is_grid_staff_of)
allow("care.visit", is_community_staff | is_grid_staff_of)


@transaction.atomic
def ask_for_round(resident: Resident, purpose: str, *, actor: Actor) -> Round:
    """Be looked in on by people instead of being sensed for ``purpose``; the first visit is due within two days.

    A proxy for care may ask too. Asking twice is one round. Raises :class:`NotFound`, :class:`NotAllowed` or :class:`Invalid`.
    """
    found = Resident.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=resident.pk).first()
    if found is None:
        raise NotFound
    if found.pk not in actor.residents_for("care"):
        require(actor, "care.ask_for_round", found)
    wanted = in_force().get(purpose)
    if wanted is None or not has_alternative(wanted):
        raise Invalid(_("这一项不用别的办法代替。"), code="no_alternative", field="purpose")
    if found.home_id is None or found.left_on is not None:
        raise Invalid(_("没有记住址，不知道去哪里看。请先到社区登记。"), code="no_home", field="resident")
    kind, every = alternative_to(wanted, found)
    running = Round.objects.running().filter(resident=found, kind=kind).first()
    if running is not None:
        return running
    started = Round.objects.create(
        resident=found, kind=kind, every_days=every, instead_of=wanted.key, started_at=clock.now()
    )
    Visit.objects.create(round=started, due_on=first_due(clock.today()))
    record("care.round_started", started, actor=actor, resident=found.pk, kind=kind, instead_of=wanted.key)
    return started


@transaction.atomic
def end_round(started: Round, *, actor: Actor) -> None:
    """Nobody comes any more; the visit that is due is cancelled. Twice changes nothing."""
    found = Round.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=started.pk).first()
    if found is None:
        raise NotFound
    if found.resident_id not in actor.residents_for("care"):
        require(actor, "care.ask_for_round", found.resident)
    if found.ended_at is not None:
        return
    found.ended_at = clock.now()
    found.save(update_fields=["ended_at"])
    for visit in found.visits.waiting():
        visit.state = WORKFLOW.transition(visit.state, "cancel").target(visit.state)
        visit.save(update_fields=["state"])
    record("care.round_ended", found, actor=actor, resident=found.resident_id, kind=found.kind)


@transaction.atomic
def find_well(visit: Visit, *, note: str = "", actor: Actor) -> Visit:
    """Somebody was there, or on the telephone, and all is well; the next one is due in its rhythm.

    Raises :class:`NotFound`, :class:`NotAllowed`, or :class:`Conflict` when it is no longer due.
    """
    held = _due(visit, actor)
    _finish(held, "find_well", note, actor)
    record("care.found_well", held, actor=actor, resident=held.round.resident_id)
    return held


@transaction.atomic
def miss(visit: Visit, *, note: str = "", actor: Actor) -> Visit:
    """Nobody opened or answered: an urgent case is opened for the grid at once, and the next visit is due as ever.

    Of a call that is so after the second try, half an hour after the first: until then the visit stays due. Raises what
    :func:`find_well` raises, and :class:`Conflict` (``call_too_soon``).
    """
    held = _due(visit, actor)
    if held.round.kind == Round.Kind.CALL and held.called_at is None:
        WORKFLOW.transition(held.state, "call_again")
        held.called_at = clock.now()
        held.save(update_fields=["called_at"])
        record("care.call_unanswered", held, actor=actor, resident=held.round.resident_id)
        return held
    if held.called_at is not None and not may_call_again(held.called_at, clock.now()):
        raise Conflict(_("刚打过一次。隔半小时再打，还不接再点。"), code="call_too_soon")
    _finish(held, "miss", note, actor)
    resident = held.round.resident
    with translation.override(settings.LANGUAGE_CODE):
        words = str(NOBODY_ANSWERED[Round.Kind(held.round.kind)])
    received = receive(
        words,
        actor=actor,
        channel=Channel.DOOR if held.round.kind != Round.Kind.CALL else Channel.PHONE,
        place=Place(home_id=resident.home_id),
        client_key=f"care-visit:{held.pk}",
    )
    held.request = received.request
    held.save(update_fields=["request"])
    record("care.no_answer", held, actor=actor, resident=resident.pk, case=received.case.pk)
    return held


def may_visit(visit: Visit, actor: Actor) -> bool:
    return may(actor, "care.visit", visit.round.resident)


def _due(visit: Visit, actor: Actor) -> Visit:
    held = (
        Visit.objects.visible_to(actor)
        .select_related("round__resident__home__entrance__building")
        .select_for_update(of=("self",))
        .filter(pk=visit.pk)
        .first()
    )
    if held is None:
        raise NotFound
    if not may_visit(held, actor):
        raise NotAllowed
    if held.state != Visit.State.DUE:
        raise Conflict(_("这一次已经记过了。"), code="visit_done")
    return held


def _finish(visit: Visit, verb: str, note: str, actor: Actor) -> None:
    now = clock.now()
    visit.state = WORKFLOW.transition(visit.state, verb).target(visit.state)
    visit.done_at, visit.done_by_id, visit.note = now, actor.account_id, note.strip()[:LONGEST_NOTE]
    visit.save()
    due = next_due(visit.due_on, timezone.localtime(now).date(), visit.round.every_days)
    Visit.objects.create(round=visit.round, due_on=due)
