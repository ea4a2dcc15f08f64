"""What :class:`ActorMiddleware` adds to a request, for the type checker and the reader."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account


class ActorRequest(HttpRequest):
    """``actor`` is always there; ``by_token`` says that a bearer token, not a session, brought it."""

    actor: Actor
    by_token: bool
    htmx: HtmxDetails
    user: Account  # pages that need nobody's account ask the actor instead
