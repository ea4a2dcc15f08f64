"""Rounds that a resident asked for, and what was found each time."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.act.care.models import Round, Visit
from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds
from linli.foundation.registry.models import Resident


def rounds_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    found = list(Round.objects.filter(resident=resident).order_by("-started_at"))
    if not found:
        return

    def rows() -> Iterator[Row]:
        visits = Visit.objects.filter(round__resident=resident).select_related("round").order_by("-due_on", "-pk")
        for visit in visits:
            yield {
                "kind": visit.round.get_kind_display(),
                "due_on": visit.due_on,
                "state": visit.get_state_display(),
                "done_at": visit.done_at,
                "note": visit.note,
            }

    yield Held(
        key="rounds",
        title=_("来看您的记录"),
        words=_("您选了请人来看，代替设备。"),
        table="care.Visit",
        sources=("staff",),
        purposes=tuple(dict.fromkeys(one.instead_of for one in found)),
        facts=tuple((one.get_kind_display(), _("每 %(n)d 天一次") % {"n": one.every_days}) for one in found),
        rows=rows,
        labels={"kind": _("哪一种"), "due_on": _("哪天"), "state": _("怎么样"), "note": _("记的话")},
        newest_at=found[0].started_at,
        icon="heart",
    )


def register() -> None:
    holds("care.rounds", rounds_of, tables=("care.Round", "care.Visit"), order=44)
