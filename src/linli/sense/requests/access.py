"""Who may hear a voice message: whoever sees its request, and whoever works on what became of it.

Cases are above this layer: ``voices_of("casework", may_hear)`` when that app starts, as for photos.
"""

from __future__ import annotations

from collections.abc import Callable

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.sense.requests.models import VoiceMessage

MayHear = Callable[[Actor, VoiceMessage], bool]

_carriers: dict[str, MayHear] = {}


def voices_of(carrier: str, may_hear: MayHear) -> None:
    """Register the rule of one carrier; its name once only."""
    if carrier in _carriers:
        raise RuntimeError(f"{carrier} has already said who may hear its voices")
    _carriers[carrier] = may_hear


def voice_for(actor: Actor, voice_id: int) -> VoiceMessage:
    """The recording, if the actor may hear it; raises :class:`NotFound`."""
    if actor.community_id is None:
        raise NotFound
    if (own := VoiceMessage.objects.visible_to(actor).filter(pk=voice_id).first()) is not None:
        return own
    found = VoiceMessage.objects.filter(pk=voice_id).first()
    if found is None or not any(may_hear(actor, found) for may_hear in _carriers.values()):
        raise NotFound
    return found
