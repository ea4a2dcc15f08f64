"""The community's own deadline rules: versions with a first day, and their limits row by row."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.act.casework.models.cases import Level
from linli.act.casework.models.outside import OfStaffQuerySet
from linli.foundation.lifecycle.working_time import Mode, Unit
from linli.foundation.tenancy import TenantManager, TenantModel


class DeadlineVersion(TenantModel):
    """Holds for what is opened from ``valid_from`` on, until the next one; written before that day, never after."""

    valid_from = models.DateField()
    why = models.CharField(max_length=200, help_text="the decision or document behind it")
    warn_at = models.JSONField(help_text="shares of the limit at which the handler is told: [0.5, 0.8]")
    escalate = models.JSONField(help_text="shares at which a role is told: [[1.0, grid_lead], …]")
    made_by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    objects = TenantManager.from_queryset(OfStaffQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "valid_from"], name="one_version_from_a_day")]
        ordering = ["valid_from"]

    @property
    def name(self) -> str:
        """What a case keeps: ``own-12``."""
        return f"own-{self.pk}"


class DeadlineLimit(TenantModel):
    """One limit; an empty category is that of the level, another takes its place for what lies in it."""

    version = models.ForeignKey(DeadlineVersion, on_delete=models.CASCADE, related_name="limits")
    category = models.CharField(max_length=6, blank=True)
    level = models.CharField(max_length=2, choices=Level.choices)
    step = models.CharField(max_length=8, help_text="accept, contact, finish")
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=20, choices=[(unit.value, unit.value) for unit in Unit])
    mode = models.CharField(max_length=8, blank=True, choices=[(mode.value, mode.value) for mode in Mode])

    objects = TenantManager.from_queryset(OfStaffQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "category", "level", "step"], name="one_limit_a_step"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_limit_is_longer_than_nothing"),
        ]
        ordering = ["level", "category", "step"]
