from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT, Role
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet

APPROVERS = frozenset({Role.COMMUNITY_DIRECTOR, Role.DPO})
"""Who may say yes to somebody else's list."""


class State(models.TextChoices):
    ASKED = "asked", _("等人同意")
    APPROVED = "approved", _("同意了，可以取")
    FETCHED = "fetched", _("取走了")
    REFUSED = "refused", _("没有同意")
    WITHDRAWN = "withdrawn", _("不要了")
    EXPIRED = "expired", _("过期没取")
    DONE = "done", _("导出了")


class Kind(models.TextChoices):
    """``RESIDENTS`` carries people's own data and needs two; in the others everything about people stays masked."""

    RESIDENTS = "residents", _("居民名单")
    CASES = "cases", _("事件表")
    BEHIND = "behind", _("驾驶舱明细")
    RATES = "rates", _("三率表")
    SECURITY_LOG = "security_log", _("安全日志")


class ExportQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Who asked, who may say yes, and oversight."""
        if actor.system or actor.has(*APPROVERS, *OVERSIGHT):
            return self
        return self.filter(asked_by_id=actor.account_id or 0)


class Export(TenantModel):
    """导出: a file that leaves Linli, with its number on every page.

    A list of residents names its purpose, fields and people (``chosen``, by number of the registry) when it is asked for.
    No file exists before it is fetched, and none is kept afterwards: what is approved is written at the moment of
    fetching, out of what then holds.
    """

    number = models.CharField(max_length=24)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    purpose = models.CharField(max_length=40, blank=True)
    fields = models.JSONField(default=list)
    chosen = models.JSONField(default=list, help_text="residents, by key; emptied when it is over")
    scope = models.JSONField(default=dict, help_text="how they were chosen: grid, building, from_age, living_alone")
    rows = models.PositiveIntegerField(default=0, help_text="asked for; after fetching, in the file")
    reason = models.CharField(max_length=300, blank=True, help_text="what for, in the words of who asks")
    asked_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    asked_as = models.CharField(max_length=100, help_text="name and role; survives the account")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_as = models.CharField(max_length=100, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=300, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    fetches = models.PositiveSmallIntegerField(default=0)
    fetched_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(ExportQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "number"], name="export_number_once"),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("asked_by")),
                name="an_export_needs_two_people",
            ),
        ]
        indexes = [models.Index(fields=["community", "state", "-asked_at"])]

    def __str__(self) -> str:
        return self.number


WORKFLOW = StateTable(
    initial=State.ASKED,
    states=State.values,
    transitions=[
        Transition("approve", {State.ASKED}, State.APPROVED, {"another"}),
        Transition("refuse", {State.ASKED}, State.REFUSED, {"another"}, {"decision"}),
        Transition("withdraw", {State.ASKED, State.APPROVED}, State.WITHDRAWN, {"asker"}),
        Transition("fetch", {State.APPROVED, State.FETCHED}, State.FETCHED, {"asker"}),
        Transition("expire", {State.ASKED, State.APPROVED}, State.EXPIRED, {"system"}),
        Transition("note", {State.ASKED}, State.DONE, {"system"}),
    ],
)
