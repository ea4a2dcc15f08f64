"""What time itself does to requests: reminders at half and four fifths of the deadline, the director when it is over."""

from __future__ import annotations

from django.db import transaction

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.recording import record
from linli.foundation.lifecycle.deadlines import Mark, rules_of
from linli.foundation.privacy.rights import deadline
from linli.foundation.privacy.rights.models import RightsMark, RightsRequest


def tell_deadlines() -> int:
    """Record each share of a deadline that has passed since, once; returns how many."""
    now = clock.now()
    told = 0
    for request in RightsRequest.objects.active().prefetch_related("marks"):
        round_ = int(request.extended_at is not None)
        known = {mark.mark for mark in request.marks.all() if mark.round == round_}
        passed = deadline.marks_passed(
            rules_of(request.rules_version), request.due_at, now, was_extended=request.extended_at is not None
        )
        told += sum(_tell(request, round_, mark) for mark in passed if mark.key not in known)
    return told


@transaction.atomic
def _tell(request: RightsRequest, round_: int, mark: Mark) -> int:
    _row, new = RightsMark.objects.get_or_create(
        request=request, round=round_, mark=mark.key, defaults={"at": clock.now()}
    )
    if not new:
        return 0
    system = Actor.for_system("rights", request.community_id)
    record(
        "rights.deadline_reached",
        request,
        actor=system,
        percent=round(mark.at * 100),
        to=mark.escalate_to,
        round=round_,
    )
    return 1
