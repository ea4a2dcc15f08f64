from __future__ import annotations

from django.db import models
from django.db.models import Q


class Event(models.Model):
    """领域事件: something that happened, written in the transaction that made it happen; never changed.

    ``data`` holds identifiers and facts, never a name, a phone or a person's own words: the log outlives erasure.
    ``position`` is given by the sequencer in the order of delivery and is the leaf index in the audit log.
    """

    community = models.ForeignKey(
        "registry.Community", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=64, help_text="app.what_happened: casework.case_opened")
    subject = models.CharField(
        max_length=64, help_text="what it happened to: case:123; events of one subject keep order"
    )
    actor = models.CharField(max_length=64)
    happened_at = models.DateTimeField(help_text="the neighbourhood's time")
    data = models.JSONField(default=dict)
    position = models.BigIntegerField(null=True, blank=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "id"]),
            models.Index(fields=["community", "kind", "happened_at"]),
            models.Index(fields=["id"], condition=Q(position__isnull=True), name="events_not_sequenced"),
        ]


class Delivery(models.Model):
    """One event on its way to one handler: pending until the handler's own transaction sets ``done_at``."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=120)
    subject = models.CharField(max_length=64)
    position = models.BigIntegerField()
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0, help_text="failed so far")
    retry_at = models.DateTimeField(null=True, blank=True, help_text="real time; empty before the first failure")
    error = models.CharField(max_length=500, blank=True, help_text="of the last failure")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="delivered_once_a_handler")]
        indexes = [
            models.Index(fields=["position"], condition=Q(done_at__isnull=True), name="events_not_delivered"),
            models.Index(
                fields=["handler", "subject", "position"],
                condition=Q(done_at__isnull=True),
                name="events_waiting_their_turn",
            ),
        ]


class AuditTree(models.Model):
    """The one row that the sequencer holds while it works: size of the log and the tops of its full subtrees."""

    size = models.BigIntegerField(default=0)
    tops = models.JSONField(default=list, help_text="hex, largest subtree first (RFC 6962 §2.1)")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="audit_tree_is_one_row")]


class AuditLeaf(models.Model):
    """The hash of one event as it was when it was sequenced; it stays when an erasure takes the event."""

    position = models.BigIntegerField(primary_key=True)
    hash = models.BinaryField(max_length=32)


class TreeHead(models.Model):
    """The root of the log over its first ``size`` events. The event at position ``size`` repeats it, so that no
    column here can change unnoticed."""

    day = models.DateField(unique=True)
    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64, help_text="hex")
    made_at = models.DateTimeField()
