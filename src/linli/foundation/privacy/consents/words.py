"""A purpose in the words that a person reads before deciding: its title, what happens without it, what there is instead."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.privacy.purposes import Purpose

TITLES = {
    "water_care": gettext_lazy("水表关怀"),
    "door_care": gettext_lazy("门磁关怀"),
    "smoke_care": gettext_lazy("烟感报警"),
}
WITHOUT = {
    "water_care": gettext_lazy("社区不看您家水表。没用水的时候，也就没人上门来问。"),
    "door_care": gettext_lazy("社区不看您家的门。好久没开门的时候，也就没人上门来问。"),
    "smoke_care": gettext_lazy("社区不看您家的烟感。它响了，社区也就不知道。"),
}


def title_of(purpose: Purpose) -> str:
    return str(TITLES.get(purpose.key, purpose.key))


def without_of(purpose: Purpose) -> str:
    return str(WITHOUT.get(purpose.key, ""))


def alternative_of(purpose: Purpose) -> str:
    """The same service without it."""
    if purpose.key == "smoke_care":
        return _("网格员每三个月上门，按一按烟感，看它响不响。")
    return _("网格员每星期来看看您，或者打个电话。")
