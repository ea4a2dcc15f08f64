"""What makes the resident's word the last one: calls after the feedback, and what everybody may read and join."""

from __future__ import annotations

from django.db import models

from linli.act.casework.models.cases import Case
from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet

MOST_ATTEMPTS = 3


class CallAttempt(TenantModel):
    """回访没打通: three of them at different times, and nobody is asked again (``domain.md`` §2.3)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="attempts")
    request = models.ForeignKey("requests.Request", on_delete=models.CASCADE, related_name="attempts")
    round = models.PositiveSmallIntegerField(help_text="times reopened when it was tried")
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["at", "id"]


class PublicCardQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Whoever belongs to the community; hidden ones are for its staff."""
        if actor.system or actor.is_staff:
            return self
        return self.filter(hidden_at=None) if actor.community_id is not None else self.none()


class PublicCard(TenantModel):
    """公开的事: a case in words written for everybody. Neighbours may say "me too"; once it is fixed, what was done."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="card")
    title = models.CharField(max_length=60)
    place = models.CharField(max_length=60, blank=True)
    did = models.CharField(max_length=300, blank=True, help_text="what was done, once it is")
    did_at = models.DateTimeField(null=True, blank=True)
    shown_at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True, blank=True)
    written_by = models.ForeignKey(
        "accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    photos = models.ManyToManyField("files.Attachment", blank=True, related_name="+", help_text="chosen by staff")

    objects = TenantManager.from_queryset(PublicCardQuerySet)()

    class Meta:
        ordering = ["-shown_at", "-id"]
