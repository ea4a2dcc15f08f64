"""检查单: what must be looked at for each kind of matter; the director writes the next version, cases keep theirs."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.act.casework.actions.checklists import LONGEST_ROW, MOST_ROWS, write_checklist
from linli.act.casework.models import Checklist
from linli.act.casework.queries.checklists import checklists
from linli.faces.workbench.access import community_page, director_page
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.dispatching import category_choices
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal
from linli.understand.triage.taxonomy import categories
from linli.understand.triage.taxonomy import category as kind_of

SPARE = 4


class RowForm(forms.Form):
    words = forms.CharField(label=gettext_lazy("做什么"), max_length=LONGEST_ROW, required=False)
    required = forms.BooleanField(label=gettext_lazy("必做"), required=False)


class SeenForm(forms.Form):
    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)


RowForms = forms.formset_factory(RowForm, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True)


@community_page
@require_safe
def lists(request: ActorRequest) -> HttpResponse:
    """All lists that hold now; a category in the address leads to its own page."""
    chosen = request.GET.get("category", "")
    if chosen in categories():
        return redirect("workbench:checklist", chosen)
    language = get_language() or "zh-hans"
    rows = [(one, kind_of(one.category).path(language)) for one in checklists(request.actor)]
    context = page_of(request, "cases", rows=rows, choices=category_choices())
    return render(request, "workbench/checklists.html", context)


@director_page
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: ActorRequest, category: str) -> HttpResponse:
    if category not in categories():
        raise NotFound
    versions = list(
        Checklist.objects.visible_to(request.actor)
        .filter(category=category)
        .select_related("made_by")
        .prefetch_related("rows")
        .order_by("-version")
    )
    now = versions[0] if versions else None
    rows = list(now.rows.all()) if now else []
    initial = [{"words": row.words, "required": row.required} for row in rows]
    initial += [{}] * min(SPARE, MOST_ROWS - len(initial))
    seen = SeenForm(request.POST if request.method == "POST" else None, initial={"after": now.version if now else 0})
    form = RowForms(request.POST if request.method == "POST" else None, initial=initial, prefix="row")
    errors, status = [], 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and seen.is_valid():
            written = [(one["words"], one["required"]) for one in form.cleaned_data if one.get("words")]
            try:
                write_checklist(category, written, after=seen.cleaned_data["after"], actor=request.actor)
            except Refusal as refusal:
                errors, status = [refusal.message], refusal.status
            else:
                messages.success(request, _("记下了，以后派出去的事都带这张检查单。"))
                return redirect("workbench:checklists")
    context = page_of(
        request, "cases", form=form, seen=seen, errors=errors, versions=versions,
        name=kind_of(category).path(get_language() or "zh-hans"),
    )  # fmt: skip
    return render(request, "workbench/checklist.html", context, status=status)
