from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT, Role
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet

OVERSEERS = OVERSIGHT | {Role.COMMUNITY_DIRECTOR}
"""Who sees every study and every question: the director and who keeps watch."""


class StudyState(models.TextChoices):
    PROPOSED = "proposed", _("等负责人同意")
    PREPARING = "preparing", _("正在准备数据")
    OPEN = "open", _("可以提问")
    REFUSED = "refused", _("不同意")
    ENDED = "ended", _("结束了")


class QuestionState(models.TextChoices):
    PROPOSED = "proposed", _("等第二个人同意")
    ANSWERED = "answered", _("有结果了")
    REFUSED = "refused", _("不同意")
    WITHDRAWN = "withdrawn", _("撤回了")


class StudyQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """The analyst's own; all of them to the director and who keeps watch."""
        if actor.system or actor.has(*OVERSEERS):
            return self
        return self.filter(analyst_id=actor.account_id or 0) if actor.has(Role.ANALYST) else self.none()


class QuestionQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """As its study."""
        if actor.system or actor.has(*OVERSEERS):
            return self
        return self.filter(study__analyst_id=actor.account_id or 0) if actor.has(Role.ANALYST) else self.none()


class Study(TenantModel):
    """研究: why somebody asks, of which views, until when. Its rows are a sealed snapshot under pseudonyms of its own.

    ``nonce`` makes the pseudonyms and the noise; it is blanked when the study ends, and nothing leads back then.
    ``budget`` and ``spent`` are in units of ε.
    """

    title = models.CharField(max_length=80)
    why = models.CharField(max_length=400)
    views = models.JSONField(help_text="keys of the views it may ask")
    state = models.CharField(max_length=10, choices=StudyState.choices, default=StudyState.PROPOSED)
    analyst = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    ends_on = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)
    nonce = models.BinaryField(max_length=32, default=bytes)
    snapshot = models.CharField(max_length=64, blank=True, help_text="name of the sealed file")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the snapshot's content")
    rows = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, blank=True)
    budget = models.FloatField()
    spent = models.FloatField(default=0)
    version = models.PositiveIntegerField(default=0, help_text="rises with each change; a stale form is refused")

    objects = TenantManager.from_queryset(StudyQuerySet)()

    class Meta:
        verbose_name_plural = "studies"
        indexes = [models.Index(fields=["community", "-proposed_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(budget__gt=0) & Q(spent__gte=0) & Q(spent__lte=F("budget") + 1e-6),
                name="a_study_stays_in_its_budget",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("analyst")), name="study_has_two_people"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class StudyQuestion(TenantModel):
    """提问: one question of a study, who approved it, and the answer as it may be seen. The log of the room."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="questions")
    number = models.PositiveSmallIntegerField()
    asked = models.JSONField()
    words = models.CharField(max_length=400, help_text="the question in a sentence")
    state = models.CharField(max_length=10, choices=QuestionState.choices, default=QuestionState.PROPOSED)
    asked_at = models.DateTimeField()
    approved_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_as = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="the how manieth answer of the study"
    )
    reason = models.CharField(max_length=200, blank=True)
    answer = models.JSONField(null=True, blank=True)
    answer_digest = models.CharField(max_length=64, blank=True)
    snapshot_digest = models.CharField(max_length=64, blank=True)
    epsilon = models.FloatField(default=0)
    version = models.PositiveIntegerField(default=0, help_text="rises with each change; a stale form is refused")

    objects = TenantManager.from_queryset(QuestionQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="study_question_number_once"),
            models.UniqueConstraint(fields=["study", "answered_as"], name="study_answers_in_one_order"),
        ]


STUDY_WORKFLOW = StateTable(
    initial=StudyState.PROPOSED,
    states=StudyState.values,
    transitions=[
        Transition("approve", {StudyState.PROPOSED}, StudyState.PREPARING, {"second_person"}),
        Transition("refuse", {StudyState.PROPOSED}, StudyState.REFUSED, {"second_person"}, {"reason"}),
        Transition("open", {StudyState.PREPARING}, StudyState.OPEN, {"system"}),
        Transition(
            "end",
            {StudyState.PROPOSED, StudyState.PREPARING, StudyState.OPEN},
            StudyState.ENDED,
            {"analyst", "lead", "system"},
        ),
    ],
)

QUESTION_WORKFLOW = StateTable(
    initial=QuestionState.PROPOSED,
    states=QuestionState.values,
    transitions=[
        Transition("approve", {QuestionState.PROPOSED}, QuestionState.ANSWERED, {"second_person"}),
        Transition("refuse", {QuestionState.PROPOSED}, QuestionState.REFUSED, {"second_person"}, {"reason"}),
        Transition("withdraw", {QuestionState.PROPOSED}, QuestionState.WITHDRAWN, {"analyst", "lead", "system"}),
    ],
)
