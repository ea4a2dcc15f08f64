from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.tenancy import TenantModel

LONGEST_REASON = 300
WAITS_FOR = timedelta(days=7)
"""How long a change waits for a second person."""


class RuleChange(TenantModel):
    """规则的改动: who changed a rule, from what to what, when and why; one that waits for a second person is not in force.

    ``before`` and ``after`` hold ``on``, every number that then held, so that they read the same whatever is shipped
    later, and ``off_until`` (ISO 8601, UTC) of a rule about danger that is off. While a change waits, its end is what it would be
    if it were agreed to at once: it is counted in ``off_days`` from the moment of the yes.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("等另一位同意")
        IN_FORCE = "in_force", _("改了")
        REFUSED = "refused", _("没有同意")
        WITHDRAWN = "withdrawn", _("收回了")
        OUTDATED = "outdated", _("后来改过，不算了")
        EXPIRED = "expired", _("没有等到同意，过期了")

    class ByItself(models.TextChoices):
        LISTENS_AGAIN = "again", _("关到期了，自己重新开了")
        GIVEN_AN_END = "given_end", _("以前关的没有写到哪天，从这天起算 7 天")

    rule = models.CharField(max_length=32, help_text="its key")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    before = models.JSONField(help_text="on, settings, off_until")
    after = models.JSONField(help_text="on, settings, off_until")
    off_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="for how many days the rule is to be off; none: its end stays"
    )
    by_itself = models.CharField(
        max_length=10, choices=ByItself.choices, blank=True, help_text="why it changed without a person"
    )
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    proposal = models.ForeignKey(
        "warnings.Proposal", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="the proposal from findings that it carries out",
    )  # fmt: skip
    asked_by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asked_as = models.CharField(max_length=100, blank=True, help_text="role and name; survives the account")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_as = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=LONGEST_REASON, blank=True, help_text="why not, in the words of the second")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "rule"], condition=Q(state="asked"), name="one_change_waiting_a_rule"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by")) | Q(state="withdrawn"),
                name="a_weaker_rule_needs_two_people",
            ),
        ]
        indexes = [models.Index(fields=["community", "rule", "-asked_at"])]

    @property
    def expires_at(self) -> datetime:
        """When it waits no longer for a second person."""
        return self.asked_at + WAITS_FOR


_ASKED = RuleChange.State.ASKED

CHANGE_WORKFLOW = StateTable(
    initial=_ASKED,
    states=RuleChange.State.values,
    transitions=[
        Transition("approve", {_ASKED}, RuleChange.State.IN_FORCE, {"another"}),
        Transition("refuse", {_ASKED}, RuleChange.State.REFUSED, {"another"}, {"decision"}),
        Transition("withdraw", {_ASKED}, RuleChange.State.WITHDRAWN, {"asker"}),
        Transition("overtake", {_ASKED}, RuleChange.State.OUTDATED, {"system"}),
        Transition("expire", {_ASKED}, RuleChange.State.EXPIRED, {"system"}),
    ],
)
"""What weakens nothing is in force at once and never waits."""
