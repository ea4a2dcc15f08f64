"""Warnings about a resident's home, what they are called and why they were raised."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds, holds_nothing
from linli.foundation.registry.models import Resident
from linli.understand.warnings.explaining import sentence, title
from linli.understand.warnings.models import Pause, Warning

ASKED_AT_MOST = 20


def _about_home(resident: Resident):
    if resident.home_id is None:
        return Warning.objects.none()
    return Warning.objects.filter(home=resident.home_id).order_by("-opened_at")


def warnings_about(resident: Resident, actor: Actor) -> Iterator[Held]:
    warnings = _about_home(resident)
    newest = warnings.first()
    if newest is None:
        return

    def rows() -> Iterator[Row]:
        for warning in warnings.iterator(chunk_size=200):
            yield {
                "opened_at": warning.opened_at,
                "kind": title(warning.kind),
                "sentence": sentence(warning.kind, warning.evidence),
                "state": warning.get_state_display(),
                "finding": warning.get_finding_display(),
                "note": warning.finding_note,
                "ended_at": warning.ended_at,
            }

    yield Held(
        key="warnings",
        title=_("您家的预警"),
        words=_("%(n)d 次，最近一次是“%(title)s”。") % {"n": warnings.count(), "title": title(newest.kind)},
        table="warnings.Warning",
        sources=("device", "staff"),
        purposes=("emergency",),
        rows=rows,
        labels={
            "opened_at": _("时间"),
            "kind": _("哪一种"),
            "sentence": _("为什么"),
            "finding": _("去看了以后"),
            "note": _("记的话"),
        },
        newest_at=newest.opened_at,
        icon="bell-ring",
    )


def times_away(resident: Resident, actor: Actor) -> Iterator[Held]:
    rows_of = Pause.objects.filter(home=resident.home_id or 0, kind=Pause.Kind.AWAY).order_by("-starts_at")
    newest = rows_of.first()
    if newest is None:
        return

    def rows() -> Iterator[Row]:
        for one in rows_of.iterator(chunk_size=200):
            yield {"from": one.starts_at, "until": one.ends_at}

    yield Held(
        key="pauses",
        title=_("您家说过的外出"),
        words=_("%(n)d 次，结束一个月后删掉。") % {"n": rows_of.count()},
        table="warnings.Pause",
        sources=("self", "staff"),
        purposes=("emergency",),
        rows=rows,
        labels={"from": _("从"), "until": _("到")},
        newest_at=newest.made_at,
        icon="house",
    )


def names(numbers: Collection[int], resident: Resident) -> dict[int, str]:
    rows = _about_home(resident).filter(pk__in=numbers).values_list("pk", "kind")
    return {pk: _("去看您家的预警“%(title)s”") % {"title": title(kind)} for pk, kind in rows}


def decisions(resident: Resident) -> list[tuple[int, str]]:
    """The newest warnings about the home: somebody may ask why the system raised one (PIPL art. 24)."""
    rows = _about_home(resident).values_list("pk", "kind", "opened_at")[:ASKED_AT_MOST]
    return [
        (pk, _("%(day)s 的预警“%(title)s”") % {"day": f"{at:%Y-%m-%d}", "title": title(kind)}) for pk, kind, at in rows
    ]


def explain(pk: int, resident: Resident) -> str:
    warning = _about_home(resident).filter(pk=pk).first()
    return sentence(warning.kind, warning.evidence) if warning is not None else ""


def register() -> None:
    holds("warnings.warnings", warnings_about, tables=("warnings.Warning",), order=42)
    holds("warnings.pauses", times_away, tables=("warnings.Pause",), order=43)
    holds_nothing(("warnings.Rule", "warnings.RuleChange", "warnings.Proposal"), "numbers of rules, changed by staff")
    holds_nothing(
        ("warnings.CallPlan", "warnings.PlanChange", "warnings.Ladder", "warnings.Call", "warnings.AlertBudget"),
        "which staff were called about a warning",
    )
    holds_nothing(("warnings.DetectorState",), "what a rule remembers between two readings of a device")
