"""Reading what triage knows: the model in use, readings, and places of the registry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db.models import Count

from linli.foundation.accounts.actor import Actor
from linli.foundation.registry.models import Building
from linli.foundation.tenancy import active_community_id
from linli.sense.requests.models import Channel, Request
from linli.understand.triage.duplicates import Candidate, Said, candidates, near
from linli.understand.triage.first_guess import guess
from linli.understand.triage.models import CategoryModel, Reading, ReadingRules, Suggestion
from linli.understand.triage.nearness import ORDINARY_GAP
from linli.understand.triage.places import Known, Named, find_places
from linli.understand.triage.reading import APPLIED, Read, read
from linli.understand.triage.suggesting import (
    Made,
    Stood,
    of_category,
    of_level,
    of_people_and_mood,
    of_places,
    provisional_level,
)
from linli.understand.triage.taxonomy import OTHER

if TYPE_CHECKING:
    from linli.understand.triage.learning.model import Model

REPEATED_WITHIN = timedelta(days=90)
REPEATED_FROM = 2
COMPARED = 200
PLAIN_PLACE = 0.6
"""What stands below it was one of several buildings of a number."""


def read_words(words: str, least: float | None = None) -> tuple[Read, int]:
    """The reading by this community's model in use, and its version (0: the open word lists alone).

    ``least`` is :func:`applied_from`, where the caller has asked already.
    """
    version = model_version_in_use()
    model = _loaded(active_community_id(), version) if version else None
    return read(words, model, applied_from=applied_from() if least is None else least), version


def applied_from() -> float:
    """The confidence from which a suggestion is applied without asking: the community's, or the default."""
    return ReadingRules.objects.values_list("applied_from", flat=True).first() or APPLIED


@dataclass(frozen=True)
class First:
    """What a new case starts with: sure suggestions applied, the rest as harmless as can be until a person decides."""

    category: str
    level: str
    building_id: int | None
    evidence: tuple[str, ...]


def first_reading(request: Request) -> First:
    """How a request is taken in. A category that is not sure enough waits as 其他; danger never waits."""
    least = applied_from()
    found, _version = read_words(request.words, least)
    stood = how_they_stood()
    category = of_category(found, stood)
    level = of_level(found, category, stood)
    building_id = request.building_id
    if building_id is None:
        sure = [made for made in place_suggestions(request, stood) if made.confidence >= least]
        building_id = int(sure[0].value) if len(sure) == 1 else None
    applied = found.by == "danger" or category.confidence >= least
    return First(
        category.value if applied else OTHER,
        provisional_level(level.value, sure=found.by == "danger" or level.confidence >= least),
        building_id,
        found.evidence,
    )


def suggestions_for(request: Request, *, found: Read, stood: Stood) -> list[Made]:
    """Everything but duplicates that is suggested of one request; ``found`` is its reading."""
    category = of_category(found, stood)
    return [
        category,
        of_level(found, category, stood),
        *place_suggestions(request, stood),
        *of_people_and_mood(request.words, stood),
        *_repeated(request),
    ]


def place_suggestions(request: Request, stood: Stood) -> list[Made]:
    """Buildings that the words name, unless the request came with one of them or with a facility, which says where it is;
    so does a building, unless it only follows from the speaker's home."""
    if request.facility_id is not None or (request.building_id is not None and request.home_id is None):
        return []
    rows = list(Building.objects.values_list("pk", "number", "estate_id", *_NAMES_OF_OURS))
    named = _found_places(request.words, [(pk, number, *names) for pk, number, _estate, *names in rows])
    if named and request.building_id in named[0].buildings:
        return []
    meant = next((one for one in named if not one.against), None)
    tied = _tied(request)
    if meant is None and named and tied:
        meant = named[0]
    if meant is None:
        return []
    home = request.speaker.home if request.speaker_id and request.speaker else None
    return of_places(
        [meant],
        stood,
        estates={pk: estate_id for pk, _number, estate_id, *_names in rows},
        speakers_estate=home.entrance.building.estate_id if home else None,
        elsewhere=bool(meant.against)
        or not (tied or any(name and name in request.words for row in rows for name in row[3:])),
    )


_NAMES_OF_OURS = ("estate__name", "community__name", "community__street__name")


def _found_places(words: str, rows: Iterable[Sequence]) -> list[Named]:
    """``rows``: key and number of each building, then :data:`_NAMES_OF_OURS`."""
    known, ours = [], set()
    for pk, number, estate, *wider in rows:
        known.append(Known(pk, number, estate))
        ours.update(name for name in wider if name)
    return find_places(words, known, ours=ours)


def _tied(request: Request) -> bool:
    """Whether it belongs to this community whatever its words say: somebody of the register spoke, or by a door of its own."""
    return request.speaker_id is not None or request.channel not in (Channel.API, Channel.HOTLINE)


def how_they_stood() -> Stood:
    """By kind and value, of open lists alone: how many suggestions staff let stand, and how many they decided.

    A place is as sure as all that the words named plainly: there are too few of each.
    """
    counted: dict[tuple[str, str], tuple[int, int]] = {}
    rows = (
        Suggestion.objects.decided()
        .filter(by__in=("words", "registry"), confidence__gt=0)
        .exclude(kind=Suggestion.Kind.PLACE, confidence__lt=PLAIN_PLACE)
        .values_list("kind", "value", "state")
        .annotate(n=Count("pk"))
    )
    for kind, value, state, n in rows:
        key = (kind, "" if kind == Suggestion.Kind.PLACE else value)
        right, decided = counted.get(key, (0, 0))
        counted[key] = (right + n * (state == Suggestion.State.KEPT), decided + n)
    return counted


def _repeated(request: Request) -> list[Made]:
    """How often the same speaker (of the register, or the same number) has spoken in three months, this one included."""
    if request.speaker_id:
        same = Request.objects.filter(speaker_id=request.speaker_id)
    elif request.speaker_phone_index:
        same = Request.objects.filter(speaker_phone_index=request.speaker_phone_index)
    else:
        return []
    before = same.filter(said_at__gt=request.said_at - REPEATED_WITHIN, said_at__lte=request.said_at)
    times = before.exclude(pk=request.pk).count() + 1
    if times < REPEATED_FROM:
        return []
    return [Made("repeated", str(times), 1.0, "count", (), {"days": REPEATED_WITHIN.days})]


def duplicate_candidates(request: Request, category: str, building_id: int | None) -> list[Candidate]:
    """Earlier requests that may be of the same trouble (``domain.md`` §2.5), the most alike first.

    ``building_id`` is where the request's matter was put, by whoever sent it or by its words.

    Compared are the newest :data:`COMPARED` of the category within the gap that the rule allows, so that a request in a
    flood of others costs no more than that.
    """
    around = (
        Reading.objects.filter(category=category, request__said_at__gt=request.said_at - ORDINARY_GAP)
        .filter(request__said_at__lte=request.said_at)
        .exclude(request=request)
        .select_related("request")
        .order_by("-request__said_at")[:COMPARED]
    )
    others = [reading.request for reading in around]
    placed = {
        request_id: int(value)
        for request_id, value in Suggestion.objects.filter(
            request__in=others, kind="place", state__in=(Suggestion.State.APPLIED, Suggestion.State.KEPT)
        ).values_list("request_id", "value")
    }
    mine = _said(request, category, building_id)
    close = [said for one in others if near(said := _said(one, category, placed.get(one.pk)), mine)[0]]
    if not close:
        return []
    pairs = candidates([mine, *close])
    return [pair for pair in pairs if pair.later.key == request.pk or pair.earlier.key == request.pk]


def _said(request: Request, category: str, placed: int | None) -> Said:
    building = request.building_id or placed
    place = ("facility", request.facility_id) if request.facility_id else ("building", building) if building else None
    level = guess(request.words).level
    return Said(request.pk, request.words, request.said_at, category, level, place, request.x, request.y)


def suggestions_of(request_ids: Collection[int]) -> list[Suggestion]:
    """Of requests whose case the caller may see; the surest of each kind first."""
    order = {kind: n for n, kind in enumerate(Suggestion.Kind.values)}
    rows = Suggestion.objects.filter(request_id__in=request_ids).select_related("decided_by")
    return sorted(rows, key=lambda row: (order[row.kind], -row.confidence, row.pk))


def model_version_in_use() -> int:
    """0 when the community has none yet."""
    found = CategoryModel.objects.filter(standing=CategoryModel.Standing.IN_USE).values_list("version", flat=True)
    return found.first() or 0


@lru_cache(maxsize=4)
def _loaded(community_id: int, version: int) -> Model:
    """Versions never change, so a loaded one stays true."""
    from linli.understand.triage.learning.model import Model

    stored = CategoryModel.objects.get(version=version).content
    return Model.from_bytes(bytes(stored or b""))


def model_in_use() -> Model | None:
    """The community's model, or ``None``."""
    version = model_version_in_use()
    return _loaded(active_community_id(), version) if version else None


def models_of(actor: Actor):
    """Every model that was trained, the newest first, without its content."""
    return CategoryModel.objects.visible_to(actor).defer("content").order_by("-version")


def reading_of(request_id: int, *, actor: Actor) -> Reading | None:
    """How a request was read, for staff who may see it."""
    return Reading.objects.visible_to(actor).filter(request_id=request_id).first()


def places_named(words: str, *, actor: Actor) -> list[Named]:
    """Buildings that the words name, among those that the actor may see; keys are primary keys."""
    return _found_places(words, Building.objects.visible_to(actor).values_list("pk", "number", *_NAMES_OF_OURS))


def building_meant(words: str, actor: Actor) -> int | None:
    """The building, where the words name one and it is clear which."""
    clear = {named.buildings[0] for named in places_named(words, actor=actor) if named.clear}
    return int(clear.pop()) if len(clear) == 1 else None  # type: ignore[call-overload]
