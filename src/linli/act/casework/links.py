"""The link in a text message by which somebody without an account rates one request, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from linli.foundation.errors import NotFound

GOOD_FOR = timedelta(days=30)
_PURPOSE = "linli.casework.rating"


@dataclass(frozen=True)
class RatingLink:
    """``round`` ties the link to one feedback: after a reopening it is worthless."""

    community_id: int
    request_id: int
    round: int


def rating_token(community_id: int, request_id: int, round: int) -> str:
    """A signed token that only rates this request in this round, for 30 days of real time."""
    return signing.TimestampSigner(salt=_PURPOSE).sign(f"{community_id}.{request_id}.{round}")


def rating_url(community_id: int, request_id: int, round: int) -> str:
    return f"{settings.LINLI_PUBLIC_URL}/r/{rating_token(community_id, request_id, round)}"


def read_rating_link(token: str) -> RatingLink:
    """Raises :class:`NotFound` ``link_expired`` for a forged, damaged or old token."""
    try:
        value = signing.TimestampSigner(salt=_PURPOSE).unsign(token, max_age=GOOD_FOR)
        return RatingLink(*(int(part) for part in value.split(".")))
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound(_("这个链接已经过期了。"), code="link_expired") from None
