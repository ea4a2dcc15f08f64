"""Entries of the log as sentences for staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _


def sentence(kind: str, facts: Mapping[str, Any]) -> str:
    """One entry in words; sizes only."""
    match kind:
        case "partner":
            return _("登记了对方的名片")
        case "confirmed":
            return _("核对了对方的指纹")
        case "proposed":
            return _("提出了")
        case "approved":
            return _("同意了")
        case "refused":
            return _("不同意")
        case "withdrawn":
            return _("撤回了")
        case "started":
            return _("开始了。对方由%(one)s提出、%(other)s同意") % {
                "one": facts.get("their_proposed_by", ""),
                "other": facts.get("their_approved_by", ""),
            }
        case "sent":
            return _("送出 %(n)d 个密文") % {"n": facts.get("points", 0)}
        case "received":
            return _("收到 %(n)d 个密文") % {"n": facts.get("points", 0)}
        case "spent":
            return _("从这时起，算用掉了一次")
        case "finished":
            return _("两边都签了同一个结果")
        case "stopped":
            return _("停下了")
    return kind
