"""Who may call: a bearer token, or a browser session with its CSRF token.

:class:`linli.foundation.accounts.middleware.ActorMiddleware` has already found out who it is; here only the door
opens or stays shut.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from ninja.security import HttpBearer
from ninja.utils import check_csrf

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotAllowed


class SignedIn(HttpBearer):
    """Returns the actor; ``None`` (401) for nobody; raises :class:`NotAllowed` for a session without CSRF token."""

    def __call__(self, request: ActorRequest) -> Actor | None:  # type: ignore[override]
        if request.actor.account_id is None:
            return None
        if not request.by_token and check_csrf(request):
            raise NotAllowed(_("页面已经过期，请刷新后再试。"), code="csrf_failed")
        return request.actor

    def authenticate(self, request: ActorRequest, token: str) -> Actor | None:  # type: ignore[override]
        return self(request)
