"""What sensitive sensing there is, why, and who weighed it: declarations, impact assessments, and ways in at gates."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import OVERSIGHT
from linli.foundation.errors import Conflict
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.privacy.purposes import in_force as purposes_in_force
from linli.foundation.privacy.sensing.rules.entry import FACE
from linli.foundation.privacy.sensing.rules.places import Where
from linli.foundation.privacy.sensing.rules.risk import RISKS, Rated, worst
from linli.foundation.privacy.sensing.rules.scope import Scope
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet

KEPT = timedelta(days=3 * 366)
"""PIPL art. 56: an assessment and the record of its handling are kept for at least three years."""


class DeclarationState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PROPOSED = "proposed", _("等批准")
    IN_FORCE = "in_force", _("已公示")
    REPLACED = "replaced", _("换了新的")
    WITHDRAWN = "withdrawn", _("已撤下")
    DROPPED = "dropped", _("不办了")


class AssessmentState(models.TextChoices):
    DRAFT = "draft", _("正在填")
    PROPOSED = "proposed", _("等批准")
    APPROVED = "approved", _("已批准")
    DUE = "due", _("要重新评估")
    REPLACED = "replaced", _("换了新的")
    ENDED = "ended", _("已终止")
    DROPPED = "dropped", _("不办了")


LIVE = frozenset({AssessmentState.APPROVED, AssessmentState.DUE})
"""What an assessment weighed may go on in these states: due means that it must be weighed again before anything changes."""


class Room(models.TextChoices):
    """Where exactly. The rule knows in which of them nothing may see."""

    GATE = "gate", _("小区大门")
    STREET = "street", _("路边、空地")
    PLAYGROUND = "playground", _("活动场地")
    PARKING = "parking", _("停车棚、车库")
    DOORWAY = "doorway", _("单元门口")
    LOBBY = "lobby", _("门厅")
    CORRIDOR = "corridor", _("楼道")
    LIFT = "lift", _("电梯里")
    PLANT = "plant", _("水泵房、配电房")
    CENTRE = "centre", _("邻里中心的公共地方")
    CANTEEN = "canteen", _("食堂")
    CHILDCARE = "childcare", _("托育点")
    METER = "meter", _("家里的表")
    HOME_DOOR = "home_door", _("家门")
    LIVING_ROOM = "living_room", _("客厅")
    KITCHEN = "kitchen", _("厨房")
    BEDROOM = "bedroom", _("卧室")
    BATHROOM = "bathroom", _("家里的卫生间")
    TOILET = "toilet", _("公共厕所")
    BATHING = "bathing", _("浴室")
    CHANGING = "changing", _("更衣室")
    NURSING = "nursing", _("母婴室")
    HOTEL_ROOM = "hotel_room", _("客房")
    DORMITORY = "dormitory", _("宿舍房间")
    PRIVATE_ROOM = "private_room", _("包间")
    VOTING = "voting", _("投票的地方")


class Method(models.TextChoices):
    """How somebody gets in at a gate."""

    CARD = "card", _("刷卡")
    CODE = "code", _("按密码")
    KEY = "key", _("钥匙")
    INTERCOM = "intercom", _("呼叫开门")
    STAFF = "staff", _("值班人员开门")
    PHONE = "phone", _("手机开门")
    FACE = "face", _("刷脸")


class DeclarationQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Staff and oversight see all; everybody else what is in force, inside homes only its own."""
        if actor.system or actor.is_staff or actor.has(*OVERSIGHT):
            return self
        mine = actor.residents_for("privacy")
        at_home = (
            Q(home__residents__in=mine)
            | Q(home=None) & (
                Q(entrance__homes__residents__in=mine)
                | Q(building__entrances__homes__residents__in=mine)
                | Q(estate__buildings__entrances__homes__residents__in=mine)
                | (_everywhere() if mine else Q(pk__in=()))
            )
        )  # fmt: skip
        return self.in_force().filter(Q(inside_homes=False) | at_home).distinct()

    def in_force(self):
        return self.filter(state=DeclarationState.IN_FORCE)

    def grounding(self):
        """In force, for a purpose in force, weighed by an assessment that stands: only these let a device speak."""
        return self.in_force().filter(assessment__state__in=LIVE, purpose__in=list(purposes_in_force()))

    def public(self):
        """What anybody may read: never a home."""
        return self.in_force().filter(inside_homes=False)


def _everywhere() -> Q:
    return Q(home=None, facility=None, entrance=None, building=None, estate=None)


def _account(**more):
    return models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", **more
    )


class Declaration(TenantModel):
    """公示: what one kind of device senses at one place, for what, for how long, and what there is instead.

    ``code`` is in the address that its sign carries. At most one place is set; none is the whole community.
    ``inside_homes``: it speaks of devices within homes at that place, and only those who live there may read it.
    """

    code = models.CharField(max_length=12, unique=True)
    type = models.CharField(max_length=32, help_text="a sensitive kind of device")
    name = models.CharField(max_length=60)
    inside_homes = models.BooleanField(default=False)
    estate = models.ForeignKey("registry.Estate", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    building = models.ForeignKey("registry.Building", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    entrance = models.ForeignKey("registry.Entrance", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    facility = models.ForeignKey("registry.Facility", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    home = models.ForeignKey("registry.Home", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    room = models.CharField(max_length=16, choices=Room.choices)
    position = models.CharField(max_length=120, help_text="where exactly, and where it points")
    purpose = models.CharField(max_length=40, help_text="a key of purposes.toml")
    stored = models.JSONField(default=list, help_text="metrics that are kept; nothing else is")
    keep_days = models.PositiveSmallIntegerField()
    viewers = models.JSONField(default=list, help_text="roles that may see it")
    alternative = models.CharField(max_length=200, help_text="the same help without it")
    methods = models.JSONField(default=list, blank=True, help_text="of a gate: its ways in")
    tried_method = models.CharField(
        max_length=10, choices=Method.choices, blank=True, help_text="the way without a face that was tried"
    )
    tried_on = models.DateField(null=True, blank=True)
    tried_by = models.CharField(max_length=40, blank=True, help_text="who went in that way")
    zones = models.JSONField(default=list, blank=True, help_text="of a camera: key, name, corners 0–1, masked")
    looks_into_no_home = models.BooleanField(default=False, help_text="of a camera: somebody checked its picture")
    installer = models.CharField(max_length=80)
    responsible = models.CharField(max_length=40)
    responsible_phone = models.CharField(max_length=20, help_text="a number at work: it stands on the sign")
    filing = models.CharField(max_length=60, blank=True, help_text="备案 number of the police")
    state = models.CharField(max_length=10, choices=DeclarationState.choices, default=DeclarationState.DRAFT)
    version = models.PositiveIntegerField(default=0, help_text="rises with each change; a stale form is refused")
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="successors")
    assessment = models.ForeignKey(
        "sensing.Assessment", null=True, blank=True, on_delete=models.PROTECT, related_name="declarations"
    )
    made_by = _account()
    proposed_by = _account()
    approved_by = _account()
    made_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    objects = TenantManager.from_queryset(DeclarationQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["community", "state", "type"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=DeclarationState.IN_FORCE) | Q(assessment__isnull=False),
                name="nothing_in_force_unassessed",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def where(self) -> Where:
        return Where(
            self.inside_homes, self.home_id, self.facility_id, self.entrance_id, self.building_id, self.estate_id
        )

    @property
    def scope(self) -> Scope:
        """What of it an assessment must have weighed."""
        return Scope(
            frozenset({self.purpose}), frozenset(self.stored), self.keep_days, frozenset(self.viewers),
            self.inside_homes, not self.inside_homes, FACE in self.methods,
        )  # fmt: skip

    @property
    def has_face(self) -> bool:
        return FACE in self.methods

    @property
    def is_over(self) -> bool:
        return self.state in {DeclarationState.REPLACED, DeclarationState.WITHDRAWN, DeclarationState.DROPPED}


class AssessmentQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Staff who declare, and oversight."""
        if actor.system or actor.is_community_staff or actor.has(*OVERSIGHT):
            return self
        return self.none()

    def live(self):
        return self.filter(state__in=LIVE)

    def delete(self):
        """Raises :class:`Conflict` when one of them must still be kept."""
        for one in Assessment.objects.filter(pk__in=self.values("pk")):
            one.refuse_while_kept()
        return super().delete()


class Assessment(TenantModel):
    """个人信息保护影响评估 (PIPL arts. 55–56): one kind of device, weighed before it is used and when its purpose or risk
    changes. Kept for three years after it has ended."""

    number = models.CharField(max_length=24)
    type = models.CharField(max_length=32, help_text="a sensitive kind of device")
    scope = models.JSONField(default=dict, help_text="what was weighed: purposes, stored, keep_days, viewers …")
    answers = models.JSONField(default=dict, help_text="question → answer in words")
    risks = models.JSONField(default=dict, help_text="risk → likelihood, harm, measure, and both afterwards")
    state = models.CharField(max_length=10, choices=AssessmentState.choices, default=AssessmentState.DRAFT)
    version = models.PositiveIntegerField(default=0, help_text="rises with each change; a stale form is refused")
    versions = models.JSONField(default=dict, help_text="purpose → version of its words when it was approved")
    due_reason = models.CharField(max_length=200, blank=True)
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="successors")
    made_by = _account()
    proposed_by = _account()
    approved_by = _account()
    opened_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    keep_until = models.DateField(null=True, blank=True, help_text="not deleted before; set when it ends")

    objects = TenantManager.from_queryset(AssessmentQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["community", "state", "type"])]
        constraints = [models.UniqueConstraint(fields=["community", "number"], name="assessment_number_once")]

    def __str__(self) -> str:
        return self.number

    @property
    def weighed(self) -> Scope:
        return Scope.from_json(self.scope)

    @property
    def rated(self) -> dict[str, Rated]:
        """The risks that have been rated, in their order."""
        return {key: Rated(**self.risks[key]) for key in RISKS if key in self.risks}

    @property
    def worst(self) -> str:
        """The highest risk that remains."""
        return worst(self.rated)

    @property
    def is_over(self) -> bool:
        return self.state in {AssessmentState.REPLACED, AssessmentState.ENDED, AssessmentState.DROPPED}

    def refuse_while_kept(self) -> None:
        """Raises :class:`Conflict` until its three years are over."""
        if self.keep_until is None or clock.today() <= self.keep_until:
            raise Conflict(
                _("影响评估至少留三年，现在不能删。"), code="must_be_kept", keep_until=str(self.keep_until or "")
            )

    def delete(self, *args, **kwargs):
        self.refuse_while_kept()
        return super().delete(*args, **kwargs)


def kept_until(ended_on: date) -> date:
    return ended_on + KEPT


class Step(TenantModel):
    """One step in the course of a declaration or an assessment: who, what, when, why."""

    declaration = models.ForeignKey(Declaration, null=True, blank=True, on_delete=models.CASCADE, related_name="steps")
    assessment = models.ForeignKey(Assessment, null=True, blank=True, on_delete=models.CASCADE, related_name="steps")
    verb = models.CharField(max_length=16)
    text = models.CharField(max_length=500, blank=True)
    by = _account()
    by_label = models.CharField(max_length=64, help_text="name and role as shown; survives the account")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(declaration__isnull=False) ^ Q(assessment__isnull=False), name="a_step_is_of_one_thing"
            )
        ]


class WayInQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        if actor.system or actor.is_community_staff or actor.has(*OVERSIGHT):
            return self
        return self.filter(
            Q(resident__in=actor.residents_for("privacy"))
            | Q(resident__home__entrance__building__grid__in=actor.grid_ids)
        )

    def current(self):
        return self.filter(ended_at__isnull=True)


class WayIn(TenantModel):
    """进门办法: how one resident gets in at one gate. Without a face it is theirs the moment they refuse one."""

    resident = models.ForeignKey("registry.Resident", on_delete=models.CASCADE, related_name="ways_in")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="ways_in")
    method = models.CharField(max_length=10, choices=Method.choices)
    since = models.DateTimeField()
    by_label = models.CharField(max_length=64)
    tried_at = models.DateTimeField(null=True, blank=True, help_text="when somebody went in that way and it worked")
    ended_at = models.DateTimeField(null=True, blank=True)
    remove_by = models.DateField(null=True, blank=True, help_text="of a face: gone from the gate by this day")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(WayInQuerySet)()

    class Meta:
        verbose_name_plural = "ways in"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "declaration", "method"],
                condition=Q(ended_at__isnull=True),
                name="one_way_of_a_kind",
            )
        ]


_D, _A = DeclarationState, AssessmentState

DECLARATION_WORKFLOW = StateTable(
    initial=_D.DRAFT,
    states=_D.values,
    transitions=[
        Transition("change", {_D.DRAFT}, None, {"declarer"}),
        Transition("propose", {_D.DRAFT}, _D.PROPOSED, {"declarer"}),
        Transition("send_back", {_D.PROPOSED}, _D.DRAFT, {"approver"}, {"reason"}),
        Transition("approve", {_D.PROPOSED}, _D.IN_FORCE, {"approver"}),
        Transition("note_filing", {_D.IN_FORCE}, None, {"declarer"}, {"filing"}),
        Transition("revise", {_D.IN_FORCE}, None, {"declarer"}),
        Transition("replace", {_D.IN_FORCE}, _D.REPLACED, {"system"}),
        Transition("withdraw", {_D.IN_FORCE}, _D.WITHDRAWN, {"declarer", "approver"}, {"reason"}),
        Transition("drop", {_D.DRAFT, _D.PROPOSED}, _D.DROPPED, {"declarer"}),
    ],
)

ASSESSMENT_WORKFLOW = StateTable(
    initial=_A.DRAFT,
    states=_A.values,
    transitions=[
        Transition("fill", {_A.DRAFT}, None, {"assessor"}),
        Transition("propose", {_A.DRAFT}, _A.PROPOSED, {"assessor"}),
        Transition("send_back", {_A.PROPOSED}, _A.DRAFT, {"lead"}, {"reason"}),
        Transition("approve", {_A.PROPOSED}, _A.APPROVED, {"lead"}),
        Transition("call_again", {_A.APPROVED}, _A.DUE, {"lead", "system"}, {"reason"}),
        Transition("confirm", {_A.DUE}, _A.APPROVED, {"lead"}, {"reason"}),
        Transition("redo", LIVE, None, {"assessor"}),
        Transition("replace", LIVE, _A.REPLACED, {"system"}),
        Transition("end", LIVE, _A.ENDED, {"lead"}, {"reason"}),
        Transition("drop", {_A.DRAFT, _A.PROPOSED}, _A.DROPPED, {"assessor"}),
    ],
)
