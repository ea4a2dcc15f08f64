"""The rules that watch: what each looks for, its numbers, and what it would have said with others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
from linli.foundation.accounts.actor import Actor, as_read
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.lifecycle.explaining import moment
from linli.sense.telemetry.device_types import CATALOGUE
from linli.understand.warnings.changing_rules import (
    approve_change,
    change_rule,
    changes_of,
    changes_waiting,
    refuse_change,
    to_approve,
    withdraw_change,
)
from linli.understand.warnings.learning import apply_proposal, decline_proposal, open_proposals
from linli.understand.warnings.models import LONGEST_REASON, Proposal, RuleChange, Warning
from linli.understand.warnings.previewing import Preview, preview
from linli.understand.warnings.queries import RECORD_DAYS, DetectorRecord, recent_records
from linli.understand.warnings.rule_terms import LONGEST_OFF_DAYS, OFF_DAYS
from linli.understand.warnings.rules import InForce, rules_in_force
from linli.understand.warnings.seeing import Foretold, foretold
from linli.understand.warnings.shipped import DANGER, Shipped
from linli.understand.warnings.two_persons import allowed_on
from linli.understand.warnings.weakening import held_whole, needs_two

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
    reason = forms.CharField(
        label=gettext_lazy("为什么要改"),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": gettext_lazy("太长了，写短一点。")},
    )

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
        if rule.shipped.configured.level == DANGER:
            self.fields["reason"].help_text = _("关掉、晚报、少报要写，还要另一位同意。早报、多报不用。")
            self.fields["off_days"] = _days_field(rule)
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def settings(self) -> dict[str, float | str]:
        return {name: value for name, value in self.cleaned_data.items() if name not in {"on", "reason", "off_days"}}


def _days_field(rule: InForce) -> forms.IntegerField:
    """Left empty, an end that there is stays."""
    told = {"most": LONGEST_OFF_DAYS, "days": OFF_DAYS, "until": moment(rule.off_until) if rule.off_until else ""}
    words = (
        _("现在关到 %(until)s，不写就不变。写了，从现在起重新算，最多 %(most)d 天；关得更久要另一位同意。")
        if rule.off_until
        else _("只在关掉时用：从同意时算起，最多 %(most)d 天，到期自己重新开。不写就是 %(days)d 天。")
    )
    return forms.IntegerField(
        label=_("关几天"), required=False, min_value=1, max_value=LONGEST_OFF_DAYS, help_text=words % told,
        initial=None if rule.off_until else OFF_DAYS,
    )  # fmt: skip


@community_page
@require_safe
def rules(request: ActorRequest) -> HttpResponse:
    records, waiting, asked = recent_records(), open_proposals(), changes_waiting()
    groups: dict[str, list[tuple[InForce, DetectorRecord, Proposal | None, RuleChange | None]]] = {}
    for key, rule in rules_in_force().items():
        line = (rule, records.get(key, _none_yet(key)), waiting.get(key), asked.get(key))
        groups.setdefault(str(CATALOGUE[rule.configured.device_type].label), []).append(line)
    context = page_of(
        request, "warnings", groups=list(groups.items()), asked=len(to_approve(asked.values(), request.actor))
    )
    return render(request, "workbench/rules.html", context)


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
    on = form.cleaned_data["on"]
    try:
        if "preview" in request.POST:
            return _show(request, found, form, preview(key, form.settings(), on=on, actor=request.actor))
        change_rule(
            key, on=on, settings=form.settings(), reason=form.cleaned_data["reason"],
            off_days=form.cleaned_data.get("off_days"), actor=request.actor,
        )  # fmt: skip
    except (Invalid, Conflict) as refusal:
        refusal.beside(form)
        return _show(request, found, form, status=refusal.status)
    _tell(request, key, _("改好了，从现在起这样看。"))
    return redirect("workbench:rule", key)


@community_page
@require_POST
def proposal(request: ActorRequest, key: str) -> HttpResponse:
    """What findings propose is put into force, or not."""
    try:
        if request.POST.get("decision") == "apply":
            apply_proposal(key, actor=request.actor, reason=request.POST.get("reason", ""))
            _tell(request, key, _("照着改了，从现在起这样看。"))
        else:
            decline_proposal(key, actor=request.actor)
            messages.success(request, _("不改。有了更多结论再看。"))
    except (Invalid, Conflict) as refusal:
        messages.warning(request, str(refusal))
    return redirect("workbench:rule", key)


@community_page
@require_POST
def change(request: ActorRequest, key: str, change_id: int, verb: str) -> HttpResponse:
    """A change that waits for two people is approved, refused or taken back."""
    try:
        if verb == "approve":
            approve_change(change_id, actor=request.actor)
            messages.success(request, _("同意了，从现在起这样看。"))
        elif verb == "refuse":
            refuse_change(change_id, decision=request.POST.get("decision", ""), actor=request.actor)
            messages.success(request, _("没有同意，规则照旧。"))
        elif verb == "withdraw":
            withdraw_change(change_id, actor=request.actor)
            messages.success(request, _("收回了，规则照旧。"))
        else:
            raise NotFound
    except Invalid:
        messages.warning(request, _("请写一句为什么不同意，提的人看得到。"))
    except Conflict as refusal:
        messages.warning(request, str(refusal))
    return redirect("workbench:rule", key)


def _tell(request: ActorRequest, key: str, done: str) -> None:
    """Whether it holds now, or waits for somebody else."""
    asked = changes_waiting().get(key)
    if asked is None:
        messages.success(request, done)
    else:
        messages.info(request, _("提出来了。另一位同意以前，还照原来的看。"))


def _none_yet(key: str) -> DetectorRecord:
    return DetectorRecord(key, raised=0, active=0, found=0, true=0, false=0, technical=0)


def _show(
    request: ActorRequest, found: InForce, form: RuleForm, seen: Preview | None = None, *, status: int = 200
) -> HttpResponse:
    source = "；".join(part for part in found.configured.source.split("; ") if not part.startswith("domain.md"))
    key, actor = found.shipped.key, request.actor
    record, waiting = recent_records().get(key, _none_yet(key)), open_proposals().get(key)
    history = [_line(found.shipped, one, actor) for one in changes_of(key)]
    asked = next((one for one in history if one.change.state == RuleChange.State.ASKED), None)
    context = page_of(
        request, "warnings", rule=found, source=source, form=form, seen=seen,
        told=_told(key, seen, actor) if seen else [],
        dropped=foretold(key, seen.dropped, actor) if seen else [],
        record=record, record_days=RECORD_DAYS, findings=_findings(record), waiting=waiting,
        asked=asked, asked_fields=_as_fields(asked.change.after) if asked else [], history=history,
        **(_proposed(found, waiting) if waiting else {}),
    )  # fmt: skip
    return render(request, "workbench/rule.html", context, status=status)


def _told(key: str, seen: Preview, actor: Actor) -> list[tuple[Foretold, bool]]:
    """What it would say, each with whether it does not say it now."""
    return [(one, n in seen.new) for n, one in enumerate(foretold(key, seen.spoken, actor))]


@dataclass(frozen=True)
class Line:
    """One change as the page tells it; ``steps`` are ``(what, from, to)`` in words. Of one that waits the days for which the
    rule would be off are told, since their end depends on the yes."""

    change: RuleChange
    steps: list[tuple[str, str, str]]
    asked_as: str
    decided_as: str
    verbs: set[str]


def _as_fields(held: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is asked for as the form of the rule sends it."""
    numbers = [
        (name, f"{value:g}" if isinstance(value, float) else str(value)) for name, value in held["settings"].items()
    ]
    return [*([("on", "on")] if held["on"] else []), *numbers]


def _line(shipped: Shipped, change: RuleChange, actor: Actor) -> Line:
    was, then = _whole(shipped, change.before), _whole(shipped, change.after)
    if change.state == RuleChange.State.ASKED and change.off_days:
        then["off_until"] = was["off_until"]
    steps = [(_name(shipped, name), _amount(shipped, name, was.get(name)), _amount(shipped, name, then[name]))
             for name in then if was.get(name) != then[name]]  # fmt: skip
    return Line(change, steps, as_read(change.asked_as), as_read(change.decided_as), allowed_on(change, actor))


def _whole(shipped: Shipped, held: Mapping[str, Any]) -> dict[str, Any]:
    """The switch, its end and every number, as one."""
    whole = held_whole(shipped, held)
    return {"on": whole["on"], "off_until": whole["off_until"], **whole["settings"]}


def _name(shipped: Shipped, name: str) -> str:
    if name in shipped.settings:
        return str(shipped.settings[name].words)
    return {"on": _("这条规则"), "off_until": _("关到"), "days": _("哪些日子看")}.get(name, name)


def _amount(shipped: Shipped, name: str, value: Any) -> str:
    if name == "on":
        return _("开着") if value else _("关掉")
    if name == "off_until":
        return moment(datetime.fromisoformat(value)) if value else "—"
    if name == "days":
        return str(dict(DAYS).get(value, value))
    unit = shipped.settings[name].unit if name in shipped.settings else ""
    return f"{value:g} {UNITS.get(unit, unit)}".strip() if isinstance(value, int | float) else str(value)


def _findings(record: DetectorRecord) -> list[tuple[str, int]]:
    """How often each finding was made, in words; only those that were."""
    away = record.found - record.true - record.false - record.technical - record.refused
    counts = {
        Warning.Finding.TRUE: record.true, Warning.Finding.FALSE: record.false, Warning.Finding.AWAY: away,
        Warning.Finding.TECHNICAL: record.technical, Warning.Finding.REFUSED: record.refused,
    }  # fmt: skip
    return [(str(finding.label), n) for finding, n in counts.items() if n]


def _proposed(rule: InForce, waiting: Proposal) -> dict[str, Any]:
    name = waiting.setting
    held: dict[str, Any] = {"on": rule.on, "settings": dict(rule.configured.settings)}
    then = {"on": rule.on, "settings": {**held["settings"], name: waiting.value}}
    told = {which: _amount(rule.shipped, name, getattr(waiting, which)) for which in ("before", "value")}
    return {"setting": _name(rule.shipped, name), "two": needs_two(rule.shipped, held, then), **told}
