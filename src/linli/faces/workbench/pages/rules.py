"""The rules that watch: what each looks for, its numbers, and what it would have said with others."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import community_page
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.sense.telemetry.device_types import CATALOGUE
from linli.understand.warnings.changing_rules import change_rule
from linli.understand.warnings.learning import apply_proposal, decline_proposal, open_proposals
from linli.understand.warnings.models import Proposal, Warning
from linli.understand.warnings.previewing import Preview, preview
from linli.understand.warnings.queries import RECORD_DAYS, DetectorRecord, recent_records
from linli.understand.warnings.rules import InForce, rules_in_force
from linli.understand.warnings.seeing import foretold

DAYS = [
    ("all", gettext_lazy("每天")),
    ("workdays", gettext_lazy("工作日")),
    ("days_off", gettext_lazy("周末和节假日")),
]

UNITS = {"s": gettext_lazy("秒"), "min": gettext_lazy("分钟"), "h": gettext_lazy("小时"), "kWh": gettext_lazy("度"),
         "/min": gettext_lazy("次/分钟"), "mm": gettext_lazy("毫米")}  # fmt: skip
"""Words for units; the others are said by their sign."""


class RuleForm(forms.Form):
    """The numbers of one rule, each with its range, and whether it watches at all."""

    on = forms.BooleanField(label=gettext_lazy("用这条规则"), required=False)

    def __init__(self, rule: InForce, *args, **kwargs) -> None:
        asked = rule.configured.settings
        kwargs.setdefault("initial", {"on": rule.on, **asked})
        super().__init__(*args, **kwargs)
        for one in rule.shipped.settings.values():
            unit = str(UNITS.get(one.unit, one.unit))
            told = {"least": f"{one.least:g}", "most": f"{one.most:g}", "value": f"{one.value:g}"}
            given: dict[str, Any] = {
                "label": f"{one.words}（{unit}）" if unit else str(one.words),
                "help_text": _("%(least)s 到 %(most)s，原来是 %(value)s") % told,
            }
            if one.whole:
                self.fields[one.key] = forms.IntegerField(min_value=int(one.least), max_value=int(one.most), **given)
            else:
                self.fields[one.key] = forms.FloatField(min_value=one.least, max_value=one.most, **given)
        if "days" in asked:
            self.fields["days"] = forms.ChoiceField(label=_("哪些日子看"), choices=DAYS)

    def settings(self) -> dict[str, float | str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "on"}


@community_page
@require_safe
def rules(request: ActorRequest) -> HttpResponse:
    records, waiting = recent_records(), open_proposals()
    groups: dict[str, list[tuple[InForce, DetectorRecord, Proposal | None]]] = {}
    for key, rule in rules_in_force().items():
        line = (rule, records.get(key, _none_yet(key)), waiting.get(key))
        groups.setdefault(str(CATALOGUE[rule.configured.device_type].label), []).append(line)
    return render(request, "workbench/rules.html", page_of(request, "warnings", groups=list(groups.items())))


@community_page
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: ActorRequest, key: str) -> HttpResponse:
    found = rules_in_force().get(key)
    if found is None:
        raise NotFound
    form = RuleForm(found, request.POST or None)
    if request.method != "POST":
        return _show(request, found, form)
    if not form.is_valid():
        return _show(request, found, form, status=422)
    try:
        if "preview" in request.POST:
            return _show(request, found, form, preview(key, form.settings(), actor=request.actor))
        change_rule(key, on=form.cleaned_data["on"], settings=form.settings(), actor=request.actor)
    except Invalid as refusal:
        refusal.beside(form)
        return _show(request, found, form, status=422)
    messages.success(request, _("改好了，从现在起这样看。"))
    return redirect("workbench:rule", key)


@community_page
@require_POST
def proposal(request: ActorRequest, key: str) -> HttpResponse:
    """What findings propose is put into force, or not."""
    try:
        if request.POST.get("decision") == "apply":
            apply_proposal(key, actor=request.actor)
            messages.success(request, _("照着改了，从现在起这样看。"))
        else:
            decline_proposal(key, actor=request.actor)
            messages.success(request, _("不改。有了更多结论再看。"))
    except Conflict as refusal:
        messages.warning(request, str(refusal))
    return redirect("workbench:rule", key)


def _none_yet(key: str) -> DetectorRecord:
    return DetectorRecord(key, raised=0, active=0, found=0, true=0, false=0, technical=0)


def _show(
    request: ActorRequest, found: InForce, form: RuleForm, seen: Preview | None = None, *, status: int = 200
) -> HttpResponse:
    told = foretold(found.shipped.key, seen.spoken, request.actor) if seen else []
    source = "；".join(part for part in found.configured.source.split("; ") if not part.startswith("domain.md"))
    key = found.shipped.key
    record, waiting = recent_records().get(key, _none_yet(key)), open_proposals().get(key)
    context = page_of(
        request, "warnings", rule=found, source=source, form=form, seen=seen, told=told, record=record,
        record_days=RECORD_DAYS, findings=_findings(record), waiting=waiting,
        **(_proposed(found, waiting) if waiting else {}),
    )  # fmt: skip
    return render(request, "workbench/rule.html", context, status=status)


def _findings(record: DetectorRecord) -> list[tuple[str, int]]:
    """How often each finding was made, in words; only those that were."""
    away = record.found - record.true - record.false - record.technical - record.refused
    counts = {
        Warning.Finding.TRUE: record.true, Warning.Finding.FALSE: record.false, Warning.Finding.AWAY: away,
        Warning.Finding.TECHNICAL: record.technical, Warning.Finding.REFUSED: record.refused,
    }  # fmt: skip
    return [(str(finding.label), n) for finding, n in counts.items() if n]


def _proposed(rule: InForce, waiting: Proposal) -> dict[str, str]:
    one = rule.shipped.settings[waiting.setting]
    unit = str(UNITS.get(one.unit, one.unit))
    told = {name: f"{getattr(waiting, name):g} {unit}".strip() for name in ("before", "value")}
    return {"setting": str(one.words), **told}
