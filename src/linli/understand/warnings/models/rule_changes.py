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


class TwoPersonChange(TenantModel):
    """A change that one person asks for with a reason and that, where it weakens something, another agrees to."""

    class State(models.TextChoices):
        ASKED = "asked", _("等另一位同意")
        IN_FORCE = "in_force", _("改了")
        REFUSED = "refused", _("没有同意")
        WITHDRAWN = "withdrawn", _("收回了")
        OUTDATED = "outdated", _("后来改过，不算了")
        EXPIRED = "expired", _("没有等到同意，过期了")

    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
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
        abstract = True

    @property
    def expires_at(self) -> datetime:
        """When it waits no longer for a second person."""
        return self.asked_at + WAITS_FOR


class RuleChange(TwoPersonChange):
    """规则的改动: who changed a rule, from what to what, when and why; one that waits for a second person is not in force.

    ``before`` and ``after`` hold ``on``, every number that then held, so that they read the same whatever is shipped
    later, and ``off_until`` (ISO 8601, UTC) of a rule about danger that is off. While a change waits, its end is what it would be
    if it were agreed to at once: it is counted in ``off_days`` from the moment of the yes.
    """

    class ByItself(models.TextChoices):
        LISTENS_AGAIN = "again", _("关到期了，自己重新开了")
        GIVEN_AN_END = "given_end", _("以前关的没有写到哪天，从这天起算 7 天")

    rule = models.CharField(max_length=32, help_text="its key")
    before = models.JSONField(help_text="on, settings, off_until")
    after = models.JSONField(help_text="on, settings, off_until")
    off_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="for how many days the rule is to be off; none: its end stays"
    )
    by_itself = models.CharField(
        max_length=10, choices=ByItself.choices, blank=True, help_text="why it changed without a person"
    )
    proposal = models.ForeignKey(
        "warnings.Proposal", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="the proposal from findings that it carries out",
    )  # fmt: skip

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


class PlanChange(TwoPersonChange):
    """叫应次序的改动: an order of calling that reaches fewer people about a danger, or lets them arrive later, and waits for a
    second person or did."""

    before = models.JSONField(help_text="the whole order that held, as CallPlan keeps it")
    after = models.JSONField(help_text="the whole order that is asked for")
    weakens = models.JSONField(default=list, help_text="by what it is weaker: people:P0, arrival:sos")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community"], condition=Q(state="asked"), name="one_plan_change_waiting_a_community"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by")) | Q(state="withdrawn"),
                name="a_weaker_plan_needs_two_people",
            ),
        ]


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
