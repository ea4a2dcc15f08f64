"""Words that leave the case, to neighbours or to a unit outside, say nothing of who reported and where that person lives."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.act.casework.models import Case
from linli.act.casework.rules.fit_for_others import HOME, NAME, NUMBER, unfit
from linli.foundation.errors import Invalid
from linli.foundation.registry.models import Home, Resident
from linli.sense.requests.models import Request
from linli.understand.text.masking import cover_numbers


def must_be_fit(case: Case, said: Mapping[str, str]) -> None:
    """``said`` is the words of each field. Raises :class:`Invalid` ``number_in_words``, ``name_in_words`` (a reporter, or who
    lives where it is) and ``home_in_words``, beside the field."""
    requests = Request.objects.filter(joined__case=case)
    homes = Home.objects.filter(Q(pk=case.home_id) | Q(residents__in=requests.values("speaker"))).distinct()
    living = Resident.objects.filter(home__in=homes.values("pk"))
    speaking = Resident.objects.filter(pk__in=requests.values("speaker"))
    names = {
        *living.values_list("name", flat=True),
        *speaking.values_list("name", flat=True),
        *requests.values_list("speaker_name", flat=True),
    }
    doors = set(homes.values_list("number", flat=True))
    places = [str(place) for place in (case.facility, case.building, case.building and case.building.estate) if place]
    why = {
        NUMBER: _("看着像电话或者证件号，别人看得到的话里不能有。"),
        NAME: _("里面有居民的名字。只写事情，不写是谁。"),
        HOME: _("里面有门牌号。写到几幢几单元就行。"),
    }
    for field, words in said.items():
        found = unfit(words, names=names, doors=doors, places=places)
        if not found and cover_numbers(words) != words:
            found = NUMBER
        if found:
            raise Invalid(why[found], code=found, field=field)
