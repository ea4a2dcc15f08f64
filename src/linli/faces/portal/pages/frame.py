"""What every portal page passes to its template."""

from __future__ import annotations

from linli.faces.portal.access import SpeakingRequest
from linli.faces.portal.address import called
from linli.foundation import clock
from linli.foundation.privacy.consents.guarding import is_child


def page_of(request: SpeakingRequest, tab: str, **more) -> dict:
    """``tab`` marks the place in the bar below; ``called`` is how the person spoken for is addressed, ``greeted`` how
    the reader is: a daughter by her own name."""
    of = called(request.speaking.resident, clock.now())
    return {
        "speaking": request.speaking,
        "called": of,
        "greeted": request.actor.name if request.speaking.proxied else of,
        "tab": tab,
        "child_alone": request.actor.resident_id == request.speaking.resident.pk
        and is_child(request.speaking.resident),
        **more,
    }
