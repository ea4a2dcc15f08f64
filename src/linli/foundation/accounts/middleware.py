"""Every request gets its actor, its community scope and its language before any view runs."""

from __future__ import annotations

from contextlib import nullcontext

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from linli.foundation.accounts import sessions
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.queries import actor_of
from linli.foundation.accounts.roles import TWO_FACTOR_ROLES
from linli.foundation.accounts.sign_in import account_of_token, has_second_factor, must_enrol
from linli.foundation.security.models import SecurityEvent
from linli.foundation.security.recording import note
from linli.foundation.tenancy import community_scope

MUST_ENROL = "must_enrol_totp"
"""Session key: this sign-in was by password alone, and leads nowhere until a second factor is set up."""

TIMED_OUT = "timed_out"
"""Session key of a stranger who was signed in until just now."""


class ActorMiddleware:
    """Sets ``request.actor`` and activates the community of the account, signed in by session or bearer token.

    ``request.by_token`` tells the API which of the two it was, because only a session needs the CSRF check. A
    request that brings a token is judged by the token alone, even if the browser also has a session.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.by_token = False
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            account = account_of_token(token.strip())
            request.by_token = account is not None
            request.user = account or AnonymousUser()
        account = request.user
        request.actor = actor_of(account) if account.is_authenticated else Actor.nobody()
        if not request.by_token and account.is_authenticated:
            self._mind_the_session(request)
        scope = community_scope(request.actor.community_id) if request.actor.community_id else nullcontext()
        language = chosen_language(request)
        request.LANGUAGE_CODE = language
        with scope, translation.override(language):
            response = _to_enrolment(request) or self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            if request.actor.account_id is not None:
                response.headers.setdefault("Cache-Control", "private, no-store")
            if response.status_code == 403 and request.actor.account_id is not None:
                note(
                    SecurityEvent.Kind.NOT_ALLOWED,
                    request=request,
                    account=request.user,
                    succeeded=False,
                    route=request.resolver_match.route if request.resolver_match else "",
                    method=request.method,
                )
            return response

    def _mind_the_session(self, request: ActorRequest) -> None:
        """End what has lasted too long; the next page says why."""
        if not sessions.is_over(request.session, request.actor):
            sessions.note_use(request)
            return
        note(SecurityEvent.Kind.TIMED_OUT, request=request, account=request.user)
        request.session.flush()
        request.user = AnonymousUser()  # type: ignore[assignment]
        request.session[TIMED_OUT] = True
        request.actor = Actor.nobody()


def chosen_language(request: HttpRequest) -> str:
    """The account's choice, else the browser's cookie, else Chinese: the browser's own language is not asked."""
    if request.user.is_authenticated:
        return request.user.language
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return cookie if cookie in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _to_enrolment(request: ActorRequest):
    if request.by_token or not (request.session.get(MUST_ENROL) or _rose_since_sign_in(request)):
        return None
    allowed = ("/sign-in/", "/sign-out/", "/static/", "/preferences/")
    if request.path.startswith(allowed):
        return None
    if not must_enrol(request.user):
        # Asked no more only where there is a factor: whoever lost the role may be given it again.
        if has_second_factor(request.user):
            request.session[MUST_ENROL] = False
        return None
    return redirect(reverse("mfa_activate_totp"))


def _rose_since_sign_in(request: ActorRequest) -> bool:
    """Signed in as a resident, by a code alone, and given a role since that asks for a second factor."""
    if settings.LINLI_DEMO or not request.actor.roles & TWO_FACTOR_ROLES or request.session.get(MUST_ENROL) is False:
        return False
    shown = {one["method"] for one in get_authentication_records(request, request.user)}
    return bool(shown) and "mfa" not in shown
