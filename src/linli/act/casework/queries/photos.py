"""Who may see the photos of cases and of the requests that joined them, and hear what was said."""

from __future__ import annotations

from linli.act.casework.models import Case, CaseEntry
from linli.act.casework.queries.case_page import may_read, requests_of, sees_everything
from linli.foundation.accounts.actor import Actor
from linli.foundation.files.models import Attachment
from linli.sense.requests.models import VoiceMessage


def may_see_photo(actor: Actor, photo: Attachment) -> bool:
    """Staff of a case all of its photos, its reporters' own included; a reporter those of the lines that it may read."""
    for case in Case.objects.visible_to(actor).filter(entries__photos=photo).distinct():
        if sees_everything(case, actor) or _stands_in_a_readable_line(case, photo, actor):
            return True
    joined = Case.objects.visible_to(actor).filter(joined__request__photos=photo).distinct()
    return any(sees_everything(case, actor) for case in joined)


def may_hear_voice(actor: Actor, voice: VoiceMessage) -> bool:
    """Staff of the case that answers it."""
    cases = Case.objects.visible_to(actor).filter(joined__request=voice.request_id) if voice.request_id else ()
    return any(sees_everything(case, actor) for case in cases)


def _stands_in_a_readable_line(case: Case, photo: Attachment, actor: Actor) -> bool:
    mine = requests_of(case, actor)
    return any(may_read(entry, mine) for entry in CaseEntry.objects.filter(case=case, photos=photo, public=True))
