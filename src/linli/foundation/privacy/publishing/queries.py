"""Reading what was released: as numbers that public pages take, as files, and beside other communities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.permissions import allow, is_community_staff, is_oversight, require
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import NotFound
from linli.foundation.privacy.publishing.models import Figure, Release
from linli.foundation.privacy.publishing.noise import margin_for
from linli.foundation.privacy.publishing.published import Method, Published, PublishedRate, issue, issue_rate
from linli.foundation.privacy.publishing.releasing import USEFUL_COUNT
from linli.foundation.privacy.purposes import Words
from linli.foundation.registry.models import Building, Community
from linli.foundation.tenancy import community_scope, every_community

OVER_THE_STREET = Role.STREET_OFFICE
AGE_BANDS = 7

allow("publishing.compare", is_community_staff | is_oversight)


@dataclass(frozen=True)
class Shown:
    """One figure of a release: ``number`` is ``None`` where its error would have misled."""

    key: str
    title: Words
    definition: Words
    unit: Words
    cap: int
    epsilon: int
    number: Published | None
    rate: PublishedRate | None

    @property
    def is_told(self) -> bool:
        return self.number is not None or self.rate is not None

    @property
    def rate_error(self) -> str:
        """In percentage points."""
        return f"{self.rate.error / 10:g}" if self.rate else ""


@dataclass(frozen=True)
class ShownTable:
    """``lines`` are (name, cells); the last cell of a line and the last line are totals."""

    key: str
    title: Words
    definition: Words
    columns: tuple[Words, ...]
    lines: tuple[tuple[Words, tuple[Published, ...]], ...]


@dataclass(frozen=True)
class Breakdown:
    """Whether people could be counted by something finer: how many a cell would hold, and its ±."""

    cells: int
    each: Published
    error: int

    @property
    def is_useful(self) -> bool:
        return (self.each.value or 0) >= USEFUL_COUNT * self.error


@dataclass(frozen=True)
class Compared:
    """One figure in several communities; ``clear`` says whether the highest and the lowest differ beyond their errors."""

    title: Words
    cells: tuple[Shown | None, ...]
    clear: bool


def published(community: Community) -> QuerySet[Release]:
    """Newest period first; call within the community's scope."""
    return Release.objects.filter(community=community).published().order_by("-last_day", "-pk")


def release_numbered(community: Community, number: int | None = None) -> Release | None:
    """A published release, the newest by default; raises :class:`NotFound` for a number that is not published."""
    releases = published(community)
    if number is None:
        return releases.first()
    found = releases.filter(number=number).first()
    if found is None:
        raise NotFound()
    return found


def release_for(actor: Actor, release_id: int) -> Release:
    """Any release that the actor may see, with who proposed and decided; raises :class:`NotFound`."""
    people = Release.objects.visible_to(actor).select_related("proposed_by", "decided_by")
    found = people.filter(pk=release_id).first()
    if found is None:
        raise NotFound()
    return found


def figures(release: Release) -> list[Shown]:
    """As the release's own codebook explains them, in its order."""
    rows = {row.key: row for row in Figure.objects.filter(release=release)}
    return [_shown(entry, rows[entry["key"]]) for entry in release.codebook if entry["key"] in rows]


def tables(release: Release) -> list[ShownTable]:
    return [_table(found) for found in release.tables]


def breakdowns(release: Release) -> list[tuple[str, Breakdown]]:
    """Why people are not counted by building and age: from published numbers alone."""
    shown = {one.key: one for one in figures(release)}
    residents = shown.get("residents")
    everybody = residents.number.value if residents and residents.number else None
    buildings = Building.objects.count()
    if not everybody or not buildings or residents is None:
        return []
    error = margin_for(residents.cap, residents.epsilon)
    return [
        (name, Breakdown(cells, issue(round(everybody / cells), 0, Method.NOISE), error))
        for name, cells in (("building", buildings), ("building_and_age", buildings * AGE_BANDS))
    ]


def communities_compared(actor: Actor) -> list[Community]:
    """The communities of the streets that the actor's office sees; else those of its own street.

    Raises :class:`NotAllowed` for who compares nothing.
    """
    streets = set()
    if actor.account_id is not None and actor.has(OVER_THE_STREET):
        now = clock.now()
        grants = Grant.objects.filter(
            account=actor.account_id, role=OVER_THE_STREET, starts_at__lte=now, expires_at__gt=now
        )
        streets = set(grants.values_list("community__street_id", flat=True))
    else:
        require(actor, "publishing.compare")
        streets = set(Community.objects.filter(pk=actor.community_id or 0).values_list("street_id", flat=True))
    found = Community.objects.filter(street_id__in=streets - {None}).order_by("name", "pk")
    return list(found) or list(Community.objects.filter(pk=actor.community_id or 0))


def compared(communities: Iterable[Community]) -> list[Compared]:
    """The newest release of each, side by side: published numbers only, so that comparing tells nothing more."""
    columns = []
    for community in communities:
        with community_scope(community):
            release = release_numbered(community)
            columns.append({one.key: one for one in figures(release)} if release else {})
    keys = list(dict.fromkeys(key for column in columns for key in column))
    return [_compared([column.get(key) for column in columns]) for key in keys]


def newest_releases(communities: Iterable[Community]) -> dict[int, Release]:
    """``{community: release}`` of those that have published."""
    with every_community("the newest public release of several communities"):
        rows = Release.objects.published().filter(community__in=list(communities)).order_by("last_day", "pk")
        return {row.community_id: row for row in rows}


def _compared(cells: list[Shown | None]) -> Compared:
    spans = [_span(one) for one in cells if one is not None and one.is_told]
    clear = len(spans) > 1 and max(low for low, _ in spans) > min(high for _, high in spans)
    first = next(one for one in cells if one is not None)
    return Compared(first.title, tuple(cells), clear)


def _span(shown: Shown) -> tuple[int, int]:
    found = shown.rate or shown.number
    assert found is not None and found.value is not None
    return found.value - found.error, found.value + found.error


def _shown(entry: dict, row: Figure) -> Shown:
    number, rate = None, None
    if row.value is not None and entry["kind"] == "count":
        number = issue(row.value, row.error, Method.NOISE)
    elif row.value is not None and row.n is not None:
        base = issue(row.n, row.n_error, Method.NOISE)
        part = issue(round(row.value * row.n / 1000), row.n_error, Method.NOISE)
        rate = issue_rate(part, base, row.value, row.error)
    return Shown(
        entry["key"],
        Words(**entry["title"]),
        Words(**entry["definition"]),
        Words(**entry["unit"]),
        entry["cap"],
        entry["epsilon"],
        number,
        rate,
    )


def _table(found: dict) -> ShownTable:
    names = [Words(row["zh"], row["en"]) for row in found["rows"]] + [Words("合计", "Total")]
    columns = [Words(column["zh"], column["en"]) for column in found["columns"]] + [Words("合计", "Total")]
    lines = [tuple(issue(cell, 0, Method.SUPPRESSION) for cell in row) for row in found["cells"]]
    return ShownTable(
        found["key"],
        Words(**found["title"]),
        Words(**found["definition"]),
        tuple(columns),
        tuple(zip(names, lines, strict=True)),
    )
