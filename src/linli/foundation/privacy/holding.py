"""Consents given, and who looked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db.models import Count, Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds
from linli.foundation.privacy.looking import field_words
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.purposes import ever
from linli.foundation.registry.models import Resident

CHANNELS = {
    "app": gettext_lazy("手机"),
    "door": gettext_lazy("上门"),
    "paper": gettext_lazy("纸条"),
    "phone": gettext_lazy("电话"),
}


def purpose_names() -> Callable[[str], str]:
    """The short name of each purpose that ever held, read once for many; of one that never did its key."""
    published = ever()
    return lambda key: str(published[key].name) if key in published else key


def consents_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    consents = list(resident.consents.select_related("home__entrance__building__estate").order_by("-given_at"))
    if not consents:
        return
    live = sum(one.withdrawn_at is None for one in consents)

    def rows() -> Iterator[Row]:
        name_of = purpose_names()
        for one in consents:
            yield {
                "purpose": one.purpose,
                "purpose_name": name_of(one.purpose),
                "home": str(one.home) if one.home else "",
                "text_version": one.text_version,
                "channel": one.channel,
                "channel_name": str(CHANNELS.get(one.channel, one.channel)),
                "evidence": one.evidence,
                "given_at": one.given_at,
                "withdrawn_at": one.withdrawn_at,
            }

    yield Held(
        key="consents",
        title=_("您同意过的"),
        words=_("现在有 %(n)d 项同意，随时可以撤回。") % {"n": live},
        table="privacy.Consent",
        sources=("self", "staff"),
        purposes=tuple(dict.fromkeys(one.purpose for one in consents if one.withdrawn_at is None)),
        rows=rows,
        labels={
            "purpose_name": _("同意什么"),
            "home": _("哪一户"),
            "channel_name": _("怎么同意的"),
            "given_at": _("同意"),
            "withdrawn_at": _("撤回"),
        },
        newest_at=consents[0].given_at,
        icon="droplets",
        url="portal:consents",
    )


def looks_at(resident: Resident, actor: Actor) -> Iterator[Held]:
    looks = AccessRecord.objects.filter(resident=resident)
    found = looks.aggregate(count=Count("pk"), newest=Max("at"))
    if not found["count"]:
        return

    def rows() -> Iterator[Row]:
        name_of = purpose_names()
        for look in looks.order_by("-at").iterator(chunk_size=500):
            yield {
                "at": look.at,
                "reader": look.reader,
                "field": look.field,
                "field_name": field_words(look.field),
                "purpose": look.purpose,
                "purpose_name": name_of(look.purpose),
                "about": look.about,
            }

    yield Held(
        key="looks",
        title=_("谁看过您的信息"),
        words=_("一共 %(n)d 条记录。") % {"n": found["count"]},
        table="privacy.AccessRecord",
        sources=("system",),
        rows=rows,
        labels={
            "at": _("时间"),
            "reader": _("谁"),
            "field_name": _("看了什么"),
            "purpose_name": _("为什么"),
            "about": _("哪一件事"),
        },
        newest_at=found["newest"],
        icon="eye",
        url="portal:looks",
    )


def register() -> None:
    holds("privacy.consents", consents_of, tables=("privacy.Consent",), order=40)
    holds("privacy.looks", looks_at, tables=("privacy.AccessRecord",), order=80)
