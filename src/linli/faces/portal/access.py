"""Who is using the portal, and for whom: a resident for itself, or a proxy for one of its principals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.utils.translation import gettext as _

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotAllowed
from linli.foundation.registry.models import Community, Resident
from linli.foundation.tenancy import active_community_id

CHOSEN = "portal_for"


@dataclass(frozen=True)
class Speaking:
    """``resident`` is the person whose matters these are; ``proxied`` when the account acts for somebody else."""

    resident: Resident
    proxied: bool
    choices: tuple[Resident, ...]
    community: Community


class SpeakingRequest(ActorRequest):
    """A request that has passed :func:`resident_page`."""

    speaking: Speaking


def resident_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for somebody who speaks for a resident; sets ``request.speaking``. Staff have the workbench."""

    @wraps(view)
    def guarded(request: SpeakingRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        request.speaking = speaking_in(request)
        return view(request, *args, **kwargs)

    return guarded


def sees_to_information(request: SpeakingRequest) -> bool:
    """Whether the actor may see and ask about the information of the person spoken for."""
    return request.speaking.resident.pk in request.actor.residents_for("privacy")


def has_own_information_pages(request: ActorRequest) -> bool:
    """For pages that anybody may open: whether those of :func:`whose_information` would open too for whoever reads."""
    actor = request.actor
    return bool(actor.resident_ids) and speaking_in(request).resident.pk in actor.residents_for("privacy")


def whose_information(request: SpeakingRequest) -> Resident:
    """The person spoken for; raises :class:`NotAllowed` for a proxy whose authority does not cover information."""
    if not sees_to_information(request):
        raise NotAllowed(_("您替人办的事里，没有这一项。请本人自己来，或者到社区加上。"), code="scope_missing")
    return request.speaking.resident


def speaking_in(request: ActorRequest) -> Speaking:
    """The person chosen in this session, else the account's own, else its first principal.

    Raises :class:`NotAllowed` for an account that speaks for no resident.
    """
    actor = request.actor
    if not actor.resident_ids:
        raise NotAllowed()
    people = {
        r.pk: r
        for r in Resident.objects.visible_to(actor)
        .filter(pk__in=actor.resident_ids)
        .select_related("home__entrance__building__estate", "home__entrance__building__grid")
        .order_by("pk")
    }
    if not people:
        raise NotAllowed()
    chosen = request.session.get(CHOSEN)
    if chosen not in people:
        chosen = actor.resident_id if actor.resident_id in people else next(iter(people))
    return Speaking(
        resident=people[chosen],
        proxied=chosen != actor.resident_id,
        choices=tuple(people.values()),
        community=Community.objects.get(pk=active_community_id()),
    )
