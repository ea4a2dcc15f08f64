"""What somebody who is called about a warning sees by the link in the message: no sign-in; one press says who goes,
another that they are there."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.understand.warnings.answering import answer_by_link, call_by_link


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, token: str) -> HttpResponse:
    """Looking answers nothing, since telephones and their makers open links by themselves; the press does."""
    if request.method == "POST":
        answer_by_link(token, arrived=bool(request.POST.get("here")))
        return redirect(request.path)
    return render(request, "portal/call.html", {"asked": call_by_link(token)})
