"""What makes the work even and its words good: answers to begin from."""

from __future__ import annotations

from django.db import models

from linli.act.casework.models.cases import Outcome
from linli.act.casework.models.outside import OfStaffQuerySet
from linli.foundation.tenancy import TenantManager, TenantModel


class AnswerTemplate(TenantModel):
    """答复模板: words to begin an answer from, by kind of matter and honest end state; whoever answers changes them."""

    category = models.CharField(max_length=6, blank=True, help_text="fits the code and what lies below it; empty: all")
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    words = models.CharField(max_length=500)
    changed_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField()

    objects = TenantManager.from_queryset(OfStaffQuerySet)()

    class Meta:
        ordering = ["outcome", "category", "id"]
