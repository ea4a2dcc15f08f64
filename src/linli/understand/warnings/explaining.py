"""What rules are for, and each warning in one plain sentence with its numbers, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.lifecycle.explaining import calendar_day, moment
from linli.understand.warnings.causes import groups
from linli.understand.warnings.detectors.base import moment as parsed
from linli.understand.warnings.shipped import shipped_rules

_MOMENTS = frozenset({"since", "from", "to", "at"})


def title(kind: str) -> str:
    """A few words for a list; the key itself for a detector of another version."""
    rule = shipped_rules().get(kind) or groups().get(kind)
    return str(rule.name) if rule else kind


def purpose(kind: str) -> str:
    """What the rule is for, in plain words; empty for a rule of another version."""
    rule = shipped_rules().get(kind) or groups().get(kind)
    return str(rule.purpose_words) if rule else ""


def sentence(kind: str, evidence: dict[str, Any], *, zones: Mapping[str, str] | None = None) -> str:
    """Why the warning was raised, while its numbers are kept. ``zones``: what a camera's zones are called, by key; one
    without a name is just here. Raises :class:`KeyError` for a kind without a sentence."""
    if not evidence:
        return _("数字已经删了。")
    if kind in _SENTENCES:
        return _SENTENCES[kind](evidence)
    group = groups().get(kind)
    says = shipped_rules()[kind].says if group is None else {"": group.says}
    words = says[evidence["reason"] if "" not in says else ""]
    return str(words).format_map(
        {
            name: _told(name, (zones or {}).get(value, "") if name == "zone" else value)
            for name, value in evidence.items()
        }
    )


def _told(name: str, value: Any) -> str:
    if name in _MOMENTS:
        return moment(parsed(value))
    if name == "day":
        return calendar_day(date.fromisoformat(value))
    if name == "zone" and not value:
        return _("这里")
    return f"{value:g}" if isinstance(value, int | float) else _("未知") if value is None else str(value)


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
