"""Cases tell how their requests were decided; each handler may run again."""

from __future__ import annotations

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.understand.triage.actions import (
    decide_readings,
    keep_reading,
    keep_suggestions,
    move_readings,
    read_again,
    settle_changed,
    settle_let_stand,
)


@on("casework.case_opened")
def keep_how_it_was_read(event: Event) -> None:
    if (request_id := event.data.get("request_id")) is not None:
        data, triage = event.data, _triage(event)
        keep_reading(request_id, work=event.subject, category=data["category"], actor=triage)
        keep_suggestions(
            request_id, category=data["category"], level=data["level"], building_id=data["building_id"], actor=triage
        )


@on("casework.words_written_down")
def read_what_was_written_down(event: Event) -> None:
    data = event.data
    read_again(
        data["request_id"],
        work=event.subject,
        category=data["category"],
        level=data["level"],
        building_id=data["building_id"],
        actor=_triage(event),
    )


@on("casework.requests_joined")
def follow_the_joined(event: Event) -> None:
    move_readings(event.data["request_ids"], work=event.subject, actor=_triage(event))


@on("casework.case_reclassified")
def learn_the_correction(event: Event) -> None:
    data, at, triage = event.data, event.happened_at, _triage(event)
    decide_readings(event.subject, category=data["category"], at=at, actor=triage)
    for kind in ("category", "level"):
        if data[kind] != data[f"was_{kind}"]:
            settle_changed(event.subject, kind, data[kind], at=at, actor=triage)


@on("casework.case_fed_back", "casework.case_settled")
def learn_what_was_let_stand(event: Event) -> None:
    """Somebody has worked on it to its end and found the category good enough to keep."""
    decide_readings(event.subject, category=None, at=event.happened_at, actor=_triage(event))
    settle_let_stand(event.subject, at=event.happened_at, actor=_triage(event))


def _triage(event: Event) -> Actor:
    return Actor.for_system("triage", event.community_id)
