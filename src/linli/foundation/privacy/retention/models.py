"""What is kept about keeping: plans, holds, erasures under way, and the register of what was erased."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT, Role
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet

LEADS = frozenset({Role.DPO, Role.COMMUNITY_DIRECTOR})
WATCHERS = LEADS | OVERSIGHT


class HoldQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Who leads or oversees the protection of information, and the person held."""
        if actor.system or actor.has(*WATCHERS):
            return self
        return self.filter(resident__in=actor.residents_for("privacy"))

    def in_force(self):
        return self.filter(lifted_at__isnull=True)


class LegalHold(TenantModel):
    """暂停删除: one kind of thing, or all about one resident, is not erased while this stands, whatever its rule says."""

    rule = models.CharField(max_length=64, blank=True, help_text="a key of rules.toml; empty for a resident's")
    resident = models.ForeignKey(
        "registry.Resident", null=True, blank=True, on_delete=models.PROTECT, related_name="legal_holds"
    )
    reason = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    lifted_reason = models.CharField(max_length=200, blank=True)

    objects = TenantManager.from_queryset(HoldQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rule="") ^ Q(resident__isnull=True), name="a_hold_holds_one_thing"),
            models.UniqueConstraint(
                fields=["community", "rule"], condition=Q(lifted_at__isnull=True) & ~Q(rule=""), name="one_hold_a_rule"
            ),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(lifted_at__isnull=True) & Q(resident__isnull=False),
                name="one_hold_a_resident",
            ),
        ]


class OfCommunityOrAll(models.QuerySet):
    def visible_to(self, actor: Actor):
        """Who leads or oversees the protection of information: their community's, and what concerns the whole system."""
        if actor.system:
            return self
        if not actor.has(*WATCHERS) or actor.community_id is None:
            return self.none()
        return self.filter(Q(community_id=actor.community_id) | Q(community__isnull=True))


class Plan(models.Model):
    """删除计划: what the rules would erase, counted one night and carried out the next.

    ``community`` is empty for tables that belong to none. What falls due after ``as_of`` waits for the next plan.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("明天执行")
        HELD = "held", _("暂停了")
        RUNNING = "running", _("正在删")
        DONE = "done", _("删完了")

    community = models.ForeignKey(
        "registry.Community", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_on = models.DateField()
    due_on = models.DateField()
    as_of = models.DateTimeField(help_text="the neighbourhood's time up to which the terms are reckoned")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    rules_version = models.CharField(max_length=20)
    held_reason = models.CharField(max_length=200, blank=True)
    held_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0, help_text="rises with each change; a stale form is refused")

    objects = OfCommunityOrAll.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "made_on"], name="one_plan_a_night"),
            models.UniqueConstraint(
                fields=["made_on"], condition=Q(community__isnull=True), name="one_plan_a_night_for_all"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"])]


class PlanLine(models.Model):
    """One rule in a plan. ``done`` moves in the transaction that erases; ``digest`` covers the numbers of the rows that
    went, in their order, never what was in them."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="lines")
    rule = models.CharField(max_length=64)
    then = models.CharField(max_length=12)
    count = models.PositiveIntegerField(help_text="found by the dry run")
    oldest = models.DateTimeField(null=True, blank=True)
    newest = models.DateTimeField(null=True, blank=True)
    details = models.JSONField(default=dict, help_text="counts of its parts: by kind of device")
    held = models.BooleanField(default=False, help_text="a hold stood in the way")
    done = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "rule"], name="one_line_a_rule")]


class RegisterEntry(models.Model):
    """销毁登记: what kind was erased, how many, by which rule, when. Nothing in it leads to a person.

    Each entry's digest covers the one before it, so that none can be taken out or changed unnoticed.
    """

    community = models.ForeignKey(
        "registry.Community", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    what = models.CharField(max_length=64, help_text="a table, or a place outside the database: lake, files, stream")
    then = models.CharField(max_length=12)
    count = models.PositiveIntegerField()
    rule = models.CharField(max_length=64, help_text="a key of rules.toml, consent, or person")
    rules_version = models.CharField(max_length=20)
    about = models.CharField(max_length=64, help_text="plan:3, rights:5, consent:9, restore")
    marks = models.CharField(max_length=64, blank=True, help_text="digest of the numbers of the rows that went")
    digest = models.CharField(max_length=64)

    objects = OfCommunityOrAll.as_manager()

    class Meta:
        verbose_name_plural = "register entries"
        indexes = [models.Index(fields=["community", "-id"])]


class ErasureQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        return self if actor.system or actor.has(*WATCHERS) else self.none()

    def unfinished(self):
        return self.filter(ended_at__isnull=True)


class Erasure(TenantModel):
    """Somebody, or what was gathered under a consent, is being erased. The database's rows are gone; ``work`` names what
    is left to do outside of it, by numbers and digests only, and is emptied when it is done."""

    class Reason(models.TextChoices):
        RIGHTS = "rights", _("本人要求")
        RULE = "rule", _("到期")
        CONSENT = "consent", _("同意结束")
        RESTORE = "restore", _("恢复备份后重做")

    reason = models.CharField(max_length=8, choices=Reason.choices)
    about = models.CharField(max_length=64)
    work = models.JSONField(default=dict)
    places = models.JSONField(default=dict, help_text="where something was, and how much: table or store → count")
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0, help_text="spent on it so far")
    trouble = models.CharField(max_length=200, blank=True, help_text="why it could not be finished yet")

    objects = TenantManager.from_queryset(ErasureQuerySet)()


WORKFLOW = StateTable(
    initial=Plan.State.PLANNED,
    states=Plan.State.values,
    transitions=[
        Transition("hold", {Plan.State.PLANNED, Plan.State.RUNNING}, Plan.State.HELD, {"lead"}, {"reason"}),
        Transition("release", {Plan.State.HELD}, Plan.State.PLANNED, {"lead"}),
        Transition("start", {Plan.State.PLANNED}, Plan.State.RUNNING, {"system"}),
        Transition("finish", {Plan.State.RUNNING}, Plan.State.DONE, {"system"}),
    ],
)
