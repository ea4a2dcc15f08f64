"""What a case cost: material, minutes of work, money. Nothing is rewritten; a mistake gets a counter-entry."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.act.casework.models.cases import Case
from linli.act.casework.models.outside import Errand
from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class CaseSpendingQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Staff of the case. Residents read none of it."""
        return self.filter(case__in=Case.objects.worked_on_by(actor)) if actor.is_staff or actor.system else self.none()


class CaseSpending(TenantModel):
    """一笔: ``cost_fen`` in fen and ``minutes`` are negative in a counter-entry alone (``corrects``)."""

    class Kind(models.TextChoices):
        MATERIAL = "material", _("材料")
        WORK = "work", _("工时")
        OTHER = "other", _("别的花费")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="spendings")
    errand = models.ForeignKey(
        Errand, null=True, blank=True, on_delete=models.SET_NULL, related_name="spendings",
        help_text="whose unit wrote it by its link",
    )  # fmt: skip
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=60, blank=True, help_text="the material, or what was done")
    quantity = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    unit = models.CharField(max_length=12, blank=True)
    cost_fen = models.BigIntegerField(default=0)
    minutes = models.IntegerField(default=0)
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    reason = models.CharField(max_length=200, blank=True, help_text="why it was corrected")
    by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    client_key = models.CharField(max_length=64, blank=True, help_text="sent twice is one")
    at = models.DateTimeField()

    objects = TenantManager.from_queryset(CaseSpendingQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(corrects__isnull=False) | Q(cost_fen__gte=0, minutes__gte=0),
                name="only_a_correction_is_negative",
            ),
            models.UniqueConstraint(
                fields=["errand", "client_key"], condition=~Q(client_key=""), name="a_link_writes_once"
            ),
        ]
        indexes = [models.Index(fields=["community", "at"])]
        ordering = ["at", "id"]
