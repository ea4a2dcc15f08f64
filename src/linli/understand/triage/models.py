from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class OfARequestQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Community staff all, grid staff what concerns their grid; residents see their request, not its reading."""
        if actor.system or actor.is_community_staff:
            return self
        return self.filter(
            Q(request__building__grid__in=actor.grid_ids) | Q(request__facility__grid__in=actor.grid_ids)
        )


class ReadingQuerySet(OfARequestQuerySet):
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
    names = models.JSONField(default=list, help_text="places, bodies and programmes that the request names; no persons")
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


class SuggestionQuerySet(OfARequestQuerySet):
    def decided(self):
        return self.filter(state__in=Suggestion.DECIDED)


class Suggestion(TenantModel):
    """One thing that the machine believes of a request: how sure, from which words, and what a person made of it."""

    class Kind(models.TextChoices):
        CATEGORY = "category", _("分类")
        LEVEL = "level", _("缓急")
        PLACE = "place", _("地点")
        AT_RISK = "at_risk", _("要照顾的人")
        MOOD = "mood", _("说话的心情")
        REPEATED = "repeated", _("说过几次")
        DUPLICATE = "duplicate", _("可能是同一件")

    class State(models.TextChoices):
        OPEN = "open", _("等人定")
        APPLIED = "applied", _("先按它办了")
        KEPT = "kept", _("人看过，对")
        CHANGED = "changed", _("人改成别的了")
        UNDONE = "undone", _("人看过，不对")

    DECIDED = (State.KEPT, State.CHANGED, State.UNDONE)

    request = models.ForeignKey("requests.Request", on_delete=models.CASCADE, related_name="suggestions")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    value = models.CharField(
        max_length=24, help_text="code, level, building, group, mood, times said, or the other request"
    )
    confidence = models.FloatField(help_text="0 to 1; 1 for what was counted")
    by = models.CharField(max_length=8, help_text="danger, model, words, registry, count")
    evidence = models.JSONField(default=list, help_text="words of the request")
    facts = models.JSONField(default=dict, help_text="numbers beside the words: metres, minutes, how many were right")
    model_version = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices)
    chosen = models.CharField(max_length=24, blank=True, help_text="what a person chose instead")
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = TenantManager.from_queryset(SuggestionQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "kind", "value"], name="a_thing_is_suggested_once_a_request"),
        ]
        indexes = [
            models.Index(fields=["community", "kind", "value", "state"]),
            models.Index(fields=["community", "state", "-made_at"]),
        ]


class CommunityRowsQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Rules of the community, for its staff; they say nothing about anybody."""
        return self if actor.system or actor.is_staff else self.none()


class ReadingRules(TenantModel):
    """From which confidence a suggestion is applied without asking; one row a community, the defaults without one."""

    applied_from = models.FloatField(default=0.75)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=64, help_text="name and role as shown")

    objects = TenantManager.from_queryset(CommunityRowsQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community"], name="one_set_of_reading_rules")]


class OwnCategory(TenantModel):
    """A category that the community added, renamed or retired; what it did not touch is as shipped."""

    code = models.CharField(max_length=6)
    zh = models.CharField(max_length=24)
    en = models.CharField(max_length=60, blank=True)
    retired_at = models.DateTimeField(
        null=True, blank=True, help_text="no longer chosen or suggested; what is in it stays"
    )
    successor = models.CharField(max_length=6, blank=True, help_text="where matters of a retired one go")
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=64, help_text="name and role as shown")

    objects = TenantManager.from_queryset(CommunityRowsQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "code"], name="one_row_an_own_category")]
