"""The charter on paper: to hang up, to hand out, with a QR code that leads to the page."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.documents import qr_svg, render_pdf
from linli.foundation.lifecycle.explaining import moment
from linli.foundation.privacy.charter import wording
from linli.foundation.privacy.charter.queries import alterations, announced, current
from linli.foundation.privacy.charter.wording import PART_WORDS, Told, told
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.words import used_in
from linli.foundation.registry.models import Community


def charter_pdf(community: Community, *, address: str) -> bytes:
    """What is in force and what is announced, in the reader's language; ``address`` is where the QR code leads.

    Raises :class:`~linli.foundation.documents.NoChineseFont`.
    """
    version = current()
    purposes = [told(one) for one in in_force().values()]
    proposed = announced()
    data: dict[str, Any] = {
        "title": _("社区怎么用您的信息"),
        "version": f"{community.name} · {version_words(version.number, version.since)}",
        "intro": _("社区只按这里写的用。没有写的，谁也不能用。有疑问，打电话问。"),
        "phone": _("社区电话：%(phone)s（%(hours)s）") % {"phone": community.phone, "hours": community.phone_hours},
        "scan": _("手机扫这里，看最新的"),
        "qr": qr_svg(address),
        "purposes": [_on_paper(one) for one in purposes],
        "words_title": _("这些词是什么意思"),
        "words": [[str(one.word), str(one.means)] for one in used_in(text for one in purposes for text in one.texts)],
        "proposed": None,
    }
    if proposed is not None and proposed.shown_until is not None:
        data["proposed"] = {
            "title": _("正在公示：想这样改"),
            "until": _("有意见，%(until)s 以前说。") % {"until": moment(proposed.shown_until)},
            "reason": wording.origin_words(proposed.origin, proposed),
            "altered": [
                [
                    f"{one.kind_words}：{one.name}",
                    [*([] if one.differences else [one.words]), *(d.sentence for d in one.differences), one.consents],
                ]
                for one in wording.altered_in_words(alterations(proposed))
            ],
        }
    return render_pdf("charter/charter.typ", data, who=community.name)


def version_words(number: int, since) -> str:
    if since is None:
        return _("第 %(number)d 版") % {"number": max(number, 1)}
    day = f"{timezone.localtime(since):%Y-%m-%d}"
    return _("第 %(number)d 版，%(day)s 起用") % {"number": number, "day": day}


def _on_paper(one: Told) -> dict[str, Any]:
    purpose = one.purpose
    rows = [
        (PART_WORDS["fields"], [item.words for item in one.fields]),
        (PART_WORDS["machine"], [item.words for item in one.machine]),
        (PART_WORDS["senses"], [item.words for item in one.senses]),
        (PART_WORDS["observes"], [item.words for item in one.observes]),
        (PART_WORDS["roles"], [item.words for item in one.people] or [_("没有人看")]),
        (PART_WORDS["about"], [item.words for item in one.works]),
        (PART_WORDS["ground"], [one.ground, one.law]),
        (PART_WORDS["keep_months"], [one.keep]),
        (PART_WORDS["shared_with"], list(one.shared)),
        (PART_WORDS["minors"], [wording.shown("minors", purpose.minors)]),
        (PART_WORDS["without"], [str(purpose.without)]),
        (PART_WORDS["alternative"], [str(purpose.alternative)] if purpose.alternative else []),
    ]
    return {
        "name": str(purpose.name),
        "words": purpose.sentence,
        "rows": [
            [str(title), _("、").join(values) if title != PART_WORDS["ground"] else " ".join(values)]
            for title, values in rows
            if values
        ],
    }
