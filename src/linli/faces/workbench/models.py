from __future__ import annotations

from django.db import models

from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class Delivery(TenantModel):
    """Something done without a network that has arrived: the same key sent again gets the same answer and does nothing."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64, help_text="made on the phone when it was done")
    answer = models.JSONField(help_text="what the phone was told; identifiers only")
    arrived_at = models.DateTimeField()

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="delivered_once")]
