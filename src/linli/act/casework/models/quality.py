"""抽查: each week's random sample of closed cases, who looks at each again, and what was found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.act.casework.models.cases import Case
from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class OfCommunityStaffQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Those who work for the whole community: a grid does not look over itself."""
        return self if actor.system or actor.is_community_staff else self.none()


class QualityShare(TenantModel):
    """The share that holds from ``since`` on, in percent of each unit's closed cases; 0 draws none. The latest counts."""

    percent = models.PositiveSmallIntegerField()
    set_by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    since = models.DateTimeField()

    objects = TenantManager.from_queryset(OfCommunityStaffQuerySet)()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(percent__lte=100), name="a_share_of_a_hundred")]
        ordering = ["-since", "-id"]


class QualitySample(TenantModel):
    """One week's draw, with all that is needed to draw it again."""

    week = models.DateField(help_text="its Monday")
    percent = models.PositiveSmallIntegerField()
    seed = models.CharField(max_length=32)
    closed = models.JSONField(help_text="unit → numbers of its cases that closed in the week, as they were drawn from")
    drawn_at = models.DateTimeField()

    objects = TenantManager.from_queryset(OfCommunityStaffQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "week"], name="one_draw_a_week")]
        ordering = ["-week"]


class QualityCheck(TenantModel):
    """One case of a draw. ``unit`` is who handled it: ``grid:3``, ``unit:7`` (an outside unit) or ``community``."""

    class Result(models.TextChoices):
        OK = "ok", _("没有问题")
        SHORT = "short", _("有不足")
        REOPEN = "reopen", _("要重新办")

    sample = models.ForeignKey(QualitySample, on_delete=models.CASCADE, related_name="checks")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="quality_checks")
    unit = models.CharField(max_length=24)
    checker = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="whom it was given to; empty: nobody outside the unit was free of it",
    )  # fmt: skip
    result = models.CharField(max_length=8, choices=Result.choices, blank=True)
    reason = models.TextField(blank=True)
    checked_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(OfCommunityStaffQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sample", "case"], name="a_case_once_a_draw"),
            models.CheckConstraint(
                condition=Q(result="", checked_at__isnull=True) | (~Q(result="") & Q(checked_at__isnull=False)),
                name="a_result_has_its_time",
            ),
        ]
        ordering = ["-sample__week", "id"]
