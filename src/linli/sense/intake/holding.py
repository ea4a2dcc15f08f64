"""What waits at a door belongs to nobody yet: a person still has to say who spoke. Whoever wrote by e-mail is answered
there, so that address is held about them."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds, holds_nothing
from linli.foundation.registry.models import Resident
from linli.sense.intake.models import Correspondence
from linli.sense.intake.store import address_of


def letters_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    threads = Correspondence.objects.filter(request__speaker=resident).select_related("request")
    newest = threads.order_by("-request__said_at").first()
    if newest is None:
        return

    def rows() -> Iterator[Row]:
        for thread in threads.prefetch_related("letters"):
            yield {
                "said_at": thread.request.said_at,
                "address": address_of(thread),
                "subject": thread.subject,
                "number": thread.number,
                "their_id": thread.their_id,
                "sent": [letter.sent_at for letter in thread.letters.all() if letter.sent_at is not None],
                "waiting": [letter.text for letter in thread.letters.all() if letter.text],
            }

    yield Held(
        key="letters",
        title=_("您写来的电子邮件"),
        words=_("%(n)d 件事是邮件里说的，回信寄到您写来的地址。") % {"n": threads.count()},
        table="intake.Correspondence",
        sources=("self",),
        purposes=("case_contact",),
        rows=rows,
        labels={
            "said_at": _("时间"), "address": _("邮件地址"), "subject": _("标题"), "number": _("编号"),
            "sent": _("回信寄出的时间"), "waiting": _("还没寄出的回信"),
        },
        newest_at=newest.request.said_at,
        icon="inbox",
        url="portal:matters",
    )  # fmt: skip


def register() -> None:
    holds("intake.letters", letters_of, tables=("intake.Correspondence", "intake.Letter"), order=37)
    holds_nothing(
        ("intake.Arrival", "intake.HotlineFile", "intake.Counter"),
        "words that wait for a person to say whose they are; once filed, the request itself is told",
    )
