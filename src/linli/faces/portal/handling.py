"""Who has a matter in hand, as told to the resident."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from linli.act.casework.models import Case
from linli.foundation.registry.models import Community


@dataclass(frozen=True)
class HandlerShown:
    name: str
    words: str
    phone: str
    initial: str


def handler_of(case: Case | None, community: Community, *, ended: bool) -> HandlerShown:
    """The person who has it, else the grid it went to, else the community; the phone is the community's line.

    Staff are reached through the printed number, so that their own phones stay private and somebody always answers.
    """
    if case and case.handler:
        name = case.handler.display_name
        words = _("这件事是他办的") if ended else _("管到办好为止")
        return HandlerShown(name, words, community.phone, name[:1])
    if case and case.grid and not ended:
        return HandlerShown(str(case.grid), _("马上有人接手"), community.phone, str(case.grid.number))
    words = _("有事打这个电话") if ended else _("正在看您说的事")
    return HandlerShown(community.name, words, community.phone, community.name[:1])
