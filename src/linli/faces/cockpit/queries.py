"""What the cockpit shows, read once for everybody: counts and places, never a name or a home.

Every figure here is a count of rows that ``rows.py`` can list under the same filter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.db.models import Count, Max, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.act.casework.models import Case, CaseEntry, Level
from linli.act.casework.queries.danger import to_be_told, told_by_cases
from linli.act.casework.queries.figures import STATE_GROUPS, three_rates
from linli.act.casework.queries.worklists import next_due
from linli.act.casework.rules.three_rates import ThreeRates
from linli.faces.cockpit.standing import Matter, Standing, ranked, worst_of
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.registry.models import Grid, Resident
from linli.foundation.tenancy import active_community_id
from linli.sense.telemetry.queries import heard_until
from linli.sense.telemetry.speaking import Standing as DeviceStanding
from linli.sense.telemetry.speaking import asked, health_of, standing_of
from linli.understand.triage.taxonomy import OF_DEVICES
from linli.understand.warnings.models import Warning
from linli.understand.warnings.worked_on import deaf_devices

STAGES: dict[str, tuple[str, ...]] = {
    "waiting": STATE_GROUPS["waiting"],
    "working": STATE_GROUPS["dispatched"] + STATE_GROUPS["working"] + STATE_GROUPS["reopened"],
    "paused": STATE_GROUPS["paused"],
    "evaluating": STATE_GROUPS["evaluating"],
}
"""The rows of the matrix: the groups of the workbench, with everything that somebody works on in one."""

T = TypeVar("T")

WEEKS_SHOWN = 6
KINDS_SHOWN = 6
"""Lines of devices that the tile holds on a desk's screen: with more kinds the last line sums up the rest."""
RATES_OVER = timedelta(days=30)
ELDER_AGES = (60, 65)
FOUND = Q(warning__isnull=False) | Q(category__in=OF_DEVICES)
"""Cases that the neighbourhood found by itself: of a warning, or of devices that fell silent or are broken."""
BAND_YEARS, OLDEST_BAND = 15, 90
"""Fifteen years a band: children, working ages and elders fall on its borders, and seven rows can be hit with a finger."""


@dataclass(frozen=True)
class Need:
    """One line of the list: a matter with what the list says about it."""

    rank: int
    matter: Matter
    standing: Standing
    case: Case | None
    warning: Warning | None

    @property
    def place(self):
        """The building, else the facility, else the grid: never a home."""
        for about in (self.case, self.warning):
            if about is not None:
                return about.building or about.facility or about.grid
        return None


@dataclass(frozen=True)
class Matters:
    """Everything open, judged; ``newest`` is when the newest of it changed."""

    judged: tuple[tuple[Matter, Standing], ...]
    cases: dict[int, Case]
    warnings: dict[int, Warning]
    now: datetime
    newest: datetime | None

    @property
    def worst(self) -> dict[int, Standing]:
        return worst_of(self.judged)

    def of(self, *standings: Standing) -> list[tuple[Matter, Standing]]:
        return [entry for entry in self.judged if entry[1] in standings]

    def needs(self, most: int | None = None) -> list[Need]:
        """Where a person is needed now or today, gravest first."""
        wanted = self.of(Standing.DANGER, Standing.ATTENTION)[:most]
        return [
            Need(rank, matter, standing, self.cases.get(matter.case_id or 0), self.warnings.get(matter.warning_id or 0))
            for rank, (matter, standing) in enumerate(wanted, start=1)
        ]

    @property
    def matrix(self) -> dict[str, Counter]:
        """``{stage: Counter({grid_id or None: cases})}`` and ``"overdue"`` across the stages."""
        return {
            stage: Counter({grid: len(cases) for grid, cases in grids.items()})
            for stage, grids in self.matrix_cases.items()
        }

    @property
    def matrix_cases(self) -> dict[str, dict[int | None, list[int]]]:
        """The cases behind each number of :attr:`matrix`."""
        found: dict[str, dict[int | None, list[int]]] = {stage: defaultdict(list) for stage in [*STAGES, "overdue"]}
        stage_of = {state: stage for stage, states in STAGES.items() for state in states}
        for case in self.cases.values():
            found[stage_of[case.state]][case.grid_id].append(case.pk)
        for matter, _standing in self.judged:
            if matter.case_id is not None and matter.overdue(self.now):
                found["overdue"][matter.grid_id].append(matter.case_id)
        return found


def open_matters(now: datetime) -> Matters:
    """Three queries: active cases, warnings that need somebody, and which of these are told by which case; what is danger
    is what :func:`dangers` says."""
    cases = {
        case.pk: case
        for case in Case.objects.active().select_related(
            "building__estate", "grid", "facility__building__estate", "handler", "warning"
        )
    }
    warnings = {
        warning.pk: warning
        for warning in Warning.objects.filter(to_be_told()).select_related("building__estate", "grid", "facility")
    }
    told = told_by_cases(warnings.values())
    urgent = [one for one in warnings.values() if one.pk in told and one.level == Level.P0]
    urgent.sort(key=lambda one: one.state == Warning.State.OPEN)
    in_danger = {told[one.pk]: one.pk for one in urgent}
    matters = [_of_case(case, in_danger.get(case.pk)) for case in cases.values()]
    matters += [_of_warning(warning) for warning in warnings.values() if warning.pk not in told]
    moments = [m.since for m in matters] + [w.last_triggered_at for w in warnings.values()]
    judged = ranked(matters, now=now, end_of_day=end_of_day(now))
    return Matters(tuple(judged), cases, warnings, now, max(moments, default=None))


def _of_case(case: Case, danger: int | None) -> Matter:
    """``danger`` is the warning of danger to life that the case tells of, of several one to which nobody goes, whatever level the
    case was given since."""
    owed = next_due(case)
    facility_building = case.facility.building_id if case.facility_id and case.facility else None
    return Matter(
        key=f"case:{case.pk}",
        level=case.level if danger is None else Level.P0,
        state=case.state,
        since=case.opened_at,
        finish_by=case.finish_by,
        owed_by=owed[1] if owed else None,
        paused=case.paused_at is not None,
        building_id=case.building_id or facility_building,
        grid_id=case.grid_id,
        held=case.handler_id is not None,
        case_id=case.pk,
        warning_id=danger or case.warning_id,
    )


def _of_warning(warning: Warning) -> Matter:
    return Matter(
        key=f"warning:{warning.pk}",
        level=warning.level,
        state=warning.state,
        since=warning.opened_at,
        finish_by=None,
        building_id=warning.building_id,
        grid_id=warning.grid_id,
        held=warning.state == Warning.State.ACKNOWLEDGED,
        warning_id=warning.pk,
    )


def end_of_day(now: datetime) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localtime(now).date(), time.max))


def start_of_day(now: datetime) -> datetime:
    return clock.midnight(timezone.localtime(now).date())


def grids() -> list[Grid]:
    return list(Grid.objects.order_by("number"))


def warnings_ended_today(now: datetime) -> dict[str, int]:
    """``{"ended": n, "false": n}`` since midnight."""
    return Warning.objects.filter(ended_at__gte=start_of_day(now), ended_at__lte=now).aggregate(
        ended=Count("pk"), false=Count("pk", filter=Q(state=Warning.State.FALSE))
    )


def warnings_that_ended_today(now: datetime) -> tuple[list[int], list[int]]:
    """The warnings behind :func:`warnings_ended_today`: all, and the false ones."""
    rows = Warning.objects.filter(ended_at__gte=start_of_day(now), ended_at__lte=now).values_list("pk", "state")
    ended = list(rows)
    return [pk for pk, _ in ended], [pk for pk, state in ended if state == Warning.State.FALSE]


def newest_entry() -> datetime | None:
    """When somebody last did something about a case."""
    return CaseEntry.objects.aggregate(at=Max("at"))["at"]


def rates(now: datetime) -> ThreeRates:
    """三率 of the last thirty days, of the whole community."""
    everybody = Actor.for_system("cockpit", active_community_id())
    return three_rates(now - RATES_OVER, now, actor=everybody)


@dataclass(frozen=True)
class Week:
    """Cases opened in one week: found by the neighbourhood itself, and told by somebody."""

    starts: date
    found: int
    told: int


def who_was_first(today: date) -> list[Week]:
    """The last weeks up to today, oldest first; weeks start on Monday."""
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=WEEKS_SHOWN - 1)
    days = (
        Case.objects.filter(opened_at__gte=clock.midnight(first))
        .annotate(day=TruncDate("opened_at"))
        .values("day")
        .annotate(found=Count("pk", filter=FOUND), told=Count("pk", filter=~FOUND))
        .order_by("day")
    )
    found, told = Counter(), Counter()
    for row in days:
        week = row["day"] - timedelta(days=row["day"].weekday())
        found[week] += row["found"]
        told[week] += row["told"]
    weeks = [first + timedelta(weeks=n) for n in range(WEEKS_SHOWN)]
    return [Week(week, found[week], told[week]) for week in weeks]


def weeks_shown(today: date) -> list[date]:
    """The Mondays of :func:`who_was_first`."""
    first = today - timedelta(days=today.weekday()) - timedelta(weeks=WEEKS_SHOWN - 1)
    return [first + timedelta(weeks=n) for n in range(WEEKS_SHOWN)]


def cases_by_week(today: date) -> Iterable[tuple[date, bool, int]]:
    """(Monday, found by the neighbourhood itself, case) of every case behind :func:`who_was_first`."""
    first = weeks_shown(today)[0]
    cases = (
        Case.objects.filter(opened_at__gte=clock.midnight(first))
        .annotate(day=TruncDate("opened_at"))
        .values_list("pk", "day", "warning_id", "category")
    )
    for pk, day, warning, kind in cases:
        yield day - timedelta(days=day.weekday()), warning is not None or kind in OF_DEVICES, pk


@dataclass(frozen=True)
class Sensing:
    """Devices of one type: enrolled, heard as often as their type should be, and new ones not yet due to be heard. The
    line that sums up several names their types with commas between."""

    type: str
    label: str
    devices: int
    speaking: int
    awaited: int

    @property
    def silent(self) -> int:
        return self.devices - self.speaking - self.awaited


@dataclass(frozen=True)
class Deafness:
    """Devices about danger that are worked on, so that nobody is called about them, and those that do not work after that."""

    worked_on: int
    broken: int


def deaf() -> Deafness:
    ends = [one.until for one in deaf_devices()]
    broken = ends.count(None)
    return Deafness(len(ends) - broken, broken)


def sensing(now: datetime) -> tuple[list[Sensing], datetime | None]:
    """Health of each device type that may be heard, and when the newest message of any device arrived."""
    rows = health_of(asked(), now)
    health = [Sensing(one.type, str(one.label), one.total, one.speaking, one.awaited) for one in rows]
    return health, max((one.newest_at for one in rows if one.newest_at), default=None)


def in_few_lines(kinds: list[Sensing]) -> list[Sensing]:
    """At most :data:`KINDS_SHOWN` lines: first the kinds of which most are silent, in the last one what is left."""
    if len(kinds) <= KINDS_SHOWN:
        return kinds
    shown, rest = cut_lines(sorted(kinds, key=lambda one: -one.silent))
    types = ",".join(one.type for one in rest)
    summed = Sensing(
        types,
        rest_words(rest),
        sum(one.devices for one in rest),
        sum(one.speaking for one in rest),
        sum(one.awaited for one in rest),
    )
    return [*shown, summed]


def cut_lines(kinds: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """What has a line of its own, and what shares the last one."""
    shown = KINDS_SHOWN if len(kinds) <= KINDS_SHOWN else KINDS_SHOWN - 1
    return kinds[:shown], kinds[shown:]


def rest_words(kinds: Sequence[object]) -> str:
    return _("其余 %(n)d 种") % {"n": len(kinds)}


def device_states(now: datetime) -> Iterable[tuple[int, str, DeviceStanding, datetime | None]]:
    """(device, type, how it stands, last heard) of every device behind :func:`sensing`."""
    until = heard_until(now)
    for pk, kind, last, enrolled in asked().values_list("pk", "type", "last_seen_at", "enrolled_at"):
        yield pk, kind, standing_of(kind, last, enrolled, until), last


@dataclass(frozen=True)
class Band:
    """People aged ``low`` to just under ``low`` + :data:`BAND_YEARS` (the last band is open above)."""

    low: int
    women: int
    men: int


@dataclass(frozen=True)
class People:
    total: int
    over: dict[int, int]
    bands: tuple[Band, ...]
    verified_on: date | None

    @property
    def women(self) -> int:
        return sum(band.women for band in self.bands)

    @property
    def men(self) -> int:
        return sum(band.men for band in self.bands)


def people(today: date) -> People:
    """Age and sex of who lives here, in one query; ages are full years on ``today``."""
    lows = range(0, OLDEST_BAND + 1, BAND_YEARS)
    counts: dict[str, Count | Max] = {"total": Count("pk"), "verified_on": Max("verified_on")}
    counts |= {f"over_{age}": Count("pk", filter=aged(today, age)) for age in ELDER_AGES}
    for low in lows:
        for sex in Resident.Sex.values:
            counts[f"{sex}_{low}"] = Count("pk", filter=aged(today, low, band_end(low)) & Q(sex=sex))
    found = Resident.objects.living_here().aggregate(**counts)
    return People(
        total=found["total"],
        over={age: found[f"over_{age}"] for age in ELDER_AGES},
        bands=tuple(Band(low, found[f"f_{low}"], found[f"m_{low}"]) for low in lows),
        verified_on=found["verified_on"],
    )


def band_end(low: int) -> int | None:
    return low + BAND_YEARS - 1 if low < OLDEST_BAND else None


def aged(today: date, low: int, high: int | None = None) -> Q:
    """Residents aged ``low`` to ``high`` full years, both included, on ``today``."""
    asked = Q(birth_date__lte=_born_at_latest(today, low))
    return asked if high is None else asked & Q(birth_date__gt=_born_at_latest(today, high + 1))


def _born_at_latest(today: date, years: int) -> date:
    """The latest birth date of somebody who has completed ``years`` on ``today``."""
    year = today.year - years
    leap_day_in_common_year = (today.month, today.day) == (2, 29) and not _is_leap(year)
    return date(year, 2, 28) if leap_day_in_common_year else date(year, today.month, today.day)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
