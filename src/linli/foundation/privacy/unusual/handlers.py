"""Each look is put to the rules as soon as it is on record."""

from __future__ import annotations

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.foundation.privacy.door import CALLER_REVEALED
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.unusual.actions import ask_about, ask_about_list, newest_look


@on("privacy.field_revealed")
def ask_about_unusual_looks(event: Event) -> None:
    looks = AccessRecord.objects.select_related("resident__home__entrance")
    if (access := looks.filter(pk=event.data["record"]).first()) is not None:
        ask_about(access, actor=Actor.for_system("unusual", event.community_id))


@on(CALLER_REVEALED)
def count_callers_too(event: Event) -> None:
    """A caller is nobody of the registry, so the question is put about the reader's newest look at a resident."""
    if (access := newest_look(event.actor, before=event.happened_at)) is not None:
        ask_about(access, actor=Actor.for_system("unusual", event.community_id))


@on("exports.fetched")
def ask_about_lists(event: Event) -> None:
    ask_about_list(event.subject, actor=Actor.for_system("unusual", event.community_id))
