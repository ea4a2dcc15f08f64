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


@dataclass(frozen=True)
class ErrandLink:
    """``nonce`` is the one that the errand holds now, or the link was recalled or replaced."""

    community_id: int
    errand_id: int
    nonce: str


_ERRAND = "linli.casework.errand"


def errand_token(community_id: int, errand_id: int, nonce: str) -> str:
    return signing.Signer(salt=_ERRAND).sign(f"{community_id}.{errand_id}.{nonce}")


def errand_url(community_id: int, errand_id: int, nonce: str) -> str:
    return f"{settings.LINLI_PUBLIC_URL}/e/{errand_token(community_id, errand_id, nonce)}"


def arrival_url(arrival_id: int) -> str:
    """What came in by a door and waits to be looked at, for staff who sign in."""
    return f"{settings.LINLI_PUBLIC_URL}/workbench/arrivals/{arrival_id}/"


def warnings_url() -> str:
    """The list of warnings on the workbench, for staff who sign in."""
    return f"{settings.LINLI_PUBLIC_URL}/workbench/warnings/"


def case_url(case_id: int) -> str:
    """The case on the workbench, for staff who sign in."""
    return f"{settings.LINLI_PUBLIC_URL}/workbench/cases/{case_id}/"


def community_of_errand_link(token: str) -> int | None:
    """Whose errand an intact link was about, also one that opens nothing any more: there somebody can be asked."""
    try:
        return read_errand_link(token).community_id
    except NotFound:
        return None


def read_errand_link(token: str) -> ErrandLink:
    """Raises :class:`NotFound` ``link_expired`` for a forged or damaged token; whether it still holds says the errand."""
    try:
        community, errand, nonce = signing.Signer(salt=_ERRAND).unsign(token).split(".")
        return ErrandLink(int(community), int(errand), nonce)
    except (signing.BadSignature, ValueError):
        raise NotFound(_("这个链接已经不能用了。"), code="link_expired") from None
