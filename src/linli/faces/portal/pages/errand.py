"""What a contractor or department sees by its link: one task, no account; it says whether it comes and what it did."""

from __future__ import annotations

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.act.casework.actions import errand_by_link
from linli.act.casework.queries import errand_page, photo_by_link
from linli.faces.portal.forms import PhotosField
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.files import store
from linli.foundation.files.actions import store_photo
from linli.foundation.tenancy import community_scope

VERBS = ("accept", "number", "arrive", "finish", "decline")


class AnswerForm(forms.Form):
    their_number = forms.CharField(label=gettext_lazy("你们的编号"), max_length=40, required=False)
    result = forms.CharField(
        label=gettext_lazy("做了什么"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    reason = forms.CharField(
        label=gettext_lazy("为什么接不了"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    photos = PhotosField(label=gettext_lazy("照片"), required=False)


NEEDS = {"number": "their_number", "finish": "result", "decline": "reason"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def errand(request: HttpRequest, token: str) -> HttpResponse:
    """The task; a POST says one thing (``verb``). A forged, recalled, replaced or old link is not found."""
    page = errand_page(token)
    form = AnswerForm()
    status = 200
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        if verb not in VERBS:
            raise NotFound
        form = AnswerForm(request.POST, request.FILES)
        needed = NEEDS.get(verb)
        if form.is_valid() and needed and not form.cleaned_data[needed].strip():
            form.add_error(needed, _("还没有写。写一句就行。"))
        status = 422
        if form.is_valid():
            given = dict(form.cleaned_data)
            try:
                with community_scope(page.community):
                    actor = Actor.for_system("errand link", page.community.pk)
                    given["photos"] = [store_photo(photo.read(), actor=actor) for photo in given["photos"][:6]]
                errand_by_link(token, verb, **given)
            except NotFound:
                raise
            except Refusal as refusal:
                form.add_error("photos" if refusal.field in {"photo", "photos"} else None, refusal.message)
                status = refusal.status
            else:
                if verb == "decline":
                    return render(request, "portal/errand.html", {"page": page, "declined": True})
                page, form, status = errand_page(token), AnswerForm(), 200
    return render(request, "portal/errand.html", {"page": page, "form": form, "token": token}, status=status)


@never_cache
@require_safe
def photo(request: HttpRequest, token: str, photo_id: int) -> HttpResponseBase:
    found = photo_by_link(token, photo_id)
    try:
        return FileResponse(store.path_of(found.sha256).open("rb"), content_type=found.content_type)
    except FileNotFoundError as error:
        raise NotFound from error
