from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class State(models.TextChoices):
    PROPOSED = "proposed", _("等另一位同事同意")
    OPEN = "open", _("公开着")
    REFUSED = "refused", _("没有同意")
    CLOSED = "closed", _("不再公开")


class OpenSensorQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """What is open, everybody; the rest, community staff and oversight."""
        if actor.system or actor.is_community_staff or actor.has(*OVERSIGHT):
            return self
        return self.filter(state=State.OPEN)

    def standing(self):
        """Open, or on the way there: one such row a device."""
        return self.filter(state__in=(State.PROPOSED, State.OPEN))


class OpenSensor(TenantModel):
    """公开的设备: what a device measures from ``decided_at`` on is for everybody. Proposed by one person, approved by another.

    ``facility_id``, ``entrance_id`` and ``building_id`` say where it stood when it was proposed: a device that stands
    elsewhere is closed until it is proposed anew, so that nobody's home opens by moving a sensor into it.
    """

    device = models.ForeignKey("telemetry.Device", on_delete=models.CASCADE, related_name="openings")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    facility = models.ForeignKey("registry.Facility", null=True, on_delete=models.PROTECT, related_name="+")
    entrance = models.ForeignKey("registry.Entrance", null=True, on_delete=models.PROTECT, related_name="+")
    building = models.ForeignKey("registry.Building", null=True, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="why it was refused or closed")

    objects = TenantManager.from_queryset(OpenSensorQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device"],
                condition=Q(state__in=[State.PROPOSED, State.OPEN]),
                name="a_device_is_opened_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="who_proposes_opening_does_not_approve_it",
            ),
        ]
        indexes = [models.Index(fields=["community", "state"])]


WORKFLOW = StateTable(
    initial=State.PROPOSED,
    states=State.values,
    transitions=[
        Transition("approve", {State.PROPOSED}, State.OPEN, {"approver"}),
        Transition("refuse", {State.PROPOSED}, State.REFUSED, {"approver"}, {"reason"}),
        Transition("close", {State.PROPOSED, State.OPEN}, State.CLOSED, {"staff", "system"}, {"reason"}),
    ],
)
"""What is closed stays closed: to open it again it is proposed anew, and only what it measures from then on is open."""
