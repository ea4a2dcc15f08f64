"""Who helps from outside without an account, what it was asked to do, and where what goes by itself."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.act.casework.models.cases import Case, Level
from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet
from linli.foundation.vault.fields import SealedField


class OfStaffQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Staff of the community and of its grids: whom they may ask, and by which rules work is given out."""
        return self if actor.system or actor.is_staff else self.none()


class OutsideUnit(TenantModel):
    """外单位: a firm under contract, or a department that comes when it is whistled for."""

    class Kind(models.TextChoices):
        CONTRACTOR = "contractor", _("维修、服务单位")
        DEPARTMENT = "department", _("职能部门")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=64)
    duty = models.CharField(max_length=120, blank=True, help_text="what it is there for")
    phone = SealedField(protects="phone", blank=True, default="")
    active = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(OfStaffQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "name"], name="unit_name_once")]
        ordering = ["-active", "kind", "name"]

    def __str__(self) -> str:
        return self.name


class DispatchRule(TenantModel):
    """派单规则: the first active one that fits says where a case goes; an empty condition fits everything."""

    position = models.PositiveIntegerField()
    category = models.CharField(max_length=6, blank=True, help_text="fits the code and what lies below it")
    level = models.CharField(max_length=2, choices=Level.choices, blank=True)
    grid = models.ForeignKey("registry.Grid", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    estate = models.ForeignKey("registry.Estate", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    building = models.ForeignKey("registry.Building", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    to_grid = models.ForeignKey(
        "registry.Grid", null=True, blank=True, on_delete=models.CASCADE, related_name="+",
        help_text="empty: the grid of the place",
    )  # fmt: skip
    to_unit = models.ForeignKey(
        OutsideUnit, null=True, blank=True, on_delete=models.CASCADE, related_name="rules",
        help_text="gets an errand at once; the grid stays the owner",
    )  # fmt: skip
    why = models.CharField(max_length=120, help_text="shown to staff beside what it did")
    active = models.BooleanField(default=True)
    changed_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed_at = models.DateTimeField()

    objects = TenantManager.from_queryset(OfStaffQuerySet)()

    class Meta:
        ordering = ["position", "id"]


class Whistle(models.TextChoices):
    """吹哨报到: which kind of whistle (``domain.md`` §2.2); each has its own time to arrive."""

    LAW = "law", _("综合执法哨")
    KEY = "key", _("重点工作哨")
    EMERGENCY = "emergency", _("应急处置哨")


class ErrandQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        return self.filter(case__in=Case.objects.visible_to(actor)) if actor.is_staff or actor.system else self.none()

    def open(self):
        return self.filter(state__in=ERRAND_OPEN)


class Errand(TenantModel):
    """外派: what a unit was asked to do for a case. The case stays with its handler, who answers for it."""

    class State(models.TextChoices):
        SENT = "sent", _("等对方回话")
        ACCEPTED = "accepted", _("对方接了")
        ARRIVED = "arrived", _("对方到场了")
        DONE = "done", _("对方办完了")
        DECLINED = "declined", _("对方不接")
        RECALLED = "recalled", _("已收回")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="errands")
    unit = models.ForeignKey(OutsideUnit, on_delete=models.PROTECT, related_name="errands")
    whistle = models.CharField(max_length=10, choices=Whistle.choices, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENT)
    task = models.TextField(help_text="what the unit reads: written for it, nothing of who reported")
    place = models.CharField(max_length=120, blank=True)
    their_number = models.CharField(max_length=40, blank=True, help_text="the unit's own number, which residents read")
    reason = models.TextField(blank=True, help_text="why it was declined or recalled")
    result = models.TextField(blank=True, help_text="what the unit says it did")
    nonce = models.CharField(max_length=32, blank=True, help_text="in the link; empty: no link works any more")
    expires_at = models.DateTimeField(help_text="when the link ends, by the machine's clock")
    due_at = models.DateTimeField(help_text="by when it should be done")
    arrive_by = models.DateTimeField(null=True, blank=True, help_text="a whistled department's clock")
    sent_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    late_told_at = models.DateTimeField(null=True, blank=True, help_text="when it was told that nobody had arrived")
    sent_by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    before = models.ManyToManyField("files.Attachment", blank=True, related_name="+", help_text="shown to the unit")
    after = models.ManyToManyField("files.Attachment", blank=True, related_name="+", help_text="taken by the unit")

    objects = TenantManager.from_queryset(ErrandQuerySet)()

    class Meta:
        ordering = ["sent_at", "id"]
        indexes = [models.Index(fields=["community", "state", "arrive_by"])]


ERRAND_OPEN = frozenset({Errand.State.SENT, Errand.State.ACCEPTED, Errand.State.ARRIVED})

_BOTH = frozenset({"unit", "staff"})

ERRAND_WORKFLOW = StateTable(
    initial=Errand.State.SENT,
    states=Errand.State.values,
    transitions=[
        Transition("accept", {Errand.State.SENT}, Errand.State.ACCEPTED, _BOTH),
        Transition("number", {Errand.State.ACCEPTED, Errand.State.ARRIVED}, None, _BOTH, {"their_number"}),
        Transition("arrive", {Errand.State.SENT, Errand.State.ACCEPTED}, Errand.State.ARRIVED, _BOTH),
        Transition("finish", {Errand.State.ACCEPTED, Errand.State.ARRIVED}, Errand.State.DONE, _BOTH, {"result"}),
        Transition("decline", {Errand.State.SENT, Errand.State.ACCEPTED}, Errand.State.DECLINED, _BOTH, {"reason"}),
        Transition("renew", ERRAND_OPEN, None, {"staff"}),
        Transition("recall", ERRAND_OPEN, Errand.State.RECALLED, {"staff", "system"}, {"reason"}),
    ],
)
"""*unit* is whoever holds the link, *staff* the case's handler, its grid's staff and the community's, who also write
down what a unit says on the telephone."""
