from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class RoundQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Staff by place; a resident, its guardian and a proxy for care their own."""
        if actor.system or actor.is_community_staff:
            return self
        return self.filter(
            Q(resident__home__entrance__building__grid__in=actor.grid_ids) | Q(resident__in=actor.residents_for("care"))
        )

    def running(self):
        return self.filter(ended_at__isnull=True)


class Round(TenantModel):
    """平安走访: somebody is looked in on by people, in a steady rhythm, because they asked for it."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("上门看看")
        CALL = "call", _("打电话问候")
        ALARM = "alarm", _("上门试烟感")

    resident = models.ForeignKey("registry.Resident", on_delete=models.CASCADE, related_name="rounds")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    every_days = models.PositiveSmallIntegerField()
    instead_of = models.CharField(max_length=40, help_text="the purpose of purposes.toml that was refused")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(RoundQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "kind"], condition=Q(ended_at__isnull=True), name="one_running_round_a_kind"
            )
        ]


class VisitQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        return self.filter(round__in=Round.objects.visible_to(actor))

    def waiting(self):
        return self.filter(state=Visit.State.DUE)


class Visit(TenantModel):
    """One time of a round: due on a day, and what was found."""

    class State(models.TextChoices):
        DUE = "due", _("要去")
        WELL = "well", _("平安")
        NO_ANSWER = "no_answer", _("没人应")
        CANCELLED = "cancelled", _("不用去了")

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="visits")
    due_on = models.DateField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.DUE)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    called_at = models.DateTimeField(null=True, blank=True, help_text="a first call that nobody answered")
    note = models.CharField(max_length=200, blank=True)
    request = models.ForeignKey(
        "requests.Request", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="what was opened because nobody answered",
    )  # fmt: skip

    objects = TenantManager.from_queryset(VisitQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round"], condition=Q(state="due"), name="one_visit_due_a_round")
        ]
        indexes = [models.Index(fields=["community", "state", "due_on"])]


WORKFLOW = StateTable(
    initial=Visit.State.DUE,
    states=Visit.State,
    transitions=[
        Transition("find_well", {Visit.State.DUE}, Visit.State.WELL, {"staff"}),
        Transition("call_again", {Visit.State.DUE}, None, {"staff"}),
        Transition("miss", {Visit.State.DUE}, Visit.State.NO_ANSWER, {"staff"}),
        Transition("cancel", {Visit.State.DUE}, Visit.State.CANCELLED, {"staff", "resident", "system"}),
    ],
)
