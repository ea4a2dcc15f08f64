"""The fields by which somebody writes what a case cost: staff on the workbench, a unit outside by its link."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.act.casework.actions.spending import LONGEST_NAME
from linli.act.casework.models import CaseSpending
from linli.act.casework.rules.spending import MOST_MINUTES, fen_of


class FenField(forms.DecimalField):
    """Yuan on the screen, whole fen in the action."""

    def __init__(self, **kwargs):
        super().__init__(max_digits=9, decimal_places=2, min_value=0, **kwargs)

    def clean(self, value):
        yuan = super().clean(value)
        return None if yuan is None else fen_of(yuan)


def spending_fields() -> dict[str, forms.Field]:
    return {
        "kind": forms.ChoiceField(label=_("哪一种"), choices=CaseSpending.Kind.choices),
        "name": forms.CharField(
            label=_("用了什么，做了什么"), max_length=LONGEST_NAME,
            error_messages={"required": _("还没有写。写一句就行。")},
        ),
        "quantity": forms.DecimalField(
            label=_("数量"), required=False, max_digits=8, decimal_places=2, min_value=Decimal("0.01")
        ),
        "unit": forms.CharField(label=_("单位，比如个、米"), required=False, max_length=12),
        "cost_fen": FenField(label=_("多少钱（元）"), required=False),
        "minutes": forms.IntegerField(label=_("多少分钟"), required=False, min_value=0, max_value=MOST_MINUTES),
    }  # fmt: skip
