"""叫应次序: who is called when nobody answers, after how long, and when only P0 rings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from linli.faces.workbench.access import community_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.actor import Actor, as_read
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Conflict, Invalid
from linli.foundation.notices.actions import can_send
from linli.foundation.registry.models import Grid
from linli.understand.warnings.call_plan import may_climb, plan_in_force, plan_of
from linli.understand.warnings.changing_plan import (
    change_plan,
    decide_on_plan,
    plan_change_waiting,
    plan_changes,
)
from linli.understand.warnings.climbing import (
    LEAST_MINUTES,
    LEAST_WITHIN,
    LONGEST_FINDING,
    MOST_MINUTES,
    MOST_RUNGS,
    ROLES,
    ROUNDS,
    SHIPPED,
    Arrival,
    Plan,
    Rung,
)
from linli.understand.warnings.empty_rungs import empty_rungs, gaps_by_role
from linli.understand.warnings.explaining import title
from linli.understand.warnings.models import LONGEST_REASON, PlanChange
from linli.understand.warnings.two_persons import allowed_on

NAMES = {
    "P0": gettext_lazy("P0，危险的事"),
    "sos": gettext_lazy("求助按钮"),
    "P1": gettext_lazy("P1，今天要管的事"),
}


TERMS = ("within", "grace", "finding")
SHOWN = 20


@dataclass(frozen=True)
class Row:
    """A rung. ``nobody``: no one holds its role now; ``gaps``: no one does in these grids."""

    role: forms.BoundField
    minutes: forms.BoundField
    voice: forms.BoundField
    nobody: bool
    gaps: Sequence[Grid]


@dataclass(frozen=True)
class Table:
    name: str
    rows: list[Row]
    terms: list[forms.BoundField]


class PlanForm(forms.Form):
    """Rungs of each ladder in order with the term of its arrival, the P1 rules that ring too, and the quiet hours."""

    quiet_from = forms.IntegerField(label=gettext_lazy("夜里从几点起"), min_value=0, max_value=23)
    quiet_until = forms.IntegerField(
        label=gettext_lazy("到早上几点"),
        min_value=0,
        max_value=23,
        help_text=gettext_lazy("两个钟点一样，就是夜里照样叫。"),
    )
    rules = forms.MultipleChoiceField(
        label=gettext_lazy("P1 里哪些也要叫到有人应"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, plan: Plan, *args, may_change: bool, **kwargs) -> None:
        initial = {"quiet_from": plan.quiet_from, "quiet_until": plan.quiet_until, "rules": sorted(plan.rules)}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.fields["rules"].choices = [(key, title(key)) for key in may_climb()]  # type: ignore[attr-defined]
        people = [("", _("不叫"))] + [(role, Role(role).label) for role in ROLES]
        for name in SHIPPED.ladders:
            rungs = plan.ladders.get(name, ())
            for n in range(MOST_RUNGS):
                rung = rungs[n] if n < len(rungs) else None
                told = {"ladder": NAMES[name], "n": n + 1}
                self.fields[f"{name}-{n}-role"] = forms.ChoiceField(
                    label=_("%(ladder)s 第 %(n)d 级叫谁") % told, choices=people, required=False,
                    initial=rung.role if rung else "", widget=forms.Select(attrs={"class": "input"}),
                )  # fmt: skip
                self.fields[f"{name}-{n}-minutes"] = forms.FloatField(
                    label=_("%(ladder)s 第 %(n)d 级等几分钟") % told, min_value=LEAST_MINUTES, max_value=MOST_MINUTES,
                    required=False, initial=f"{rung.minutes:g}" if rung else None,
                    widget=forms.NumberInput(attrs={"class": "input", "step": "0.5", "inputmode": "decimal"}),
                )  # fmt: skip
                self.fields[f"{name}-{n}-voice"] = forms.BooleanField(
                    label=_("%(ladder)s 第 %(n)d 级打电话") % told, required=False, initial=rung.voice if rung else True
                )
            term = plan.arrivals[name]
            for part, label, least, most in (
                ("within", _("%(ladder)s 几分钟里要到场"), LEAST_WITHIN, MOST_MINUTES),
                ("grace", _("%(ladder)s 提醒以后再等几分钟"), LEAST_MINUTES, MOST_MINUTES),
                ("finding", _("%(ladder)s 到场以后几分钟里要写发现"), 0, LONGEST_FINDING),
            ):
                self.fields[f"{name}-{part}"] = forms.FloatField(
                    label=label % {"ladder": NAMES[name]}, min_value=least, max_value=most,
                    initial=f"{getattr(term, part):g}",
                    widget=forms.NumberInput(attrs={"class": "input", "step": "0.5", "inputmode": "decimal"}),
                )  # fmt: skip
        self.fields["reason"] = forms.CharField(
            label=_("为什么要改"), required=False, max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("P0 和求助按钮第一位、第二位叫得更晚，或者叫不到，不再打电话，到场给得更久：要写，还要另一位同意。"),
        )  # fmt: skip
        for one in self.fields.values():
            one.disabled = not may_change

    def clean(self) -> dict:
        given = super().clean() or {}
        for name in SHIPPED.ladders:
            roles: set[str] = set()
            for n in range(MOST_RUNGS):
                role = given.get(f"{name}-{n}-role")
                if role and given.get(f"{name}-{n}-minutes") is None:
                    self.add_error(f"{name}-{n}-minutes", _("请写等几分钟再叫下一级。"))
                if role and role in roles:
                    self.add_error(f"{name}-{n}-role", _("同一种人只能叫一级。"))
                roles.add(role or "")
            if not any(given.get(f"{name}-{n}-role") for n in range(MOST_RUNGS)):
                self.add_error(f"{name}-0-role", _("至少要有一级。"))
        return given

    def ladders(self) -> Mapping[str, Sequence[Rung]]:
        given = self.cleaned_data
        return {
            name: [
                Rung(given[f"{name}-{n}-role"], given[f"{name}-{n}-minutes"], given[f"{name}-{n}-voice"])
                for n in range(MOST_RUNGS)
                if given[f"{name}-{n}-role"]
            ]
            for name in SHIPPED.ladders
        }

    def arrivals(self) -> Mapping[str, Arrival]:
        given = self.cleaned_data
        return {name: Arrival(*(given[f"{name}-{part}"] for part in TERMS)) for name in SHIPPED.arrivals}

    def tables(self, gaps: Mapping[str, Sequence[Grid]]) -> list[Table]:
        """Per ladder its rows, and the terms of whoever goes; ``gaps`` as :func:`gaps_by_role` says them."""
        return [
            Table(
                str(NAMES[name]), [self._row(name, n, gaps) for n in range(MOST_RUNGS)],
                [self[f"{name}-{part}"] for part in TERMS],
            )
            for name in SHIPPED.ladders
        ]  # fmt: skip

    def _row(self, ladder: str, n: int, gaps: Mapping[str, Sequence[Grid]]) -> Row:
        role, minutes, voice = (self[f"{ladder}-{n}-{part}"] for part in ("role", "minutes", "voice"))
        where = gaps.get(role.value() or "")
        return Row(role, minutes, voice, nobody=where is not None and not where, gaps=list(where or ()))


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def calling(request: ActorRequest) -> HttpResponse:
    may_change = request.actor.has(Role.COMMUNITY_DIRECTOR)
    form = PlanForm(plan_in_force(), request.POST or None, may_change=may_change)
    if request.method == "POST":
        if form.is_valid():
            before, waited = plan_in_force(), plan_change_waiting()
            try:
                after = change_plan(
                    ladders=form.ladders(), rules=form.cleaned_data["rules"], quiet_from=form.cleaned_data["quiet_from"],
                    quiet_until=form.cleaned_data["quiet_until"], arrivals=form.arrivals(),
                    reason=form.cleaned_data["reason"], actor=request.actor,
                )  # fmt: skip
            except (Invalid, Conflict) as refusal:
                refusal.beside(form)
                return _show(request, form, status=refusal.status)
            waits = plan_change_waiting()
            if after == before and waits == waited:
                messages.info(request, _("没有改什么，还照现在的叫。"))
            elif waits is None:
                messages.success(request, _("改好了，从现在起这样叫。"))
            else:
                messages.info(request, _("提出来了。另一位同意以前，还照原来的叫。"))
            return redirect("workbench:calling")
        return _show(request, form, status=422)
    return _show(request, form)


@community_page
@require_POST
def change(request: ActorRequest, change_id: int, verb: str) -> HttpResponse:
    """A weaker order that waits for two people is approved, refused or taken back."""
    try:
        decide_on_plan(change_id, verb, decision=request.POST.get("decision", ""), actor=request.actor)
    except Invalid:
        messages.warning(request, _("请写一句为什么不同意，提的人看得到。"))
    except Conflict as refusal:
        messages.warning(request, str(refusal))
    else:
        done = {
            "approve": _("同意了，从现在起这样叫。"),
            "refuse": _("没有同意，次序照旧。"),
            "withdraw": _("收回了，次序照旧。"),
        }
        messages.success(request, done[verb])
    return redirect("workbench:calling")


@dataclass(frozen=True)
class Line:
    """One weaker order as the page tells it; ``steps`` are what differs, in words."""

    change: PlanChange
    steps: list[str]
    asked_as: str
    decided_as: str
    verbs: set[str]


def _line(change: PlanChange, actor: Actor) -> Line:
    was, then = plan_of(change.before), plan_of(change.after)
    steps = [
        _("%(ladder)s：%(was)s → %(then)s")
        % {"ladder": NAMES[name], "was": _told(was, name), "then": _told(then, name)}
        for name in SHIPPED.ladders
        if _told(was, name) != _told(then, name)
    ]
    return Line(change, steps, as_read(change.asked_as), as_read(change.decided_as), allowed_on(change, actor))


def _told(plan: Plan, name: str) -> str:
    rungs = _("、").join(
        (_("%(role)s等 %(n)s 分钟") if one.voice else _("%(role)s等 %(n)s 分钟（不打电话）"))
        % {"role": Role(one.role).label, "n": f"{one.minutes:g}"}
        for one in plan.ladders[name]
    )
    term = plan.arrivals[name]
    told = {"rungs": rungs, "within": f"{term.within:g}", "grace": f"{term.grace:g}"}
    return _("%(rungs)s；%(within)s 分钟到场，提醒后再等 %(grace)s 分钟") % told


def _show(request: ActorRequest, form: PlanForm, *, status: int = 200) -> HttpResponse:
    empty = empty_rungs()
    history = [_line(one, request.actor) for one in plan_changes()[:SHOWN]]
    context = page_of(
        request,
        "warnings",
        form=form,
        ladders=form.tables(gaps_by_role(empty, Grid.objects.count())),
        history=history,
        asked=next((one for one in history if one.change.state == PlanChange.State.ASKED), None),
        rounds=ROUNDS,
        empty=empty,
        no_sms=not can_send(),
        no_voice=not can_send("voice"),
    )
    return render(request, "workbench/calling.html", context, status=status)
