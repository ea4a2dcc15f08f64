"""What every portal page passes to its template."""

from __future__ import annotations

from linli.faces.portal.access import SpeakingRequest
from linli.faces.portal.address import called
from linli.foundation import clock


def page_of(request: SpeakingRequest, tab: str, **more) -> dict:
    """``tab`` marks the place in the bar below; ``called`` is how the reader is addressed, ``for_whom`` the person it
    acts for, empty when for itself."""
    of = called(request.speaking.resident, clock.now())
    return {
        "speaking": request.speaking,
        "called": request.actor.name if request.speaking.proxied else of,
        "for_whom": of if request.speaking.proxied else "",
        "tab": tab,
        **more,
    }
