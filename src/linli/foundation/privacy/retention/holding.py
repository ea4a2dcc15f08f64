"""Holds on deletion, as told to the person whom they concern."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds, holds_nothing
from linli.foundation.privacy.retention.models import LegalHold
from linli.foundation.registry.models import Resident


def holds_on(resident: Resident, actor: Actor) -> Iterator[Held]:
    found = list(LegalHold.objects.filter(resident=resident).order_by("-placed_at"))
    if not found:
        return

    def rows() -> Iterator[Row]:
        for one in found:
            yield {"placed_at": one.placed_at, "reason": one.reason, "lifted_at": one.lifted_at}

    yield Held(
        key="legal-holds",
        title=_("暂停删除的决定"),
        words=_("有事还没了结，先不删。了结以后恢复。"),
        table="retention.LegalHold",
        sources=("staff",),
        rows=rows,
        labels={"placed_at": _("从"), "reason": _("为什么"), "lifted_at": _("恢复")},
        newest_at=found[0].placed_at,
        icon="clock",
    )


def register() -> None:
    holds("retention.holds", holds_on, tables=("retention.LegalHold",), order=85)
    holds_nothing(("retention.Plan", "retention.PlanLine"), "counts by table, nobody's name or number")
