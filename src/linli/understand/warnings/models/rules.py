from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.tenancy import TenantModel


class DetectorState(TenantModel):
    """What a detector remembers about one source, and when it wants to be woken if nothing arrives."""

    detector = models.CharField(max_length=32, help_text="the key of the rule")
    source = models.CharField(max_length=64)
    memory = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["detector", "source"], name="one_memory_a_source")]
        indexes = [models.Index(fields=["due_at"])]


class Rule(TenantModel):
    """规则: what this community has changed of a shipped rule; without a row it holds as shipped. Who: in the events."""

    key = models.CharField(max_length=32)
    on = models.BooleanField(default=True)
    off_until = models.DateTimeField(
        null=True, blank=True, help_text="of a P0 rule that is off: when it listens again by itself"
    )
    settings = models.JSONField(default=dict, help_text="numbers by name, where they differ from what is shipped")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "key"], name="one_row_a_rule")]


class Proposal(TenantModel):
    """改数建议: what past findings say that one number of a rule should be. Only a person puts it into force."""

    class State(models.TextChoices):
        OPEN = "open", _("等人决定")
        APPLIED = "applied", _("照着改了")
        DECLINED = "declined", _("不改")
        OUTDATED = "outdated", _("过时了")

    rule = models.CharField(max_length=32)
    setting = models.CharField(max_length=32)
    before = models.FloatField(help_text="the number in force when it was made")
    value = models.FloatField()
    true = models.PositiveIntegerField(help_text="true warnings that were played again, all of which it keeps")
    false = models.PositiveIntegerField(help_text="false ones that were played again")
    dropped = models.PositiveIntegerField(help_text="of the false ones, those that it would not have raised")
    later_minutes = models.PositiveIntegerField(help_text="median by which it would have raised the true ones later")
    findings = models.PositiveIntegerField(help_text="findings that there were of the rule when it was made")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "rule"], condition=Q(state="open"), name="one_open_proposal_a_rule"
            )
        ]
