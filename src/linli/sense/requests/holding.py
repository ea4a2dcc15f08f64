"""What a resident said, and what each of its requests is called."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds
from linli.foundation.registry.models import Resident
from linli.sense.requests.models import Request

TITLE = 20


def requests_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    said = Request.objects.filter(speaker=resident).order_by("-said_at")
    count, newest = said.count(), said.first()
    if newest is None:
        return

    def rows() -> Iterator[Row]:
        for request in said.select_related("home__entrance__building__estate", "building__estate", "facility"):
            yield {
                "said_at": request.said_at,
                "channel": request.get_channel_display(),
                "words": request.words,
                "place": str(request.facility or request.home or request.building or ""),
                "x": request.x,
                "y": request.y,
                "outer_number": request.outer_number,
            }

    yield Held(
        key="requests",
        title=_("您反映过的事"),
        words=_("%(n)d 件，照您说的原话留着。") % {"n": count},
        table="requests.Request",
        sources=("self", "proxy", "staff"),
        purposes=("case_contact",),
        rows=rows,
        labels={"said_at": _("时间"), "channel": _("怎么说的"), "words": _("原话"), "place": _("在哪里")},
        newest_at=newest.said_at,
        icon="message-square",
        url="portal:matters",
    )


def names(numbers: Collection[int], resident: Resident) -> dict[int, str]:
    """ "办您反映的“楼道灯不亮”": only what the resident itself said."""
    rows = Request.objects.filter(pk__in=numbers, speaker=resident).values_list("pk", "words")
    return {pk: _("办您反映的“%(title)s”") % {"title": short(words)} for pk, words in rows}


def short(words: str) -> str:
    first = " ".join(words.split())
    return first if len(first) <= TITLE else first[: TITLE - 1] + "…"


def register() -> None:
    holds("requests.requests", requests_of, tables=("requests.Request",), order=20)
