from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.privacy.publishing.rules.budget import MOST
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet

OPEN_NUMBERS = "open_numbers"
"""The purpose of the numbers that everybody may read."""
ANALYSIS = "analysis"
"""The purpose of the answers of all studies together."""


class CannotBeChanged(RuntimeError):
    """A line of the ledger is written once: nothing edits it and nothing takes it away."""


class LedgerQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Community staff and oversight: what the community spends of its residents' privacy."""
        return self if actor.system or actor.is_community_staff or actor.has(*OVERSIGHT) else self.none()

    def update(self, **changed):
        raise CannotBeChanged

    def delete(self):
        raise CannotBeChanged


class WrittenOnce(TenantModel):
    """A row that is only ever added."""

    objects = TenantManager.from_queryset(LedgerQuerySet)()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise CannotBeChanged
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise CannotBeChanged


class Budget(WrittenOnce):
    """隐私预算: how much a year's answers to one purpose may tell about anybody, in thousandths of ε. Granted once."""

    purpose = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    granted = models.PositiveIntegerField(help_text="thousandths of ε")
    granted_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "purpose", "year"], name="one_budget_a_purpose_and_year"),
            models.CheckConstraint(
                condition=Q(granted__gte=1, granted__lte=MOST), name="a_budget_is_positive_and_finite"
            ),
        ]


class LedgerEntry(WrittenOnce):
    """A line of a budget's ledger. The remainder is written into each line and can only fall: the database checks it.

    ``sequence`` makes two spenders at one moment collide, ``about`` makes a second payment for the same thing impossible.
    """

    class Kind(models.TextChoices):
        SPENT = "spent", _("用掉")
        LOWERED = "lowered", _("调低")

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="entries")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount = models.PositiveIntegerField(help_text="thousandths of ε")
    left_before = models.PositiveIntegerField()
    left_after = models.PositiveIntegerField()
    about = models.CharField(max_length=64, help_text="what it was paid for: release:12")
    by = models.CharField(max_length=64, help_text="the actor's label")
    at = models.DateTimeField()

    class Meta:
        ordering = ["budget_id", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["budget", "sequence"], name="a_ledger_line_has_its_own_place"),
            models.UniqueConstraint(fields=["community", "about"], name="nothing_is_paid_for_twice"),
            models.CheckConstraint(
                condition=Q(amount__gte=1, left_after__gte=0, left_after=F("left_before") - F("amount")),
                name="a_budget_can_only_fall",
            ),
        ]


class State(models.TextChoices):
    PROPOSED = "proposed", _("等另一位同事同意")
    APPROVED = "approved", _("正在算")
    PUBLISHED = "published", _("已公布")
    REFUSED = "refused", _("没有同意")
    WITHDRAWN = "withdrawn", _("撤回了")
    FAILED = "failed", _("没有算成")


class ReleaseQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """What is published, everybody; what is not yet, community staff and oversight."""
        if actor.system or actor.is_community_staff or actor.has(*OVERSIGHT):
            return self
        return self.filter(state=State.PUBLISHED)

    def published(self):
        return self.filter(state=State.PUBLISHED)

    def standing(self):
        """Published, or on the way there: these hold their period."""
        return self.filter(state__in=(State.PROPOSED, State.APPROVED, State.PUBLISHED))


class Release(TenantModel):
    """公布: one set of numbers about a period, with noise drawn once. Proposed by one of the staff, approved by another.

    ``share`` thousandths of the finest precision are paid for; ``codebook`` keeps what each number meant on the day it was
    published, ``tables`` the suppressed tables as they are read.
    """

    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    first_day = models.DateField()
    last_day = models.DateField()
    share = models.PositiveSmallIntegerField(help_text="thousandths of the finest precision")
    price = models.PositiveIntegerField(help_text="thousandths of ε")
    proposed_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="why it was refused")
    trouble = models.CharField(max_length=40, blank=True, help_text="why it could not be made")
    percent = models.PositiveSmallIntegerField(default=0)
    published_at = models.DateTimeField(null=True, blank=True)
    codebook = models.JSONField(default=list)
    tables = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=0, help_text="rises with each change; a stale form is refused")

    objects = TenantManager.from_queryset(ReleaseQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "number"], name="release_number_once"),
            models.UniqueConstraint(
                fields=["community"],
                condition=Q(state__in=[State.PROPOSED, State.APPROVED]),
                name="one_release_at_a_time",
            ),
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="a_period_has_days"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")) | Q(state=State.WITHDRAWN),
                name="who_proposes_does_not_approve",
            ),
        ]
        indexes = [models.Index(fields=["community", "state", "-last_day"])]

    def __str__(self) -> str:
        return str(self.number)


class Figure(WrittenOnce):
    """One published number: a count, or a rate in thousandths with its base. Empty where it could not be useful."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="figures")
    key = models.CharField(max_length=40, help_text="of the indicator")
    value = models.BigIntegerField(null=True, blank=True)
    error = models.PositiveIntegerField(help_text="± with 95 %")
    n = models.BigIntegerField(null=True, blank=True, help_text="base of a rate")
    n_error = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "key"], name="a_figure_once_a_release")]


WORKFLOW = StateTable(
    initial=State.PROPOSED,
    states=State.values,
    transitions=[
        Transition("approve", {State.PROPOSED}, State.APPROVED, {"approver"}),
        Transition("refuse", {State.PROPOSED}, State.REFUSED, {"approver"}, {"reason"}),
        Transition("withdraw", {State.PROPOSED}, State.WITHDRAWN, {"proposer"}),
        Transition("publish", {State.APPROVED}, State.PUBLISHED, {"system"}),
        Transition("fail", {State.APPROVED}, State.FAILED, {"system"}),
    ],
)
"""A release that ended stays ended: what was refused is proposed anew, with a new number and a new payment."""
