from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.privacy.joint.wording import sentence
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class State(models.TextChoices):
    PROPOSED = "proposed", _("等第二个人同意")
    APPROVED = "approved", _("可以开始")
    RUNNING = "running", _("正在数")
    DONE = "done", _("数好了")
    STOPPED = "stopped", _("没有数成")
    REFUSED = "refused", _("不同意数")
    WITHDRAWN = "withdrawn", _("撤回了")


class People(models.TextChoices):
    """Who of the community is on our list. A choice, never a hand-picked list of names."""

    ALL = "all", _("所有常住居民")
    SIXTY = "60", _("60 岁以上")
    SIXTY_FIVE = "65", _("65 岁以上")
    EIGHTY = "80", _("80 岁以上")


class JointQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Community staff and who keeps watch: numbers and approvals, nobody's name."""
        return self if actor.system or actor.is_community_staff or actor.has(*OVERSIGHT) else self.none()


class JointPartner(TenantModel):
    """对方: a health station or another community, known by its card. Usable once a second person confirmed that the
    fingerprint was compared by telephone."""

    name = models.CharField(max_length=64)
    card = models.TextField(help_text="public keys as the partner handed them over")
    fingerprint = models.CharField(max_length=32)
    address = models.CharField(max_length=120, blank=True, help_text="host:port where it answers; empty: it calls us")
    added_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()
    confirmed_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(JointQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "fingerprint"], condition=Q(ended_at__isnull=True), name="one_live_joint_partner"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def spoken(self) -> str:
        """The fingerprint in groups of four, to compare by telephone."""
        return " ".join(self.fingerprint[start : start + 4] for start in range(0, 32, 4))


class JointRun(TenantModel):
    """联合数一数: one question put to both lists, agreed by two people here and two people there.

    ``counts`` carry the noise of both sides; what may be shown of them is decided when they are shown.
    """

    run = models.CharField(max_length=32, unique=True, help_text="128 bits, known to both sides")
    partner = models.ForeignKey(JointPartner, on_delete=models.PROTECT, related_name="runs")
    question = models.CharField(max_length=200)
    people = models.CharField(max_length=4, choices=People.choices)
    banded = models.BooleanField(default=False, help_text="counts by age band, of those who agreed to it")
    on = models.DateField(help_text="the day on which ages count")
    epsilon = models.FloatField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="why it was refused")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    spent_at = models.DateTimeField(null=True, blank=True, help_text="from then on it counts against the limits")
    percent = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=40, blank=True, help_text="why it stopped, in one word")
    ours = models.PositiveIntegerField(default=0, help_text="length of our list, rounded up")
    theirs = models.PositiveIntegerField(default=0, help_text="length of theirs, rounded up")
    counts = models.JSONField(default=list, blank=True)
    sent = models.PositiveIntegerField(default=0, help_text="bytes")
    received = models.PositiveIntegerField(default=0, help_text="bytes")
    version = models.PositiveIntegerField(default=0, help_text="rises with each change; a stale form is refused")

    objects = TenantManager.from_queryset(JointQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["community", "-proposed_at"])]
        constraints = [
            models.CheckConstraint(condition=Q(epsilon__gt=0), name="a_joint_run_costs_something"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("proposed_by")),
                name="joint_run_has_two_people",
            ),
        ]


class JointLogEntry(TenantModel):
    """One entry of this community's signed, hash-chained log: sizes, digests and who approved."""

    number = models.PositiveIntegerField()
    at = models.CharField(max_length=40, help_text="as signed: ISO 8601, UTC")
    kind = models.CharField(max_length=20)
    run = models.CharField(max_length=32, db_index=True)
    facts = models.JSONField()
    before = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    digest = models.CharField(max_length=64)

    objects = TenantManager.from_queryset(JointQuerySet)()

    class Meta:
        verbose_name_plural = "joint log entries"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["community", "number"], name="joint_log_number_once")]

    @property
    def sentence(self) -> str:
        return sentence(self.kind, self.facts)


WORKFLOW = StateTable(
    initial=State.PROPOSED,
    states=State.values,
    transitions=[
        Transition("approve", {State.PROPOSED}, State.APPROVED, {"second_person"}),
        Transition("refuse", {State.PROPOSED}, State.REFUSED, {"second_person"}, {"reason"}),
        Transition("withdraw", {State.PROPOSED, State.APPROVED}, State.WITHDRAWN, {"proposer", "lead"}),
        Transition("start", {State.APPROVED}, State.RUNNING, {"system"}),
        Transition("try_again", {State.RUNNING}, State.APPROVED, {"system"}),
        Transition("finish", {State.RUNNING}, State.DONE, {"system"}),
        Transition("stop", {State.APPROVED, State.RUNNING}, State.STOPPED, {"system"}),
    ],
)
