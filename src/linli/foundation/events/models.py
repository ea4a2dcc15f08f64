from __future__ import annotations

from django.db import models


class Event(models.Model):
    """领域事件: something that happened, written in the transaction that made it happen; never changed.

    ``data`` holds identifiers and facts, never a name, a phone or a person's own words: the log outlives erasure.
    ``position`` is given by the dispatcher in the order of delivery and is the leaf index in the audit log.
    """

    community = models.ForeignKey(
        "registry.Community", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=64, help_text="app.what_happened: casework.case_opened")
    subject = models.CharField(max_length=64, help_text="what it happened to: case:123; events of one subject keep order")
    actor = models.CharField(max_length=64)
    happened_at = models.DateTimeField(help_text="the neighbourhood's time")
    data = models.JSONField(default=dict)
    position = models.BigIntegerField(null=True, blank=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "id"]),
            models.Index(fields=["community", "kind", "happened_at"]),
        ]
