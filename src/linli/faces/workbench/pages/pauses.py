"""先不打扰: planned outages, devices that are worked on, homes that are away. Each ends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from linli.faces.workbench.access import staff_page
from linli.faces.workbench.frame import page_of
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Conflict, NotFound, Refusal
from linli.foundation.registry.models import Building, Estate
from linli.understand.warnings.causes import outages, rest_while_away
from linli.understand.warnings.models import Pause
from linli.understand.warnings.pausing import (
    LONGEST_NAME,
    end_pause,
    mark_away,
    may_end,
    plan_outage,
    utility_name,
    work_on,
)
from linli.understand.warnings.queries import visible_warning
from linli.understand.warnings.worked_on import said_not_to_work, say_whether_it_works, to_answer

SHOWN = 100
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class OutageForm(forms.Form):
    utility = forms.ChoiceField(label=gettext_lazy("停什么"))
    place = forms.ChoiceField(label=gettext_lazy("哪里停"))
    starts_at = forms.DateTimeField(label=gettext_lazy("从什么时候"), widget=MOMENT)
    until = forms.DateTimeField(label=gettext_lazy("到什么时候"), widget=MOMENT)
    note = forms.CharField(
        label=gettext_lazy("为什么"), max_length=120, required=False, help_text=gettext_lazy("居民在手机上看得到。")
    )

    def __init__(self, actor: Actor, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["utility"].choices = [(one.key, str(one.name)) for one in outages().values()]  # type: ignore[attr-defined]
        self.fields["place"].choices = _places(actor)  # type: ignore[attr-defined]

    def where(self) -> tuple[str, int]:
        kind, _colon, pk = self.cleaned_data["place"].partition(":")
        return kind, int(pk)


class WorkForm(forms.Form):
    device = forms.CharField(label=gettext_lazy("设备编号"), max_length=64)
    hours = forms.IntegerField(label=gettext_lazy("几个小时"), min_value=1, max_value=12, initial=2)
    reason = forms.ChoiceField(
        label=gettext_lazy("什么原因"), choices=[("", gettext_lazy("请选")), *Pause.Reason.choices], required=False
    )
    on_site = forms.CharField(label=gettext_lazy("谁在现场"), max_length=LONGEST_NAME, required=False)
    note = forms.CharField(label=gettext_lazy("在做什么"), max_length=120, required=False)


class AwayForm(forms.Form):
    """The family said when they are back."""

    until = forms.DateField(label=gettext_lazy("哪天回来"), widget=forms.DateInput(attrs={"type": "date"}))


@dataclass(frozen=True)
class Line:
    """``broken``: the work on a device about danger is over and it does not work; ``may``: end it now."""

    row: Pause
    words: str
    broken: bool
    may: bool


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def pauses(request: ActorRequest) -> HttpResponse:
    """What is paused now or will be, or does not work after that, and two forms; ``what`` says which was sent."""
    what = request.POST.get("what", "")
    outage = OutageForm(request.actor, request.POST if what == "outage" else None)
    work = WorkForm(request.POST if what == "work" else None)
    sent: forms.Form | None = {"outage": outage, "work": work}.get(what)
    if request.method == "POST":
        if sent is None:
            raise NotFound
        if sent.is_valid():
            try:
                _make(outage if what == "outage" else work, request.actor)
            except Refusal as refusal:
                refusal.beside(sent)
            else:
                messages.success(request, _("记下了。到时候自己就恢复。"))
                return redirect("workbench:pauses")
    now = clock.now()
    shown = Q(ends_at__gt=now) | Q(pk__in=said_not_to_work().values("pk"))
    rows = Pause.objects.visible_to(request.actor).filter(shown).order_by("ends_at")
    rows = rows.select_related(
        "home__entrance__building__grid", "home__entrance__building__estate", "entrance__building__estate",
        "building__estate", "estate", "made_by", "device__home__entrance__building__estate", "device__facility",
        "device__entrance__building__estate", "device__building__estate",
    )  # fmt: skip
    lines = [
        Line(
            row, utility_name(row) if row.utility else row.get_kind_display(), broken=row.ends_at <= now,
            may=row.ends_at > now and may_end(row, request.actor),
        )
        for row in rows[:SHOWN]
    ]  # fmt: skip
    context = page_of(
        request, "warnings", lines=lines, outage=outage, work=work, sent=what, to_answer=to_answer(request.actor)
    )
    return render(request, "workbench/pauses.html", context, status=422 if sent is not None else 200)


@staff_page
@require_POST
def end(request: ActorRequest, pause_id: int) -> HttpResponse:
    end_pause(pause_id, actor=request.actor)
    messages.success(request, _("结束了，从现在起照常看。"))
    return redirect("workbench:pauses")


@staff_page
@require_POST
def works(request: ActorRequest, pause_id: int) -> HttpResponse:
    """After work on a device: it was tried, and ``works`` is yes or no."""
    said = request.POST.get("works")
    if said not in {"yes", "no"}:
        raise NotFound
    try:
        say_whether_it_works(pause_id, works=said == "yes", actor=request.actor)
    except Conflict as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(
            request, _("记下了，能用。") if said == "yes" else _("记下了，还不能用。能用以前大家都看得到。")
        )
    return redirect("workbench:pauses")


@staff_page
@require_POST
def away(request: ActorRequest, warning_id: int) -> HttpResponse:
    """Somebody who asked heard that the family is away: the rest of that time nobody asks again."""
    found = visible_warning(warning_id, request.actor)
    form = AwayForm(request.POST)
    if found.home_id is None or found.kind not in rest_while_away():
        raise NotFound
    if not form.is_valid():
        messages.warning(request, _("请选哪天回来。"))
        return redirect("workbench:warning", warning_id)
    evening = clock.midnight(form.cleaned_data["until"])
    try:
        mark_away(found.home_id, evening + timedelta(hours=22), actor=request.actor)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("记下了，这家人回来以前不再问。"))
    return redirect("workbench:warning", warning_id)


def _make(form: forms.Form, actor: Actor) -> Pause:
    given = form.cleaned_data
    if isinstance(form, OutageForm):
        return plan_outage(
            utility=given["utility"], place=form.where(), starts_at=given["starts_at"], ends_at=given["until"],
            note=given["note"], actor=actor,
        )  # fmt: skip
    until = clock.now() + timedelta(hours=given["hours"])
    told = {name: given[name] for name in ("reason", "on_site", "note")}
    return work_on(given["device"], until, **told, actor=actor)


def _places(actor: Actor) -> list[tuple[str, str]]:
    """Estates for the community, buildings for a grid's staff too."""
    buildings = Building.objects.select_related("estate").order_by("estate__code", "number")
    if not actor.is_community_staff:
        buildings = buildings.filter(grid__in=actor.grid_ids)
    estates = Estate.objects.order_by("code") if actor.is_community_staff else Estate.objects.none()
    return [(f"estate:{one.pk}", str(one.name)) for one in estates] + [(f"building:{b.pk}", str(b)) for b in buildings]
