from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT, STAFF, Role
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet

LEADS = frozenset({Role.DPO, Role.COMMUNITY_DIRECTOR})
"""Who may propose a change and who may approve one: never the same person."""


class State(models.TextChoices):
    DRAFT = "draft", _("正在写")
    PROPOSED = "proposed", _("等另一个人审")
    ANNOUNCED = "announced", _("正在公示")
    IN_FORCE = "in_force", _("生效了")
    WITHDRAWN = "withdrawn", _("撤回了")


OPEN = (State.PROPOSED, State.ANNOUNCED)
"""At most one change of a community is open: residents can only follow one."""


class Origin(models.TextChoices):
    """Where a version or a change comes from."""

    SHIPPED = "shipped", _("邻里软件自带")
    PEOPLE = "people", _("社区自己改的")
    DROPPED = "dropped", _("软件不再支持")


class Frozen(RuntimeError):
    """A published version is never changed or deleted."""


class VersionQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """The charter is public."""
        return self

    def update(self, **changes):
        raise Frozen("a published version of the charter stays as it was")

    def delete(self):
        raise Frozen("a published version of the charter stays")


class CharterVersion(TenantModel):
    """公约的一版: what one community publishes and enforces from ``since`` until the next; frozen.

    ``document`` is a list of purposes (``rules/document.py``), ``shipped`` the one that came with Linli and that this
    version has taken in.
    """

    number = models.PositiveIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the document, also in the audit log")
    shipped = models.JSONField()
    origin = models.CharField(max_length=8, choices=Origin.choices)
    change = models.OneToOneField(
        "charter.Change", null=True, blank=True, on_delete=models.PROTECT, related_name="brought"
    )
    since = models.DateTimeField()

    objects = TenantManager.from_queryset(VersionQuerySet)()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["community", "number"], name="charter_version_once")]

    def __str__(self) -> str:
        return f"charter {self.number}"

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise Frozen("a published version of the charter stays as it was")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise Frozen("a published version of the charter stays")


class ChangeQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Staff and oversight see every change; what is announced or has been in force is public by the page."""
        if actor.system or actor.has(*LEADS, *STAFF, *OVERSIGHT):
            return self
        return self.filter(state__in=[State.ANNOUNCED, State.IN_FORCE])


class Change(TenantModel):
    """公约的一次修改: written by one, approved by another, shown to everybody for some days, then in force.

    ``base`` is the number of the version that it started from, ``document`` what it wants. ``clearer`` names purposes
    whose words only say the same more plainly. ``clashes`` are parts that meanwhile changed otherwise, until its author
    has looked at them again.
    """

    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.PEOPLE)
    base = models.PositiveIntegerField()
    document = models.JSONField()
    shipped = models.JSONField(help_text="the document that came with Linli and that this change takes in")
    clearer = models.JSONField(default=list, blank=True)
    clashes = models.JSONField(default=list, blank=True, help_text="pairs of purpose and part")
    reason_zh = models.TextField(blank=True, help_text="why, in words for residents")
    reason_en = models.TextField(blank=True)
    author = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    approver = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    began_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    shown_until = models.DateTimeField(null=True, blank=True, help_text="when the publicity period ends")
    told_up_to = models.BigIntegerField(default=0, help_text="the last resident whose turn it was to be sent word")
    told_at = models.DateTimeField(null=True, blank=True, help_text="when everybody concerned had been sent word")
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0, help_text="rises with each step; a stale form is refused")

    objects = TenantManager.from_queryset(ChangeQuerySet)()

    class Meta:
        ordering = ["-began_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["community"], condition=models.Q(state__in=OPEN), name="one_open_charter_change"
            )
        ]


class ChangeEntry(TenantModel):
    """One step of a change: who did what, when, and in which words."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="entries")
    verb = models.CharField(max_length=16)
    text = models.TextField(blank=True)
    by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_label = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]


class OpinionQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """The one who said it; the leads and oversight all; whoever wrote it down."""
        if actor.system or actor.has(*LEADS, *OVERSIGHT):
            return self
        return self.filter(
            models.Q(resident__in=actor.residents_for("privacy")) | models.Q(taken_by_id=actor.account_id or 0)
        )


class Opinion(TenantModel):
    """居民对修改的意见: said while a change is announced. Until each has its answer the change does not take effect."""

    class Channel(models.TextChoices):
        PORTAL = "portal", _("手机")
        DESK = "desk", _("窗口")
        PHONE = "phone", _("电话")
        DOOR = "door", _("上门")

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="opinions")
    resident = models.ForeignKey("registry.Resident", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    words = models.TextField()
    channel = models.CharField(max_length=8, choices=Channel.choices)
    taken_by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    said_at = models.DateTimeField()
    answer = models.TextField(blank=True, help_text="public, without naming who asked")
    answered_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(OpinionQuerySet)()

    class Meta:
        ordering = ["said_at", "id"]


WORKFLOW = StateTable(
    initial=State.DRAFT,
    states=State.values,
    transitions=[
        Transition("write", {State.DRAFT}, None, {"author"}),
        Transition("catch_up", {State.DRAFT}, None, {"author"}),
        Transition("propose", {State.DRAFT}, State.PROPOSED, {"author"}, {"reason_zh", "reason_en"}),
        Transition("send_back", {State.PROPOSED}, State.DRAFT, {"second"}, {"text"}),
        Transition("approve", {State.PROPOSED}, State.ANNOUNCED, {"second"}),
        Transition(
            "withdraw", {State.DRAFT, State.PROPOSED, State.ANNOUNCED}, State.WITHDRAWN, {"author", "lead"}, {"reason"}
        ),
        Transition("take_effect", {State.ANNOUNCED}, State.IN_FORCE, {"system"}),
    ],
)
