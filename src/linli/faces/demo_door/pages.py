"""The first page, and in a demo the door into it."""

from __future__ import annotations

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.act.casework.models import Case
from linli.faces.cockpit.access import may_look
from linli.faces.demo_door import actions
from linli.faces.demo_door.scenes import COCKPIT, PERSONAS, PORTAL, PRIVACY, SCENES, SPEEDS, WORKBENCH
from linli.faces.kit.context import community_of
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.pages import safe_next
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Invalid, NotFound
from linli.foundation.registry.models import Community, Resident
from linli.foundation.tenancy import community_scope
from linli.understand.warnings.models import Warning


@never_cache
@require_safe
def home(request: ActorRequest) -> HttpResponse:
    """In a demo the door; else straight to one's own work."""
    if settings.LINLI_DEMO:
        community = community_of(request)
        return render(
            request,
            "demo_door/door.html",
            {
                "personas": PERSONAS.values(),
                "scenes": SCENES.values(),
                "alive": _state_of(community) if community else None,
                "own_page": own_page(request.actor) if request.user.is_authenticated else "",
                "entered": set(
                    Account.objects.filter(
                        username__in=[persona.username for persona in PERSONAS.values()], is_active=True
                    ).values_list("username", flat=True)
                ),
            },
        )
    if not request.user.is_authenticated:
        return redirect("sign_in")
    return redirect(own_page(request.actor))


def own_page(actor: Actor) -> str:
    """Where an actor's day begins."""
    if actor.has(Role.DPO, Role.ANALYST) and not actor.is_staff:
        return PRIVACY
    if actor.has(Role.WALL_DISPLAY) or (actor.held and not actor.is_staff and not actor.resident_ids):
        return COCKPIT
    return WORKBENCH if actor.is_staff else PORTAL


def _state_of(community: Community) -> dict:
    """The neighbourhood now, in four numbers."""
    with community_scope(community):
        return {
            "people": Resident.objects.living_here().count(),
            "cases": Case.objects.active().count(),
            "warnings": Warning.objects.active().count(),
            "at": timezone.localtime(clock.now()),
        }


def in_demo_only(view):
    @wraps(view)
    def guarded(request: ActorRequest, *args, **kwargs) -> HttpResponse:
        if not settings.LINLI_DEMO:
            raise NotFound
        return view(request, *args, **kwargs)

    return guarded


@require_POST
@in_demo_only
def enter(request: ActorRequest) -> HttpResponse:
    """Become one of the demo's people; whoever one was before is signed out."""
    persona = PERSONAS.get(request.POST.get("who", ""))
    account = Account.objects.filter(username=persona.username, is_active=True).first() if persona else None
    if persona is None or account is None:
        raise NotFound
    login(request, account, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(persona.lands)


@require_POST
@in_demo_only
def set_speed(request: ActorRequest) -> HttpResponse:
    try:
        speed = float(request.POST.get("speed", ""))
    except ValueError as error:
        raise Invalid(field="speed") from error
    actions.set_pace(speed=speed)
    return _bar(request)


@require_POST
@in_demo_only
def happen(request: ActorRequest) -> HttpResponse:
    order = actions.make_happen(request.POST.get("what", ""))
    if (pace := SCENES[order.what].pace) is not None:
        actions.set_pace(speed=pace)
    if not request.htmx:
        messages.success(request, str(SCENES[order.what].watch))
    return _bar(request, order)


@never_cache
@require_safe
@in_demo_only
def bar(request: ActorRequest) -> HttpResponse:
    return _bar(request)


def _bar(request: ActorRequest, order=None) -> HttpResponse:
    if not request.htmx:
        return redirect(safe_next(request, request.POST.get("next")))
    return render(request, "demo_door/bar_inner.html", bar_context(request, order.what if order else ""))


def _may_open(actor: Actor, where: str) -> bool:
    return may_look(actor) if where == COCKPIT else actor.is_staff


def bar_context(request: ActorRequest, happening: str = "") -> dict:
    """What the bar shows: the clock, its paces, what may happen and, after a click, what to look at."""
    reading, scene = clock.reading(), SCENES.get(happening)
    return {
        "reading": reading,
        "local": timezone.localtime(reading["now"]),
        "speeds": SPEEDS,
        "scenes": SCENES.values(),
        "scene": scene,
        "may_watch": scene is not None and _may_open(request.actor, scene.where),
        "here": request.get_full_path()
        if not request.path.startswith("/demo/")
        else request.htmx.current_url_abs_path or "/",
    }
