"""Who may use the workbench: the community's staff and the staff of its grids."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import NotAllowed

View = Callable[..., HttpResponse]


def signed_in_page(view: View) -> View:
    """For whoever is signed in; what they may see there, the query or action behind the page decides."""

    @wraps(view)
    def guarded(request: ActorRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return guarded


def staff_page(view: View) -> View:
    @wraps(view)
    def guarded(request: ActorRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.actor.is_staff:
            raise NotAllowed()
        return view(request, *args, **kwargs)

    return guarded


def round_page(view: View) -> View:
    """For those who go from door to door: staff, and leaders of a building for theirs."""

    @wraps(view)
    def guarded(request: ActorRequest, *args, **kwargs) -> HttpResponse:
        if not (request.actor.is_staff or request.actor.has(Role.BUILDING_LEAD)):
            raise NotAllowed()
        return view(request, *args, **kwargs)

    return signed_in_page(guarded)


def community_page(view: View) -> View:
    """For those who work for the whole community: no grid's worker sees what concerns all of it."""

    @wraps(view)
    def guarded(request: ActorRequest, *args, **kwargs) -> HttpResponse:
        if not request.actor.is_community_staff:
            raise NotAllowed()
        return view(request, *args, **kwargs)

    return staff_page(guarded)


def director_page(view: View) -> View:
    @wraps(view)
    def guarded(request: ActorRequest, *args, **kwargs) -> HttpResponse:
        if not request.actor.has(Role.COMMUNITY_DIRECTOR):
            raise NotAllowed()
        return view(request, *args, **kwargs)

    return staff_page(guarded)
