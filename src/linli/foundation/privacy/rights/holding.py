"""What using one's rights leaves behind."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds
from linli.foundation.registry.models import Resident


def rights_requests_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    requests = list(resident.rights_requests.order_by("-opened_at"))
    if not requests:
        return

    def rows() -> Iterator[Row]:
        for one in requests:
            yield {
                "number": one.number,
                "kind": one.get_kind_display(),
                "state": one.get_state_display(),
                "opened_at": one.opened_at,
                "due_at": one.due_at,
                "ended_at": one.ended_at,
                "words": one.words,
                "answer": one.answer,
            }

    yield Held(
        key="rights",
        title=_("您提过的要求"),
        words=_("关于自己的信息，您提过 %(n)d 次要求。") % {"n": len(requests)},
        table="rights.RightsRequest",
        sources=("self", "staff"),
        rows=rows,
        labels={
            "number": _("编号"),
            "kind": _("要求什么"),
            "state": _("办到哪里"),
            "opened_at": _("提出"),
            "words": _("您说的"),
            "answer": _("答复"),
        },
        newest_at=requests[0].opened_at,
        icon="inbox",
        url="portal:rights",
    )


def register() -> None:
    holds(
        "rights.requests",
        rights_requests_of,
        tables=(
            "rights.RightsRequest", "rights.RightsEntry", "rights.RightsMark", "rights.DataCopy", "rights.CopyHandout",
            "rights.Suspension",
        ),
        order=75,
    )  # fmt: skip
