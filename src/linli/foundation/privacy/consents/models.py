"""What stands behind a consent: who gave it, on what paper, who said no, and how it ended."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.models import Consent
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class AboutResidentQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """The person's own, its guardian's and a proxy's for privacy; staff by place."""
        if actor.system or actor.is_community_staff:
            return self
        return self.filter(
            Q(resident__in=actor.residents_for("privacy"))
            | Q(resident__home__entrance__building__grid__in=actor.grid_ids)
        )


class Guardianship(TenantModel):
    """监护: an adult decides for a child under 14 (PIPL art. 31). ``resident`` is the child."""

    class Relation(models.TextChoices):
        MOTHER = "mother", _("母亲")
        FATHER = "father", _("父亲")
        OTHER = "other", _("其他监护人")

    resident = models.ForeignKey("registry.Resident", on_delete=models.CASCADE, related_name="guardians")
    guardian = models.ForeignKey("registry.Resident", on_delete=models.CASCADE, related_name="wards")
    relation = models.CharField(max_length=8, choices=Relation.choices)
    evidence = models.CharField(max_length=200, help_text="the paper that was shown: 户口本, 出生证明, 判决书")
    photos = models.ManyToManyField("files.Attachment", blank=True, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(AboutResidentQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "guardian"], condition=Q(ended_at__isnull=True), name="one_live_guardianship"
            ),
            models.CheckConstraint(condition=~Q(resident=models.F("guardian")), name="nobody_guards_themselves"),
        ]


class PaperForm(TenantModel):
    """A consent form that was printed for one person: its QR code opens the page on which it is entered."""

    code = models.CharField(max_length=12, unique=True)
    resident = models.ForeignKey("registry.Resident", on_delete=models.CASCADE, related_name="consent_forms")
    versions = models.JSONField(help_text="the purposes printed on it: key → version of the text")
    printed_at = models.DateTimeField()
    printed_by = models.ForeignKey("accounts.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    entered_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(AboutResidentQuerySet)()

    def __str__(self) -> str:
        return self.code


class Testimony(TenantModel):
    """How a consent was given when not by the person's own tap: the evidence that PIPL art. 13 asks the holder for."""

    consent = models.OneToOneField(Consent, on_delete=models.CASCADE, related_name="testimony")
    guardianship = models.ForeignKey(
        Guardianship, null=True, blank=True, on_delete=models.SET_NULL, related_name="consents"
    )
    form = models.ForeignKey(PaperForm, null=True, blank=True, on_delete=models.SET_NULL, related_name="consents")
    photos = models.ManyToManyField("files.Attachment", blank=True, related_name="+")
    called_at = models.DateTimeField(null=True, blank=True, help_text="of a consent by telephone")
    read_out = models.TextField(blank=True, help_text="the words that were read to the person on the telephone")
    taken_by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")


class Decline(TenantModel):
    """不同意: a person said no to one purpose in one home. While it stands the home is not sensed for it."""

    resident = models.ForeignKey("registry.Resident", on_delete=models.CASCADE, related_name="declines")
    home = models.ForeignKey("registry.Home", on_delete=models.CASCADE, related_name="declines")
    purpose = models.CharField(max_length=40, help_text="a key of purposes.toml")
    channel = models.CharField(max_length=8, choices=Consent.Channel.choices)
    note = models.CharField(max_length=200, blank=True)
    declined_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True, help_text="when the person agreed after all")

    objects = TenantManager.from_queryset(AboutResidentQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "home", "purpose"], condition=Q(lifted_at__isnull=True), name="one_live_decline"
            )
        ]


class Ending(TenantModel):
    """How a consent ended, and by when what was gathered under it must be erased (PIPL art. 47)."""

    class Reason(models.TextChoices):
        WITHDRAWN = "withdrawn", _("本人撤回")
        MOVED = "moved", _("不住在这里了")
        OF_AGE = "of_age", _("满 14 岁，由本人决定")
        GUARDIAN_ENDED = "guardian_ended", _("监护关系结束")
        PURPOSE_ENDED = "purpose_ended", _("这一项取消了")
        PURPOSE_CHANGED = "purpose_changed", _("这一项的规矩改了，要重新问您")

    consent = models.OneToOneField(Consent, on_delete=models.CASCADE, related_name="ending")
    reason = models.CharField(max_length=16, choices=Reason.choices)
    channel = models.CharField(max_length=8, choices=Consent.Channel.choices, blank=True)
    note = models.CharField(
        max_length=200, blank=True, help_text="of a withdrawal by telephone: who called, what was said"
    )
    taken_by = models.ForeignKey("accounts.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    delete_by = models.DateField()
    erased_at = models.DateTimeField(null=True, blank=True)
