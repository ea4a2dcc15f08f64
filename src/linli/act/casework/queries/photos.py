"""Who may see the photos of cases and of the requests that joined them."""

from __future__ import annotations

from linli.act.casework.models import Case, CaseEntry
from linli.act.casework.queries.case_page import may_read, requests_of, sees_everything
from linli.foundation.accounts.actor import Actor
from linli.foundation.files.models import Attachment


def may_see_photo(actor: Actor, photo: Attachment) -> bool:
    """Staff of a case all of its photos, its reporters' own included; a reporter those of the lines that it may read."""
    for case in Case.objects.visible_to(actor).filter(entries__photos=photo).distinct():
        if sees_everything(case, actor) or _stands_in_a_readable_line(case, photo, actor):
            return True
    joined = Case.objects.visible_to(actor).filter(joined__request__photos=photo).distinct()
    return any(sees_everything(case, actor) for case in joined)


def _stands_in_a_readable_line(case: Case, photo: Attachment, actor: Actor) -> bool:
    mine = requests_of(case, actor)
    return any(may_read(entry, mine) for entry in CaseEntry.objects.filter(case=case, photos=photo, public=True))
