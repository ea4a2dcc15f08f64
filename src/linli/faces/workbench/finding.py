"""What a person found, asked in the same words of a warning and of the case that it opened."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.understand.warnings.models import Warning

OF_A_HOME = frozenset({Warning.Finding.AWAY, Warning.Finding.REFUSED})


def finding_field(of: Sequence[Warning], *, without: Collection[str] = ()) -> forms.ChoiceField:
    """None is chosen at first. That nobody was at home is only offered where every one of the warnings arose in a home."""
    left_out = {*without, *(() if all(one.home_id for one in of) else OF_A_HOME)}
    choices = [choice for choice in Warning.Finding.choices if choice[0] not in left_out]
    return forms.ChoiceField(
        label=_("发现了什么？"),
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择发现了什么。")},
    )


def sounds_on(of: Sequence[Warning]) -> bool:
    """Whether danger to life among them is still reported: then it is called untrue only with a reason, by who was there."""
    return any(one.sounds for one in of)


def on_site_field() -> forms.BooleanField:
    return forms.BooleanField(label=_("到现场看过了"), required=False)
