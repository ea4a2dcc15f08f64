"""The lake grows old: readings become lines of five minutes, hours or days, or go, when their term is over.

One community's day at a time: all its files are read, its lines and what stays are written, and the manifest is
changed in one transaction. What a metric becomes is in ``rules.toml``: by device type, and whether the device stands in
a home. What becomes of the lines: :mod:`linli.sense.telemetry.ladder`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from linli.foundation.privacy.retention.expiring import Found, Note
from linli.foundation.privacy.retention.holding_back import held_residents
from linli.foundation.privacy.retention.rules import AGGREGATE, ERASE, KEEP, Term, before, metric_rules
from linli.foundation.privacy.sensing.keeping import promised_days
from linli.foundation.privacy.sensing.rules.places import Spot
from linli.foundation.registry.models import Resident
from linli.foundation.tenancy import active_community_id
from linli.sense.telemetry.cutting import swap, this_lake
from linli.sense.telemetry.lake import Lake, day_of, to_ms
from linli.sense.telemetry.models import Device, LakeFile
from linli.sense.telemetry.rollups import SECONDS, roll_up

LONGEST = 36_500
"""Days where nothing was promised: the rule alone holds."""
WAITS = "waits"
"""Neither due nor to be kept for good: looked at again another night."""


@dataclass
class Readings:
    """The expiry of readings as they came. It remembers which days it has found to wait, until a step finds nothing."""

    key: str = "telemetry.HotObservation"
    everywhere: bool = False
    _pass: _Pass | None = field(default=None, repr=False, compare=False)

    def look(self, as_of: datetime) -> Found:
        lake, fates = this_lake(), Fates(as_of)
        parts, ends = Counter[str](), []
        for day in _days(fates):
            with lake.alone():
                files = [(file, lake.rows_by_device(file)) for file in _of_day(day)]
            for file, held in files:
                going = {device: fate for device in held if (fate := fates.of(device, day)) in {ERASE, AGGREGATE}}
                for device, fate in going.items():
                    parts[f"{fates.kind(device)}#{fate}"] += held[device]
                if going:
                    ends += [file.first_time, file.last_time]
        return Found(parts.total(), min(ends, default=None), max(ends, default=None), dict(parts))

    def step(self, as_of: datetime, note: Note) -> bool:
        """The oldest day that holds anything due; what was placed on hold since the last step stays."""
        lake, of = this_lake(), (active_community_id(), as_of)
        if self._pass is None or self._pass.of != of:
            fates = Fates(as_of)
            self._pass = _Pass(of, fates, deque(_days(fates)))
        fates, days = self._pass.fates, self._pass.days
        fates.look_for_holds()
        with lake.alone():
            while days:
                if _age(lake, _of_day(days[0]), fates, days[0], note):
                    return True
                days.popleft()
        self._pass = None
        return False


@dataclass
class _Pass:
    """One walk over the days of a community: ``days`` are those not yet found to hold nothing that is due."""

    of: tuple[int | None, datetime]
    fates: Fates
    days: deque[date]


class Fates:
    """What becomes of readings and lines at a moment, by device and day. A device that is gone from its table is erased;
    where a declaration promises fewer days than the rule, so is what is older than those."""

    def __init__(self, as_of: datetime) -> None:
        rules = metric_rules()
        self._as_of = as_of
        devices = list(Device.objects.select_related("building"))
        self._devices = {
            one.pk: (one.type, one.home_id, rules[one.type].term(in_home=one.home_id is not None)) for one in devices
        }
        spots = {one.pk: _spot(one) for one in devices}
        promised = promised_days(set(spots.values()))
        self._promised = {pk: promised[spot] for pk, spot in spots.items() if spot in promised}
        self.look_for_holds()

    def look_for_holds(self) -> None:
        """Homes of people on hold, as they are now."""
        self._held = frozenset(Resident.objects.filter(pk__in=held_residents()).values_list("home_id", flat=True))

    def kind(self, device: int) -> str:
        return self._devices[device][0] if device in self._devices else "gone"

    def of(self, device: int, day: date) -> str:
        _kind, home, term = self._devices.get(device, ("", None, Term(ERASE)))
        if term.then == KEEP:
            return KEEP
        if home is not None and home in self._held:
            return WAITS
        if self.of_lines(device, day) == ERASE:
            return ERASE
        return term.then if day < self._limit(months=term.months) else WAITS

    def of_lines(self, device: int, day: date) -> str:
        """Of lines: whether a promise ends them before their rule does."""
        if device not in self._devices or day < self._limit(days=self._promised.get(device, LONGEST)):
            return ERASE
        return WAITS if device in self._promised else KEEP

    def first_lines(self, device: int) -> str:
        """Of which grain the lines are that take the place of its readings."""
        return self._devices[device][2].to

    @property
    def promised(self) -> date:
        """Nothing of this day or a later one is ended by a promise."""
        return self._limit(days=min(self._promised.values(), default=LONGEST))

    @property
    def limit(self) -> date:
        """No day from here on holds anything that is due."""
        terms = [term for rule in metric_rules().values() for term in (rule.home, rule.shared)]
        shortest = min(term.months for term in terms if term.then != KEEP)
        return max(self._limit(months=shortest), self.promised)

    def _limit(self, **term: int) -> date:
        return day_of(to_ms(before(self._as_of, **term)))


def _spot(device: Device) -> Spot:
    estate = device.building.estate_id if device.building is not None else None
    return Spot(device.type, device.home_id, device.facility_id, device.entrance_id, device.building_id, estate)


def files_of(grain: str) -> QuerySet[LakeFile]:
    return LakeFile.objects.filter(community_id=active_community_id(), grain=grain).order_by("day", "pk")


def _days(fates: Fates) -> Sequence[date]:
    """Days of the community that may hold readings whose term is over, oldest first."""
    raw = files_of(LakeFile.Grain.RAW).filter(settled=False, day__lt=fates.limit)
    return list(raw.order_by("day").values_list("day", flat=True).distinct())


def _of_day(day: date) -> list[LakeFile]:
    return list(files_of(LakeFile.Grain.RAW).filter(day=day))


def _age(lake: Lake, files: list[LakeFile], fates: Fates, day: date, note: Note) -> bool:
    """Whether anything of the day went."""
    held = Counter[int]()
    for file in files:
        held.update(lake.rows_by_device(file))
    by_fate: dict[str, set[int]] = {}
    for device in held:
        by_fate.setdefault(fates.of(device, day), set()).add(device)
    going = by_fate.get(ERASE, set()) | by_fate.get(AGGREGATE, set())
    settled = WAITS not in by_fate
    if not going:
        if settled:
            LakeFile.objects.filter(pk__in=[file.pk for file in files]).update(settled=True)
        return False
    table = joined(lake, files)
    new = []
    if staying := held.keys() - going:
        new.append(lake.replace(files[0], of_devices(table, staying), settled=settled))
    rolled = by_fate.get(AGGREGATE, set())
    for grain, seconds in SECONDS.items():
        if devices := {device for device in rolled if fates.first_lines(device) == grain}:
            new.append(lake.replace(files[0], roll_up(of_devices(table, devices), seconds), grain=grain))
    gone, marks = sum(held[device] for device in going), [file.sha256 for file in files]
    swap(lake, files, new, then=lambda: note(gone, marks))
    return True


def joined(lake: Lake, files: Sequence[LakeFile]) -> Any:
    import pyarrow as pa

    return pa.concat_tables(lake.read(file) for file in files)


def of_devices(table: Any, devices: set[int]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return table.filter(pc.is_in(table["device_id"], pa.array(sorted(devices), pa.int64())))
