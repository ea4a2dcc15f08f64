from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet

FILE_KEPT = timedelta(days=1)
"""How long an imported file lies here after it came, for the rows that were not taken."""


class Door(models.TextChoices):
    """By which door something came that a person has to look at first."""

    CHAT = "chat", _("微信群")
    PAPER = "paper", _("纸表")
    PROPERTY = "property", _("物业前台")
    MAIL = "mail", _("电子邮件")


class State(models.TextChoices):
    ASIDE = "aside", _("不像一件事")
    WAITING = "waiting", _("等人看")
    FILED = "filed", _("已登记")
    DROPPED = "dropped", _("不登记")


class ArrivalQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Staff of the community; grid staff what happened in their grid and what they brought in themselves."""
        if actor.system or actor.is_community_staff:
            return self
        if not actor.is_staff:
            return self.none()
        return self.filter(Q(building__grid__in=actor.grid_ids) | Q(brought_by_id=actor.account_id or 0))


class Arrival(TenantModel):
    """来件: what came in by a door and waits for a person to say whether it is a request; sealed until then, and empty after."""

    door = models.CharField(max_length=8, choices=Door.choices)
    key = models.CharField(max_length=64, help_text="the same thing brought in again is the same arrival")
    content = models.BinaryField(help_text="sealed; empty once decided")
    building = models.ForeignKey(
        "registry.Building", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    photos = models.ManyToManyField("files.Attachment", blank=True, related_name="arrivals")
    said_at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    brought_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    request = models.ForeignKey("requests.Request", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(ArrivalQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "key"], name="arrived_once")]
        indexes = [models.Index(fields=["community", "state", "said_at"])]


class HotlineFileQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Only to whoever brought it: it holds the numbers of everybody who called."""
        return self if actor.system else self.filter(brought_by_id=actor.account_id or 0)


class HotlineFile(TenantModel):
    """A list of orders from 12345: checked, then filed row by row in the background, and kept a day for its bad rows."""

    class State(models.TextChoices):
        CHECKED = "checked", _("检查过")
        RUNNING = "running", _("正在登记")
        DONE = "done", _("登记完了")

    file_name = models.CharField(max_length=120)
    content = models.BinaryField(help_text="sealed")
    state = models.CharField(max_length=8, choices=State.choices, default=State.CHECKED)
    rows = models.PositiveIntegerField(help_text="rows with content")
    bad = models.PositiveIntegerField(default=0, help_text="rows at fault, which are not taken")
    filed = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0, help_text="rows whose number had been taken before")
    brought_by = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    brought_at = models.DateTimeField(help_text="the machine's time")

    objects = TenantManager.from_queryset(HotlineFileQuerySet)()

    @property
    def good(self) -> int:
        return self.rows - self.bad

    @property
    def handled(self) -> int:
        return self.filed + self.known


class Counter(TenantModel):
    """A place with a QR code where people speak without an account: the property desk of an estate."""

    token = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=40)
    estate = models.ForeignKey("registry.Estate", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(TenantQuerySet)()


class CorrespondenceQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Only the software: it holds where somebody is written to."""
        return self if actor.system else self.none()


class Correspondence(TenantModel):
    """Who wrote a request by e-mail, so that they are answered there and their answer is known again."""

    request = models.OneToOneField("requests.Request", on_delete=models.CASCADE, related_name="correspondence")
    address = models.BinaryField(help_text="sealed")
    token = models.CharField(max_length=40, unique=True, help_text="in our Message-IDs; nobody can guess it")
    number = models.CharField(max_length=24, blank=True, db_index=True, help_text="of the case, as last written")
    their_id = models.CharField(max_length=250, blank=True, help_text="the Message-ID of what they wrote")
    subject = models.CharField(max_length=120, blank=True)

    objects = TenantManager.from_queryset(CorrespondenceQuerySet)()


class Letter(TenantModel):
    """One e-mail to whoever wrote; what it said is emptied once it has left."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"

    thread = models.ForeignKey(Correspondence, on_delete=models.CASCADE, related_name="letters")
    key = models.CharField(max_length=100, help_text="the same key is sent once")
    text = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    written_at = models.DateTimeField()
    try_after = models.DateTimeField(help_text="the machine's time: not before")
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(CorrespondenceQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "key"], name="letter_written_once")]
        indexes = [models.Index(fields=["state", "try_after"])]
