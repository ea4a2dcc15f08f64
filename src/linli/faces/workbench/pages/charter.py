"""公约: what is in force, what is written, proposed and announced; each step by whom it is open to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.faces.workbench.access import signed_in_page
from linli.faces.workbench.charter_forms import FIELDS, AnswerForm, OpinionForm, PurposeForm, StepForm
from linli.faces.workbench.frame import page_of
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.permissions import may
from linli.foundation.errors import Invalid, NotAllowed, NotFound, Refusal
from linli.foundation.lifecycle.explaining import moment
from linli.foundation.privacy.cards import card
from linli.foundation.privacy.charter import actions, queries, wording
from linli.foundation.privacy.charter.models import Change, State
from linli.foundation.privacy.charter.paper import version_words
from linli.foundation.privacy.charter.register import shipped_document
from linli.foundation.privacy.charter.rules.document import by_key
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id

SHOWN = 30

card(
    "charter",
    gettext_lazy("公约"),
    gettext_lazy("用居民信息的规矩：现在是怎样，想怎么改，谁来审。"),
    icon="file-text",
    url="workbench:charter",
    may_open=lambda actor: may(actor, "charter.see_pages"),
    order=5,
)

STEPS: dict[str, Callable[..., Change]] = {
    "propose": actions.propose,
    "approve": actions.approve,
    "send_back": actions.send_back,
    "withdraw": actions.withdraw,
    "catch_up": actions.catch_up,
}
DONE = {
    "propose": gettext_lazy("提出来了，等另一个人审。"),
    "approve": gettext_lazy("开始公示了，正在通知居民。"),
    "send_back": gettext_lazy("退回去了。"),
    "withdraw": gettext_lazy("撤回了。"),
    "catch_up": gettext_lazy("合好了，请从头看一遍。"),
}
PUTS: dict[str, Callable[..., Change]] = {
    "remove": actions.remove_purpose,
    "restore": actions.restore,
    "settle": actions.settle,
}


@signed_in_page
@require_safe
def charter(request: ActorRequest) -> HttpResponse:
    _may_see(request.actor)
    current = queries.current()
    changes = list(queries.changes_of(request.actor)[:SHOWN])
    context = page_of(
        request,
        "privacy",
        version=version_words(current.number, current.since),
        community_code=_community().code,
        open=[one for one in changes if one.state in {State.PROPOSED, State.ANNOUNCED}],
        drafts=[one for one in changes if one.state == State.DRAFT],
        past=[one for one in changes if one.state in {State.IN_FORCE, State.WITHDRAWN}],
        may_propose=may(request.actor, "charter.propose"),
    )
    return render(request, "workbench/charter.html", context)


@signed_in_page
@require_POST
def new(request: ActorRequest) -> HttpResponse:
    return redirect("workbench:charter_change", actions.start_change(actor=request.actor).pk)


@never_cache
@signed_in_page
@require_safe
def change(request: ActorRequest, change_id: int) -> HttpResponse:
    return _page(request, _load(request, change_id))


@signed_in_page
@require_POST
def do(request: ActorRequest, change_id: int, verb: str) -> HttpResponse:
    """One step. Who was too late reads who was faster, and what they had written stands in the form."""
    found = _load(request, change_id)
    if verb not in STEPS:
        raise NotFound
    form = StepForm(request.POST, change=found, verb=verb, altered=queries.alterations(found))
    if not form.is_valid():
        return _page(request, found, wrong=form, status=422)
    try:
        STEPS[verb](found.pk, actor=request.actor, **form.cleaned_data)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        refusal.beside(form)
        return _page(request, _load(request, change_id), wrong=form, status=refusal.status)
    messages.success(request, str(DONE[verb]))
    return redirect("workbench:charter_change", found.pk)


@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def new_purpose(request: ActorRequest, change_id: int) -> HttpResponse:
    return _write(request, _writable(request, change_id), "")


@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def purpose(request: ActorRequest, change_id: int, key: str) -> HttpResponse:
    found = _writable(request, change_id)
    if key not in by_key(found.document):
        raise NotFound
    return _write(request, found, key)


@signed_in_page
@require_POST
def put(request: ActorRequest, change_id: int, key: str, verb: str) -> HttpResponse:
    """Take a purpose out of the draft, put it back as it was, or stay with what the draft says."""
    found = _writable(request, change_id)
    if verb not in PUTS:
        raise NotFound
    try:
        PUTS[verb](found.pk, key, actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.warning(request, str(refusal))
    return redirect("workbench:charter_change", found.pk)


@signed_in_page
@require_POST
def write_opinion(request: ActorRequest, change_id: int) -> HttpResponse:
    found = _load(request, change_id)
    form = OpinionForm(request.POST)
    if not form.is_valid():
        return _page(request, found, opinion_form=form, status=422)
    given = form.cleaned_data
    try:
        actions.say_opinion(found.pk, given["words"], channel=given["channel"], actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        refusal.beside(form)
        return _page(request, found, opinion_form=form, status=refusal.status)
    messages.success(request, _("记下了，等负责人答复。"))
    return redirect("workbench:charter_change", found.pk)


@signed_in_page
@require_POST
def answer(request: ActorRequest, opinion_id: int) -> HttpResponse:
    change_id = queries.change_of_opinion(request.actor, opinion_id)
    try:
        actions.answer_opinion(opinion_id, request.POST.get("answer", ""), actor=request.actor)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("答复了，大家看得到。"))
    return redirect("workbench:charter_change", change_id)


def _may_see(actor: Actor) -> None:
    if not may(actor, "charter.see_pages"):
        raise NotAllowed


def _load(request: ActorRequest, change_id: int) -> Change:
    _may_see(request.actor)
    return queries.change_for(request.actor, change_id)


def _writable(request: ActorRequest, change_id: int) -> Change:
    found = _load(request, change_id)
    if "write" not in queries.allowed_verbs(found, request.actor):
        raise NotAllowed
    return found


def _community() -> Community:
    return Community.objects.get(pk=active_community_id())


def _page(
    request: ActorRequest,
    found: Change,
    *,
    wrong: StepForm | None = None,
    opinion_form: OpinionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    verbs = queries.allowed_verbs(found, request.actor)
    altered = queries.alterations(found)
    behind = found.state == State.DRAFT and found.base != queries.current().number
    steps = [verb for verb in FIELDS if verb in verbs and (verb == "catch_up") <= behind]
    if behind:
        steps = [verb for verb in steps if verb != "propose"]
    forms_ = [
        wrong if wrong is not None and wrong.verb == verb else StepForm(change=found, verb=verb, altered=altered)
        for verb in steps
    ]
    writes = "write" in verbs
    context = page_of(
        request,
        "privacy",
        change=found,
        until=moment(found.shown_until) if found.shown_until else "",
        altered=wording.altered_in_words(altered),
        entries=wording.entries_of(found),
        forms=forms_,
        wrong=wrong.verb if wrong is not None else "",
        writes=writes,
        purposes=_listed(found, altered) if writes else [],
        restorable=_restorable(found) if writes else [],
        clashes=_clashes(found),
        opinions=queries.opinions_of(found, request.actor),
        may_answer=may(request.actor, "charter.answer_opinion", found),
        answer_form=AnswerForm(),
        opinion_form=opinion_form or OpinionForm(),
        may_write_down=found.state == State.ANNOUNCED and may(request.actor, "charter.write_opinion_down"),
        community_code=_community().code,
    )
    return render(request, "workbench/charter_change.html", context, status=status)


def _listed(found: Change, altered) -> list[dict]:
    """The purposes of a draft, each with what the author did to it."""
    kinds = {one.key: one.kind for one in altered}
    removed = [one.before for one in altered if one.kind == "removed" and one.before is not None]
    rows = [(facts, kinds.get(facts["key"], "")) for facts in found.document] + [(one, "removed") for one in removed]
    return [
        {
            "key": facts["key"],
            "name": wording.shown("name", facts["name"]),
            "words": wording.shown("words", facts["words"]),
            "kind": kind,
            "kind_words": wording.KIND_WORDS.get(kind, ""),
        }
        for facts, kind in rows
    ]


def _restorable(found: Change) -> list[tuple[str, str]]:
    there = {facts["key"] for facts in queries.current().document}
    names = ((key, queries.earlier(key)) for key in queries.restorable(found) if key not in there)
    return [(key, wording.shown("name", facts["name"])) for key, facts in names if facts is not None]


def _clashes(found: Change) -> list[dict]:
    """What somebody else changed too, with both wordings."""
    mine, theirs = by_key(found.document), by_key(queries.current().document)
    rows = []
    for key, part in found.clashes:
        own, other = mine.get(key), theirs.get(key)
        named = own or other
        if named is None:
            continue
        rows.append(
            {
                "key": key,
                "name": wording.shown("name", named["name"]),
                "title": wording.PART_WORDS.get(part, ""),
                "mine": wording.shown(part, own[part]) if own and part else "",
                "theirs": wording.shown(part, other[part]) if other and part else "",
                "gone": own is None or other is None,
            }
        )
    return rows


def _write(request: ActorRequest, found: Change, key: str) -> HttpResponse:
    facts = by_key(found.document).get(key)
    more: dict[str, Any] = {"facts": facts, "shipped": by_key(shipped_document()).get(key), "version": found.version}
    if request.method != "POST":
        return _writing(request, found, PurposeForm(**more), facts)
    form = PurposeForm(request.POST, **more)
    if not form.is_valid():
        return _writing(request, found, form, facts, status=422)
    chosen = key or form.cleaned_data["key"].replace("-", "_")
    if not key and chosen in by_key(found.document):
        form.add_error("key", _("这个代号已经有了，换一个。"))
        return _writing(request, found, form, facts, status=422)
    try:
        actions.write_purpose(
            found.pk, {"key": chosen, **form.facts()}, version=form.cleaned_data["version"], actor=request.actor
        )
    except Invalid as refusal:
        for problem in refusal.details.get("problems") or [{"part": refusal.field or "", "words": str(refusal)}]:
            form.add_problem(problem["part"], problem["words"])
        return _writing(request, found, form, facts, status=refusal.status)
    except Refusal as refusal:
        if refusal.closes_the_page:
            raise
        form.add_error(None, str(refusal))
        return _writing(request, found, form, facts, status=refusal.status)
    messages.success(request, _("写好了，还没有提出来。"))
    return redirect("workbench:charter_change", found.pk)


def _writing(request: ActorRequest, found: Change, form: PurposeForm, facts, *, status: int = 200) -> HttpResponse:
    name = wording.shown("name", facts["name"]) if facts is not None else ""
    context = page_of(request, "privacy", change=found, form=form, name=name)
    return render(request, "workbench/charter_purpose.html", context, status=status)
