"""The charter through the API: public, for whoever wants to compare what is published with what is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from linli.foundation.accounts.http import ActorRequest
from linli.foundation.errors import NotFound
from linli.foundation.privacy.charter import queries, wording
from linli.foundation.privacy.purposes import Purpose, in_force
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope

router = Router(tags=["charter"])

WHICH = Query("", max_length=32, description="code of the community; one's own, or the only one, by default")


class WordsOut(Schema):
    zh: str
    en: str


class PurposeOut(Schema):
    key: str
    version: str
    name: WordsOut
    sentence: str = Field(description="what it is for, in the reader's language")
    words: WordsOut
    ground: str
    law: str
    fields: list[str] = Field(description="what the roles may see, one look at a time, each on record")
    machine: list[str] = Field(description="what only the software uses")
    senses: list[str] = Field(description="device types in homes")
    observes: list[str] = Field(description="device types in shared places")
    roles: list[str]
    about: list[str]
    minors: bool
    needs_consent: bool
    keep_months: int
    shared_with: list[WordsOut]
    without: WordsOut
    alternative: WordsOut | None


class AlteredOut(Schema):
    purpose: str
    kind: str = Field(description="added, changed or removed")
    sentences: list[str]
    wider: bool = Field(description="more data, more people, longer or another use")
    ends_consents: bool


class ChangeOut(Schema):
    id: int
    reason: str
    announced_at: datetime
    shown_until: datetime = Field(description="until when people can have a say; it takes effect after")
    altered: list[AlteredOut]
    phone: str


class VersionOut(Schema):
    number: int
    since: datetime | None
    digest: str = Field(description="SHA-256 of the document as canonical JSON; also in the audit log")
    reason: str
    altered: list[AlteredOut]


class CharterOut(Schema):
    community: str
    name: str
    number: int
    since: datetime | None
    purposes: list[PurposeOut]
    proposed: ChangeOut | None


@router.get("/purposes", response=list[PurposeOut], auth=None, summary="What data is used for, by whom, how long")
def purposes(request: ActorRequest, community: str = WHICH):
    with _charter_of(request, community):
        return [_purpose(one) for one in in_force().values()]


@router.get("/charter", response=CharterOut, auth=None, summary="The charter in force, and what is proposed")
def charter(request: ActorRequest, community: str = WHICH):
    with _charter_of(request, community) as of:
        version, proposed = queries.current(), queries.announced()
        return {
            "community": of.code,
            "name": of.name,
            "number": version.number,
            "since": version.since,
            "purposes": [_purpose(one) for one in in_force().values()],
            "proposed": None
            if proposed is None
            else {
                "id": proposed.pk,
                "reason": wording.origin_words(proposed.origin, proposed),
                "announced_at": proposed.announced_at,
                "shown_until": proposed.shown_until,
                "altered": _altered(queries.alterations(proposed)),
                "phone": of.phone,
            },
        }


@router.get("/charter/versions", response=list[VersionOut], auth=None, summary="Every version and what it changed")
def versions(request: ActorRequest, community: str = WHICH):
    with _charter_of(request, community):
        return [
            {
                "number": one.version.number,
                "since": one.version.since,
                "digest": one.version.digest,
                "reason": wording.origin_words(one.version.origin, one.version.change),
                "altered": _altered(one.altered),
            }
            for one in queries.history()
        ]


@contextmanager
def _charter_of(request: ActorRequest, code: str) -> Iterator[Community]:
    """The community asked for, as the active scope; raises :class:`NotFound`, also where one must be named."""
    community = queries.community_for(code, own=request.actor.community_id)
    if community is None:
        raise NotFound(_("没有找到。请写明是哪个社区：?community=代号。"), field="community")
    with community_scope(community):
        yield community


def _purpose(one: Purpose) -> dict[str, Any]:
    plain = ("key", "version", "sentence", "ground", "law", "minors", "needs_consent", "keep_months")
    return {
        **{name: getattr(one, name) for name in (*plain, "name", "words", "without")},
        **{name: sorted(getattr(one, name)) for name in ("fields", "machine", "senses", "observes", "roles", "about")},
        "shared_with": list(one.shared_with),
        "alternative": one.alternative or None,
    }


def _altered(altered) -> list[dict[str, Any]]:
    told = wording.altered_in_words(altered)
    return [
        {
            "purpose": one.key,
            "kind": one.kind,
            "sentences": [difference.sentence for difference in words.differences],
            "wider": one.wider,
            "ends_consents": one.ends_consents,
        }
        for one, words in zip(altered, told, strict=True)
    ]
