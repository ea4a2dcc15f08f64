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

SHARED = frozenset({Role.WALL_DISPLAY, Role.STREET_OFFICE})
"""A screen that anybody may stand before, and an office that sees the community in aggregate: their numbers pass the
gate, and they open no rows."""


VIEWERS = STAFF | OVERSIGHT | SHARED


def may_look(actor: Actor) -> bool:
    return actor.community_id is not None and actor.has(*VIEWERS)


def is_shared(actor: Actor) -> bool:
    """Nothing but a role of :data:`SHARED`, so that staff keep their exact numbers and their links."""
    return not actor.has(*(VIEWERS - SHARED))


def cockpit_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: ActorRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not may_look(request.actor):
            raise NotAllowed()
        return view(request, *args, **kwargs)

    return guarded
