"""How a resident gets in, and what is declared for its home."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds, holds_nothing
from linli.foundation.privacy.sensing.models import WayIn
from linli.foundation.registry.models import Resident


def ways_in_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    found = list(WayIn.objects.filter(resident=resident).select_related("declaration").order_by("-since"))
    if not found:
        return

    def rows() -> Iterator[Row]:
        for one in found:
            yield {
                "gate": one.declaration.name,
                "method": one.get_method_display(),
                "since": one.since,
                "tried_at": one.tried_at,
                "ended_at": one.ended_at,
                "removed_at": one.removed_at,
            }

    yield Held(
        key="ways_in",
        title=_("您怎么进门"),
        words=_("记着您用哪种办法进哪道门。不记您哪天进的。"),
        table="sensing.WayIn",
        sources=("self", "staff"),
        facts=tuple((one.declaration.name, one.get_method_display()) for one in found if one.ended_at is None),
        rows=rows,
        labels={
            "gate": _("哪道门"), "method": _("办法"), "since": _("从"), "tried_at": _("哪天试过"),
            "ended_at": _("到"), "removed_at": _("脸删掉的日子"),
        },
        newest_at=found[0].since,
        icon="door-open",
        url="portal:sensing",
    )  # fmt: skip


def register() -> None:
    holds("sensing.ways_in", ways_in_of, tables=("sensing.WayIn",), order=42)
    holds_nothing(
        ("sensing.Declaration", "sensing.Assessment", "sensing.Step"),
        "about devices and places, written by staff; what concerns a home is on the resident's page of sensing",
    )
