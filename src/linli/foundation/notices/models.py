from __future__ import annotations

from django.db import models

from linli.foundation.vault.fields import BlindIndexField, SealedField


class Notice(models.Model):
    """One message, or one call that is read aloud, to one phone. A failed send stays visible and is retried; the person sees the truth.

    The text of a one-time code is blanked once sent.
    """

    class Channel(models.TextChoices):
        SMS = "sms"
        VOICE = "voice"

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
