from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT, Role
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet

LEADS = frozenset({Role.DPO, Role.COMMUNITY_DIRECTOR})
WATCHERS = LEADS | OVERSIGHT


class State(models.TextChoices):
    OPEN = "open", _("等着问清楚")
    EXPLAINED = "explained", _("问过了，有道理")
    WRONG = "wrong", _("问过了，不该看")


WORKFLOW = StateTable(
    initial=State.OPEN,
    states=State.values,
    transitions=(
        Transition("accept", {State.OPEN}, State.EXPLAINED, who={"lead"}, needs={"text"}),
        Transition("find_wrong", {State.OPEN}, State.WRONG, who={"lead"}, needs={"text"}),
    ),
)


class UnusualLookQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Who keeps watch, but nobody sees what is asked about themselves."""
        if actor.system:
            return self
        if not actor.has(*WATCHERS):
            return self.none()
        return self.exclude(record__account_id=actor.account_id)


class UnusualLook(TenantModel):
    """A look at somebody's details that a rule asks about, until the data-protection lead has asked the reader."""

    record = models.OneToOneField("privacy.AccessRecord", on_delete=models.CASCADE, related_name="unusual")
    reasons = models.JSONField(help_text="keys of rules.reasons")
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    text = models.TextField(blank=True, help_text="what the reader said, and what was decided")
    decided_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(UnusualLookQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["state", "-opened_at"])]
