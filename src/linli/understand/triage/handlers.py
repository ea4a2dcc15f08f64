"""Cases tell how their requests were decided; each handler may run again."""

from __future__ import annotations

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.understand.triage.actions import decide_readings, keep_reading, move_readings


@on("casework.case_opened")
def keep_how_it_was_read(event: Event) -> None:
    if (request_id := event.data.get("request_id")) is not None:
        keep_reading(request_id, work=event.subject, category=event.data["category"], actor=_triage(event))


@on("casework.requests_joined")
def follow_the_joined(event: Event) -> None:
    move_readings(event.data["request_ids"], work=event.subject, actor=_triage(event))


@on("casework.case_reclassified")
def learn_the_correction(event: Event) -> None:
    decide_readings(event.subject, category=event.data["category"], at=event.happened_at, actor=_triage(event))


@on("casework.case_fed_back", "casework.case_settled")
def learn_what_was_let_stand(event: Event) -> None:
    """Somebody has worked on it to its end and found the category good enough to keep."""
    decide_readings(event.subject, category=None, at=event.happened_at, actor=_triage(event))


def _triage(event: Event) -> Actor:
    return Actor.for_system("triage", event.community_id)
