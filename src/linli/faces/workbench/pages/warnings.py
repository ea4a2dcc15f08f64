from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Min
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from linli.act.casework.models import Case
from linli.act.casework.queries import case_of_warning
from linli.act.casework.queries.danger import dangers
from linli.faces.workbench.access import community_page, staff_page
from linli.faces.workbench.climbs import climbs_of
from linli.faces.workbench.curves import curves_of
from linli.faces.workbench.finding import finding_field, on_site_field, sounds_on
from linli.faces.workbench.first_steps import steps_for
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.months import first_of_month, recent_months
from linli.faces.workbench.pages.pauses import AwayForm
from linli.faces.workbench.pages.reveal import seeable
from linli.faces.workbench.sensing_report import sensing_report_pdf
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound, Refusal
from linli.foundation.shares import Rate
from linli.sense.telemetry.looks import note_look
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.queries import sight_of, taken_back
from linli.understand.warnings import actions
from linli.understand.warnings.arriving import arrival_term
from linli.understand.warnings.attention import LEAST, MOST, budget_of, folded, set_budget
from linli.understand.warnings.call_words import place_words
from linli.understand.warnings.calling import calling_now
from linli.understand.warnings.causes import groups, rest_while_away
from linli.understand.warnings.explaining import purpose, title
from linli.understand.warnings.models import WORKFLOW, Warning
from linli.understand.warnings.owed_findings import finding_due
from linli.understand.warnings.queries import (
    RECORD_DAYS,
    active_ranked,
    living_there,
    parts_of,
    recent,
    recent_records,
    visible_warning,
    waiting_alone,
)
from linli.understand.warnings.seeing import told

ON_A_PAGE = 25
WAITING_SHOWN = 100
TRIGGERS_SHOWN = timedelta(hours=12)

LABELS: dict[str, str | Promise] = {
    "acknowledge": _("我知道了，马上去"),
    "arrive": _("我到了"),
    "take_over": _("我来接手，马上去"),
    "handle": _("去过了，写下发现"),
    "clear": _("解除这条预警"),
    "dismiss": _("不是真的，写下原因"),
    "release": _("单独处理"),
}
DONE: dict[str, str | Promise] = {
    "acknowledge": _("记下了，有人在去。"),
    "arrive": _("记下了，有人在现场。看过了，请写下发现。"),
    "take_over": _("记下了，由您去。"),
    "handle": _("记下了。"),
    "clear": _("解除了。"),
    "dismiss": _("记成误报了，以后算得更准。"),
    "release": _("单独处理，马上有人管。"),
}


class FindingForm(forms.Form):
    """What somebody found at the place: every warning ends with it."""

    note = forms.CharField(label=_("说两句"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args, verb: str, of: Warning, **kwargs):
        super().__init__(*args, **kwargs | {"auto_id": f"{verb}_%s"})
        self.verb = verb
        self.label = LABELS[verb]
        self.fields["finding"] = finding_field([of], without=() if verb == "handle" else {Warning.Finding.TRUE})
        if sounds_on([of]):
            self.fields["on_site"] = on_site_field()
            if verb == "handle" and of.sounds_unseen:
                self.fields["on_site"].help_text = _("设备还在报警，还没有人说到了现场：没有到过现场，写不了发现。")
            self.fields["note"].help_text = _("设备还在报警：说不是真的，要写下为什么。")


class OverForm(forms.Form):
    """Who ends what a device still tells has seen that it is over."""

    on_site = forms.BooleanField(label=_("到现场看过了，已经没事了"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs | {"auto_id": "clear_%s"})
        self.verb, self.label = "clear", LABELS["clear"]


def form_for(verb: str, of: Warning, actor: Actor, data: QueryDict | None = None) -> FindingForm | OverForm | None:
    """What the verb asks, of this warning; None where one press does it."""
    if verb in {"handle", "dismiss"}:
        return FindingForm(data, verb=verb, of=of)
    return OverForm(data) if verb == "clear" and actions.must_be_there(of, actor) else None


class BudgetForm(forms.Form):
    per_day = forms.IntegerField(
        label=_("我每天最多看几条"),
        min_value=LEAST,
        max_value=MOST,
        required=False,
        help_text=_("不填就全都摆出来。P0 不算在内。"),
    )


@dataclass(frozen=True)
class Line:
    """``sentence`` explains the warning with its numbers, where the reader may know them (``seen``)."""

    warning: Warning
    title: str
    sentence: str
    place: str
    seen: bool


@dataclass(frozen=True)
class Record:
    """How a detector did: ``rate`` is its precision, the share of its ended warnings that were true."""

    kind: str
    title: str
    raised: int
    true: int
    rate: Rate


@staff_page
@require_safe
def warnings(request: ActorRequest) -> HttpResponse:
    ended = recent(request.actor).exclude(state__in=Warning.LIVE)
    paginator = Paginator(ended, ON_A_PAGE)
    shown = paginator.get_page(request.GET.get("page"))
    active = list(active_ranked(request.actor))
    beyond = folded(active, request.actor)
    later = {one.pk for one in beyond}
    context = page_of(
        request,
        "warnings",
        active=lines_of([one for one in active if one.pk not in later], request.actor),
        beyond=lines_of(beyond, request.actor),
        budget=BudgetForm(initial={"per_day": budget_of(request.actor)}),
        ended=lines_of(shown.object_list, request.actor),
        shown=shown,
        called=called_lines(request.actor),
        dangers=len(dangers(request.actor)),
        waiting=lines_of(waiting_alone(request.actor)[:WAITING_SHOWN], request.actor),
        records=_records(),
        record_days=RECORD_DAYS,
        months=recent_months(clock.now()),
        read_at=clock.now(),
    )
    return render(request, "workbench/warnings.html", context)


@community_page
@require_safe
def report(request: ActorRequest) -> HttpResponse:
    """The sensing report of a month, for paper."""
    first = first_of_month(request.GET.get("month", ""))
    oldest = Device.objects.visible_to(request.actor).aggregate(at=Min("enrolled_at"))["at"]
    known_from = timezone.localtime(oldest or clock.now()).date().replace(day=1)
    if not known_from <= first <= timezone.localtime(clock.now()).date():
        messages.warning(request, str(_("这个月没有可以看的：那时还没有装设备，或者还没有到。")))
        return redirect("workbench:warnings")
    response = HttpResponse(sensing_report_pdf(first, actor=request.actor), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="sensing-{first:%Y-%m}.pdf"'
    return response


@staff_page
@require_POST
def budget(request: ActorRequest) -> HttpResponse:
    """At most so many a day for the person who asks; empty: all of them."""
    form = BudgetForm(request.POST)
    if form.is_valid():
        set_budget(form.cleaned_data["per_day"], actor=request.actor)
        messages.success(request, str(_("记下了，多出来的排好了收在下面。")))
    else:
        messages.warning(request, "；".join(str(one) for errors in form.errors.values() for one in errors))
    return redirect("workbench:warnings")


@staff_page
@require_safe
def warning(request: ActorRequest, warning_id: int) -> HttpResponse:
    return _show(request, visible_warning(warning_id, request.actor))


@staff_page
@require_POST
def do(request: ActorRequest, warning_id: int, verb: str) -> HttpResponse:
    found = visible_warning(warning_id, request.actor)
    action = actions.VERBS.get(verb)
    if action is None:
        raise NotFound
    given = {}
    form = form_for(verb, found, request.actor, request.POST)
    if form is not None:
        if not form.is_valid():
            return _show(request, found, form=form, status=422)
        given = form.cleaned_data
    try:
        action(found, actor=request.actor, **given)
    except Refusal as refusal:
        if form is not None and refusal.field in form.fields:
            refusal.beside(form)
            return _show(request, found, form=form, status=422)
        messages.warning(request, str(refusal))
    else:
        again = verb == "acknowledge" and found.taken_by(request.actor.account_id)
        messages.success(request, str(_("您已经应了。")) if again else str(DONE[verb]))
    return redirect("workbench:warning", warning_id)


def lines_of(found: Iterable[Warning], actor: Actor) -> list[Line]:
    listed = list(found)
    words = told(listed, actor)
    return [Line(one, words[one.pk].title, words[one.pk].sentence, place_of(one), words[one.pk].seen) for one in listed]


@dataclass(frozen=True)
class CalledLine:
    """A call to the reader with its one button: ``verb`` says ``label``."""

    line: Line
    since: datetime
    late: str
    verb: str
    label: str | Promise


CALLED_LABELS: dict[str, str | Promise] = {"acknowledge": _("我去"), "arrive": _("我到了"), "take_over": _("我去")}


def called_lines(actor: Actor) -> list[CalledLine]:
    asked = calling_now(actor)
    lines = lines_of([one.warning for one in asked], actor)
    return [
        CalledLine(line, one.since, one.late, one.verb, CALLED_LABELS[one.verb])
        for line, one in zip(lines, asked, strict=True)
    ]


def place_of(found: Warning) -> str:
    """Where to go: staff of the place need the home, so it stands here and on no wall."""
    return place_words(found, whole=True)


def _show(
    request: ActorRequest, found: Warning, *, form: FindingForm | OverForm | None = None, status: int = 200
) -> HttpResponse:
    now = clock.now()
    allowed = [s.verb for s in WORKFLOW.allowed(found.state) if "staff" in s.who] if _may(request, found) else []
    allowed = [verb for verb in allowed if not _said_already(verb, found, request.actor)]
    if not found.taken_by(request.actor.account_id):
        allowed.sort(key=lambda verb: verb == "arrive")
    forms_of = {verb: asks for verb in allowed if (asks := form_for(verb, found, request.actor)) is not None}
    if form is not None:
        forms_of[form.verb] = form
    end = min(now, (found.ended_at or now) + timedelta(hours=1))
    (line,) = lines_of([found], request.actor)
    due = finding_due(found)
    device = found.device if line.seen else None
    record = next((r for r in _records() if r.kind == found.kind), None)
    offers_away = line.seen and found.home_id and found.state in Warning.LIVE and found.kind in rest_while_away()
    if device is not None and sight_of(device, request.actor):
        note_look(device, request.actor)
    danger_fields = seeable("emergency", request.actor) if found.level == "P0" and found.state in Warning.LIVE else []
    context = page_of(
        request,
        "warnings",
        line=line,
        **steps_for(found, request.actor, seen=line.seen),
        danger_fields=danger_fields,
        danger_about=f"warning:{found.pk}",
        living_there=living_there(found, request.actor) if danger_fields else [],
        warning=found,
        finding_due=due,
        finding_late=due is not None and due < now,
        climbs=climbs_of(found),
        nobody_goes=arrival_term(found) if found.state == Warning.State.OPEN else None,
        parts=lines_of(parts_of(found, request.actor), request.actor),
        whole=found.part_of,
        many_places=found.kind in groups(),
        away_form=AwayForm() if offers_away and allowed else None,
        purpose=purpose(found.kind) if line.seen else "",
        record=record if line.seen else None,
        record_days=RECORD_DAYS,
        case=_case(found, request.actor),
        curves=curves_of(device, end - TRIGGERS_SHOWN, end, mark=found.opened_at, actor=request.actor)
        if device
        else [],
        taken_back=device is not None and taken_back(device),
        curve_hours=TRIGGERS_SHOWN.total_seconds() // 3600,
        buttons=[(verb, LABELS[verb], verb in forms_of) for verb in allowed],
        forms=list(forms_of.values()),
        form_open=form.verb if form else "",
    )
    return render(request, "workbench/warning.html", context, status=status)


def _case(found: Warning, actor: Actor) -> Case | None:
    """Where it is worked on, or else the case that it opened, as far as the reader may see them."""
    case = case_of_warning(found.pk)
    seen = Case.objects.visible_to(actor)
    return (seen.filter(pk=case.pk).first() or seen.filter(warning=found).first()) if case is not None else None


def _said_already(verb: str, found: Warning, actor: Actor) -> bool:
    """Whether a button would change nothing: somebody is there, or the reader goes, or nobody has said that they go."""
    match verb:
        case "arrive":
            return not found.awaits_arrival
        case "take_over":
            return not found.awaits_arrival or found.taken_by(actor.account_id)
    return False


def _may(request: ActorRequest, found: Warning) -> bool:
    return actions.may_work_on(found, request.actor)


def _records() -> list[Record]:
    return [Record(r.kind, title(r.kind), r.raised, r.true, r.precision) for r in recent_records().values()]
