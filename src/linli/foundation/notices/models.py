from __future__ import annotations

from django.db import models

from linli.foundation.vault.fields import BlindIndexField, SealedField


class Browser(models.Model):
    """One browser that rings for a member of staff (Push API; RFC 8030), until its owner ends it or signs out in it, or the
    push service says that it is gone.

    Nothing here is sealed: only who holds this installation's own key can send to the address (RFC 8292), and the two
    keys serve to write to the browser, not to read.
    """

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="ringing_browsers")
    endpoint = models.URLField(max_length=700)
    fingerprint = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the endpoint")
    p256dh = models.CharField(max_length=120, help_text="public key of the browser, base64url")
    auth = models.CharField(max_length=40, help_text="authentication secret, base64url")
    device = models.CharField(max_length=40, blank=True, help_text="kind of system and program: android.edge")
    session = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the session key it was set up in")
    since = models.DateTimeField(help_text="the machine's time")
    rang_at = models.DateTimeField(null=True, blank=True, help_text="the machine's time: last taken by the service")


class Notice(models.Model):
    """One message, or one call that is read aloud, to one phone, or one push message to somebody's browsers. A failed send stays visible and is retried; the person sees the truth.

    The text of a one-time code is blanked once sent.
    """

    class Channel(models.TextChoices):
        SMS = "sms"
        VOICE = "voice"
        PUSH = "push"

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"

    community = models.ForeignKey(
        "registry.Community", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.SMS)
    to = SealedField(protects="phone")
    to_index = BlindIndexField(of="to", default="", db_index=True)
    account = models.ForeignKey(
        "accounts.Account",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="push: whose browsers",
    )
    link = models.CharField(max_length=200, blank=True, help_text="push: where a press on it leads")
    text = models.TextField()
    about = models.CharField(max_length=64, blank=True, help_text="what it is about: case:123")
    key = models.CharField(max_length=100, unique=True, help_text="idempotency: the same key is sent once")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    secret = models.BooleanField(default=False, help_text="a one-time code: blanked once sent or expired")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(help_text="the neighbourhood's time")
    queued_at = models.DateTimeField(auto_now_add=True, help_text="the machine's time")
    try_after = models.DateTimeField(help_text="the machine's time: not before")
    not_before = models.DateTimeField(
        null=True, blank=True, help_text="the neighbourhood's time: what can wait is not sent at night"
    )
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "try_after"])]
