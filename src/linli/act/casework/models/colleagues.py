"""Who keeps an eye on a case, and who was named in a note."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef

from linli.act.casework.models.cases import Case, CaseEntry
from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class OwnOfStaffQuerySet(TenantQuerySet):
    """Rows of an account that count only as long as it works on the case: ``of_case`` is the path to the case."""

    of_case = "case"

    def visible_to(self, actor: Actor):
        """One's own, of cases that one works on now: with the role the row falls silent."""
        if actor.system:
            return self
        if not actor.is_staff:
            return self.none()
        mine = Case.objects.worked_on_by(actor).filter(pk=OuterRef(self.of_case))
        return self.filter(Exists(mine), account_id=actor.account_id or 0)


class MentionQuerySet(OwnOfStaffQuerySet):
    of_case = "entry__case"


class CaseWatch(TenantModel):
    """关注: an account is told of what others do to a case. It ends when the account works there no more."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="watches")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    seen_entry = models.PositiveBigIntegerField(default=0, help_text="last line of the history when it was looked at")

    objects = TenantManager.from_queryset(OwnOfStaffQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "account"], name="a_case_watched_once")]
        ordering = ["-since", "-id"]


class Mention(TenantModel):
    """提到: a colleague was named in an internal note and told of it."""

    entry = models.ForeignKey(CaseEntry, on_delete=models.CASCADE, related_name="mentions")
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = TenantManager.from_queryset(MentionQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "account"], name="mentioned_once_in_a_note")]
        ordering = ["-at", "-id"]
