"""What is asked about, for those who keep watch."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.privacy.looking import Look, told
from linli.foundation.privacy.unusual.models import UnusualLook
from linli.foundation.privacy.unusual.rules import LISTS, MANY, OFTEN

REASON_WORDS = {
    "neighbour": gettext_lazy("看的人和被看的人住同一幢楼。"),
    "night": gettext_lazy("早上七点前或者晚上九点后看的。"),
    "again": gettext_lazy("一星期里，为 %(often)d 件不同的事看了同一个人。"),
    "lists": gettext_lazy("一星期里取走了 %(lists)d 份名单以上。"),
    "many": gettext_lazy("一小时里看了 %(many)d 个人以上。"),
}


@dataclass(frozen=True)
class Question:
    """``look`` is the sentence that the person reads, ``why`` what is unusual about it."""

    asked: UnusualLook
    look: Look
    why: tuple[str, ...]


def unusual_looks(actor: Actor, *, state: str = "") -> QuerySet[UnusualLook]:
    """Newest first; of one ``state``, or all."""
    found = UnusualLook.objects.visible_to(actor).select_related("record__resident", "decided_by")
    return (found.filter(state=state) if state else found).order_by("-opened_at", "-pk")


def questions(rows: list[UnusualLook]) -> list[Question]:
    by_person: dict[int, list[UnusualLook]] = {}
    for row in rows:
        by_person.setdefault(row.record.resident_id, []).append(row)
    looks = {
        look.pk: look
        for group in by_person.values()
        for look in told([row.record for row in group], group[0].record.resident)
    }
    return [
        Question(
            row,
            looks[row.record_id],
            tuple(
                str(REASON_WORDS[key]) % {"often": OFTEN, "many": MANY, "lists": LISTS}
                for key in row.reasons
                if key in REASON_WORDS
            ),
        )
        for row in rows
    ]


def unusual_look(actor: Actor, look_id: int) -> UnusualLook:
    """Raises :class:`NotFound` for one that the actor may not see, its own among them."""
    found = unusual_looks(actor).filter(pk=look_id).first()
    if found is None:
        raise NotFound
    return found
