"""What detectors are for, and each warning in one plain sentence with its numbers, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.lifecycle.explaining import moment
from linli.understand.warnings.detectors.base import moment as parsed

TITLES: dict[str, Promise] = {
    "trapped": gettext_lazy("电梯可能困人"),
    "no_water": gettext_lazy("独居老人家很久没有用水"),
    "smoke": gettext_lazy("烟雾报警没人确认"),
}

PURPOSES: dict[str, Promise] = {
    "trapped": gettext_lazy("有人困在电梯里时，马上有人知道。只看电梯的运行信号，不拍照，不录音。"),
    "no_water": gettext_lazy(
        "独居老人家长时间不用水时，请人打电话、上门看看。只看水表读数，本人同意才看，随时可以退出。"
    ),
    "smoke": gettext_lazy("烟感响了没人管时，马上有人上门。只看报警信号。"),
}


def title(kind: str) -> str:
    """A few words for a list; the key itself for a detector of another version."""
    return str(TITLES.get(kind, kind))


def sentence(kind: str, evidence: dict[str, Any]) -> str:
    """Why the warning was raised, while its numbers are kept. Raises :class:`KeyError` for a kind without a sentence."""
    if not evidence:
        return _("数字已经删了。")
    return _SENTENCES[kind](evidence)


def _trapped(evidence: dict[str, Any]) -> str:
    told = {
        "since": f"{moment(parsed(evidence['since']))}",
        "seconds": evidence["seconds"],
        "floor": _("%(floor)d 层") % {"floor": evidence["floor"]} if evidence["floor"] is not None else _("未知楼层"),
    }
    if evidence["reason"] == "alarm":
        return _("电梯里有人从 %(since)s 起按住报警按钮 %(seconds)d 秒以上，轿厢在 %(floor)s。") % told
    if evidence["in_door_zone"] == 0:
        return _("电梯里有人，轿厢从 %(since)s 起停在 %(floor)s 附近，没有停平，已经 %(seconds)d 秒以上。") % told
    return _("电梯里有人，轿厢从 %(since)s 起停在 %(floor)s，门一直没开，已经 %(seconds)d 秒以上。") % told


def _no_water(evidence: dict[str, Any]) -> str:
    return _("从 %(from)s 到 %(to)s 共 %(hours)s 小时，只用了 %(litres)s 升水，不到 10 升。") % {
        "from": moment(parsed(evidence["from"])),
        "to": moment(parsed(evidence["to"])),
        "hours": f"{evidence['hours']:g}",
        "litres": f"{evidence['litres']:g}",
    }


def _smoke(evidence: dict[str, Any]) -> str:
    return _("烟感从 %(since)s 起报警，%(seconds)d 秒以上没有人确认。") % {
        "since": moment(parsed(evidence["since"])),
        "seconds": evidence["seconds"],
    }


_SENTENCES = {"trapped": _trapped, "no_water": _no_water, "smoke": _smoke}
