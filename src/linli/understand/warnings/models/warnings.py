from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet

LONGEST_NOTE = 200


class WarningQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Community staff all, grid staff their grid's, what stands for some of theirs, and where they are the one who goes. A
        home's warning is not shown to a wall or a neighbour."""
        if actor.system or actor.is_community_staff:
            return self
        parts = Warning.objects.filter(grid__in=actor.grid_ids, part_of__isnull=False).values("part_of")
        seen = Q(grid__in=actor.grid_ids) | Q(pk__in=parts)
        if actor.is_staff and actor.account_id is not None:
            seen |= Q(acknowledged_by=actor.account_id, state__in=Warning.TAKEN)
        return self.filter(seen)

    def active(self):
        return self.filter(state__in=Warning.ACTIVE)

    def live(self):
        """Active, or held back for now: whatever has not ended."""
        return self.filter(state__in=Warning.LIVE)


class Warning(TenantModel):
    """预警: a detector's question to a person. At most one active for a (source, kind); triggers update it."""

    class State(models.TextChoices):
        OPEN = "open", _("待确认")
        HELD = "held", _("先不打扰")
        ACKNOWLEDGED = "acknowledged", _("已确认")
        HANDLED = "handled", _("已处置")
        CLEARED = "cleared", _("已解除")
        FALSE = "false", _("误报")

    class Finding(models.TextChoices):
        """What a person found (``domain.md`` §5.5); every warning ends with one."""

        TRUE = "true", _("属实")
        FALSE = "false", _("误报")
        TECHNICAL = "technical", _("设备故障")
        AWAY = "away", _("人不在家")
        REFUSED = "refused", _("本人不需要")

    class Held(models.TextChoices):
        """Why nobody is asked for now; it is asked again when the reason is gone and the condition is not."""

        GROUP = "group", _("和别的一起")
        OUTAGE = "outage", _("停水停电")
        AWAY = "away", _("外出")
        MAINTENANCE = "maintenance", _("维护")

    ACTIVE = (State.OPEN, State.ACKNOWLEDGED, State.HANDLED)
    TAKEN = (State.ACKNOWLEDGED, State.HANDLED)
    LIVE = (*ACTIVE, State.HELD)

    kind = models.CharField(max_length=32, help_text="the key of the rule that spoke: trapped, no_water, smoke")
    source = models.CharField(max_length=64, help_text="what it is about: device:12, home:34")
    level = models.CharField(max_length=2, help_text="P0–P4")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    grid = models.ForeignKey("registry.Grid", on_delete=models.PROTECT, related_name="warnings")
    building = models.ForeignKey(
        "registry.Building", null=True, blank=True, on_delete=models.PROTECT, related_name="warnings"
    )
    home = models.ForeignKey("registry.Home", null=True, blank=True, on_delete=models.PROTECT, related_name="warnings")
    facility = models.ForeignKey(
        "registry.Facility", null=True, blank=True, on_delete=models.PROTECT, related_name="warnings"
    )
    device = models.ForeignKey(
        "telemetry.Device", null=True, blank=True, on_delete=models.SET_NULL, related_name="warnings"
    )
    evidence = models.JSONField(help_text="the numbers in the sentence, with units and times")
    triggers = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    last_triggered_at = models.DateTimeField()
    reopened_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="it began to sound again although somebody had taken it: whoever goes now goes for this",
    )
    condition_ended_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    arrived_at = models.DateTimeField(
        null=True, blank=True, help_text="somebody is at the place; empty again when it opens again"
    )
    asked_for_finding = models.PositiveSmallIntegerField(
        default=0, help_text="since the arrival: 1 who went was reminded, 2 the grid lead was told"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    held_for = models.CharField(max_length=12, choices=Held.choices, blank=True)
    held_until = models.DateTimeField(
        null=True, blank=True, help_text="when it is looked at again; null: with its group"
    )
    part_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="parts",
        help_text="one cause with others",
    )
    finding = models.CharField(max_length=12, choices=Finding.choices, blank=True)
    finding_note = models.CharField(max_length=LONGEST_NOTE, blank=True)

    objects = TenantManager.from_queryset(WarningQuerySet)()

    @property
    def still_holds(self) -> bool:
        """Whether the detector goes on seeing what it warned of."""
        return self.ended_at is None and self.condition_ended_at is None

    def taken_by(self, account_id: int | None) -> bool:
        """Whether this very person is on the way already."""
        mine = account_id is not None and self.acknowledged_by_id == account_id
        return mine and self.state == self.State.ACKNOWLEDGED

    @property
    def awaits_arrival(self) -> bool:
        """Whether somebody said that they go and nobody is known to be there."""
        return self.state == self.State.ACKNOWLEDGED and self.arrived_at is None

    @property
    def sounds(self) -> bool:
        """Danger to life that the device still tells."""
        return self.level == "P0" and self.still_holds

    @property
    def sounds_unseen(self) -> bool:
        """The same, and nobody has said that they are there."""
        return self.sounds and self.arrived_at is None

    def covers(self) -> frozenset[int]:
        """Primary keys of the grids whose work it is: its own and those of its parts."""
        return frozenset({self.grid_id, *self.parts.values_list("grid_id", flat=True)})

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "kind"],
                condition=Q(state__in=["open", "acknowledged", "handled", "held"]),
                name="one_active_warning_a_source",
            )
        ]
        indexes = [
            models.Index(fields=["community", "state", "-opened_at"]),
            models.Index(fields=["held_until"], condition=Q(state="held"), name="held_until_then"),
        ]


_LIVE = frozenset(Warning.LIVE)

WORKFLOW = StateTable(
    initial=Warning.State.OPEN,
    states=Warning.State,
    transitions=[
        Transition("acknowledge", {Warning.State.OPEN}, Warning.State.ACKNOWLEDGED, who={"staff"}),
        Transition("arrive", {Warning.State.OPEN, Warning.State.ACKNOWLEDGED}, Warning.State.ACKNOWLEDGED, {"staff"}),
        Transition("take_over", {Warning.State.ACKNOWLEDGED}, None, {"staff"}),
        Transition("hand_to", {Warning.State.ACKNOWLEDGED}, None, {"system"}),
        Transition("give_back", {Warning.State.ACKNOWLEDGED}, Warning.State.OPEN, {"system"}),
        Transition(
            "handle",
            {Warning.State.OPEN, Warning.State.ACKNOWLEDGED, Warning.State.HELD},
            Warning.State.HANDLED,
            {"staff"},
            {"finding"},
        ),
        Transition("clear", {Warning.State.HANDLED}, Warning.State.CLEARED, who={"staff", "system"}),
        Transition("dismiss", _LIVE, Warning.State.FALSE, {"staff", "system"}, {"finding"}),
        Transition("hold", {Warning.State.OPEN}, Warning.State.HELD, who={"system"}),
        Transition("release", {Warning.State.HELD}, Warning.State.OPEN, who={"staff", "system"}),
        Transition(
            "retrigger", {Warning.State.OPEN, Warning.State.ACKNOWLEDGED, Warning.State.HELD}, None, who={"system"}
        ),
        Transition("retrigger", {Warning.State.HANDLED}, Warning.State.OPEN, who={"system"}),
        Transition("reopen", {Warning.State.ACKNOWLEDGED}, Warning.State.OPEN, who={"system"}),
    ],
)
