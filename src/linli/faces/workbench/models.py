from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class Delivery(TenantModel):
    """Something done without a network that has arrived: the same key sent again gets the same answer and does nothing."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64, help_text="made on the phone when it was done")
    answer = models.JSONField(help_text="what the phone was told; identifiers only")
    arrived_at = models.DateTimeField()

    objects = TenantManager.from_queryset(TenantQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="delivered_once")]


class RateSubscriptionQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Only to whoever asked for it."""
        return self if actor.system else self.filter(account_id=actor.account_id or 0)


class RateSubscription(TenantModel):
    """The three rates by e-mail to a member of staff: in what rhythm, of how many days, cut by what."""

    class Rhythm(models.TextChoices):
        WEEKLY = "weekly", _("每周")
        MONTHLY = "monthly", _("每月")

    class Ended(models.TextChoices):
        SELF = "self", _("自己停的")
        LINK = "link", _("在邮件里点了不再收")
        ROLE = "role", _("不在这个岗位了")

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    address = models.EmailField(max_length=254)
    rhythm = models.CharField(max_length=8, choices=Rhythm.choices)
    cut = models.CharField(max_length=10, help_text="grid, category, unit, channel, age")
    days = models.PositiveSmallIntegerField(help_text="of how many days until the day before sending")
    nonce = models.CharField(max_length=24, help_text="in the link that ends it")
    asked_at = models.DateTimeField()
    next_at = models.DateTimeField()
    last_sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="failed since the last one that left")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=4, choices=Ended.choices, blank=True)

    objects = TenantManager.from_queryset(RateSubscriptionQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "rhythm", "cut", "days"],
                condition=Q(ended_at__isnull=True),
                name="one_subscription_of_a_kind",
            )
        ]
        indexes = [models.Index(fields=["community", "ended_at", "next_at"])]
