"""Codes that hang at property desks: open one, print it, close it."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import community_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.documents import qr_svg, render_pdf
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.registry.models import Community, Estate
from linli.sense.intake.actions import close_counter, open_counter
from linli.sense.intake.models import Counter
from linli.sense.intake.queries import counters as counters_of
from linli.sense.intake.queries import counts


class CounterForm(forms.Form):
    estate = forms.ModelChoiceField(label=gettext_lazy("哪个小区"), queryset=None, empty_label=gettext_lazy("请选一个"))
    name = forms.CharField(
        label=gettext_lazy("挂在哪里"),
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("东门物业前台")}),
    )

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["estate"].queryset = Estate.objects.visible_to(actor).order_by("name")  # type: ignore[attr-defined]


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def counters(request: ActorRequest) -> HttpResponse:
    form = CounterForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        try:
            open_counter(form.cleaned_data["estate"].pk, form.cleaned_data["name"], actor=request.actor)
        except Refusal as refusal:
            refusal.beside(form)
        else:
            messages.success(request, _("开好了，印出来挂上。"))
            return redirect("workbench:counters")
    context = page_of(
        request, "desk", at="counters", form=form, rows=counters_of(request.actor), counts=counts(request.actor)
    )
    return render(request, "workbench/counters.html", context, status=422 if form.errors else 200)


@community_page
@require_POST
def close(request: ActorRequest, counter_id: int) -> HttpResponse:
    close_counter(counter_id, actor=request.actor)
    messages.success(request, _("停用了，扫了也交不了。"))
    return redirect("workbench:counters")


@community_page
@require_safe
def print_counter(request: ActorRequest, counter_id: int) -> HttpResponse:
    counter = Counter.objects.select_related("estate").filter(pk=counter_id).first()
    if counter is None:
        raise NotFound
    community = Community.objects.get(pk=counter.community_id)
    address = settings.LINLI_PUBLIC_URL + reverse("counter", args=[counter.token])
    pdf = render_pdf(
        "intake/counter.typ",
        {
            "title": _("有事扫一扫"),
            "intro": _("不用下载，不用登录。写一句、拍一张，社区就收到了。"),
            "place": f"{counter.estate.name} · {counter.name}",
            "qr": qr_svg(address),
            "scan": _("用微信或相机扫"),
            "danger": _("有人受伤、着火、闻到燃气：先打 110、119、120。"),
            "phone": _("不方便扫码，就打 %(phone)s") % {"phone": community.phone},
        },
        who=request.actor.name,
    )
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="counter.pdf"'
    return response
