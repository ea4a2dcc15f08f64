"""Who is to be called back, what is public, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from linli.act.casework.deadlines import rules_of
from linli.act.casework.models import (
    MOST_ATTEMPTS,
    UNFINISHED,
    CallAttempt,
    Case,
    CaseEntry,
    CaseRequest,
    PublicCard,
    Rating,
    State,
)
from linli.act.casework.queries.case_page import shown_in
from linli.act.casework.wording import case_title, place_name
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotAllowed, NotFound
from linli.foundation.files.models import Attachment
from linli.foundation.privacy.masking import mask_name
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import community_scope
from linli.sense.requests.models import Request

HAD_A_HAND = ("start", "feed_back", "take")


@dataclass(frozen=True)
class ToCall:
    """One reporter to be asked whether it helped; ``name`` is masked."""

    case: Case
    request_id: int
    title: str
    place: str
    name: str
    said: str
    due: datetime
    late: bool
    attempts: int
    last: datetime | None


@dataclass(frozen=True)
class Improvement:
    """A card that says what was done, its photos sorted by what they are of; ``photos`` are those of neither."""

    card: PublicCard
    before: tuple[Attachment, ...]
    after: tuple[Attachment, ...]
    photos: tuple[Attachment, ...]


@dataclass(frozen=True)
class Neighbours:
    """``open`` cards with whether the reader is among those who said it; ``done`` ones say what was done."""

    open: list[tuple[PublicCard, bool]]
    done: list[Improvement]


def to_call_back(actor: Actor, now: datetime) -> list[ToCall]:
    """Reporters who were told the result and have said nothing, of cases in which ``actor`` had no hand; soonest first."""
    if not actor.is_community_staff:
        raise NotAllowed
    own = CaseEntry.objects.filter(case=OuterRef("case"), by_id=actor.account_id, verb__in=HAD_A_HAND)
    rows = (
        CaseRequest.objects.filter(case__state=State.EVALUATING, withdrawn_at=None, case__fed_back_at__isnull=False)
        .exclude(Q(case__handler_id=actor.account_id) | Exists(own))
        .select_related("request__speaker", "case__building__estate", "case__facility", "case__warning")
    )
    cases = {row.case_id for row in rows}
    rated = set(Rating.objects.filter(case__in=cases).values_list("request_id", "round"))
    tried: dict[tuple[int, int], list[datetime]] = {}
    for request, round_, at in CallAttempt.objects.filter(case__in=cases).values_list("request_id", "round", "at"):
        tried.setdefault((request, round_), []).append(at)
    limits = {version: rules_of(version).base.call_back for version in {row.case.rules_version for row in rows}}
    found = []
    for row in rows:
        key = (row.request_id, row.case.reopened_times)
        attempts = tried.get(key, [])
        if key in rated or len(attempts) >= MOST_ATTEMPTS:
            continue
        due = limits[row.case.rules_version].due_from(row.case.fed_back_at or now).due_at
        said = row.request
        found.append(
            ToCall(
                row.case, row.request_id, case_title(row.case), place_name(row.case),
                mask_name(said.speaker.name if said.speaker else said.speaker_name), said.words[:60], due, due < now,
                len(attempts), max(attempts, default=None),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.due, one.case.pk))


def neighbours(actor: Actor) -> Neighbours:
    """What the community shows: what is being done, and what was."""
    cards = PublicCard.objects.visible_to(actor).filter(hidden_at=None)
    mine = CaseRequest.objects.filter(case=OuterRef("case"), withdrawn_at=None, request__speaker__in=actor.resident_ids)
    running = cards.filter(did="", case__state__in=UNFINISHED).annotate(mine=Exists(mine))
    return Neighbours([(card, card.mine) for card in running[:50]], _done(cards))


def improvements(code: str) -> tuple[Community, list[Improvement]]:
    """您说的，我们做了: for everybody, signed in or not. Raises :class:`NotFound` for a community there is not."""
    community = Community.objects.filter(code=code).first()
    if community is None:
        raise NotFound
    with community_scope(community):
        return community, _done(PublicCard.objects.filter(hidden_at=None))


def public_photo(code: str, card_id: int, photo_id: int) -> Attachment:
    """A photo that staff put on a card that everybody may read."""
    community = Community.objects.filter(code=code).first()
    if community is None:
        raise NotFound
    with community_scope(community):
        card = PublicCard.objects.filter(pk=card_id, hidden_at=None).first()
        photo = card.photos.filter(pk=photo_id).first() if card is not None else None
        if photo is None:
            raise NotFound
        return photo


def _done(shown: QuerySet[PublicCard]) -> list[Improvement]:
    """Newest first. What a resident sent is of before, what staff said it shows decides for theirs."""
    cards = list(shown.exclude(did="").order_by("-did_at", "-pk").prefetch_related("photos")[:50])
    cases = [card.case_id for card in cards]
    kinds: dict[tuple[int, int], str] = {}
    said = Request.photos.through._base_manager.filter(request__joined__case__in=cases)
    for case_id, photo_id in said.values_list("request__joined__case", "attachment"):
        kinds[case_id, photo_id] = "before"
    for entry in CaseEntry.objects.filter(case__in=cases, photos__isnull=False).distinct().prefetch_related("photos"):
        for photo in entry.photos.all():
            if kind := shown_in(entry):
                kinds[entry.case_id, photo.pk] = kind
    return [Improvement(card, *(_of_kind(card, kinds, kind) for kind in ("before", "after", ""))) for card in cards]


def _of_kind(card: PublicCard, kinds: dict[tuple[int, int], str], kind: str) -> tuple[Attachment, ...]:
    return tuple(photo for photo in card.photos.all() if kinds.get((card.case_id, photo.pk), "") == kind)
