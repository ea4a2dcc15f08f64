"""The words of a case as the search has them."""

from __future__ import annotations

from django.db import models

from linli.act.casework.models.cases import Case
from linli.foundation.accounts.actor import Actor
from linli.foundation.tenancy import TenantManager, TenantModel, TenantQuerySet


class CaseWordsQuerySet(TenantQuerySet):
    def visible_to(self, actor: Actor):
        """Whoever sees the case; which of its columns may answer them is for ``searching.fits``."""
        return self.filter(case__in=Case.objects.visible_to(actor))


class CaseWords(TenantModel):
    """What can be found of a case, cut by ``rules/finding.py``; made anew from the case's rows at any time.

    The database's own index hangs on this table (``migrations/0011_words.py``): an FTS5 table filled by triggers in SQLite, which
    a migration that rebuilds this table must make again, a generated column in PostgreSQL.
    """

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="found_by")
    title = models.TextField(blank=True, help_text="of the title")
    said = models.TextField(blank=True, help_text="of what its reporters said")
    shown = models.TextField(blank=True, help_text="number, category, and what every reporter may read of its course")
    inside = models.TextField(blank=True, help_text="notes for staff, and what one reporter wrote")

    objects = TenantManager.from_queryset(CaseWordsQuerySet)()
