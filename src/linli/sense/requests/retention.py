"""What is left of a request: that somebody said something, when and about what kind of matter; never who or which words.

Its terms count from the end of the matter, which the app above knows: it registers them (``act/casework/retention.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from linli.foundation.files.store import VOICE, path_of
from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.models import Erasure
from linli.foundation.privacy.retention.person import Leaving, erases, stores
from linli.foundation.tenancy import every_community
from linli.foundation.vault.index import blind_index
from linli.sense.requests.models import Request, VoiceMessage

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
    """Who said it, how to reach them and their voice go; what was said stays."""
    forget_voices(VoiceMessage.objects.filter(request__in=rows.values("pk")))
    for request in rows:
        _blank(request, CONTACT)


def deidentify(rows: QuerySet[Request]) -> None:
    """Words, voice, photos, place and speaker go."""
    forget_voices(VoiceMessage.objects.filter(request__in=rows.values("pk")))
    for request in rows:
        request.photos.clear()
        _blank(request, CONTACT | REST)


def forget_voices(voices: QuerySet[VoiceMessage]) -> int:
    """Rows now, the sounds after the commit; returns how many."""
    digests = list(voices.values_list("sha256", flat=True))
    gone = voices.delete()[0]
    transaction.on_commit(lambda: [_forget_sound(digest) for digest in digests])
    return gone


def forget_sounds(digests: Sequence[str], erasure: Erasure) -> int:
    """Delete sounds that no row names any more."""
    return sum(_forget_sound(digest) for digest in set(digests))


def _forget_sound(digest: str) -> bool:
    with every_community("the same sound is one file for all communities"):
        if VoiceMessage.objects.filter(sha256=digest).exists():
            return False
    path = path_of(digest, VOICE)
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def _dispose_voices(rows: QuerySet[VoiceMessage]) -> None:
    forget_voices(rows)


def _unsent(before: datetime) -> QuerySet[VoiceMessage]:
    return VoiceMessage.objects.filter(request__isnull=True, uploaded_at__lt=before)


def has_contact() -> Q:
    contact = Q(speaker__isnull=False) | ~Q(speaker_name="") | ~Q(speaker_phone="") | Q(home__isnull=False)
    return contact | Q(correspondence__isnull=False) | Q(voice__isnull=False)


def _blank(request: Request, columns: dict) -> None:
    for column, value in columns.items():
        setattr(request, column, value)
    if (correspondence := getattr(request, "correspondence", None)) is not None:
        correspondence.delete()
    request.speaker_phone = ""
    request.save(update_fields=[*columns, "speaker_phone", "speaker_phone_index"])


def forget_person(leaving: Leaving) -> None:
    rows = said_by(leaving)
    leaving.photos |= set(rows.exclude(photos=None).values_list("photos", flat=True))
    leaving.subjects |= {f"request:{pk}" for pk in rows.values_list("pk", flat=True)}
    pks = list(rows.values_list("pk", flat=True))
    theirs = Q(request__in=pks)
    if leaving.account_id:
        theirs |= Q(request__isnull=True, uploaded_by=leaving.account_id)
    sounds = VoiceMessage.objects.filter(theirs)
    leaving.later("voices", list(sounds.values_list("sha256", flat=True)))
    leaving.went("requests.VoiceMessage", forget_voices(sounds))
    deidentify(Request.objects.filter(pk__in=pks))
    leaving.went("requests.Request#deidentify", len(pks))


def register() -> None:
    tables = ("requests.Request", "requests.Request_photos", "requests.VoiceMessage")
    erases("requests.requests", forget_person, tables=tables, order=20)
    expires("requests.VoiceMessage", _unsent, moment="uploaded_at", dispose=_dispose_voices, resident="")
    stores("voices", forget_sounds, order=41)
