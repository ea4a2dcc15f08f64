"""Numbers of cases: ``EV-261124-017`` is the seventeenth of the day, in Hangzhou's calendar."""

from __future__ import annotations

from datetime import date

from django.db.models import F

from linli.act.casework.models import CaseNumbers
from linli.foundation.tenancy import active_community_id


def next_number(day: date) -> str:
    """The next number of the active community; call it inside the transaction that opens the case.

    The row of the day stays locked until that transaction ends, so two cases never share a number, and one that
    is rolled back gives its number to the next.
    """
    of_the_day = CaseNumbers.objects.filter(day=day)
    if not of_the_day.update(last=F("last") + 1):
        CaseNumbers.objects.get_or_create(day=day, community_id=active_community_id())
        of_the_day.update(last=F("last") + 1)
    return f"EV-{day:%y%m%d}-{of_the_day.values_list('last', flat=True).get():03d}"
