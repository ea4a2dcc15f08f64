"""出门几天: two taps, and nobody is worried because the water stands still."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from linli.faces.portal.access import SpeakingRequest, resident_page
from linli.faces.portal.pages.frame import page_of
from linli.foundation import clock
from linli.foundation.errors import Invalid, NotFound
from linli.understand.warnings.pausing import LONGEST_AWAY, away_of, end_pause, mark_away

DAYS = {
    1: gettext_lazy("今天出去，明天回来"),
    3: gettext_lazy("3 天"),
    7: gettext_lazy("一个星期"),
    30: gettext_lazy("一个月"),
}


class UntilForm(forms.Form):
    until = forms.DateField(
        label=gettext_lazy("哪天回来"), widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": gettext_lazy("请选哪天回来。")},
    )  # fmt: skip


@resident_page
@require_http_methods(["GET", "HEAD", "POST"])
def away(request: SpeakingRequest) -> HttpResponse:
    """A press says how many days, or the date; another that they are back."""
    home = request.speaking.resident.home
    if request.method != "POST":
        return _show(request, UntilForm())
    if home is None:
        raise NotFound
    if "back" in request.POST:
        if (known := away_of(home)) is not None:
            end_pause(known.pk, actor=request.actor)
        messages.success(request, _("记下了，您在家。"))
        return redirect("portal:away")
    form = UntilForm(request.POST if "until" in request.POST else None)
    today = timezone.localdate(clock.now())
    if request.POST.get("days") in {str(days) for days in DAYS}:
        day = today + timedelta(days=int(request.POST["days"]))
    elif form.is_valid():
        day = form.cleaned_data["until"]
    else:
        return _show(request, form, status=422)
    try:
        mark_away(home.pk, _end_of(day), actor=request.actor)
    except Invalid as refusal:
        form = form if form.is_bound else UntilForm({"until": day})
        form.is_valid()
        refusal.beside(form)
        return _show(request, form, status=422)
    messages.success(request, _("记下了。家里没动静，不会有人着急来敲门。"))
    return redirect("portal:away")


def _end_of(day) -> datetime:
    """The evening of the day on which they come back: until then nobody need stir."""
    return datetime.combine(day, time(22), timezone.get_current_timezone())


def _show(request: SpeakingRequest, form: UntilForm, *, status: int = 200) -> HttpResponse:
    known = away_of(request.speaking.resident.home)
    context = page_of(
        request, "me", form=form, known=known, days=list(DAYS.items()), has_home=request.speaking.resident.home is not None,
        most=LONGEST_AWAY.days,
    )  # fmt: skip
    return render(request, "portal/away.html", context, status=status)
