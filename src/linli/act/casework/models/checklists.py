"""检查单: what must be looked at for a kind of matter, version by version, and what of it was done in a case."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.act.casework.models.cases import Case
from linli.act.casework.models.outside import OfStaffQuerySet
from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class Checklist(TenantModel):
    """One version for a kind of matter; the latest is given to cases, none is ever changed. Without rows it ends the list."""

    category = models.CharField(max_length=6, help_text="fits the code and what lies below it")
    version = models.PositiveIntegerField()
    made_by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    objects = TenantManager.from_queryset(OfStaffQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "category", "version"], name="checklist_version_once")
        ]
        ordering = ["category", "-version"]


class ChecklistRow(TenantModel):
    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=80)
    required = models.BooleanField(default=False, help_text="without it the case is not finished")

    objects = TenantManager.from_queryset(OfStaffQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checklist", "position"], name="checklist_row_once")]
        ordering = ["position"]


class CaseCheckQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        return self.filter(case__in=Case.objects.worked_on_by(actor)) if actor.is_staff or actor.system else self.none()


class CaseCheck(TenantModel):
    """One row of the list that a case was given, in one round: to do, done, or let off by whoever may."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="checks")
    row = models.ForeignKey(ChecklistRow, on_delete=models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField(help_text="times reopened when it was given")
    done_by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    waived_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_why = models.CharField(max_length=200, blank=True)

    objects = TenantManager.from_queryset(CaseCheckQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "row", "round"], name="a_row_once_a_round"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(waived_at__isnull=True), name="done_or_let_off_not_both"
            ),
        ]
        ordering = ["row__position", "id"]

    @property
    def open(self) -> bool:
        return self.done_at is None and self.waived_at is None
