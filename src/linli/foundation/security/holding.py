"""What the log keeps of a resident: when they signed in, and what was tried in their name."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from linli.foundation.accounts import devices
from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds, holds_nothing
from linli.foundation.registry.models import Resident
from linli.foundation.security.models import SecurityEvent


def doors_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    found = SecurityEvent.objects.filter(account__resident=resident).order_by("-at")
    newest = found.first()
    if newest is None:
        return

    def rows() -> Iterator[Row]:
        for one in found.iterator():
            yield {
                "at": one.at,
                "what": one.get_kind_display(),
                "succeeded": one.succeeded,
                "device": devices.in_words(one.device),
                "address": one.address or "",
            }

    yield Held(
        key="security_log",
        title=_("登录的记录"),
        words=_("什么时候、用什么登录过，记一年。有人冒用您的登录，靠它查得出来。"),
        table="security.SecurityEvent",
        sources=("system",),
        facts=((_("最近一次"), f"{newest.at:%Y-%m-%d}"), (_("一共"), _("%(n)d 条") % {"n": found.count()})),
        rows=rows,
        labels={
            "at": _("什么时候"),
            "what": _("什么事"),
            "succeeded": _("成没成"),
            "device": _("用什么"),
            "address": _("网络地址"),
        },
        newest_at=newest.at,
        icon="log-in",
    )


def register() -> None:
    holds("security.doors", doors_of, tables=("security.SecurityEvent",), order=75)
    holds_nothing(("security.LogSeal",), "a digest of a day, about nobody")
