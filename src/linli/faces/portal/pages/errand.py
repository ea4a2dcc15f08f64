"""What a contractor or department sees by its link: one task, no account; it says whether it comes and what it did."""

from __future__ import annotations

from uuid import uuid4

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.act.casework.actions import errand_by_link, spend_by_link
from linli.act.casework.actions.spending import UNIT_MAY_WRITE, in_words
from linli.act.casework.queries import ErrandPage, community_behind, errand_page, photo_by_link
from linli.act.casework.rules.spending import in_yuan
from linli.faces.kit.spending import spending_fields
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


class SpendingForm(forms.Form):
    """``client_key`` makes two presses one entry."""

    client_key = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.update(spending_fields())
        self.initial["client_key"] = uuid4().hex


NEEDS = {"number": "their_number", "finish": "result", "decline": "reason"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def errand(request: HttpRequest, token: str) -> HttpResponse:
    """The task; a POST says one thing (``verb``). A forged, recalled, replaced or old link is not
    found; whoever holds one that was good once still reads whom to call."""
    try:
        page = errand_page(token)
    except NotFound:
        community = community_behind(token)
        if community is None:
            raise
        return render(request, "portal/errand_over.html", {"community": community}, status=404)
    form, spending = AnswerForm(), SpendingForm()
    status = 200
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        if verb == "spend":
            return _spend(request, token, page)
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
    return _page(request, token, page, form, spending, status)


def _spend(request: HttpRequest, token: str, page: ErrandPage) -> HttpResponse:
    """What the unit used for the errand; the page says what stands written."""
    spending, status = SpendingForm(request.POST), 422
    if spending.is_valid():
        given = {name: value for name, value in spending.cleaned_data.items() if value not in ("", None)}
        try:
            spend_by_link(token, **given)
        except NotFound:
            raise
        except Refusal as refusal:
            refusal.beside(spending)
            status = refusal.status
        else:
            page, spending, status = errand_page(token), SpendingForm(), 200
    return _page(request, token, page, AnswerForm(), spending, status)


def _page(
    request: HttpRequest, token: str, page: ErrandPage, form: AnswerForm, spending: SpendingForm, status: int
) -> HttpResponse:
    context = {
        "page": page,
        "form": form,
        "token": token,
        "spending": spending,
        "may_write": page.errand.state in UNIT_MAY_WRITE,
        "spent": [in_words(one) for one in page.spendings],
        "cost": in_yuan(page.totals.cost_fen) if page.totals.cost_fen else "",
    }
    return render(request, "portal/errand.html", context, status=status)


@never_cache
@require_safe
def photo(request: HttpRequest, token: str, photo_id: int) -> HttpResponseBase:
    found = photo_by_link(token, photo_id)
    try:
        return FileResponse(store.path_of(found.sha256).open("rb"), content_type=found.content_type)
    except FileNotFoundError as error:
        raise NotFound from error
