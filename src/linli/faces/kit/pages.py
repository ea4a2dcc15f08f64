"""What belongs to no single face: the installable app, the page without a network, the components in view."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _

from linli.faces.kit.assets import BUILT
from linli.faces.kit.context import community_of
from linli.faces.kit.styleguide import context as styleguide_context


def manifest(request: HttpRequest) -> JsonResponse:
    """The portal, or with ``?for=work`` the workbench, as an installable app (W3C Web Application Manifest)."""
    community = community_of(request)
    return JsonResponse(
        {
            "name": _("邻里 · %(community)s") % {"community": community.name} if community else _("邻里"),
            "short_name": _("邻里"),
            "start_url": "/workbench/" if request.GET.get("for") == "work" else "/portal/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#faf8f3",
            "theme_color": "#1f7a5c",
            "icons": [
                {"src": static("linli/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
                {"src": static("linli/icon-192.png"), "sizes": "192x192", "type": "image/png"},
                {
                    "src": static("linli/icon-512.png"),
                    "sizes": "512x512",
                    "type": "image/png",
                    "purpose": "any maskable",
                },
            ],
        },
        content_type="application/manifest+json",
    )


def service_worker(request: HttpRequest) -> FileResponse:
    """Served from the root, because a worker may only look after addresses below its own."""
    response = FileResponse((BUILT / "service-worker.js").open("rb"), content_type="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


def offline(request: HttpRequest) -> HttpResponse:
    """What is shown without a network; with ``?unsent=1`` to whoever has just sent a form that did not leave."""
    return render(request, "kit/offline.html", {"unsent": "unsent" in request.GET})


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component; ``?theme=standard|elder|dark``."""
    return render(request, "kit/styleguide.html", styleguide_context())
