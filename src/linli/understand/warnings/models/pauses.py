from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class PauseQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Staff see what is paused in their grids, the community all; a home's away time also who may speak for it."""
        if actor.system or actor.is_community_staff:
            return self
        homes = Q(home__residents__in=actor.residents_for("requests"))
        theirs = (
            Q(home__entrance__building__grid__in=actor.grid_ids)
            | Q(entrance__building__grid__in=actor.grid_ids)
            | Q(building__grid__in=actor.grid_ids)
            | Q(estate__buildings__grid__in=actor.grid_ids)
            | Q(device__home__entrance__building__grid__in=actor.grid_ids)
            | Q(device__entrance__building__grid__in=actor.grid_ids)
            | Q(device__building__grid__in=actor.grid_ids)
            | Q(device__facility__grid__in=actor.grid_ids)
        )
        return self.filter(homes | theirs).distinct()

    def in_force(self, now: datetime):
        return self.filter(starts_at__lte=now, ends_at__gt=now)


class Pause(TenantModel):
    """先不打扰: a time in which rules do not ask about a place: a home is away, water or power is off, a device is worked on.

    It ends by itself. Who ends it earlier moves its end.
    """

    class Kind(models.TextChoices):
        AWAY = "away", _("外出")
        OUTAGE = "outage", _("停水停电")
        MAINTENANCE = "maintenance", _("维护")

    class Reason(models.TextChoices):
        CHECK = "check", _("定期保养、年检")
        BATTERY = "battery", _("换电池、清洁")
        REPAIR = "repair", _("坏了，在修")
        FALSE_ALARMS = "false", _("老是误报，在查")
        NEARBY = "nearby", _("旁边施工、动火")
        OTHER = "other", _("别的")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    utility = models.CharField(max_length=8, blank=True, help_text="of an outage: water, power")
    home = models.ForeignKey("registry.Home", null=True, blank=True, on_delete=models.CASCADE, related_name="pauses")
    entrance = models.ForeignKey("registry.Entrance", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    building = models.ForeignKey("registry.Building", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    estate = models.ForeignKey("registry.Estate", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    device = models.ForeignKey("telemetry.Device", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=120, blank=True, help_text="of an outage or maintenance: why, by whom")
    reason = models.CharField(max_length=8, choices=Reason.choices, blank=True, help_text="of maintenance")
    on_site = models.CharField(max_length=40, blank=True, help_text="of maintenance: the name of who is there")
    works = models.BooleanField(
        null=True, blank=True, help_text="of maintenance that is over: whether the device works again; none: not said"
    )
    asked_at = models.DateTimeField(null=True, blank=True, help_text="when whoever began was asked whether it works")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")

    objects = TenantManager.from_queryset(PauseQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="a_pause_ends_after_it_starts"),
            models.CheckConstraint(
                condition=(Q(kind="away", home__isnull=False) | Q(kind="maintenance", device__isnull=False))
                | (
                    Q(kind="outage") & (Q(entrance__isnull=False) | Q(building__isnull=False) | Q(estate__isnull=False))
                ),
                name="a_pause_is_about_a_place",
            ),
        ]
        indexes = [models.Index(fields=["community", "ends_at"])]

    @property
    def place(self) -> object:
        return self.device or self.home or self.entrance or self.building or self.estate
