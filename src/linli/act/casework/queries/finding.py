"""Finding cases by words, and showing where the words stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Case as Either
from django.db.models import Q, QuerySet, Value, When
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from linli.act.casework import searching
from linli.act.casework.models import Case, CaseEntry, CaseQuerySet, CaseRequest
from linli.act.casework.permissions import sees_as_staff
from linli.act.casework.rules.finding import Piece, Word, excerpt, words_of
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account
from linli.foundation.registry.models import Building, Facility
from linli.foundation.tenancy import active_community_id
from linli.sense.requests.speaking import residents_spoken_for

UNITS = "幢|栋|号楼"
_APART = re.compile(rf"(?<=[0-9A-Za-z])\s+(?={UNITS})")
_PLACE = re.compile(rf"(?P<estate>[^\W0-9A-Za-z_]*)(?P<number>[0-9A-Za-z]+)(?P<unit>{UNITS})?")
MOST_PLACES = 400
FEW = 500
"""Hits that are sorted at once rather than rank by rank."""


@dataclass(frozen=True)
class Hit:
    """``source`` says whose words they are (原话, 答复, 进展, 内部备注), ``pieces`` the text around them."""

    source: str
    pieces: tuple[Piece, ...]


def ranked(rows: CaseQuerySet, asked: str, actor: Actor) -> CaseQuerySet:
    """Those of ``rows``, which the actor sees, that have every word that was asked for: the case of that number first, then
    those with all of them in the title, in what was said, anywhere; the newest first among equals.

    A word may also name where the case is or who handles it. Nothing answers that the actor may not read.
    """
    words = _words(asked)
    if not words:
        return rows.none()
    for word in words:
        rows = rows.filter(_answers(word, actor))
    order = Either(
        When(number=_number(asked), then=Value(0)),
        When(_read_as_staff(searching.fits(words, searching.FIRST), actor), then=Value(1)),
        When(_read_as_staff(searching.fits(words, searching.SPOKEN), actor), then=Value(2)),
        default=Value(3),
    )
    return rows.order_by(order, "-opened_at", "-id")


class BestFirst:
    """The keys of :func:`ranked` cases in the same order, to be counted and to be cut: ``found[30:60]``.

    Where there are many each rank is asked by itself: the first page of a word that stands in the title of every third case is
    read from the newest cases on, and nothing is sorted.
    """

    def __init__(self, rows: CaseQuerySet, asked: str, actor: Actor) -> None:
        self._rows, self._asked, self._actor = rows, asked, actor
        self._whole = ranked(rows, asked, actor)

    def count(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> list[int]:
        if self._count <= FEW:
            return list(_keys(self._whole)[part])
        skip, stop = part.start or 0, part.stop
        missing = None if stop is None else max(stop - skip, 0)
        keys: list[int] = []
        for rank in self._ranks():
            if missing == 0:
                break
            some = list(_keys(rank)[skip : None if missing is None else skip + missing])
            if skip and not some:
                skip -= rank.count()
                continue
            keys += some
            skip, missing = 0, None if missing is None else missing - len(some)
        return keys

    @cached_property
    def _count(self) -> int:
        return self._whole.count()

    def _ranks(self) -> Iterator[CaseQuerySet]:
        words, newest = _words(self._asked), ("-opened_at", "-id")
        rows, found = self._rows.order_by(*newest), self._whole.order_by(*newest)
        named = _keys(rows.filter(number=_number(self._asked))).first()
        if named is not None:
            yield found.filter(pk=named)
            rows, found = rows.exclude(pk=named), found.exclude(pk=named)
        title = _read_as_staff(searching.fits(words, searching.FIRST), self._actor)
        spoken = _read_as_staff(searching.fits(words, searching.SPOKEN), self._actor)
        yield rows.filter(title)
        yield rows.filter(spoken).exclude(title)
        yield found.exclude(spoken)


def _keys(rows: CaseQuerySet) -> QuerySet:
    return rows.values_list("pk", flat=True)


def _words(asked: str) -> list[Word]:
    return words_of(_APART.sub("", asked))


def _number(asked: str) -> str:
    """As numbers of cases are written, all in capitals."""
    return asked.strip().upper()


def hits(cases: Iterable[Case], asked: str, actor: Actor) -> dict[int, Hit]:
    """By case where the first searched word stands that does not already stand in its title, read by this actor.

    ``cases`` are those of one page. What residents said comes first, then how it was answered, then the course.
    """
    words = _words(asked)
    wanted = {case.pk: case for case in cases}
    if not words or not wanted:
        return {}
    whole = {pk for pk, case in wanted.items() if sees_as_staff(case, actor)}
    mine = residents_spoken_for(actor)
    found: dict[int, Hit] = {}
    said = CaseRequest.objects.filter(case__in=wanted).order_by("pk")
    own: set[int] = set()
    for case_id, request_id, speaker, text in said.values_list(
        "case_id", "request_id", "request__speaker_id", "request__words"
    ):
        if speaker in mine:
            own.add(request_id)
        if case_id in whole or speaker in mine:
            _note(found, case_id, _("原话"), text, words)
    for entry in (
        CaseEntry.objects.filter(case__in=wanted.keys() - found.keys()).exclude(text="").order_by("-at", "-pk")
    ):
        about = entry.data.get("request_ids")
        if entry.case_id in whole or (entry.public and (about is None or not own.isdisjoint(about))):
            _note(found, entry.case_id, _source(entry), entry.text, words)
    return found


def _note(found: dict[int, Hit], case_id: int, source: str, text: str, words: Sequence[Word]) -> None:
    if case_id not in found and (pieces := excerpt(text, words)):
        found[case_id] = Hit(source, tuple(pieces))


def _source(entry: CaseEntry) -> str:
    if not entry.public:
        return _("内部备注")
    return _("答复") if entry.verb == "feed_back" else _("进展")


def _answers(word: Word, actor: Actor) -> Q:
    found = _read_as_staff(searching.fits([word]), actor)
    if not _reads_whole(actor):
        found |= searching.fits([word], searching.OPEN)
    for column, pks in (
        ("building__in", _buildings(word.asked)),
        ("facility__in", Facility.objects.filter(name__icontains=word.asked).values_list("pk", flat=True)),
        ("handler__in", _handlers(word.asked)),
    ):
        if pks := list(pks[:MOST_PLACES]):
            found |= Q(**{column: pks})
    return found


def _read_as_staff(found: Q, actor: Actor) -> Q:
    """``sees_as_staff`` for the database."""
    if _reads_whole(actor):
        return found
    return found & (Q(grid__in=actor.grid_ids) | Q(handler_id=actor.account_id or 0))


def _reads_whole(actor: Actor) -> bool:
    """Whether it sees no case as one of its reporters only: community staff, and whoever speaks for nobody."""
    return actor.system or actor.is_community_staff or not residents_spoken_for(actor)


def _buildings(word: str):
    named = Q(estate__name__icontains=word)
    if (place := _PLACE.fullmatch(word)) and (place["estate"] or place["unit"]):
        named |= Q(number__iexact=place["number"], estate__name__icontains=place["estate"])
    return Building.objects.filter(named).values_list("pk", flat=True)


def _handlers(word: str):
    rows = Account.objects.filter(community_id=active_community_id(), display_name__icontains=word)
    return rows.filter(cases__isnull=False).distinct().values_list("pk", flat=True)
