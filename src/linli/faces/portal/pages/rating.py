"""The rating by link: no sign-in, one request, one round."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.act.casework.actions import rate_by_link
from linli.act.casework.queries import rating_form
from linli.faces.portal.faces import FACES
from linli.faces.portal.forms import RatingForm
from linli.foundation.errors import Refusal


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """The result and an empty form; once answered, thanks. A forged or outdated link is not found."""
    asked = rating_form(token)
    context = {"asked": asked, "faces": FACES, "rating_form": RatingForm(), "rating_action": request.path}
    if request.method != "POST" or not asked.open:
        return render(request, "portal/rate.html", context | {"solved": asked.rated.solved if asked.rated else None})
    form = RatingForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            rate_by_link(token, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("reason", refusal.message)
            status = refusal.status
        else:
            done = {"asked": rating_form(token), "solved": form.cleaned_data["solved"]}
            return render(request, "portal/rate.html", context | done)
    return render(request, "portal/rate.html", context | {"rating_form": form}, status=status)
