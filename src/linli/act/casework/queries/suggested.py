"""What the machine suggests of a case, as staff read it: in words, with how sure it is and what led there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.act.casework.models import ENDED, Case, CaseRequest, Level
from linli.act.casework.queries.worklists import case_rows
from linli.foundation.accounts.actor import Actor
from linli.foundation.registry.models import Building
from linli.understand.triage.models import Suggestion
from linli.understand.triage.queries import suggestions_of
from linli.understand.triage.taxonomy import OTHER, category

READ_AT_MOST = 20
"""Requests of one case whose suggestions are read: a joint case of hundreds says the same hundreds of times."""
PAIRS_AT_MOST = 5


@dataclass(frozen=True)
class Suggested:
    """``words`` says it, ``why`` where the confidence comes from. ``percent`` is empty for what was counted.

    ``right`` and ``wrong`` are what the buttons say, empty where there is nothing (more) to decide.
    """

    row: Suggestion
    label: str
    words: str
    percent: str
    evidence: tuple[str, ...]
    why: str
    state: str
    right: str
    wrong: str

    @property
    def open(self) -> bool:
        return self.row.state == Suggestion.State.OPEN


@dataclass(frozen=True)
class Pair:
    """Another case that may be the same: ``minutes`` apart, ``metres`` apart (``None``: not known), words that both have."""

    suggestion: Suggestion
    case: Case
    words: str
    similarity: float
    metres: int | None
    gap: str
    shared: tuple[str, ...]


def suggested(case: Case, *, may_decide: bool) -> list[Suggested]:
    """Of the case's first requests, each thing once; duplicates are :func:`pairs`."""
    rows = suggestions_of(_requests(case))
    places = _places(rows)
    seen: set[tuple[str, str]] = set()
    found = []
    for row in rows:
        if row.kind == Suggestion.Kind.DUPLICATE or (row.kind, row.value) in seen:
            continue
        seen.add((row.kind, row.value))
        if row.kind == Suggestion.Kind.CATEGORY and row.value == OTHER and case.category != OTHER:
            continue
        found.append(_shown(row, case, places, may_decide=may_decide))
    return found


def pairs(case: Case, actor: Actor) -> list[Pair]:
    """Unfinished cases that the actor may see and that were found to resemble this one, most alike first."""
    requests = _requests(case)
    alike = Suggestion.objects.filter(
        kind=Suggestion.Kind.DUPLICATE, state__in=(Suggestion.State.OPEN, Suggestion.State.APPLIED)
    )
    rows = [
        *alike.filter(request__in=requests),
        *alike.filter(value__in=[str(pk) for pk in requests]).exclude(request__in=requests),
    ]
    other_of = {row.pk: int(row.value) if row.request_id in requests else row.request_id for row in rows}
    joined = {
        one.request_id: one
        for one in CaseRequest.objects.filter(request__in=other_of.values()).select_related("request")
    }
    cases = {
        one.pk: one
        for one in case_rows(actor).filter(pk__in={one.case_id for one in joined.values()}).exclude(state__in=ENDED)
    }
    found: dict[int, Pair] = {}
    for row in sorted(rows, key=lambda row: -row.confidence):
        one = joined.get(other_of[row.pk])
        other = cases.get(one.case_id) if one else None
        if one is None or other is None or other.pk == case.pk or other.pk in found:
            continue
        metres, minutes = row.facts.get("metres"), row.facts.get("minutes", 0)
        found[other.pk] = Pair(
            row, other, one.request.words, row.confidence, metres, _gap(minutes), tuple(row.evidence)
        )
    return list(found.values())[:PAIRS_AT_MOST]


def apart(case: Case) -> set[int]:
    """Cases that a person has said are another matter."""
    requests = _requests(case)
    undone = Suggestion.objects.filter(kind=Suggestion.Kind.DUPLICATE, state=Suggestion.State.UNDONE)
    others = {int(value) for value in undone.filter(request__in=requests).values_list("value", flat=True)}
    others |= set(undone.filter(value__in=[str(pk) for pk in requests]).values_list("request_id", flat=True))
    return set(CaseRequest.objects.filter(request__in=others).values_list("case_id", flat=True)) if others else set()


def _requests(case: Case) -> list[int]:
    rows = CaseRequest.objects.filter(case=case).order_by("request__said_at", "pk")
    return list(rows.values_list("request_id", flat=True)[:READ_AT_MOST])


def _places(rows: Sequence[Suggestion]) -> dict[str, str]:
    asked = [int(row.value) for row in rows if row.kind == Suggestion.Kind.PLACE]
    found = Building.objects.filter(pk__in=asked).select_related("estate") if asked else ()
    return {str(building.pk): str(building) for building in found}


def _shown(row: Suggestion, case: Case, places: dict[str, str], *, may_decide: bool) -> Suggested:
    right, wrong = _buttons(row, case) if may_decide else ("", "")
    return Suggested(
        row=row,
        label=row.get_kind_display(),
        words=_words(row, places),
        percent="" if row.by in ("count", "danger") or not row.confidence else f"{row.confidence:.0%}",
        evidence=tuple(row.evidence),
        why=_why(row),
        state=_state(row, places),
        right=right,
        wrong=wrong,
    )


def _words(row: Suggestion, places: dict[str, str]) -> str:
    match row.kind:
        case Suggestion.Kind.CATEGORY:
            if row.value == OTHER:
                return _("看不出是哪一类")
            return category(row.value).path(get_language() or "zh-hans")
        case Suggestion.Kind.LEVEL:
            return f"{row.value} {Level(row.value).label}"
        case Suggestion.Kind.PLACE:
            return places.get(row.value, _("这幢楼已经不在册"))
        case Suggestion.Kind.AT_RISK:
            return _at_risk(row.value)
        case Suggestion.Kind.MOOD:
            return _mood(row.value)
        case Suggestion.Kind.REPEATED:
            return _("同一个人三个月里第 %(n)s 次说事") % {"n": row.value}
    return ""


def _at_risk(group: str) -> str:
    return {
        "elder": _("有老人"),
        "child": _("有孩子"),
        "pregnant": _("有孕妇"),
        "disabled": _("有行动不便的人"),
        "ill": _("有病人"),
    }.get(group, group)


def _mood(name: str) -> str:
    return {
        "despair": _("绝望，先打电话"),
        "abusive": _("话里有骂人的词，事情照办"),
        "angry": _("很生气"),
        "worried": _("担心、害怕"),
        "sad": _("难过"),
        "thankful": _("来道谢"),
    }.get(name, name)


def _why(row: Suggestion) -> str:
    facts: dict[str, Any] = row.facts
    if row.by == "danger":
        return _("有危险的词一律按最急的办，不看把握。")
    if row.by == "count":
        return _("按登记的人数出来的，不是猜的。")
    if row.by == "model":
        return _("本社区改过的分类教会的，第 %(n)d 版。") % {"n": row.model_version}
    if not row.confidence:
        return _("原话里没有认得出的词。")
    if facts.get("usual"):
        return _("这一类平常是这个缓急。")
    if facts.get("elsewhere"):
        return _("前面说的小区不在册，可能是别处的楼，要人定。")
    if facts.get("of"):
        said = _("叫这个楼号的有 %(n)d 幢，要人定。") % {"n": facts["of"]}
        return said + _("说话的人住在这个小区。") if facts.get("speaker") else said
    if facts.get("torn"):
        other = category(str(facts["torn"])).name(get_language() or "zh-hans")
        return _("也像“%(other)s”。") % {"other": other}
    if not facts.get("decided"):
        return _("按词表看的，还没有人核对过，起始把握定为八成。")
    return _("按词表看的，核对过 %(decided)d 次，%(right)d 次对。") % {
        "decided": facts["decided"], "right": facts["right"],
    }  # fmt: skip


def _state(row: Suggestion, places: dict[str, str]) -> str:
    match row.state:
        case Suggestion.State.KEPT:
            return _("人看过，对")
        case Suggestion.State.UNDONE:
            return _("人看过，不对")
        case Suggestion.State.CHANGED:
            return _("改成了%(what)s") % {"what": _chosen(row, places)}
        case Suggestion.State.OPEN if row.kind == Suggestion.Kind.LEVEL:
            return _("先按急一点的算时限，等人定")
    return str(row.get_state_display()) if row.kind != Suggestion.Kind.REPEATED else ""


def _chosen(row: Suggestion, places: dict[str, str]) -> str:
    if row.kind == Suggestion.Kind.CATEGORY:
        return category(row.chosen).name(get_language() or "zh-hans")
    return places.get(row.chosen, row.chosen)


def _buttons(row: Suggestion, case: Case) -> tuple[str, str]:
    """What may still be decided: an applied one may be undone, an open one taken or put aside."""
    if row.kind == Suggestion.Kind.REPEATED or (row.kind == Suggestion.Kind.CATEGORY and row.value == OTHER):
        return "", ""
    if row.state == Suggestion.State.APPLIED:
        return _("对"), _("撤销")
    if row.state == Suggestion.State.OPEN:
        return _("就按这个"), _("不对")
    if row.state == Suggestion.State.UNDONE:
        return _("还是对的"), ""
    return ("", _("撤销")) if row.state == Suggestion.State.KEPT else ("", "")


def _gap(minutes: int) -> str:
    if minutes < 60:
        return _("相隔 %(n)d 分钟") % {"n": minutes}
    if minutes < 48 * 60:
        return _("相隔 %(n)d 小时") % {"n": round(minutes / 60)}
    return _("相隔 %(n)d 天") % {"n": round(minutes / 1440)}
