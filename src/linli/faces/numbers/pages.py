"""邻里的数: what is published about the neighbourhood, for everybody, without signing in. Nothing is counted on demand."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from linli.faces.kit.context import community_of
from linli.faces.kit.themes import ELDER, theme_of
from linli.faces.workbench.access import signed_in_page
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound
from linli.foundation.privacy.publishing import files, queries
from linli.foundation.privacy.publishing.models import Release
from linli.foundation.privacy.publishing.rules.budget import spelled
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope

CSV = "text/csv; charset=utf-8"
ON_AN_ELDERS_PAGE = ("residents", "aged_60", "living_alone", "requests", "on_time", "resolution", "satisfaction")


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """The only community's numbers, or one's own; a visitor of an installation with several chooses."""
    community = community_of(request)
    if community is not None:
        return redirect("numbers:newest", community.code)
    communities = list(Community.objects.order_by("name", "pk"))
    newest = queries.newest_releases(communities)
    listed = [{"community": one, "release": newest.get(one.pk)} for one in communities]
    return render(request, "numbers/front.html", {"listed": listed})


@require_safe
def newest(request: HttpRequest, community: str) -> HttpResponse:
    return _page(request, _community(community), None)


@require_safe
def release(request: HttpRequest, community: str, number: int) -> HttpResponse:
    return _page(request, _community(community), number)


@require_safe
def file(request: HttpRequest, community: str, number: int, what: str, form: str) -> HttpResponse:
    """``numbers.csv``, ``numbers.json``, ``codebook.csv`` or a table by its key, as it was published."""
    place = _community(community)
    with community_scope(place):
        shown = _release(place, number)
        if form == "json" and what == "numbers":
            body, kind = files.as_json(place, shown), "application/json"
        elif form == "csv":
            body, kind = _csv(place, shown, what), CSV
        else:
            raise NotFound()
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = content_disposition_header(
        True, f"linli-{place.code}-{shown.last_day}-{what}.{form}"
    )
    return response


@signed_in_page
@require_safe
def compare(request: ActorRequest) -> HttpResponse:
    """The newest numbers of the street's communities side by side, for the street office and the communities' staff."""
    communities = queries.communities_compared(request.actor)
    newest = queries.newest_releases(communities)
    context = {
        "columns": [{"community": one, "release": newest.get(one.pk)} for one in communities],
        "rows": queries.compared(communities),
    }
    return render(request, "numbers/compare.html", context)


def _page(request: HttpRequest, community: Community, number: int | None) -> HttpResponse:
    with community_scope(community):
        shown = queries.release_numbered(community, number)
        if shown is None:
            return render(request, "numbers/none.html", _of(community))
        figures = queries.figures(shown)
        if theme_of(request) == ELDER:
            figures = [one for one in figures if one.key in ON_AN_ELDERS_PAGE]
        context = _of(community) | {
            "release": shown,
            "figures": figures,
            "price": spelled(shown.price),
            "tables": queries.tables(shown),
            "breakdowns": dict(queries.breakdowns(shown)),
            "earlier": list(queries.published(community).exclude(pk=shown.pk)[:12]),
        }
        return render(request, "numbers/elder.html" if theme_of(request) == ELDER else "numbers/release.html", context)


def _csv(community: Community, release: Release, what: str) -> bytes:
    if what == "numbers":
        return files.numbers_csv(community, release)
    return files.codebook_csv(community, release) if what == "codebook" else files.table_csv(community, release, what)


def _release(community: Community, number: int) -> Release:
    found = queries.release_numbered(community, number if number < 2**31 else 0)
    if found is None:
        raise NotFound()
    return found


def _community(code: str) -> Community:
    found = Community.objects.filter(code=code).first()
    if found is None:
        raise NotFound()
    return found


def _of(community: Community) -> dict:
    """The page speaks of this community, whoever reads it."""
    return {"community": community, "help_phone": community.phone, "help_hours": community.phone_hours}
