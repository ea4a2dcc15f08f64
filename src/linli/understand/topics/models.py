from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class OfTheCommunity(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """What is said in all of the community is for those who work for all of it."""
        return self if actor.system or actor.is_community_staff else self.none()


class Topic(TenantModel):
    """What several people talk about: found anew every hour, and the same topic as long as most of its requests stay."""

    class Span(models.TextChoices):
        WEEK = "week", _("这一周")
        MONTH = "month", _("这一个月")
        PAST = "past", _("以前的")

    class Trend(models.TextChoices):
        NEW = "new", pgettext_lazy("topic", "新出现")
        RISING = "rising", pgettext_lazy("topic", "在升温")
        STEADY = "steady", pgettext_lazy("topic", "一直有")
        FADING = "fading", pgettext_lazy("topic", "在减少")

    span = models.CharField(max_length=5, choices=Span.choices)
    name = models.CharField(max_length=64, blank=True, help_text="what it is about, where that has a name; no person")
    keywords = models.JSONField(default=list, help_text="words said of it")
    trend = models.CharField(max_length=6, choices=Trend.choices)
    heat = models.FloatField(help_text="people × intensity × time")
    people = models.PositiveIntegerField(help_text="who spoke, each once")
    messages = models.PositiveIntegerField()
    days = models.JSONField(default=dict, help_text="requests by date")
    places = models.JSONField(default=list, help_text="pairs of a building and how many requests")
    voices = models.JSONField(default=list, help_text="what stands for it, masked")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    found_at = models.DateTimeField(help_text="when it was found first")
    read_at = models.DateTimeField(help_text="when it was found last")
    current = models.BooleanField(default=True, help_text="found when last looked")
    requests = models.ManyToManyField("requests.Request", through="TopicRequest", related_name="topics")

    objects = TenantManager.from_queryset(OfTheCommunity)()

    class Meta:
        indexes = [models.Index(fields=["community", "span", "current", "-heat"])]

    @property
    def label(self) -> str:
        """``丽发小区：搅拌站、噪音``."""
        return "：".join(part for part in (self.name, "、".join(self.keywords)) if part)


class TopicRequest(TenantModel):
    """A request that belongs to a topic."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="members")
    request = models.ForeignKey("requests.Request", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "request"], name="a_request_once_a_topic")]


class TopicFollow(TenantModel):
    """Somebody of the staff wants to see how a topic goes on."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="follows")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    seen = models.PositiveIntegerField(help_text="requests of the topic when they last looked at it")
    told = models.PositiveIntegerField(
        default=0, help_text="people of the topic when they were told last, or began to follow"
    )
    told_at = models.DateTimeField(null=True, blank=True, help_text="when a message last told that it grew")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "account"], name="a_topic_followed_once")]


class OfferPutAside(TenantModel):
    """Somebody found that the matters of one kind in one estate are several troubles, not one."""

    category = models.CharField(max_length=6)
    estate = models.ForeignKey("registry.Estate", on_delete=models.CASCADE, related_name="+")
    households = models.PositiveIntegerField(help_text="how many had spoken then")
    at = models.DateTimeField()
    by = models.CharField(max_length=64, help_text="account:3")

    objects = TenantManager.from_queryset(OfTheCommunity)()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["community", "category", "estate"], name="an_offer_put_aside_once")
        ]
