from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor, beside_name_as_read
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet
from linli.foundation.vault.fields import BlindIndexField, SealedField
from linli.sense.requests.speaking import residents_spoken_for


class Channel(models.TextChoices):
    """Where it was said (``domain.md`` §2.1)."""

    PORTAL = "portal", _("手机")
    PHONE = "phone", _("电话")
    DESK = "desk", _("窗口")
    DOOR = "door", _("上门")
    PAPER = "paper", _("纸条")
    GROUP_CHAT = "group_chat", _("微信群")
    HOTLINE = "hotline", _("12345")
    PROPERTY = "property", _("物业前台")
    MAIL = "mail", _("电子邮件")
    API = "api", _("接口")


class RequestQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """The speaker and its proxies, staff of the community, and grid staff for their own grid."""
        if actor.system or actor.is_community_staff:
            return self
        return self.filter(
            Q(speaker__in=residents_spoken_for(actor))
            | Q(entered_by_id=actor.account_id or 0)
            | Q(building__grid__in=actor.grid_ids)
            | Q(facility__grid__in=actor.grid_ids)
        )


class Request(TenantModel):
    """诉求: what somebody said, kept as said. What is done about it is a case."""

    channel = models.CharField(max_length=12, choices=Channel.choices)
    words = models.TextField(help_text="as said, never edited")
    speaker = models.ForeignKey(
        "registry.Resident", null=True, blank=True, on_delete=models.SET_NULL, related_name="requests"
    )
    speaker_name = models.CharField(max_length=64, blank=True, help_text="a caller who is not in the registry")
    speaker_phone = SealedField(protects="phone", blank=True, default="")
    speaker_phone_index = BlindIndexField(of="speaker_phone", default="", db_index=True)
    entered_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    home = models.ForeignKey("registry.Home", null=True, blank=True, on_delete=models.PROTECT, related_name="requests")
    building = models.ForeignKey(
        "registry.Building", null=True, blank=True, on_delete=models.PROTECT, related_name="requests"
    )
    facility = models.ForeignKey(
        "registry.Facility", null=True, blank=True, on_delete=models.PROTECT, related_name="requests"
    )
    x = models.FloatField(null=True, blank=True, help_text="pin: metres east in the community's frame")
    y = models.FloatField(null=True, blank=True, help_text="pin: metres north in the community's frame")
    photos = models.ManyToManyField("files.Attachment", blank=True, related_name="requests")
    outer_number = models.CharField(max_length=64, blank=True, help_text="the number in the system it came from")
    client_key = models.CharField(
        max_length=64, blank=True, help_text="made by the sender: the same key is one request"
    )
    seconds = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="seconded",
        help_text="says only “me too” to it",
    )
    said_at = models.DateTimeField()
    received_at = models.DateTimeField()

    objects = TenantManager.from_queryset(RequestQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "channel", "outer_number"],
                condition=~Q(outer_number=""),
                name="outer_number_once_a_channel",
            ),
            models.UniqueConstraint(
                fields=["community", "client_key"], condition=~Q(client_key=""), name="one_request_a_client_key"
            ),
        ]
        indexes = [models.Index(fields=["community", "-said_at"])]


class VoiceMessageQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Whoever sees the request; before it is sent nobody but whoever recorded it."""
        if actor.system:
            return self
        unsent = Q(request__isnull=True, uploaded_by_id=actor.account_id or 0)
        return self.filter(unsent | Q(request__in=Request.objects.visible_to(actor).values("pk")))


class VoiceMessage(TenantModel):
    """语音留言: what somebody said, as a sound; a person writes down what it says. At most one a request."""

    class Hearing(models.TextChoices):
        """How far a speech engine is with it, where one is configured."""

        NONE = "", _("没有机器听写")
        WAITING = "waiting", _("机器正在听写")
        HEARD = "heard", _("机器听写好了")
        FAILED = "failed", _("机器没听成")

    request = models.OneToOneField(Request, null=True, blank=True, on_delete=models.CASCADE, related_name="voice")
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=16)
    size = models.PositiveIntegerField(help_text="bytes")
    seconds = models.FloatField(null=True, blank=True, help_text="as the file or its recorder says")
    uploaded_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    words = models.TextField(blank=True, help_text="what it says, as a person wrote it down")
    written_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    written_by_label = models.CharField(max_length=64, blank=True, help_text="name and role as shown")
    written_at = models.DateTimeField(null=True, blank=True)
    suggested = models.TextField(blank=True, help_text="what a speech engine heard; nobody has confirmed it")
    hearing = models.CharField(max_length=8, choices=Hearing.choices, blank=True, default=Hearing.NONE)
    attempts = models.PositiveSmallIntegerField(default=0)
    try_after = models.DateTimeField(null=True, blank=True, help_text="the machine's time: not before")
    last_error = models.CharField(max_length=200, blank=True)

    objects = TenantManager.from_queryset(VoiceMessageQuerySet)()

    @property
    def written_by_told(self) -> str:
        """Who wrote the words down, in the language of the reader."""
        return beside_name_as_read(self.written_by_label)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["community", "sha256", "uploaded_by"],
                condition=Q(request__isnull=True),
                name="unsent_voice_once",
            )
        ]
        indexes = [models.Index(fields=["hearing", "try_after"])]
