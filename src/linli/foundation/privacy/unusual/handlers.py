"""Each look is put to the rules as soon as it is on record."""

from __future__ import annotations

from linli.foundation.accounts.actor import Actor
from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.unusual.actions import ask_about


@on("privacy.field_revealed")
def ask_about_unusual_looks(event: Event) -> None:
    looks = AccessRecord.objects.select_related("resident__home__entrance")
    if (access := looks.filter(pk=event.data["record"]).first()) is not None:
        ask_about(access, actor=Actor.for_system("unusual", event.community_id))
