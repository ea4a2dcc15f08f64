"""Who may stand before the cockpit, and what a shared screen leaves out."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.roles import OVERSIGHT, STAFF, Role
from linli.foundation.errors import NotAllowed

VIEWERS = STAFF | OVERSIGHT | {Role.WALL_DISPLAY, Role.STREET_OFFICE}
FEWEST_ON_A_WALL = 5
"""Groups of people smaller than this are not counted on a shared screen (``domain.md`` §8)."""


def may_look(actor: Actor) -> bool:
    return actor.community_id is not None and actor.has(*VIEWERS)


def is_wall(actor: Actor) -> bool:
    """A screen that anybody may stand before: nothing but a wall display's role, so that staff keep their links."""
    return not actor.has(*(VIEWERS - {Role.WALL_DISPLAY}))


def cockpit_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: ActorRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not may_look(request.actor):
            raise NotAllowed()
        return view(request, *args, **kwargs)

    return guarded
