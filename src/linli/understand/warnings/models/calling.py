from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.roles import Role
from linli.foundation.tenancy import TenantModel


class CallPlan(TenantModel):
    """叫应次序: what this community has changed of who is called when nobody answers; without a row it holds as shipped."""

    ladders = models.JSONField(help_text="rungs by P0, P1 or rule: role, minutes, voice")
    rules = models.JSONField(default=list, help_text="keys of P1 rules that are called about too")
    arrivals = models.JSONField(
        default=dict, help_text="minutes by P0, P1 or rule: within, grace, finding; where changed"
    )
    quiet_from = models.PositiveSmallIntegerField(default=22)
    quiet_until = models.PositiveSmallIntegerField(default=7)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community"], name="one_call_plan")]


class Ladder(TenantModel):
    """叫应: one climb for a warning, until somebody answers. Its rungs are those that held when it began.

    One with ``arrive_by`` asks after an answer: whoever said at ``said_at`` that they go is on its first rung, and called
    when that term has passed without a word of having arrived. One that was ``handed_from`` somebody goes on where theirs stood,
    with the same ``arrive_by``; ``said_at`` is then when it was handed on.
    """

    class End(models.TextChoices):
        ANSWERED = "answered", _("有人应了")
        OVER = "over", _("不用叫了")
        NOBODY = "nobody", _("叫完了，没有人应")
        ARRIVED = "arrived", _("到现场了")
        HANDED = "handed", _("转给别人去")

    warning = models.ForeignKey("warnings.Warning", on_delete=models.CASCADE, related_name="ladders")
    rungs = models.JSONField(help_text="role, minutes, voice, in order")
    round = models.PositiveSmallIntegerField(default=1)
    rung = models.SmallIntegerField(default=-1, help_text="-1: nobody has been called yet")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="when the next one is called")
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=8, choices=End.choices, blank=True)
    said_by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    said_at = models.DateTimeField(null=True, blank=True)
    arrive_by = models.DateTimeField(null=True, blank=True)
    handed_from = models.ForeignKey(
        "accounts.Account",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="who said that they go, and does not: the case was handed on",
    )

    @property
    def asks_after(self) -> bool:
        """Whether it asks for an arrival; else for somebody who goes."""
        return self.arrive_by is not None

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["warning", "said_at", "said_by"], name="one_term_an_answer"),
            models.UniqueConstraint(fields=["warning"], condition=Q(ended_at=None), name="one_climb_a_warning"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(ended_at=None), name="climbs_that_are_due")]


class Call(TenantModel):
    """One person called in one way; without an account one who has left, or nobody at all."""

    class Way(models.TextChoices):
        APP = "app", _("工作台")
        SMS = "sms", _("短信")
        VOICE = "voice", _("电话")
        PUSH = "push", _("浏览器")

    class Answer(models.TextChoices):
        APP = "app", _("在工作台应的")
        LINK = "link", _("点短信里的链接应的")
        SMS = "sms", _("回短信应的")
        VOICE = "voice", _("在电话里按键应的")
        PUSH = "push", _("点浏览器的提醒应的")

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="calls")
    round = models.PositiveSmallIntegerField()
    rung = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=24, choices=Role.choices)
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    way = models.CharField(max_length=8, choices=Way.choices)
    notice = models.ForeignKey("notices.Notice", null=True, on_delete=models.SET_NULL, related_name="+")
    nonce = models.CharField(max_length=32, help_text="in the link; empty when it is no longer good")
    code = models.CharField(max_length=4, help_text="what is sent back by text message")
    nobody = models.BooleanField(default=False, help_text="nobody held the role: the next rung was called at once")
    called_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True)

    @property
    def unreadable(self) -> bool:
        """Whether nothing was sent because the number could not be read."""
        return self.way == self.Way.SMS and not self.code and not self.nonce

    @property
    def reminds(self) -> bool:
        """Whether it asks somebody who said that they go whether they have arrived."""
        return self.ladder.asks_after and self.account_id is not None and self.account_id == self.ladder.said_by_id

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ladder", "round", "rung", "account", "way"], name="one_call_a_rung")
        ]
        indexes = [models.Index(fields=["account", "answered_at"])]
