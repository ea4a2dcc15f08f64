"""Steps in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import as_read
from linli.foundation.privacy.sensing.guide import PAGES
from linli.foundation.privacy.sensing.models import Step

DONE: Mapping[str, Promise] = {
    "declare": _("写了草稿"),
    "change": _("改了草稿"),
    "open": _("开始评估"),
    "fill": _("填了一步"),
    "propose": _("交上去等批准"),
    "send_back": _("退回去改"),
    "approve": _("批准了"),
    "note_filing": _("记下了公安备案号"),
    "replace": _("换成了新的"),
    "withdraw": _("撤下了"),
    "drop": _("不办了"),
    "call_again": _("要重新评估"),
    "confirm": _("再看过，不用重新评估"),
    "end": _("终止了"),
}


@dataclass(frozen=True)
class Line:
    """One step as people read it."""

    sentence: str
    text: str
    by: str
    at: datetime


def course(steps: Iterable[Step]) -> list[Line]:
    """The steps in order; several fillings by one person one after another are one line."""
    lines: list[Line] = []
    before: Step | None = None
    for step in steps:
        again = before is not None and step.verb == before.verb == "fill" and step.by_label == before.by_label
        text = str(PAGES[step.text].title) if step.verb == "fill" and step.text in PAGES else step.text
        if again:
            last = lines.pop()
            known = last.text.split("、")
            text = last.text if text in known else f"{last.text}、{text}"
        lines.append(Line(str(DONE.get(step.verb, step.verb)), text, as_read(step.by_label), step.at))
        before = step
    return lines
