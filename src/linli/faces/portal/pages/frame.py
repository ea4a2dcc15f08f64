"""What every portal page passes to its template."""

from __future__ import annotations

from linli.faces.portal.access import SpeakingRequest
from linli.faces.portal.address import called
from linli.foundation import clock


def page_of(request: SpeakingRequest, tab: str, **more) -> dict:
    """``tab`` marks the place in the bar below; ``called`` is how the person spoken for is addressed."""
    return {
        "speaking": request.speaking,
        "called": called(request.speaking.resident, clock.now()),
        "tab": tab,
        **more,
    }
