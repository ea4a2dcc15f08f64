"""Ending a subscription by the link of its e-mail, without signing in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from linli.faces.workbench import subscribing
from linli.faces.workbench.rates_file import CUT_NAMES


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it changes nothing, the button ends it: so does the post that a mail program sends by itself (RFC 8058), which brings
    no cookie and no token but the one in the address."""
    found = subscribing.end_by_link(token) if request.method == "POST" else subscribing.of_link(token)
    return render(request, "workbench/unsubscribe.html", {"found": found, "cut": CUT_NAMES[found.cut]})
