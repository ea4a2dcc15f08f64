"""A topic goes a year after it was last talked about; what one person said leaves it with the person."""

from __future__ import annotations

from linli.foundation.privacy.retention.expiring import expires
from linli.foundation.privacy.retention.person import Leaving, erases
from linli.sense.requests import retention as said
from linli.understand.topics.actions import forget_voices
from linli.understand.topics.models import OfferPutAside, Topic, TopicRequest


def forget_person(leaving: Leaving) -> None:
    theirs = list(said.said_by(leaving).values_list("pk", flat=True))
    leaving.went("topics.TopicRequest", TopicRequest.objects.filter(request__in=theirs).count())
    forget_voices(theirs)


def register() -> None:
    expires("topics.Topic", lambda before: Topic.objects.filter(last_at__lt=before), moment="last_at", resident="")
    expires(
        "topics.OfferPutAside", lambda before: OfferPutAside.objects.filter(at__lt=before), moment="at", resident=""
    )
    erases("topics.topics", forget_person, tables=("topics.Topic", "topics.TopicRequest"), order=14)
