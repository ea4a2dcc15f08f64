"""Why the day by which something is to be done may move, in plain words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.act.casework.models import Case
from linli.foundation.lifecycle.explaining import moment


def counting_words(case: Case | None) -> str:
    """The days for the work are counted from the acceptance (``domain.md`` §2.2): before it, that the day may move and until when
    that is; after it, since when they count. Empty where nothing moved."""
    if case is None or case.clock_from not in (case.opened_at, case.accepted_at):
        return ""
    if case.accepted_at is None:
        return _("社区受理以后，才开始算办理的时间，所以“最晚办好”可能往后挪。最晚 %(by)s 受理，改了这里看得到。") % {
            "by": moment(case.accept_by)
        }
    if case.accepted_at == case.opened_at:
        return ""
    return _("%(at)s 受理，办理的时间从那时算起。") % {"at": moment(case.accepted_at)}
