from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class LessonQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """One's own: what others have learnt is shown by grid only."""
        return self if actor.system else self.filter(account_id=actor.account_id or 0)


class LessonDone(TenantModel):
    """Somebody answered all questions of a lesson rightly; the same version counts once."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="lessons_done")
    grid = models.ForeignKey("registry.Grid", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    lesson = models.CharField(max_length=40, help_text="a file of lessons/")
    version = models.CharField(max_length=20)
    right_at_once = models.PositiveSmallIntegerField(help_text="questions answered rightly at the first try")
    done_at = models.DateTimeField()

    objects = TenantManager.from_queryset(LessonQuerySet)()

    class Meta:
        verbose_name_plural = "lessons done"
        constraints = [
            models.UniqueConstraint(fields=["account", "lesson", "version"], name="lesson_counts_once_a_version")
        ]


class OverseenQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Community staff and the data-protection lead: counts by grid, nobody's name."""
        return self if actor.system or actor.is_community_staff or actor.has(Role.DPO) else self.none()


class ClassHeld(TenantModel):
    """A lesson given to a room: how many of a grid came, for those who have no phone."""

    lesson = models.CharField(max_length=40)
    grid = models.ForeignKey("registry.Grid", on_delete=models.PROTECT, related_name="+")
    attended = models.PositiveSmallIntegerField()
    held_on = models.DateField()
    recorded_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")

    objects = TenantManager.from_queryset(OverseenQuerySet)()

    class Meta:
        verbose_name_plural = "classes held"
        constraints = [
            models.UniqueConstraint(fields=["community", "lesson", "grid", "held_on"], name="one_class_a_day_and_grid"),
            models.CheckConstraint(condition=Q(attended__gt=0), name="somebody_came_to_class"),
        ]


class Drill(TenantModel):
    """演练: a practice message sent to staff, or to residents who agreed to be tested."""

    scenario = models.CharField(max_length=40, help_text="a key of drills.toml")
    started_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    sent_at = models.DateTimeField()

    objects = TenantManager.from_queryset(OverseenQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["community", "-sent_at"])]


class DrillMessage(TenantModel):
    """One practice message, known by the digest of its link and by a grid: never by who received it."""

    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, related_name="messages")
    grid = models.ForeignKey("registry.Grid", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    opened = models.BooleanField(default=False)
    reported = models.BooleanField(default=False)

    objects = TenantManager.from_queryset(OverseenQuerySet)()
