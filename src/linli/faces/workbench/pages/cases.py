"""Today's list beside one case; all cases; what can be done to a case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.act.casework import actions
from linli.act.casework.actions.errands import MAY_HAVE_ERRANDS, may_send
from linli.act.casework.actions.spending import in_words
from linli.act.casework.models import UNFINISHED, Case, Level, State
from linli.act.casework.queries import (
    CasePage,
    Duplicate,
    Reporter,
    apart,
    case_keys,
    case_page,
    drafts_for,
    duplicates_of,
    errands_of,
    in_full,
    joint_offers,
    left_alone,
    list_cases,
    load_case,
    mentions_of,
    pairs,
    spendings_of,
    suggested,
    today_list,
    told_otherwise,
    unknown_in_note,
    warnings_of,
    watched_by,
    watches,
)
from linli.act.casework.queries.case_page import sees_everything
from linli.act.casework.queries.concerning import in_danger
from linli.act.casework.queries.danger import dangers
from linli.act.casework.queries.quality import to_check
from linli.act.casework.rules.spending import in_yuan
from linli.faces.kit.numbers import whole
from linli.faces.plan import around
from linli.faces.workbench.access import staff_page
from linli.faces.workbench.climbs import climbs_of
from linli.faces.workbench.deaf_lines import deaf_lines
from linli.faces.workbench.evidence import marked, reasons_of
from linli.faces.workbench.exporting import workbook_of
from linli.faces.workbench.first_steps import steps_for
from linli.faces.workbench.frame import page_of
from linli.faces.workbench.pages.reveal import seeable
from linli.faces.workbench.pages.warnings import Line, called_lines, lines_of
from linli.faces.workbench.rows import rows_of
from linli.faces.workbench.today import chips_of, first_of
from linli.faces.workbench.verbs import DONE, DONE_AT_THE_PLACE, FIELDS, PLAIN, VerbForm, buttons_of
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.roles import Role
from linli.foundation.documents.spreadsheets import XLSX
from linli.foundation.errors import Conflict, Invalid, NotFound
from linli.foundation.files.actions import store_photo
from linli.foundation.privacy.exports.actions import note_export
from linli.foundation.privacy.exports.models import Kind
from linli.foundation.privacy.rights.queries import mine_to_answer
from linli.foundation.registry.models import Building, Grid
from linli.sense.requests.rules.danger import find_danger
from linli.sense.telemetry.conditions import CONDITIONS, UNHEARD, tallies
from linli.sense.telemetry.models import Device
from linli.understand.warnings.changing_plan import plan_change_waiting
from linli.understand.warnings.changing_rules import changes_waiting, may_change_rules, to_approve
from linli.understand.warnings.empty_rungs import empty_rungs
from linli.understand.warnings.owed_findings import findings_owed
from linli.understand.warnings.queries import PLACE
from linli.understand.warnings.rules import dangers_off
from linli.understand.warnings.seeing import told_to
from linli.understand.warnings.shipped import shipped_rules
from linli.understand.warnings.two_persons import allowed_on
from linli.understand.warnings.worked_on import to_answer

ON_A_PAGE = 30
TODAY_AT_FIRST = 30
"""Of today's list, whose rest is a press away: a worker who has hundreds starts with the first."""
LONGEST_QUESTION = 80
SAID_AT_FIRST = 20
SOON = timedelta(hours=4)
SHOWN_ABOVE = 5
"""Mentions and watched cases with something new that stand above today's list; the rest is a press away."""
UNFOUND_SHOWN = 20
"""Warnings without a finding above today's list; all of them stand on the page of warnings."""
VERDICTS = frozenset({"right", "wrong"})
FIELD_NAMES = {"photo_ids": "photos"}


@staff_page
@require_safe
def today(request: ActorRequest) -> HttpResponse:
    """The list; on a wide screen its first case stands beside it."""
    listed = _listed(request)
    first = first_of(listed["groups"])
    if first is None:
        return render(request, "workbench/two.html", page_of(request, "today", at="list", **listed))
    context = page_of(
        request, "today", at="list", **listed | {"open_id": first.case.pk}, **_detail(request, first.case.pk)
    )
    return render(request, "workbench/two.html", context)


@staff_page
@require_safe
def today_part(request: ActorRequest) -> HttpResponse:
    """The list alone, asked for again every ten seconds."""
    return render(
        request,
        "workbench/_list.html",
        page_of(request, "today", at=request.GET.get("on", "list"), **_listed(request)),
    )


@staff_page
@require_safe
def case(request: ActorRequest, case_id: int) -> HttpResponse:
    context = page_of(request, "today", at="detail", **_detail(request, case_id), **_listed(request, at=case_id))
    return render(request, "workbench/two.html", context)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def do(request: ActorRequest, case_id: int, verb: str) -> HttpResponse:
    """One verb: its form on a page of its own, and what the form's dialog posts to."""
    found = load_case(case_id, actor=request.actor)
    if verb not in FIELDS:
        raise NotFound()
    if request.method != "POST":
        return _verb_page(request, found, VerbForm(verb=verb, case=found, actor=request.actor))
    form = VerbForm(request.POST, request.FILES, verb=verb, case=found, actor=request.actor)
    if not form.is_valid():
        return _verb_page(request, found, form, status=422)
    try:
        after = actions.perform(case_id, verb, actor=request.actor, **given_by(form, request.actor))
    except (Invalid, NotFound) as refusal:
        field = FIELD_NAMES.get(refusal.field or "", refusal.field)
        form.add_error(field if field in form.fields else None, refusal.message)
        return _verb_page(request, found, form, status=refusal.status)
    except Conflict as refusal:
        messages.warning(request, str(refusal))
        if verb in PLAIN:
            return redirect("workbench:case", case_id)
        form.add_error(None, refusal.message)
        return _verb_page(request, found, form, status=refusal.status)
    messages.success(request, DONE_AT_THE_PLACE.get(verb, DONE[verb]) if found.nobody_reported() else DONE[verb])
    for who in unknown_in_note(form.cleaned_data.get("text", "")) if verb == "note" else ():
        messages.warning(request, _("“@%(who)s”没有对上哪位同事，没有人收到提醒。") % {"who": who})
    return redirect("workbench:case", _where_next(after, request.actor))


@staff_page
@require_POST
def write_down(request: ActorRequest, case_id: int, voice_id: int) -> HttpResponse:
    """What a voice message says, as somebody heard it."""
    typed = request.POST.get("words", "")
    try:
        after = actions.write_down(case_id, voice_id=voice_id, words=typed, actor=request.actor)
    except Invalid as refusal:
        context = page_of(request, "today", at="detail", **_detail(request, case_id), **_listed(request, at=case_id))
        context |= {"voice_at_fault": voice_id, "voice_typed": typed, "voice_error": refusal.message}
        return render(request, "workbench/two.html", context, status=refusal.status)
    messages.success(request, _("写好了，说的人看得到。"))
    return redirect("workbench:case", after.pk)


@staff_page
@require_safe
def sheet(request: ActorRequest, case_id: int) -> HttpResponse:
    """One case on A4, with what is masked on the screen masked on paper too."""
    found = load_case(case_id, actor=request.actor)
    context = page_of(request, "cases", page=case_page(found, request.actor), printed_at=clock.now())
    return render(request, "workbench/sheet.html", context)


@staff_page
@require_safe
def cases(request: ActorRequest) -> HttpResponse:
    narrowed, chosen = _filtered(request)
    paginator = Paginator(case_keys(request.actor, **narrowed), ON_A_PAGE)  # type: ignore[arg-type]
    shown = paginator.get_page(request.GET.get("page"))
    context = page_of(
        request,
        "cases",
        rows=rows_of(in_full(shown.object_list, request.actor), clock.now(), request.actor, words=chosen["q"]),
        shown=shown,
        chosen=chosen,
        query=urlencode({k: v for k, v in chosen.items() if v}),
        states=State.choices,
        levels=Level.choices,
        grids=Grid.objects.visible_to(request.actor),
    )
    return render(request, "workbench/cases.html", context)


@staff_page
@require_safe
def export(request: ActorRequest) -> HttpResponse:
    """The rows that the filters leave, as Excel: names and numbers stay masked."""
    narrowed, _chosen = _filtered(request)
    found = list(rows_of(list_cases(request.actor, **narrowed), clock.now(), request.actor))
    stamp = note_export(Kind.CASES, len(found), actor=request.actor)
    response = HttpResponse(workbook_of(found, stamp=stamp), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="cases.xlsx"'
    return response


def _filtered(request: ActorRequest) -> tuple[dict[str, Any], dict[str, str]]:
    """What :func:`list_cases` is to narrow by, and the same as it was chosen."""
    names = ("state", "grid", "level", "building", "overdue", "mine", "q")
    chosen = {name: request.GET.get(name, "").strip() for name in names}
    narrowed = {
        "states": (chosen["state"],) if chosen["state"] in State.values else (),
        "grid_id": whole(chosen["grid"]),
        "building_id": whole(chosen["building"]),
        "level": chosen["level"] if chosen["level"] in Level.values else None,
        "mine": bool(chosen["mine"]),
        "overdue_at": clock.now() if chosen["overdue"] else None,
        "words": chosen["q"][:LONGEST_QUESTION],
    }
    return narrowed, chosen


def _listed(request: ActorRequest, at: int | None = None) -> dict:
    chosen = request.GET.get("kind", "all")
    if chosen not in {"all", "request", "warning"}:
        chosen = "all"
    whole_list = bool(request.GET.get("all"))
    listed = today_list(
        request.actor,
        clock.now(),
        kind="" if chosen == "all" else chosen,
        at_most=None if whole_list else TODAY_AT_FIRST,
    )
    open_id = at or whole(request.GET.get("at"))
    may_change = may_change_rules(request.actor)
    asked = to_approve(changes_waiting().values(), request.actor) if may_change else []
    order = plan_change_waiting() if may_change else None
    return {
        "listed": listed,
        "rights_mine": mine_to_answer(request.actor),
        "offers": joint_offers(request.actor),
        "to_check": to_check(request.actor),
        "troubled": _troubled(request.actor),
        "mentions": mentions_of(request.actor, unseen_only=True)[:SHOWN_ABOVE],
        "watched": watched_by(request.actor, fresh_only=True)[:SHOWN_ABOVE],
        "groups": listed.groups,
        "whole_list": whole_list,
        "chips": chips_of(listed, chosen),
        "kind": chosen,
        "open_id": open_id,
        "called": called_lines(request.actor),
        "dangers": len(dangers(request.actor)),
        "dangers_off": dangers_off(),
        "deaf": deaf_lines(request.actor),
        "to_answer": to_answer(request.actor),
        "may_change_rules": may_change,
        "order_asked": order is not None and "approve" in allowed_on(order, request.actor),
        "rules_asked": [shipped_rules()[one.rule].name for one in asked],
        **_unfound(request.actor),
        "empty": empty_rungs() if request.actor.has(Role.COMMUNITY_DIRECTOR) else [],
    }


def _unfound(actor: Actor) -> dict[str, list[Line]]:
    """Warnings of which nobody has said what was found: their case has ended, or the term has passed since somebody came."""
    alone = list(left_alone(actor)[:UNFOUND_SHOWN])
    owed = [one for one in findings_owed(actor)[:UNFOUND_SHOWN] if one not in alone]
    return {"alone": lines_of(alone, actor), "owed": lines_of(owed, actor)}


def _troubled(actor: Actor) -> list[tuple[str, str, int]]:
    """One line: how many of the worker's devices are silent, weak or not to be believed."""
    counts = tallies(actor, without=frozenset({"late", UNHEARD}))
    return [(key, str(CONDITIONS[key]), count) for key, count in counts.items() if count]


def _device_of(found: Case, actor: Actor) -> Device | None:
    """The device that a case of a repair, a silence or a warning is about."""
    if not found.from_device:
        return None
    opened = found.entries.filter(verb="open").first()
    pk = found.warning.device_id if found.warning is not None else opened.data.get("device_id") if opened else None
    return Device.objects.visible_to(actor).filter(pk=pk).first() if pk else None


def _detail(request: ActorRequest, case_id: int) -> dict:
    found = load_case(case_id, actor=request.actor)
    page = case_page(found, request.actor)
    now = clock.now()
    buttons = buttons_of(found, page.verbs)
    may_reclassify = any(v.verb == "reclassify" for v in page.verbs)
    dangers = [
        find_danger(words) for reporter in page.reporters[:SAID_AT_FIRST] for words in _everything_said(reporter)
    ]
    plan = None
    if found.building is not None:
        estate = Building.objects.visible_to(request.actor).filter(estate_id=found.building.estate_id)
        plan = around(found.building, estate.select_related("estate"))
    danger_fields = seeable("emergency", request.actor) if found.level == Level.P0 else []
    heard = told_to(found.warning, request.actor) if found.warning else None
    return {
        "device": _device_of(found, request.actor),
        "danger_fields": danger_fields,
        "danger_about": f"case:{found.pk}",
        "in_danger": in_danger(found, request.actor) if danger_fields else [],
        "page": page,
        "said": [(reporter, marked(reporter.words, found)) for reporter in page.reporters],
        "reasons": reasons_of(page.reporters, found),
        "plan": plan,
        "may_tick": any(v.verb == "tick" for v in page.verbs),
        "may_spend": any(v.verb == "unspend" for v in page.verbs),
        **_spent(found),
        "watching": watches(found, request.actor),
        "duplicates": _alike_ones(found, page, request.actor),
        "told_otherwise": rows_of(told_otherwise(found, request.actor), now, request.actor)
        if found.state in UNFINISHED
        else [],
        "suggestions": suggested(found, may_decide=may_reclassify) if page.reporters else [],
        "danger_now": found.level == Level.P0 and found.state in UNFINISHED and found.warning_id is None,
        "despair": any(danger is not None and danger.sign == "suicide" for danger in dangers),
        "errands": errands_of(found, request.actor, now),
        "may_send": may_send(found, request.actor) and found.state in MAY_HAVE_ERRANDS,
        "climbs": climbs_of(found.warning) if found.warning else [],
        "joined_warnings": lines_of(
            warnings_of(found).exclude(pk=found.warning_id or 0).select_related(*PLACE), request.actor
        ),
        "warning_sentence": heard.sentence if heard else "",
        **steps_for(found.warning, request.actor, seen=heard is not None and heard.seen),
        "pin": (found.x, -found.y) if found.x is not None and found.y is not None else None,
        "late": page.due is not None and page.due < now,
        "soon": page.due is not None and page.due - now < SOON,
        "may_merge": any(v.verb == "merge" for v in page.verbs),
        "may_reclassify": may_reclassify,
        "may_write_down": sees_everything(found, request.actor),
        "buttons": buttons,
        "forms": [VerbForm(verb=b.verb, case=found, actor=request.actor) for b in buttons.all if b.verb not in PLAIN],
    }


def _spent(found: Case) -> dict:
    rows, totals = spendings_of(found)
    return {
        "spendings": [
            {"row": one.row, "words": in_words(one.row), "who": one.who, "taken_back": one.taken_back} for one in rows
        ],
        "spent": {"cost": in_yuan(totals.cost_fen) if totals.cost_fen else "", "minutes": totals.minutes},
    }


def _everything_said(reporter: Reporter) -> list[str]:
    """Written and spoken, what a machine heard included."""
    voice = reporter.voice
    return [reporter.words] + ([voice.words, voice.suggested] if voice is not None else [])


@staff_page
@require_POST
def decide(request: ActorRequest, case_id: int, suggestion_id: int, verdict: str) -> HttpResponse:
    """One press on a suggestion: right or wrong."""
    if verdict not in VERDICTS:
        raise NotFound()
    try:
        after = actions.decide(
            case_id,
            suggestion_id,
            right=verdict == "right",
            actor=request.actor,
            version=whole(request.POST.get("version")),
        )
    except Conflict as refusal:
        messages.warning(request, str(refusal))
        return redirect("workbench:case", case_id)
    messages.success(request, _("记下了，以后照着学。"))
    return redirect("workbench:case", after.pk)


@staff_page
@require_POST
def two_matters(request: ActorRequest, case_id: int, other_id: int) -> HttpResponse:
    """A person says that two cases that look alike are not the same."""
    actions.two_matters(case_id, other_id, actor=request.actor)
    messages.success(request, _("记下了，是两件事，不再放在一起比。"))
    return redirect("workbench:case", case_id)


def _alike_ones(found: Case, page: CasePage, actor: Actor) -> list[dict]:
    """Both sides of each suspicion: what was found when the requests came in, and what resembles them now."""
    if not page.reporters:
        return []
    stored = pairs(found, actor)
    known = {pair.case.pk for pair in stored} | apart(found)
    beside = [
        {
            "case": pair.case, "words": marked(pair.words, pair.case), "photos": [], "similarity": pair.similarity,
            "metres": pair.metres, "gap": pair.gap, "shared": pair.shared,
        }
        for pair in stored
    ]  # fmt: skip
    return beside + [_alike(d) for d in duplicates_of(found, actor) if d.case.pk not in known]


def _alike(duplicate: Duplicate) -> dict:
    photos = [photo for row in list(duplicate.case.joined.all())[:1] for photo in list(row.request.photos.all())[:2]]
    return {
        "case": duplicate.case, "words": marked(duplicate.words, duplicate.case), "photos": photos,
        "similarity": duplicate.evidence.similarity, "metres": duplicate.evidence.metres, "gap": "", "shared": (),
    }  # fmt: skip


def given_by(form: VerbForm, actor: Actor) -> dict:
    """What the action takes: photos are stored first, empty optional fields are left out."""
    given = {name: value for name, value in form.cleaned_data.items() if value not in ("", None, [])}
    photos = given.pop("photos", [])
    if photos:
        given["photo_ids"] = [store_photo(photo.read(), actor=actor).pk for photo in photos]
    if form.verb == "rate":
        given["channel"] = "phone"
    return given


def _where_next(after, actor: Actor) -> int:
    return after.parent_id if after.parent_id else after.pk


def _verb_page(request: ActorRequest, found, form: VerbForm, *, status: int = 200) -> HttpResponse:
    page = case_page(found, request.actor)
    if form.verb not in {v.verb for v in page.verbs} and not form.is_bound:
        messages.warning(request, _("现在的状态不能做这一步，请刷新后再看。"))
        return redirect("workbench:case", found.pk)
    drafts = drafts_for(found, request.actor) if form.verb == "feed_back" and page.reporters else []
    taken = next((draft for draft in drafts if draft.case.pk == whole(request.GET.get("from"))), None)
    for name in ("check_id", "spending_id"):
        if name in form.fields and name in request.GET:
            form.initial[name] = whole(request.GET[name])
    if taken is not None and not form.is_bound:
        form.initial["result"] = taken.text
    context = page_of(request, "today", page=page, form=form, drafts=drafts, taken=taken)
    return render(request, "workbench/verb.html", context, status=status)
