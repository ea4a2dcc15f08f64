"""亲情代办 at the desk: the principal has signed, a relative may act by telephone, until it is taken back."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from linli.faces.workbench.access import staff_page
from linli.faces.workbench.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.actions import authorise_relative, revoke_proxy
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may
from linli.foundation.accounts.proxies import SCOPE_WORDS, authorities_of, scopes_in_words
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.privacy.queries import resident_for
from linli.foundation.registry.models import Resident

TERMS = {
    "30": gettext_lazy("一个月"),
    "90": gettext_lazy("三个月"),
    "180": gettext_lazy("半年"),
    "365": gettext_lazy("一年"),
}
"""Days; a year is the longest (``domain.md`` §11)."""


class RelativeForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("家里人叫什么"),
        max_length=64,
        error_messages={"required": gettext_lazy("请写家里人叫什么。")},
    )
    phone = forms.CharField(
        label=gettext_lazy("家里人的手机号"),
        max_length=20,
        help_text=gettext_lazy("用这个号码收验证码登录。"),
        error_messages={"required": gettext_lazy("请写家里人的手机号。")},
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("能替他办什么"),
        choices=list(SCOPE_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请选能替他办什么。")},
    )
    days = forms.ChoiceField(label=gettext_lazy("多久"), choices=list(TERMS.items()), initial="365")
    evidence = forms.CharField(
        label=gettext_lazy("本人怎么同意的"),
        max_length=200,
        help_text=gettext_lazy("本人在窗口签字，或者打电话说的。写清楚哪天、谁在场。"),
        error_messages={"required": gettext_lazy("请写一句：本人怎么同意的。")},
    )


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def relatives(request: ActorRequest, resident_id: int) -> HttpResponse:
    resident = resident_for(request.actor, resident_id)
    form = RelativeForm(request.POST or None)
    if request.method != "POST":
        return _page(request, resident, form)
    if form.is_valid():
        given = form.cleaned_data
        try:
            authorise_relative(
                resident,
                name=given["name"],
                phone=given["phone"],
                scopes=given["scopes"],
                ends_at=clock.now() + timedelta(days=int(given["days"])),
                evidence=given["evidence"],
                actor=request.actor,
            )
        except Refusal as refusal:
            if refusal.closes_the_page:
                raise
            refusal.beside(form)
        else:
            messages.success(request, _("登记好了。家里人用手机号就能登录，本人收到了短信。"))
            return redirect("workbench:relatives", resident.pk)
    return _page(request, resident, form, status=422)


@staff_page
@require_POST
def end_relative(request: ActorRequest, resident_id: int, authority_id: int) -> HttpResponse:
    resident = resident_for(request.actor, resident_id)
    found = next((one for one in authorities_of(resident) if one.pk == authority_id), None)
    if found is None:
        raise NotFound
    revoke_proxy(found, actor=request.actor)
    messages.success(request, _("取消了，本人收到了短信。"))
    return redirect("workbench:relatives", resident.pk)


def _page(request: ActorRequest, resident: Resident, form: RelativeForm, *, status: int = 200) -> HttpResponse:
    context = page_of(
        request,
        "privacy",
        resident=resident,
        form=form,
        authorities=[{"given": one, "scopes": scopes_in_words(one.scopes)} for one in authorities_of(resident)],
        ending=request.GET.get("end", ""),
        may_do=may(request.actor, "accounts.authorise_proxy", resident),
    )
    return render(request, "workbench/relatives.html", context, status=status)
