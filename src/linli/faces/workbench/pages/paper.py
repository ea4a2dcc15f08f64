"""Paper forms: printed with a number each, brought back as photos, read, and checked beside the picture."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from linli.faces.kit.numbers import whole
from linli.faces.portal.forms import PhotosField
from linli.faces.workbench.access import staff_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Invalid, Refusal
from linli.foundation.files.actions import store_photo
from linli.sense.intake.actions import bring_paper
from linli.sense.intake.paper import reading
from linli.sense.intake.paper.printing import MOST_SHEETS, sheets_pdf
from linli.sense.intake.queries import counts

MOST_PHOTOS = 20


class PaperForm(forms.Form):
    photos = PhotosField(label=gettext_lazy("拍下来的表"), required=True)
    code = forms.CharField(
        label=gettext_lazy("表号"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("印在二维码下面。照片里看得清二维码就不用填。"),
    )


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: ActorRequest, sheet: str = "") -> HttpResponse:
    """Print blank sheets; hand in photos of filled ones. The code on a sheet leads here with its number."""
    form = PaperForm(request.POST or None, request.FILES or None, initial={"code": sheet})
    if request.method == "POST" and form.is_valid():
        photos = form.cleaned_data["photos"][:MOST_PHOTOS]
        given = form.cleaned_data["code"] if len(photos) == 1 else ""
        try:
            brought = [
                bring_paper(store_photo(photo.read(), actor=request.actor), actor=request.actor, code=given)
                for photo in photos
            ]
        except Refusal as refusal:
            form.add_error("code" if refusal.field == "code" else "photos", refusal.message)
        else:
            known = sum(not new for _arrival, new in brought)
            if known:
                messages.warning(request, _("有 %(n)d 张以前交过，没有再记一遍。") % {"n": known})
            if len(brought) == 1:
                return redirect("workbench:arrival", brought[0][0].pk)
            return redirect("workbench:inbox")
    context = page_of(
        request,
        "desk",
        at="paper",
        form=form,
        most=MOST_SHEETS,
        reads=reading.available(),
        counts=counts(request.actor),
    )
    return render(request, "workbench/paper.html", context, status=422 if form.errors else 200)


@staff_page
@require_safe
def print_sheets(request: ActorRequest) -> HttpResponse:
    count = whole(request.GET.get("n", "10"))
    if count is None:
        raise Invalid(_("请填要印几张。"), code="sheets_too_many", field="n")
    response = HttpResponse(sheets_pdf(count, actor=request.actor), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="sheets.pdf"'
    response["Cache-Control"] = "no-store"
    return response
