from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class ReadingQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Community staff all, grid staff what concerns their grid; residents see their request, not its reading."""
        if actor.system or actor.is_community_staff:
            return self
        return self.filter(
            Q(request__building__grid__in=actor.grid_ids) | Q(request__facility__grid__in=actor.grid_ids)
        )

    def decided(self):
        return self.exclude(decided=Reading.Decided.NOT_YET)


class Reading(TenantModel):
    """What the machine read in a request, and the category that staff let stand or chose: the label of the next model."""

    class Decided(models.TextChoices):
        NOT_YET = "", _("还没有")
        CONFIRMED = "confirmed", _("按建议办了")
        CORRECTED = "corrected", _("改过分类")

    request = models.OneToOneField("requests.Request", on_delete=models.CASCADE, related_name="reading")
    work = models.CharField(max_length=40, db_index=True, help_text="whose events decide: case:12")
    suggested = models.CharField(max_length=6, help_text="code of the taxonomy")
    category = models.CharField(max_length=6, help_text="code of the taxonomy, as it stands now")
    by = models.CharField(max_length=8, help_text="danger, model, words, nobody")
    confidence = models.FloatField(null=True, blank=True)
    evidence = models.JSONField(default=list, help_text="words of the request")
    model_version = models.PositiveIntegerField(default=0, help_text="0: the open word lists alone")
    decided = models.CharField(max_length=9, choices=Decided.choices, blank=True, default=Decided.NOT_YET)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(ReadingQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["community", "decided", "decided_at"])]


class CategoryModelQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Staff of the community: a model says nothing about anybody."""
        return self if actor.system or actor.is_community_staff else self.none()


class CategoryModel(TenantModel):
    """A trained category model and how it did on cases held back, beside the one that it was to replace."""

    class Standing(models.TextChoices):
        IN_USE = "in_use", _("在用")
        REPLACED = "replaced", _("已替换")
        NOT_BETTER = "not_better", _("不比原来好")

    version = models.PositiveIntegerField()
    standing = models.CharField(max_length=10, choices=Standing.choices)
    trained_at = models.DateTimeField()
    labels = models.PositiveIntegerField(help_text="decided readings that it learnt from")
    held_back = models.PositiveIntegerField(help_text="decided readings that it was tried on")
    before = models.JSONField(help_text="macro_f1, accuracy, calibration_error of what was in use")
    after = models.JSONField(help_text="the same of this one")
    content = models.BinaryField(null=True, blank=True, help_text="empty for one that was not better")

    objects = TenantManager.from_queryset(CategoryModelQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "version"], name="one_category_model_a_version"),
            models.UniqueConstraint(
                fields=["community"], condition=Q(standing="in_use"), name="one_category_model_in_use"
            ),
        ]
