"""Messages that went to a resident's telephone."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.door import own
from linli.foundation.privacy.holdings import Held, Row, holds, holds_nothing
from linli.foundation.registry.models import Resident
from linli.foundation.vault.index import blind_index


def notices_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    sent = notices_to(resident, actor)
    count = sent.count()
    if not count:
        return
    newest = sent.order_by("-created_at").first()

    def rows() -> Iterator[Row]:
        for notice in sent.order_by("-created_at").iterator(chunk_size=500):
            yield {
                "at": notice.created_at,
                "channel": notice.channel,
                "state": notice.state,
                "text": "" if notice.secret else notice.text,
            }

    yield Held(
        key="notices",
        title=_("发给您的短信"),
        words=_("发过 %(n)d 条，验证码的内容不留。") % {"n": count},
        table="notices.Notice",
        sources=("system",),
        purposes=("case_contact",),
        rows=rows,
        labels={"at": _("时间"), "text": _("内容"), "state": _("送到没有")},
        newest_at=newest.created_at if newest else None,
        icon="message-square",
    )


def notices_to(resident: Resident, actor: Actor):
    """Messages to the number that the resident has now."""
    number = own(resident, "phone", actor=actor)
    if not number:
        return Notice.objects.none()
    return Notice.objects.filter(
        to_index__in=blind_index("notices.notice.to", number), community_id=resident.community_id
    )


def register() -> None:
    holds("notices.messages", notices_of, tables=("notices.Notice",), order=50)
    holds_nothing(("notices.Browser",), "of staff: a browser in which they are called about warnings")
