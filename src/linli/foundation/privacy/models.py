from __future__ import annotations

from django.db import models
from django.db.models import Q

from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class ConsentQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        if actor.system or actor.is_community_staff:
            return self
        return self.filter(
            Q(resident__in=actor.residents_for("privacy")) | Q(home__entrance__building__grid__in=actor.grid_ids)
        )

    def in_force(self):
        return self.filter(withdrawn_at__isnull=True)


class Consent(TenantModel):
    """同意: one person, one purpose, one home (PIPL arts. 14–16, 29). Withdrawing stops processing at once."""

    class Channel(models.TextChoices):
        APP = "app"
        DOOR = "door"
        PAPER = "paper"
        PHONE = "phone"

    resident = models.ForeignKey("registry.Resident", on_delete=models.CASCADE, related_name="consents")
    home = models.ForeignKey("registry.Home", on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=40, help_text="a key of purposes.toml")
    text_version = models.CharField(max_length=20)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    evidence = models.CharField(max_length=200, blank=True)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(ConsentQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "home", "purpose"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_live_consent",
            )
        ]


class AccessRecordQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Residents see who looked at them; oversight sees all; nobody else sees the log."""
        from linli.foundation.accounts.roles import OVERSIGHT

        if actor.system or actor.has(*OVERSIGHT):
            return self
        return self.filter(resident__in=actor.residents_for("privacy"))


class AccessRecord(TenantModel):
    """A protected field of a resident left the door unmasked: to whom, what, for which purpose, when."""

    class Kind(models.TextChoices):
        PERSON = "person"
        MACHINE = "machine"
        EXPORT = "export"

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PERSON)
    resident = models.ForeignKey("registry.Resident", on_delete=models.CASCADE, related_name="access_records")
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    reader = models.CharField(max_length=100, help_text="name and role as shown to the resident")
    field = models.CharField(max_length=40)
    purpose = models.CharField(max_length=40)
    about = models.CharField(max_length=64, blank=True, help_text="what it was needed for: case:123")
    at = models.DateTimeField()

    objects = TenantManager.from_queryset(AccessRecordQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["resident", "-at"])]
