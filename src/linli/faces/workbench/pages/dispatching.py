"""The rules by which cases are given out, with a box to try them, and the units outside."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.act.casework.actions import end_unit, move_rule, remove_rule, write_rule, write_unit
from linli.act.casework.models import DispatchRule, Level, OutsideUnit
from linli.act.casework.queries import in_words, rules_of_community, try_out, units
from linli.faces.kit.numbers import whole
from linli.faces.workbench.access import community_page, director_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.privacy.door import masked
from linli.foundation.registry.models import Building, Estate, Grid
from linli.understand.triage.taxonomy import categories

ANY = gettext_lazy("都算")
PLACES = {
    "grid_id": (Grid, gettext_lazy("在哪个网格")),
    "estate_id": (Estate, gettext_lazy("在哪个小区")),
    "building_id": (Building, gettext_lazy("在哪幢楼")),
}


def category_choices() -> list[tuple[str, str]]:
    language = get_language() or "zh-hans"
    return [(code, kind.path(language)) for code, kind in categories().items() if not kind.restricted]


def _number(value: str) -> int | None:
    return int(value) if value else None


class RuleForm(forms.Form):
    category = forms.ChoiceField(label=gettext_lazy("哪一类事"), required=False)
    level = forms.ChoiceField(label=gettext_lazy("缓急"), required=False)
    grid_id = forms.TypedChoiceField(required=False, coerce=_number, empty_value=None)
    estate_id = forms.TypedChoiceField(required=False, coerce=_number, empty_value=None)
    building_id = forms.TypedChoiceField(required=False, coerce=_number, empty_value=None)
    to_grid_id = forms.TypedChoiceField(
        label=gettext_lazy("派给哪个网格"), required=False, coerce=_number, empty_value=None,
    )  # fmt: skip
    to_unit_id = forms.TypedChoiceField(
        label=gettext_lazy("同时请哪个外单位"), required=False, coerce=_number, empty_value=None,
        help_text=gettext_lazy("外单位收到链接；事情还是归网格管到底。"),
    )  # fmt: skip
    why = forms.CharField(
        label=gettext_lazy("为什么"),
        max_length=120,
        help_text=gettext_lazy("派单的时候写在旁边，外单位也看得到。"),
        error_messages={"required": gettext_lazy("请写一句为什么。")},
    )
    active = forms.BooleanField(label=gettext_lazy("启用"), required=False, initial=True)

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        any_, fields = [("", str(ANY))], cast(dict[str, forms.ChoiceField], self.fields)
        fields["category"].choices = any_ + category_choices()
        fields["level"].choices = any_ + [(value, f"{value} {name}") for value, name in Level.choices]
        grids: list[tuple[str, str]] = []
        for name, (model, label) in PLACES.items():
            rows = model.objects.visible_to(actor)
            rows = rows.select_related("estate") if model is Building else rows
            named = [(str(row.pk), str(row)) for row in rows]
            fields[name].choices = [*any_, *named]
            grids = named if model is Grid else grids
            fields[name].label = label
        fields["to_grid_id"].choices = [("", _("地点所在的网格")), *grids]
        fields["to_unit_id"].choices = [("", _("不请"))] + [(u.pk, u.name) for u in units(actor) if u.active]


class TryForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("居民会怎么说"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("写一句试试，比如：三号楼电梯又停了。")},
    )  # fmt: skip
    building = forms.ChoiceField(label=gettext_lazy("在哪幢楼"), required=False)

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Building.objects.visible_to(actor).select_related("estate")
        cast(forms.ChoiceField, self.fields["building"]).choices = [("", _("不知道")), *((b.pk, str(b)) for b in rows)]


class UnitForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("哪一种单位"), choices=OutsideUnit.Kind.choices)
    name = forms.CharField(label=gettext_lazy("单位名字"), max_length=64)
    duty = forms.CharField(label=gettext_lazy("管什么"), max_length=120, required=False)
    phone = forms.CharField(
        label=gettext_lazy("值班手机"), max_length=20, required=False,
        help_text=gettext_lazy("派单时发短信到这个号。"),
    )  # fmt: skip

    def __init__(self, *args, known: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if known:
            self.fields["phone"].help_text = _("派单时发短信到这个号。空着就不改。")


@community_page
@require_safe
def rules(request: ActorRequest) -> HttpResponse:
    """All rules in their order; words in the address are tried out and written nowhere."""
    tried = None
    form = TryForm(request.GET if "words" in request.GET else None, actor=request.actor)
    if form.is_bound and form.is_valid():
        tried = try_out(
            form.cleaned_data["words"], building_id=whole(form.cleaned_data["building"]), actor=request.actor
        )
    context = page_of(
        request, "cases", rows=[(rule, in_words(rule)) for rule in rules_of_community()], form=form, tried=tried
    )
    return render(request, "workbench/dispatch_rules.html", context)


@director_page
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ActorRequest, rule_id: int | None = None) -> HttpResponse:
    rule = DispatchRule.objects.visible_to(request.actor).filter(pk=rule_id).first() if rule_id else None
    if rule_id and rule is None:
        raise NotFound
    names = ("category", "level", "grid_id", "estate_id", "building_id", "to_grid_id", "to_unit_id", "why", "active")
    initial = {name: getattr(rule, name) for name in names} if rule else {}
    form = RuleForm(request.POST if request.method == "POST" else None, actor=request.actor, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                write_rule(actor=request.actor, rule_id=rule_id, **form.cleaned_data)
            except Refusal as refusal:
                refusal.beside(form)
                status = refusal.status
            else:
                messages.success(request, _("规则记下了，下一件事就按它派。"))
                return redirect("workbench:dispatch_rules")
    return render(
        request, "workbench/dispatch_rule.html", page_of(request, "cases", form=form, rule=rule), status=status
    )


@director_page
@require_POST
def do(request: ActorRequest, rule_id: int, what: str) -> HttpResponse:
    if what in {"up", "down"}:
        move_rule(rule_id, up=what == "up", actor=request.actor)
    elif what == "remove":
        remove_rule(rule_id, actor=request.actor)
        messages.success(request, _("规则去掉了。"))
    else:
        raise NotFound
    return redirect("workbench:dispatch_rules")


@community_page
@require_safe
def units_page(request: ActorRequest) -> HttpResponse:
    rows = [(unit, masked(unit, "phone")) for unit in units(request.actor)]
    return render(request, "workbench/units.html", page_of(request, "cases", rows=rows))


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def unit(request: ActorRequest, unit_id: int | None = None) -> HttpResponse:
    found = OutsideUnit.objects.visible_to(request.actor).filter(pk=unit_id, active=True).first() if unit_id else None
    if unit_id and found is None:
        raise NotFound
    initial = {"kind": found.kind, "name": found.name, "duty": found.duty} if found else {}
    form = UnitForm(request.POST if request.method == "POST" else None, initial=initial, known=found is not None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                write_unit(actor=request.actor, unit_id=unit_id, **form.cleaned_data)
            except Refusal as refusal:
                refusal.beside(form)
                status = refusal.status
            else:
                messages.success(request, _("单位记下了。"))
                return redirect("workbench:units")
    return render(request, "workbench/unit.html", page_of(request, "cases", form=form, unit=found), status=status)


@director_page
@require_POST
def end(request: ActorRequest, unit_id: int) -> HttpResponse:
    end_unit(unit_id, actor=request.actor)
    messages.success(request, _("停用了。没办完的都收回，电话也删了。"))
    return redirect("workbench:units")
