from __future__ import annotations

from django.db import models

from linli.foundation.tenancy import TenantModel


class AlertBudget(TenantModel):
    """每天最多几条: how many warnings a day are told to one person; the rest is ranked and folded. P0 does not count."""

    account = models.OneToOneField("accounts.Account", on_delete=models.CASCADE, related_name="+")
    per_day = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()
