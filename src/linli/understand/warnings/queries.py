"""Reading warnings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, Min, Q, QuerySet, When

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.registry.models import Resident
from linli.foundation.shares import Rate
from linli.understand.warnings.models import Warning
from linli.understand.warnings.seeing import readings_seen

RECORD_DAYS = 90
"""Days over which the record of a detector is told."""

PLACE = ("building__estate", "home__entrance__building__estate", "facility", "grid", "device")


def visible_warning(pk: int, actor: Actor) -> Warning:
    """The warning, or :class:`NotFound`."""
    warning = Warning.objects.visible_to(actor).select_related(*PLACE).filter(pk=pk).first()
    if warning is None:
        raise NotFound()
    return warning


def concerns(pk: int, resident: Resident, reader: Actor, *, emergency: bool) -> bool:
    """Whether the reader may see the warning and the resident lives in the home where it arose.

    A P0 warning that arose in no home (a lift, a landing) concerns everybody who lives in the building.
    """
    about = Q(home__residents=resident)
    if emergency:
        about |= Q(level="P0", building__entrances__homes__residents=resident)
    return Warning.objects.visible_to(reader).filter(about, pk=pk).exists()


def living_there(warning: Warning, actor: Actor) -> list[Resident]:
    """Who lives in the home where it arose, as far as the actor may see them; nobody for a lift or a landing."""
    if warning.home_id is None:
        return []
    rows = Resident.objects.visible_to(actor).filter(home=warning.home_id, left_on__isnull=True)
    return list(rows.order_by("pk"))


def ended(pk: int) -> datetime | None:
    return Warning.objects.filter(pk=pk).values_list("ended_at", flat=True).first()


def active_ranked(actor: Actor) -> QuerySet[Warning]:
    """What waits for a person, the gravest level first; within it what nobody has taken, then the oldest."""
    taken = Case(When(state=Warning.State.OPEN, then=0), default=1)
    rows = Warning.objects.visible_to(actor).active().select_related(*PLACE)
    return rows.order_by("level", taken, "opened_at", "pk")


def waiting_alone(actor: Actor) -> QuerySet[Warning]:
    """What is kept back and is no part of another: its home is away, its device is worked on, an outage is known."""
    rows = Warning.objects.visible_to(actor).filter(state=Warning.State.HELD, part_of=None)
    return rows.select_related(*PLACE).order_by("level", "opened_at", "pk")


def parts_of(whole: Warning, actor: Actor) -> QuerySet[Warning]:
    """Those that have one cause with others, home by home: nobody is lost in a group."""
    return whole.parts.visible_to(actor).select_related(*PLACE).order_by("home__entrance", "home__number", "pk")


def recent(actor: Actor, *, state: str = "", kind: str = "") -> QuerySet[Warning]:
    """All that ``actor`` may see, newest first, of one state or kind when given.

    Those whose readings the actor may not see have no kind for it: a filter must not tell what the words do not.
    """
    rows = Warning.objects.visible_to(actor).select_related(*PLACE).order_by("-opened_at", "-pk")
    if state:
        rows = rows.filter(state=state)
    if not kind:
        return rows
    rows = rows.filter(kind=kind)
    listed = list(rows)
    seen = readings_seen(listed, actor)
    return rows if len(seen) == len(listed) else rows.filter(pk__in=seen)


@dataclass(frozen=True)
class BuildingState:
    """The gravest active warning of a building (P0 before P1) and how many there are. Names no home."""

    building_id: int
    worst: str
    active: int


def building_states() -> dict[int, BuildingState]:
    """By building, for the map of the community in scope; buildings without an active warning are left out."""
    rows = (
        Warning.objects.filter(building__isnull=False)
        .filter(state__in=Warning.ACTIVE)
        .values("building_id")
        .annotate(worst=Min("level"), active=Count("pk"))
    )
    return {row["building_id"]: BuildingState(row["building_id"], row["worst"], row["active"]) for row in rows}


@dataclass(frozen=True)
class DetectorRecord:
    """What became of a detector's warnings. ``found`` is the base: those that ended with a finding."""

    kind: str
    raised: int
    active: int
    found: int
    true: int
    false: int
    technical: int
    refused: int = 0

    @property
    def precision(self) -> Rate:
        """How many of its warnings were true. That somebody does not want to be asked says nothing about the detector."""
        return Rate(self.true, self.found - self.refused)

    @property
    def false_share(self) -> float | None:
        """Share of ``found`` that people called false, technical, away or refused; None without a base."""
        return (self.found - self.true) / self.found if self.found else None


def detector_record(since: datetime | None = None) -> list[DetectorRecord]:
    """One row for each kind that ever warned (since ``since``), in the community in scope.

    What was kept back asked nobody, and ended without anybody's look: it says nothing about the detector.
    """
    rows = Warning.objects.filter(held_for="")
    rows = rows.filter(opened_at__gte=since) if since else rows
    finding = Warning.Finding
    counted = (
        rows.values("kind")
        .annotate(
            raised=Count("pk"),
            active=Count("pk", filter=Q(state__in=Warning.ACTIVE)),
            found=Count("pk", filter=~Q(finding="")),
            true=Count("pk", filter=Q(finding=finding.TRUE)),
            false=Count("pk", filter=Q(finding=finding.FALSE)),
            technical=Count("pk", filter=Q(finding=finding.TECHNICAL)),
            refused=Count("pk", filter=Q(finding=finding.REFUSED)),
        )
        .order_by("kind")
    )
    return [DetectorRecord(**row) for row in counted]


def recent_records() -> dict[str, DetectorRecord]:
    """The records of the last :data:`RECORD_DAYS` by rule."""
    return {one.kind: one for one in detector_record(clock.now() - timedelta(days=RECORD_DAYS))}
