"""Every request gets its actor and its community scope before any view runs."""

from __future__ import annotations

from contextlib import nullcontext

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.queries import actor_of
from linli.foundation.tenancy import community_scope


class ActorMiddleware:
    """Sets ``request.actor`` and activates the community of the signed-in account."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        account = request.user
        request.actor = actor_of(account) if account.is_authenticated else Actor.nobody()
        scope = community_scope(request.actor.community_id) if request.actor.community_id else nullcontext()
        with scope:
            return self.get_response(request)
