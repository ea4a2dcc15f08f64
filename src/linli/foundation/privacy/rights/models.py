from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor, as_read
from linli.foundation.accounts.roles import Role
from linli.foundation.lifecycle.state_table import StateTable, Transition
from linli.foundation.privacy.rights.speaking import residents_answered_for
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet
from linli.foundation.vault.fields import SealedField


class Kind(models.TextChoices):
    """What somebody may ask about its own information (PIPL arts. 24, 44–50)."""

    COPY = "copy", _("要一份我的信息")
    CORRECTION = "correction", _("有一项记错了，要改")
    DELETION = "deletion", _("请把我的信息删掉")
    EXPLANATION = "explanation", _("请讲明白为什么")
    OBJECTION = "objection", _("我觉得不对，不同意")


class State(models.TextChoices):
    RECEIVED = "received", _("收到了")
    IN_HAND = "in_hand", _("正在办")
    DONE = "done", _("办好了")
    REFUSED = "refused", _("没有办成")
    WITHDRAWN = "withdrawn", _("撤回了")


class AskedAs(models.TextChoices):
    """In what capacity somebody asks."""

    SELF = "self", _("本人")
    PROXY = "proxy", _("代办人")
    GUARDIAN = "guardian", _("监护人")
    RELATIVE = "relative", _("过世居民的近亲属")


class Channel(models.TextChoices):
    PORTAL = "portal", _("手机")
    API = "api", _("接口")
    DESK = "desk", _("窗口")
    PHONE = "phone", _("电话")
    DOOR = "door", _("上门")
    PAPER = "paper", _("纸条")


class RefusalReason(models.TextChoices):
    """Why a right may be refused (PIPL arts. 18, 35, 45, 47): anything else must be done."""

    KEEP_BY_LAW = "keep_by_law", _("法律要求这段时间还要留着")
    NOT_THIS_PERSON = "not_this_person", _("没能核对是本人")
    NOTHING_HELD = "nothing_held", _("社区没有这项信息")
    HARMS_OTHERS = "harms_others", _("里面有别人的信息，不能给")
    TRUE_AS_IT_IS = "true_as_it_is", _("核对过，记的是对的")
    NEEDED_BY_DUTY = "needed_by_duty", _("法律规定社区要做这件事")


ACTIVE = (State.RECEIVED, State.IN_HAND)
ENDED = (State.DONE, State.REFUSED, State.WITHDRAWN)
LEADS = frozenset({Role.DPO, Role.COMMUNITY_DIRECTOR})
"""Who sees every request and may name its owner."""


class RightsQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """The person and who may answer for it; the data-protection lead and the director all; its owner and the one who
        wrote it down."""
        if actor.system or actor.has(*LEADS):
            return self
        account = actor.account_id or 0
        return self.filter(
            models.Q(resident__in=residents_answered_for(actor))
            | models.Q(owner_id=account)
            | models.Q(entered_by_id=account)
        ).exclude(asked_as=AskedAs.RELATIVE, resident__in=actor.resident_ids)

    def active(self):
        return self.filter(state__in=ACTIVE)


class RightsRequest(TenantModel):
    """居民的要求: a right used. A piece of work with a number, an owner and the legal deadline.

    ``wanted`` is what the person says is right: blanked once the correction is made or refused. ``before`` and ``after``
    are kept masked, for both to read.
    """

    number = models.CharField(max_length=24)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    resident = models.ForeignKey(
        "registry.Resident", null=True, blank=True, on_delete=models.SET_NULL, related_name="rights_requests"
    )
    asked_as = models.CharField(max_length=10, choices=AskedAs.choices, default=AskedAs.SELF)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    entered_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    evidence = models.CharField(
        max_length=200, blank=True, help_text="how staff knew who asked; of a relative: which paper"
    )
    words = models.TextField(blank=True, help_text="as said")
    field = models.CharField(max_length=20, blank=True, help_text="of a correction: the field that is wrong")
    wanted = SealedField(blank=True, default="", help_text="of a correction: what is right")
    about = models.CharField(max_length=64, blank=True, help_text="access_record:12, warning:3, case:7")
    purpose = models.CharField(max_length=40, blank=True, help_text="of an objection: the purpose objected to")
    owner = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="rights_requests"
    )
    rules_version = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    extended_at = models.DateTimeField(null=True, blank=True)
    extension_reason = models.TextField(blank=True)
    identity_checked_at = models.DateTimeField(null=True, blank=True)
    identity_how = models.CharField(max_length=12, blank=True, help_text="code or paper")
    ended_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, help_text="in words for the person")
    refusal = models.CharField(max_length=20, choices=RefusalReason.choices, blank=True)
    before = models.CharField(max_length=200, blank=True, help_text="masked")
    after = models.CharField(max_length=200, blank=True, help_text="masked")
    client_key = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=0, help_text="rises with each change; a stale form is refused")

    objects = TenantManager.from_queryset(RightsQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "number"], name="rights_number_once"),
            models.UniqueConstraint(
                fields=["community", "client_key"],
                condition=~models.Q(client_key=""),
                name="one_rights_request_a_client_key",
            ),
        ]
        indexes = [
            models.Index(fields=["community", "state", "due_at"]),
            models.Index(fields=["resident", "-opened_at"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_over(self) -> bool:
        return self.state in ENDED


class RightsEntry(TenantModel):
    """One step in the course of a request; the person reads every one of them."""

    request = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="entries")
    verb = models.CharField(max_length=16)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict, help_text="facts of the sentence, without anybody's name")
    by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_label = models.CharField(max_length=64, help_text="name and role as shown; survives the account")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "rights entries"
        ordering = ["at", "id"]


class RightsMark(TenantModel):
    """A share of the legal deadline that has passed and was told, once."""

    request = models.ForeignKey(RightsRequest, on_delete=models.CASCADE, related_name="marks")
    round = models.PositiveSmallIntegerField(help_text="0, or 1 after the extension")
    mark = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "round", "mark"], name="a_rights_mark_is_told_once")]


class CopyState(models.TextChoices):
    BUILDING = "building", _("正在做")
    READY = "ready", _("做好了")
    FAILED = "failed", _("没做成，会再试")
    GONE = "gone", _("过期删掉了")


class DataCopy(TenantModel):
    """一份我的信息: one sealed file with everything held about somebody, for seven days."""

    request = models.OneToOneField(RightsRequest, on_delete=models.CASCADE, related_name="copy")
    state = models.CharField(max_length=8, choices=CopyState.choices, default=CopyState.BUILDING)
    percent = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=64, blank=True, help_text="of the file in the store")
    size = models.PositiveIntegerField(default=0, help_text="bytes, before sealing")
    attempts = models.PositiveSmallIntegerField(default=0)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "data copies"


class CopyHandout(TenantModel):
    """Somebody got the copy: downloaded, read on the screen, or printed for whoever has no telephone."""

    class How(models.TextChoices):
        FILE = "file", _("下载了整份文件")
        READ = "read", _("打开看了")
        PRINT = "print", _("打印出来交给本人")

    copy = models.ForeignKey(DataCopy, on_delete=models.CASCADE, related_name="handouts")
    how = models.CharField(max_length=8, choices=How.choices)
    by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_label = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    @property
    def by_words(self) -> str:
        """Who it was, in the reader's language."""
        return as_read(self.by_label)


class Suspension(TenantModel):
    """停用: information about somebody is not used for one purpose, because the person objected."""

    resident = models.ForeignKey("registry.Resident", on_delete=models.CASCADE, related_name="suspensions")
    purpose = models.CharField(max_length=40)
    request = models.ForeignKey(RightsRequest, null=True, on_delete=models.SET_NULL, related_name="suspensions")
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "purpose"],
                condition=models.Q(ended_at__isnull=True),
                name="one_live_suspension",
            )
        ]


_OPEN = frozenset(ACTIVE)

WORKFLOW = StateTable(
    initial=State.RECEIVED,
    states=State.values,
    transitions=[
        Transition("take", {State.RECEIVED}, State.IN_HAND, {"lead", "owner"}),
        Transition("assign", _OPEN, State.IN_HAND, {"lead"}, {"account_id"}),
        Transition("extend", _OPEN, None, {"lead", "owner"}, {"reason"}),
        Transition("check_identity", _OPEN | {State.DONE}, None, {"lead", "owner", "desk"}, {"evidence"}),
        Transition("correct", {State.IN_HAND}, State.DONE, {"lead", "owner"}),
        Transition("erase", {State.IN_HAND}, State.DONE, {"lead"}),
        Transition("suspend", {State.IN_HAND}, State.DONE, {"lead", "owner"}),
        Transition("answer", {State.IN_HAND}, State.DONE, {"lead", "owner"}, {"text"}),
        Transition("deliver", _OPEN, State.DONE, {"system"}),
        Transition("refuse", {State.IN_HAND}, State.REFUSED, {"lead", "owner"}, {"refusal", "reason"}),
        Transition("withdraw", _OPEN, State.WITHDRAWN, {"person"}),
    ],
)
