"""A request and its course in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.accounts.actor import as_read
from linli.foundation.lifecycle.explaining import moment
from linli.foundation.privacy.door import handed_on
from linli.foundation.privacy.looking import told
from linli.foundation.privacy.masking import masked_as
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.privacy.naming import decisions_about
from linli.foundation.privacy.purposes import Purpose, ever
from linli.foundation.privacy.rights.fields import CORRECTABLE
from linli.foundation.privacy.rights.models import AskedAs, Kind, RefusalReason, RightsEntry, RightsRequest

KIND_WORDS = {
    Kind.COPY: gettext_lazy("一份给人看的，一份给电脑用的。几分钟就做好。"),
    Kind.CORRECTION: gettext_lazy("说哪一项错了、对的是什么。核对以后就改。"),
    Kind.DELETION: gettext_lazy("法律要求留的会留着，别的都删。删了找不回来。"),
    Kind.EXPLANATION: gettext_lazy("为什么报了预警、为什么这样分缓急，讲给您听。"),
    Kind.OBJECTION: gettext_lazy("谁不该看、哪种用法不同意，请负责人查。"),
}
KIND_BUTTONS = {
    Kind.COPY: gettext_lazy("要一份"),
    Kind.CORRECTION: gettext_lazy("请社区改过来"),
    Kind.DELETION: gettext_lazy("请社区删掉"),
    Kind.EXPLANATION: gettext_lazy("请讲明白"),
    Kind.OBJECTION: gettext_lazy("交给负责人查"),
}


@dataclass(frozen=True)
class Line:
    """One step of the course: ``text`` is what a person wrote."""

    sentence: str
    text: str
    by: str
    at: datetime


def entries_of(request: RightsRequest) -> list[Line]:
    """The course, newest first."""
    return [
        Line(_sentence(entry), entry.text, as_read(entry.by_label), entry.at)
        for entry in reversed(request.entries.all())
    ]


def asked_words(request: RightsRequest) -> list[str]:
    """What is asked, in a sentence or two, without the value that is to be corrected to once it is forgotten."""
    words = []
    if request.field:
        field = CORRECTABLE.get(request.field, request.field)
        words.append(_("%(field)s记错了。") % {"field": field})
    if request.wanted:
        words.append(_("应该是：%(wanted)s") % {"wanted": wanted_words(request)})
    if request.purpose:
        purpose = ever().get(request.purpose)
        words.append(
            _("不同意这样用：%(purpose)s") % {"purpose": purpose_title(purpose) if purpose else request.purpose}
        )
    if request.about and request.resident is not None:
        words += _about(request)
    if request.words:
        words.append(request.words)
    return words


def wanted_words(request: RightsRequest) -> str:
    """The value as a person writes it, not as it is kept. An identity number stays masked: its last four characters are
    enough to compare it with the paper, and the page may be looked at over a shoulder."""
    kept = {"f": _("女"), "m": _("男"), "yes": _("是"), "no": _("不是")}
    wanted = handed_on(request, "wanted")
    if request.field == "identity_number":
        return masked_as(request.field, wanted)
    return kept.get(wanted, wanted) if request.field in {"sex", "living_alone"} else wanted


def purpose_title(purpose: Purpose) -> str:
    """The short title of a purpose."""
    return str(purpose.name)


def _about(request: RightsRequest) -> list[str]:
    kind, _sep, number = request.about.partition(":")
    resident = request.resident
    if resident is None:
        return []
    if kind == "access_record":
        records = AccessRecord.objects.filter(pk=int(number), resident=resident)
        return [look.sentence for look in told(records, resident)]
    return [words for about, words in decisions_about(resident) if about == request.about]


def _sentence(entry: RightsEntry) -> str:
    data = entry.data
    match entry.verb:
        case "ask":
            if data.get("asked_as") == AskedAs.RELATIVE:
                return _("近亲属提出，工作人员登记")
            if data.get("by_staff"):
                return _("本人提出，工作人员登记")
            return {
                AskedAs.PROXY: _("代办人替本人提出"),
                AskedAs.GUARDIAN: _("监护人提出"),
            }.get(data.get("asked_as", ""), _("本人提出"))
        case "take":
            return _("开始办了")
        case "assign":
            return _("交给专人办")
        case "check_identity":
            return _("看过证件，是本人")
        case "extend":
            due = parse_datetime(data["due_at"])
            return _("要多等几天，最晚 %(by)s") % {"by": moment(due) if due else ""}
        case "correct" if data["before"] == data["after"]:
            return _("改好了：%(field)s改了，不同的地方遮着") % {"field": CORRECTABLE.get(data["field"], data["field"])}
        case "correct":
            return _("改好了：%(field)s从 %(before)s 改成 %(after)s") % {
                "field": CORRECTABLE.get(data["field"], data["field"]),
                "before": data["before"],
                "after": data["after"],
            }
        case "erase":
            return _("删掉了")
        case "suspend":
            return _("停了，不再这样用您的信息")
        case "deliver":
            until = parse_datetime(data["until"])
            return _("做好了，到 %(until)s 可以打开") % {"until": moment(until) if until else ""}
        case "answer":
            return _("查过了，这次看得没有道理，已经记下") if data.get("read_was_wrong") else _("答复了")
        case "refuse":
            return _("没有办成：%(why)s") % {"why": RefusalReason(data["refusal"]).label}
        case "withdraw":
            return _("撤回了")
    raise LookupError(entry.verb)
