from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet
from linli.sense.requests.speaking import residents_spoken_for
from linli.understand.triage.taxonomy import OF_DEVICES


class State(models.TextChoices):
    """``domain.md`` §2.1."""

    SUBMITTED = "submitted", _("待受理")
    ACCEPTED = "accepted", _("已受理")
    DISPATCHED = "dispatched", _("已派单")
    IN_PROGRESS = "in_progress", _("处置中")
    WAITING_CITIZEN = "waiting_citizen", _("等居民回话")
    SUSPENDED = "suspended", _("挂账")
    RETURNED = "returned", _("已退回")
    TRANSFERRED = "transferred", _("已转出")
    ESCALATED = "escalated", _("已上报")
    REOPENED = "reopened", _("重新办理")
    EVALUATING = "evaluating", _("待评价")
    CLOSED = "closed", _("已办结")
    ARCHIVED = "archived", _("已归档")
    MERGED = "merged", _("已并案")
    WITHDRAWN = "withdrawn", _("已撤回")
    REJECTED = "rejected", _("不受理")


class Level(models.TextChoices):
    P0 = "P0", _("特急")
    P1 = "P1", _("紧急")
    P2 = "P2", _("一般")
    P3 = "P3", _("复杂")
    P4 = "P4", _("长期")
    Q = "Q", _("咨询")


class Law(models.TextChoices):
    """What has its own times by law, whatever its level."""

    PETITION = "petition", _("信访")
    INFORMATION = "information", _("政府信息公开申请")


class Outcome(models.TextChoices):
    """Honest end states, each with its own wording."""

    FIXED = "fixed", _("办好了")
    CANNOT = "cannot", _("办不了")
    NOT_OURS = "not_ours", _("不归我们管")
    NO_LONGER_NEEDED = "no_longer_needed", _("不需要了")


class CaseQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Community staff all, grid staff their grid's and their own, a resident the cases of its requests."""
        if actor.system or actor.is_community_staff:
            return self
        return self.filter(
            Q(grid__in=actor.grid_ids)
            | Q(handler_id=actor.account_id or 0)
            | Q(pk__in=CaseRequest.objects.filter(request__speaker__in=residents_spoken_for(actor)).values("case_id"))
        )

    def worked_on_by(self, actor: Actor):
        """As staff: those of the community, of the actor's grids, and those in its hands; not those it speaks for."""
        if actor.system or actor.is_community_staff:
            return self
        return self.filter(Q(grid__in=actor.grid_ids) | Q(handler_id=actor.account_id or 0))

    def active(self):
        """Those that have not ended; ``closed_at`` says the same as the state and has an index of the few that go on."""
        return self.filter(closed_at__isnull=True).exclude(state__in=ENDED)

    def overdue(self, now):
        return self.active().filter(finish_by__lt=now, paused_at__isnull=True).exclude(state=State.EVALUATING)


ENDED = (State.CLOSED, State.ARCHIVED, State.MERGED, State.WITHDRAWN, State.REJECTED, State.TRANSFERRED)


class Case(TenantModel):
    """事件/工单: a unit of work with an owner and a deadline."""

    number = models.CharField(max_length=24)
    title = models.CharField(max_length=80, help_text="first words of the request; empty for a warning's case")
    category = models.CharField(max_length=6, help_text="code of the taxonomy, 2+2+2 digits, domain.md §2.4")
    level = models.CharField(max_length=2, choices=Level.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.SUBMITTED)
    grid = models.ForeignKey("registry.Grid", null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    building = models.ForeignKey(
        "registry.Building", null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    home = models.ForeignKey("registry.Home", null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    facility = models.ForeignKey(
        "registry.Facility", null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    x = models.FloatField(null=True, blank=True, help_text="metres east in the community's frame")
    y = models.FloatField(null=True, blank=True, help_text="metres north in the community's frame")
    warning = models.OneToOneField(
        "warnings.Warning", null=True, blank=True, on_delete=models.SET_NULL, related_name="case"
    )
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    handler = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="cases"
    )
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    result = models.TextField(blank=True, help_text="what was done, in words for the resident")
    rules_version = models.CharField(max_length=20, help_text="version of the deadline rules that this case keeps")
    law = models.CharField(max_length=12, choices=Law.choices, blank=True, help_text="whose times it keeps, if a law's")
    extended_at = models.DateTimeField(null=True, blank=True, help_text="when its finish was put off, once")
    reason_code = models.CharField(max_length=24, blank=True, help_text="why it was rejected or returned")
    opened_at = models.DateTimeField()
    clock_from = models.DateTimeField(help_text="the finish limit counts from here: opening, acceptance, reopening")
    accepted_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    contacted_at = models.DateTimeField(null=True, blank=True)
    fed_back_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    returned_times = models.PositiveSmallIntegerField(default=0)
    reopened_times = models.PositiveSmallIntegerField(default=0)
    accept_by = models.DateTimeField()
    contact_by = models.DateTimeField()
    finish_by = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True, help_text="set while the deadline clock stands still")
    waiting_until = models.DateTimeField(
        null=True, blank=True, help_text="when waiting for the resident ends by itself"
    )
    review_on = models.DateField(null=True, blank=True, help_text="when a suspended case is looked at again")
    word_at = models.DateTimeField(
        null=True, blank=True, help_text="a resident's word after the end that nobody has answered yet"
    )
    version = models.PositiveIntegerField(default=0, help_text="rises with each change; a stale form is refused")

    objects = TenantManager.from_queryset(CaseQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "number"], name="case_number_once")]
        indexes = [
            models.Index(fields=["community", "state", "finish_by"]),
            models.Index(fields=["community", "grid", "state"]),
            models.Index(fields=["community", "-opened_at"]),
            models.Index(fields=["community", "grid", "handler"], name="casework_in_whose_hands"),
            models.Index(
                fields=["community", "building", "-opened_at"],
                condition=Q(closed_at__isnull=True),
                name="casework_not_ended",
            ),
            models.Index(
                fields=["community", "word_at"], condition=Q(word_at__isnull=False), name="casework_word_unanswered"
            ),
            models.Index(
                fields=["community", "fed_back_at"], condition=Q(fed_back_at__isnull=False), name="casework_fed_back"
            ),
            models.Index(
                fields=["community", "closed_at"], condition=Q(closed_at__isnull=False), name="casework_closed"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def from_device(self) -> bool:
        """A warning, or a silent or broken device opened it: somebody has to go there, nobody waits for a call."""
        return self.warning_id is not None or self.category in OF_DEVICES

    def nobody_reported(self) -> bool:
        """From a device, and no resident has said it since. Rows of a list know it already (``somebody_said_it``)."""
        if not self.from_device:
            return False
        said = self.__dict__.get("somebody_said_it")
        return not (self.joined.filter(withdrawn_at=None).exists() if said is None else said)


class CaseRequest(TenantModel):
    """A request joins exactly one case; a case answers every request that joined it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="joined")
    request = models.OneToOneField("requests.Request", on_delete=models.CASCADE, related_name="joined")
    joined_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)


class CasePause(TenantModel):
    """A time in which the deadline clock stood still: waiting for the resident, or suspended."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="pauses")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        ordering = ["started_at", "id"]


class CaseNumbers(TenantModel):
    """The last number given in a community on a day."""

    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "day"], name="one_count_a_day")]


REVIEW = "review"
"""Step of the mark that says that a suspended case's review day has come; each suspension has its own."""


class DeadlineMark(TenantModel):
    """A share of a limit that a case has passed and that was told, once: ``finish`` + ``warn_50``."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="marks")
    round = models.PositiveSmallIntegerField(help_text="times reopened when it was passed")
    step = models.CharField(max_length=8, help_text="accept, contact, finish, review")
    mark = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "round", "step", "mark"], name="a_mark_is_told_once")]


class CaseEntry(TenantModel):
    """经过: one line of a case's history; residents see the public ones."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="entries")
    verb = models.CharField(max_length=24)
    from_state = models.CharField(max_length=16, blank=True)
    to_state = models.CharField(max_length=16, blank=True)
    text = models.TextField(blank=True, help_text="what a person wrote; the sentence around it is made when shown")
    data = models.JSONField(default=dict, help_text="facts of the sentence: names of grid, handler, outcome")
    public = models.BooleanField(default=True)
    by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_label = models.CharField(max_length=64, help_text="name and role as shown; survives the account")
    at = models.DateTimeField()
    photos = models.ManyToManyField("files.Attachment", blank=True, related_name="entries")

    class Meta:
        ordering = ["at", "id"]


class Rating(TenantModel):
    """评价: the resident's last word on one request. The handler cannot enter it."""

    class Satisfaction(models.IntegerChoices):
        VERY_DISSATISFIED = 1, _("很不满意")
        DISSATISFIED = 2, _("不满意")
        NEUTRAL = 3, pgettext_lazy("satisfaction", "一般")
        BASICALLY_SATISFIED = 4, _("基本满意")
        SATISFIED = 5, _("满意")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="ratings")
    request = models.ForeignKey("requests.Request", on_delete=models.CASCADE, related_name="ratings")
    round = models.PositiveSmallIntegerField(help_text="0 for the first feedback, then one more after each reopening")
    solved = models.BooleanField()
    satisfaction = models.PositiveSmallIntegerField(choices=Satisfaction.choices)
    reason = models.TextField(blank=True)
    reasons = models.JSONField(default=list, blank=True, help_text="codes of what was wrong: slow, not_fixed, …")
    channel = models.CharField(max_length=12, help_text="link, portal, phone")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "round"], name="one_rating_a_round")]


class Complaint(models.TextChoices):
    """What an unhappy resident ticks beside its own words."""

    SLOW = "slow", _("太慢了")
    NOT_FIXED = "not_fixed", _("没修好")
    CAME_BACK = "came_back", _("修了又坏")
    NOT_TOLD = "not_told", _("没人告诉我进展")
    MANNER = "manner", _("态度不好")
    OTHER = "other", _("别的")


HANDLING = frozenset({State.DISPATCHED, State.IN_PROGRESS, State.REOPENED, State.ESCALATED})
UNFINISHED = HANDLING | {
    State.SUBMITTED,
    State.ACCEPTED,
    State.RETURNED,
    State.WAITING_CITIZEN,
    State.SUSPENDED,
}
WORKED_ON = HANDLING | {State.WAITING_CITIZEN, State.SUSPENDED}
PAID_FOR = WORKED_ON | {State.EVALUATING, State.CLOSED}
"""A bill may come after the work is done."""
STAFF_OF_PLACE = frozenset({"community_staff", "grid_staff"})

WORKFLOW = StateTable(
    initial=State.SUBMITTED,
    states=State.values,
    transitions=[
        Transition("accept", {State.SUBMITTED}, State.ACCEPTED, {*STAFF_OF_PLACE, "system"}),
        Transition(
            "dispatch",
            {State.ACCEPTED, State.RETURNED, *HANDLING},
            State.DISPATCHED,
            {"community_staff", "system"},
            {"grid_id"},
        ),
        Transition("take", {State.DISPATCHED, State.REOPENED, State.ESCALATED}, None, STAFF_OF_PLACE),
        Transition(
            "start",
            {State.DISPATCHED, State.REOPENED, State.ESCALATED},
            State.IN_PROGRESS,
            {"handler", *STAFF_OF_PLACE},
        ),
        Transition("contact", UNFINISHED, None, {"handler", *STAFF_OF_PLACE}, {"text"}),
        Transition("note", {*UNFINISHED, State.EVALUATING, State.CLOSED}, None, {"handler", *STAFF_OF_PLACE}, {"text"}),
        Transition("say_more", {*UNFINISHED, State.EVALUATING, State.CLOSED}, None, {"speaker", "system"}, {"text"}),
        Transition(
            "hand_over", {*HANDLING, State.WAITING_CITIZEN}, None, {"handler", "community_staff"}, {"account_id"}
        ),
        Transition(
            "ask_resident",
            {State.DISPATCHED, State.IN_PROGRESS},
            State.WAITING_CITIZEN,
            {"handler", *STAFF_OF_PLACE},
            {"text"},
        ),
        Transition("answer", {State.WAITING_CITIZEN}, State.IN_PROGRESS, {"speaker", "system"}, {"text"}),
        Transition(
            "resume",
            {State.WAITING_CITIZEN, State.SUSPENDED},
            State.IN_PROGRESS,
            {"handler", "community_staff", "system"},
        ),
        Transition("suspend", HANDLING, State.SUSPENDED, {"director"}, {"reason", "review_on"}),
        Transition("return", {State.DISPATCHED}, State.RETURNED, {"grid_staff"}, {"reason_code", "reason"}),
        Transition(
            "transfer",
            {State.SUBMITTED, State.ACCEPTED, State.RETURNED, *HANDLING},
            State.TRANSFERRED,
            {"community_staff"},
            {"reason", "unit"},
        ),
        Transition(
            "escalate",
            {State.DISPATCHED, State.IN_PROGRESS, State.REOPENED},
            State.ESCALATED,
            {"handler", "grid_staff", "system"},
            {"reason"},
        ),
        Transition("tick", WORKED_ON, None, {"handler", *STAFF_OF_PLACE}, {"check_id"}),
        Transition("waive", WORKED_ON, None, {"grid_lead", "director"}, {"check_id", "reason"}),
        Transition("spend", PAID_FOR, None, {"handler", *STAFF_OF_PLACE}, {"kind", "name"}),
        Transition("unspend", PAID_FOR, None, {"handler", *STAFF_OF_PLACE}, {"spending_id", "reason"}),
        Transition("reclassify", UNFINISHED, None, {"handler", *STAFF_OF_PLACE}, {"category", "level"}),
        Transition("locate", UNFINISHED, None, {"handler", *STAFF_OF_PLACE}),
        Transition("place_under_law", UNFINISHED, None, {"community_staff"}, {"law"}),
        Transition("extend", UNFINISHED, None, {"director"}, {"reason"}),
        Transition(
            "feed_back", {State.IN_PROGRESS}, State.EVALUATING, {"handler", "community_staff"}, {"outcome", "result"}
        ),
        Transition(
            "rate",
            {State.EVALUATING, State.CLOSED},
            None,
            {"speaker", "call_back", "system"},
            {"solved", "satisfaction"},
        ),
        Transition("close", {State.EVALUATING}, State.CLOSED, {"system"}),
        Transition("settle", UNFINISHED, State.CLOSED, {"system"}),
        Transition(
            "reopen",
            {State.EVALUATING, State.CLOSED},
            State.REOPENED,
            {"speaker", "community_staff", "system"},
            {"reason"},
        ),
        Transition(
            "merge",
            {State.SUBMITTED, State.ACCEPTED, State.RETURNED, *HANDLING},
            State.MERGED,
            STAFF_OF_PLACE | {"system"},
            {"into_id"},
        ),
        Transition("withdraw", UNFINISHED, State.WITHDRAWN, {"speaker"}),
        Transition(
            "reject", {State.SUBMITTED, State.RETURNED}, State.REJECTED, {"community_staff"}, {"reason_code", "reason"}
        ),
        Transition("archive", {State.CLOSED}, State.ARCHIVED, {"system"}),
    ],
)
"""``domain.md`` §2.1. *handler* is the account that has the case, *grid_staff* the staff of its grid, *grid_lead* its lead, *speaker* a
reporter or its proxy, *call_back* community staff who had no hand in it, *director* the community director.
"""
