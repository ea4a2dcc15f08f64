"""What somebody said about a change of the charter."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.charter.models import Opinion
from linli.foundation.privacy.holdings import Held, Row, holds, holds_nothing
from linli.foundation.registry.models import Resident


def opinions_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    found = list(Opinion.objects.filter(resident=resident).order_by("-said_at"))
    if not found:
        return

    def rows() -> Iterator[Row]:
        for one in found:
            yield {
                "words": one.words,
                "channel": one.channel,
                "channel_name": one.get_channel_display(),
                "said_at": one.said_at,
                "answer": one.answer,
                "answered_at": one.answered_at,
            }

    yield Held(
        key="charter_opinions",
        title=_("您对公约的意见"),
        words=_("您提过 %(n)d 条意见。") % {"n": len(found)},
        table="charter.Opinion",
        sources=("self", "staff"),
        rows=rows,
        labels={"words": _("您说的"), "channel_name": _("怎么说的"), "said_at": _("哪天"), "answer": _("答复")},
        newest_at=found[0].said_at,
        icon="message-square",
        url="portal:me",
    )


def register() -> None:
    holds("charter.opinions", opinions_of, tables=("charter.Opinion",), order=70)
    holds_nothing(
        ("charter.CharterVersion", "charter.Change", "charter.ChangeEntry"),
        "the public record of what staff decided in office; leads to their accounts only",
    )
