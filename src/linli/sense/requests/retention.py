"""What is left of a request: that somebody said something, when and about what kind of matter; never who or which words.

Its terms count from the end of the matter, which the app above knows: it registers them (``act/casework/retention.py``).
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from linli.foundation.privacy.retention.person import Leaving, erases
from linli.foundation.vault.index import blind_index
from linli.sense.requests.models import Request

CONTACT = {"speaker": None, "speaker_name": "", "home": None, "x": None, "y": None}
REST = {"words": "", "building": None, "outer_number": "", "client_key": ""}


def said_by(leaving: Leaving) -> QuerySet[Request]:
    """What the person said: as a resident, or earlier as a caller with the same number; and what was opened about
    them, because nobody answered their door."""
    calls = [index for phone in leaving.phones for index in blind_index("requests.request.speaker_phone", phone)]
    theirs = Q(speaker=leaving.resident_id) | Q(pk__in=leaving.requests)
    theirs |= Q(speaker__isnull=True, speaker_phone_index__in=calls)
    if leaving.alone:
        theirs |= Q(speaker__isnull=True, home=leaving.resident.home_id)
    return Request.objects.filter(theirs)


def forget_contact(rows: QuerySet[Request]) -> None:
    """Who said it and how to reach them goes; what was said stays."""
    for request in rows:
        _blank(request, CONTACT)


def deidentify(rows: QuerySet[Request]) -> None:
    """Words, photos, place and speaker go."""
    for request in rows:
        request.photos.clear()
        _blank(request, CONTACT | REST)


def has_contact() -> Q:
    return Q(speaker__isnull=False) | ~Q(speaker_name="") | ~Q(speaker_phone="") | Q(home__isnull=False)


def _blank(request: Request, columns: dict) -> None:
    for column, value in columns.items():
        setattr(request, column, value)
    request.speaker_phone = ""
    request.save(update_fields=[*columns, "speaker_phone", "speaker_phone_index"])


def forget_person(leaving: Leaving) -> None:
    rows = said_by(leaving)
    leaving.photos |= set(rows.exclude(photos=None).values_list("photos", flat=True))
    leaving.subjects |= {f"request:{pk}" for pk in rows.values_list("pk", flat=True)}
    pks = list(rows.values_list("pk", flat=True))
    deidentify(Request.objects.filter(pk__in=pks))
    leaving.went("requests.Request#deidentify", len(pks))


def register() -> None:
    erases("requests.requests", forget_person, tables=("requests.Request", "requests.Request_photos"), order=20)
