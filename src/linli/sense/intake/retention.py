"""What waits at a door goes once a person has decided; what nobody has looked at waits, because somebody said it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import Leaving, erases
from linli.sense.intake.models import Arrival, Correspondence, HotlineFile, State
from linli.sense.intake.store import content_of
from linli.sense.requests.models import Request
from linli.sense.requests.retention import said_by


def forget_person(leaving: Leaving) -> None:
    """What waits and names the person or its telephone; files of the hotline hold everybody and go whole."""
    theirs = []
    for arrival in Arrival.objects.exclude(content=b""):
        held = content_of(arrival)
        named = leaving.name and leaving.name in f"{held.name}\n{held.words}\n{held.before}"
        if named or any(phone and phone in f"{held.phone}\n{held.words}" for phone in leaving.phones):
            theirs.append(arrival.pk)
    rows = Arrival.objects.filter(Q(pk__in=theirs) | Q(request__in=leaving.requests))
    leaving.photos |= set(rows.exclude(photos=None).values_list("photos", flat=True))
    leaving.subjects |= {f"arrival:{pk}" for pk in rows.values_list("pk", flat=True)}
    leaving.went("intake.Arrival", rows.count())
    rows.delete()
    leaving.went("intake.Correspondence", forget_threads(said_by(leaving)))
    leaving.went("intake.HotlineFile", HotlineFile.objects.all().delete()[0])


def forget_threads(requests: QuerySet[Request]) -> int:
    """Where somebody is written to goes with who said it; letters go along."""
    return Correspondence.objects.filter(request__in=list(requests.values_list("pk", flat=True))).delete()[0]


def _decided(before) -> Q:
    return Q(decided_at__lt=before) | Q(state=State.ASIDE, arrived_at__lt=before)


def register() -> None:
    expires("intake.Arrival", lambda before: Arrival.objects.filter(_decided(before)), moment="arrived_at", resident="")
    expires(
        "intake.HotlineFile", lambda before: HotlineFile.objects.filter(brought_at__lt=before), moment="brought_at",
        resident="",
    )  # fmt: skip
    erases(
        "intake.arrivals",
        forget_person,
        tables=(
            "intake.Arrival",
            "intake.Arrival_photos",
            "intake.HotlineFile",
            "intake.Counter",
            "intake.Correspondence",
            "intake.Letter",
        ),
        order=19,
    )
