"""What a resident said, and what each of its requests is called."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.holdings import Held, Row, holds
from linli.foundation.registry.models import Resident
from linli.sense.requests.models import Request, VoiceMessage

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


def voices_of(resident: Resident, actor: Actor) -> Iterator[Held]:
    mine = Q(request__speaker=resident) | Q(request__isnull=True, uploaded_by__resident=resident)
    recorded = VoiceMessage.objects.filter(mine).order_by("-uploaded_at")
    count, newest = recorded.count(), recorded.first()
    if newest is None:
        return

    def rows() -> Iterator[Row]:
        for voice in recorded:
            yield {
                "uploaded_at": voice.uploaded_at,
                "seconds": voice.seconds,
                "size": voice.size,
                "words": voice.words,
                "written_by": voice.written_by_label,
                "written_at": voice.written_at,
                "suggested": voice.suggested,
                "sha256": voice.sha256,
                "address": f"/voices/{voice.pk}",
            }

    yield Held(
        key="voices",
        title=_("您的语音留言"),
        words=_("%(n)d 段录音，和写下来的文字。") % {"n": count},
        table="requests.VoiceMessage",
        sources=("self", "proxy", "staff"),
        purposes=("case_contact",),
        rows=rows,
        labels={
            "uploaded_at": _("时间"), "seconds": _("秒"), "words": _("写成的文字"), "written_by": _("谁写的"),
            "written_at": _("什么时候写的"), "suggested": _("机器听成的"), "address": _("登录后在这里听"),
        },
        newest_at=newest.uploaded_at,
        icon="mic",
    )  # fmt: skip


def names(numbers: Collection[int], resident: Resident) -> dict[int, str]:
    """ "办您反映的“楼道灯不亮”": only what the resident itself said."""
    rows = Request.objects.filter(pk__in=numbers, speaker=resident).values_list("pk", "words")
    return {pk: _("办您反映的“%(title)s”") % {"title": short(words)} for pk, words in rows}


def short(words: str) -> str:
    first = " ".join(words.split())
    return first if len(first) <= TITLE else first[: TITLE - 1] + "…"


def register() -> None:
    holds("requests.voices", voices_of, tables=("requests.VoiceMessage",), order=36)
    holds("requests.requests", requests_of, tables=("requests.Request",), order=20)
