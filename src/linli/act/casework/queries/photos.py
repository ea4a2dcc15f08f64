"""Who may see the photos of cases and of the requests that joined them."""

from __future__ import annotations

from linli.act.casework.models import Case, CaseEntry
from linli.act.casework.queries.case_page import sees_everything
from linli.foundation.accounts.actor import Actor
from linli.foundation.files.models import Attachment


def may_see_photo(actor: Actor, photo: Attachment) -> bool:
    """Whoever sees the case sees photos of its public entries; staff of the case all, its reporters' own included."""
    for case in Case.objects.visible_to(actor).filter(entries__photos=photo).distinct():
        if sees_everything(case, actor) or CaseEntry.objects.filter(case=case, photos=photo, public=True).exists():
            return True
    joined = Case.objects.visible_to(actor).filter(joined__request__photos=photo).distinct()
    return any(sees_everything(case, actor) for case in joined)
