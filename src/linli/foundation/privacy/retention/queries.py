"""What the pages about deletion show: plans with their lines in words, holds, the register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Prefetch, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.permissions import require
from linli.foundation.privacy.retention.models import Erasure, LegalHold, Plan, PlanLine, RegisterEntry
from linli.foundation.privacy.retention.rules import AGGREGATE, DEIDENTIFY, ERASE, Rule, all_rules
from linli.foundation.privacy.retention_words import span_of

DONE_SHOWN = 7

THEN_WORDS: Mapping[str, str | Promise] = {
    ERASE: _("删掉"),
    DEIDENTIFY: _("去掉能认出人的内容"),
    AGGREGATE: _("换成每五分钟、每小时或每天一个数"),
}
PLACES: Mapping[str, str | Promise] = {
    "lake": _("读数档案"),
    "stream": _("消息服务器里留着的读数"),
    "files": _("照片文件"),
    "copies": _("做好的信息副本"),
    "outbox": _("短信文件"),
    "last_word": _("最后一条短信"),
    "events": _("经过记录，只留校验码"),
    "cache": _("缓存"),
}
"""Stores outside the database's tables, by the names that the register uses."""
OCCASIONS: Mapping[str, str | Promise] = {
    "plan": _("到期计划"),
    "rights": _("居民的要求"),
    "consent": _("同意结束"),
    "resident": _("搬走到期"),
    "restore": _("恢复备份后重做"),
}


@dataclass(frozen=True)
class Shown:
    """One line of a plan in words."""

    line: PlanLine
    name: str
    how: str
    term: str


@dataclass(frozen=True)
class ShownPlan:
    plan: Plan
    lines: list[Shown]

    @property
    def count(self) -> int:
        return sum(one.line.count for one in self.lines if not one.line.held)

    @property
    def done(self) -> int:
        return sum(one.line.done for one in self.lines)


def what_words(what: str) -> str:
    """A table or store in words, as residents read them; the table's own name where its rule has none."""
    if what in PLACES:
        return str(PLACES[what])
    rule = all_rules().get(what.lower())
    if rule is not None and rule.name:
        return str(rule.name)
    if rule is not None and rule.of and rule.of.lower() != what.lower():
        return gettext("%(what)s下面的记录") % {"what": what_words(rule.of)}
    try:
        return str(apps.get_model(what.partition(":")[0])._meta.verbose_name)
    except (LookupError, ValueError):
        return what


def then_words(then: str) -> str:
    return str(THEN_WORDS.get(then, then))


def plans_of(actor: Actor, *, coming: bool) -> list[ShownPlan]:
    """Those that are still to be carried out, or the last that were; raises :class:`NotAllowed`."""
    require(actor, "retention.see")
    waiting = (Plan.State.PLANNED, Plan.State.HELD, Plan.State.RUNNING)
    plans = Plan.objects.visible_to(actor).prefetch_related(
        Prefetch("lines", queryset=PlanLine.objects.order_by("-count", "rule"))
    )
    if coming:
        chosen = plans.filter(state__in=waiting).order_by("due_on", "pk")
    else:
        chosen = (
            plans.filter(state=Plan.State.DONE, lines__isnull=False).distinct().order_by("-due_on", "-pk")[:DONE_SHOWN]
        )
    return [shown(plan) for plan in chosen]


def shown(plan: Plan) -> ShownPlan:
    """A plan with its lines in words."""
    return ShownPlan(plan, [_shown(line) for line in plan.lines.all()])


def _shown(line: PlanLine) -> Shown:
    rule = all_rules().get(line.rule.lower())
    return Shown(line, what_words(line.rule), then_words(line.then), _term(rule))


def _term(rule: Rule | None) -> str:
    if rule is None:
        return ""
    span = span_of(rule)
    return gettext("%(after)s以后 %(span)s") % {"after": rule.after, "span": span} if span else str(rule.after)


def about_words(about: str) -> str:
    """On what occasion something went, with the number by which it is found."""
    kind, _sep, number = about.partition(":")
    words = str(OCCASIONS.get(kind, kind))
    return f"{words} {number}".strip()


def register_of(actor: Actor) -> QuerySet[RegisterEntry]:
    """The register, newest first; raises :class:`NotAllowed`."""
    require(actor, "retention.see")
    return RegisterEntry.objects.visible_to(actor).order_by("-pk")


def register_rows(actor: Actor) -> Iterator[list[object]]:
    """The register as rows of a file, oldest first, headings first."""
    yield ["no", "at", "what", "then", "count", "rule", "rules_version", "about", "marks", "digest"]
    for one in register_of(actor).order_by("pk").iterator(chunk_size=1000):
        yield [
            one.pk, one.at.isoformat(), one.what, one.then, one.count, one.rule, one.rules_version, one.about,
            one.marks, one.digest,
        ]  # fmt: skip


def holds_of(actor: Actor) -> QuerySet[LegalHold]:
    """Holds in force, newest first; raises :class:`NotAllowed`."""
    require(actor, "retention.see")
    return LegalHold.objects.visible_to(actor).in_force().select_related("resident", "placed_by").order_by("-placed_at")


def erasing(actor: Actor) -> QuerySet[Erasure]:
    """Erasures that are not finished, oldest first; raises :class:`NotAllowed`."""
    require(actor, "retention.see")
    return Erasure.objects.visible_to(actor).unfinished().order_by("begun_at")
