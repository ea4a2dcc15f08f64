from __future__ import annotations

from django.db import models

from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class AttachmentQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """The uploader's own only; whoever may see a request or case sees its photos through that row."""
        return self if actor.system else self.filter(uploaded_by_id=actor.account_id or 0)


class Attachment(TenantModel):
    """A photo kept by the SHA-256 of its re-encoded bytes: the same photo sent eleven times is stored once."""

    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=32)
    size = models.PositiveIntegerField(help_text="bytes")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    uploaded_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField()

    objects = TenantManager.from_queryset(AttachmentQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "sha256", "uploaded_by"], name="photo_stored_once")]
