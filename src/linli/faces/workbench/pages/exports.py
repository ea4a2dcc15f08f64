"""名单导出: one asks, another agrees, and everybody on the list reads that they were on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import signed_in_page, staff_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.roles import OVERSIGHT
from linli.foundation.documents.spreadsheets import CSV, XLSX
from linli.foundation.errors import NotAllowed, NotFound, Refusal
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.exports import actions
from linli.foundation.privacy.exports.models import APPROVERS, Export
from linli.foundation.privacy.exports.queries import (
    Scope,
    allowed_verbs,
    export_for,
    exportable,
    exports_of,
    fields_of,
    plain_exports,
    waiting_for,
)
from linli.foundation.privacy.looking import field_words
from linli.foundation.privacy.purposes import Purpose, ever
from linli.foundation.registry.models import Building, Grid

ON_A_PAGE = 30
PLAIN_SHOWN = 20
TYPES = {"csv": CSV, "xlsx": XLSX}


def may_see(actor: Actor) -> bool:
    return actor.is_staff or actor.has(*APPROVERS, *OVERSIGHT)


card(
    "exports",
    gettext_lazy("名单导出"),
    gettext_lazy("一个人申请，另一个人同意，才能取。名单上的每个人都看得到。"),
    icon="download",
    url="workbench:exports",
    may_open=may_see,
    order=30,
)


class AskForm(forms.Form):
    """What a list is for, which fields it carries and who is on it."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("为了什么"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选为了什么。")},
    )
    fields_wanted = forms.MultipleChoiceField(
        label=gettext_lazy("要哪几项"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("只选用得着的。少一项，丢了就少一分害处。"),
        error_messages={"required": gettext_lazy("请选要哪几项，能少就少。")},
    )
    grid = forms.ModelChoiceField(
        label=gettext_lazy("哪个网格"), queryset=None, required=False, empty_label=gettext_lazy("我管的都要")
    )
    building = forms.ModelChoiceField(
        label=gettext_lazy("哪一幢"), queryset=None, required=False, empty_label=gettext_lazy("都要")
    )
    from_age = forms.IntegerField(label=gettext_lazy("几岁以上"), required=False, min_value=1, max_value=120)
    living_alone = forms.BooleanField(label=gettext_lazy("只要独居的"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("拿去做什么"),
        max_length=actions.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("写给同意的人看：做什么事、给谁用、用完怎么处理。"),
        error_messages={"required": gettext_lazy("请写清楚拿去做什么，另一位看了才能同意。")},
    )

    def __init__(self, *args, actor: Actor, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        purposes = exportable(actor)
        fields = dict.fromkeys(field for one in purposes for field in fields_of(one))
        cast(forms.ChoiceField, self.fields["purpose"]).choices = [(one.key, str(one.name)) for one in purposes]
        cast(forms.ChoiceField, self.fields["fields_wanted"]).choices = [(one, field_words(one)) for one in fields]
        grids = Grid.objects.visible_to(actor).order_by("number")
        buildings = Building.objects.visible_to(actor).order_by("estate__name", "number")
        if not actor.is_community_staff:
            grids, buildings = grids.filter(pk__in=actor.grid_ids), buildings.filter(grid__in=actor.grid_ids)
        cast(forms.ModelChoiceField, self.fields["grid"]).queryset = grids
        cast(forms.ModelChoiceField, self.fields["building"]).queryset = buildings.select_related("estate")


class DecideForm(forms.Form):
    decision = forms.CharField(
        label=gettext_lazy("为什么不同意"),
        max_length=actions.LONGEST_REASON,
        error_messages={"required": gettext_lazy("请写一句为什么，申请的人看得到。")},
    )


@signed_in_page
@require_safe
def exports(request: ActorRequest) -> HttpResponse:
    if not may_see(request.actor):
        raise NotAllowed
    paper = Paginator(exports_of(request.actor), ON_A_PAGE).get_page(request.GET.get("page"))
    published = ever()
    context = page_of(
        request,
        "privacy",
        rows=[_row(one, published) for one in paper.object_list],
        paper=paper,
        plain=list(plain_exports(request.actor)[:PLAIN_SHOWN]),
        may_ask=bool(exportable(request.actor)),
        waiting=waiting_for(request.actor),
    )
    return render(request, "workbench/exports.html", context)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ActorRequest) -> HttpResponse:
    form = AskForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        scope = Scope(
            grid=given["grid"].pk if given["grid"] else None,
            building=given["building"].pk if given["building"] else None,
            from_age=given["from_age"],
            living_alone=given["living_alone"],
        )
        try:
            made = actions.ask(
                given["purpose"], given["fields_wanted"], scope, reason=given["reason"], actor=request.actor
            )
        except Refusal as refusal:
            if refusal.closes_the_page:
                raise
            name = "fields_wanted" if refusal.field == "fields" else refusal.field
            form.add_error(name if name in form.fields else None, str(refusal))
        else:
            messages.success(request, _("申请好了，编号 %(number)s。等另一位同意。") % {"number": made.number})
            return redirect("workbench:export", made.pk)
    context = page_of(request, "privacy", form=form, purposes=exportable(request.actor))
    return render(request, "workbench/export_new.html", context, status=422 if form.errors else 200)


@never_cache
@signed_in_page
@require_safe
def export(request: ActorRequest, export_id: int) -> HttpResponse:
    return _page(request, export_for(request.actor, export_id))


@signed_in_page
@require_POST
def do(request: ActorRequest, export_id: int, verb: str) -> HttpResponse:
    """``verb``: ``approve``, ``refuse`` or ``withdraw``."""
    made = export_for(request.actor, export_id)
    if verb not in {"approve", "refuse", "withdraw"}:
        raise NotFound
    form = DecideForm(request.POST if verb == "refuse" else None)
    if verb == "refuse":
        if not form.is_valid():
            return _page(request, made, form=form, status=422)
        actions.refuse(made.pk, decision=form.cleaned_data["decision"], actor=request.actor)
        messages.success(request, _("记下了，申请的人看得到。"))
    elif verb == "approve":
        raise_if_reauthentication_required(request, app="linli.exports")
        actions.approve(made.pk, actor=request.actor)
        messages.success(request, _("同意了。申请的人三天里可以取。"))
    else:
        actions.withdraw(made.pk, actor=request.actor)
        messages.success(request, _("不要了，名单没有生成。"))
    return redirect("workbench:export", made.pk)


@never_cache
@signed_in_page
@require_POST
def fetch(request: ActorRequest, export_id: int, form: str) -> HttpResponse:
    """``form``: ``xlsx`` or ``csv``. Whoever fetches says once more that it is they."""
    made = export_for(request.actor, export_id)
    if form not in TYPES:
        raise NotFound
    raise_if_reauthentication_required(request, app="linli.exports")
    data, made = actions.fetch(made.pk, form, actor=request.actor)
    response = HttpResponse(data, content_type=TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{made.number}.{form}"'
    return response


def _row(made: Export, published: Mapping[str, Purpose]) -> dict:
    return {
        "export": made,
        "purpose": published[made.purpose].name if made.purpose in published else made.purpose,
        "fields": _("、").join(field_words(field) for field in made.fields),
    }


def _page(request: ActorRequest, made: Export, *, form: DecideForm | None = None, status: int = 200) -> HttpResponse:
    verbs = allowed_verbs(made, request.actor)
    scope = made.scope
    grid = Grid.objects.filter(pk=scope.get("grid", 0)).first()
    building = Building.objects.filter(pk=scope.get("building", 0)).select_related("estate").first()
    who = [
        str(grid) if grid else "",
        str(building) if building else "",
        _("%(n)d 岁以上") % {"n": scope["from_age"]} if scope.get("from_age") else "",
        _("独居") if scope.get("living_alone") else "",
    ]
    context = page_of(
        request,
        "privacy",
        **_row(made, ever()),
        who=_("，").join(part for part in who if part) or _("管的范围里所有人"),
        may={verb: verb in verbs for verb in ("approve", "refuse", "withdraw", "fetch")},
        left=actions.FETCHES_AT_MOST - made.fetches,
        own=made.asked_by_id == request.user.pk,
        form=form or DecideForm(),
    )
    return render(request, "workbench/export.html", context, status=status)
