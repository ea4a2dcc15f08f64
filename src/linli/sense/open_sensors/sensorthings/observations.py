"""Observations of open sensors, from hot rows and the lake, with bounded work.

By time they are read day by day from the end at which the order begins, and reading stops when the page is full, so that
the newest hundred cost one file; what a page may read at most is fixed, and a page that stops early says where to go on.
Any other order, and a count, must see everything: then the manifest tells beforehand how much that is, and too much is
refused with what to narrow.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path as FilePath
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.tenancy import community_scope
from linli.sense.open_sensors.sensorthings.choosing import arrow_of, choose, refusing, table_of
from linli.sense.open_sensors.sensorthings.compiling import NUMBER, TEXT, TIME, Compiler, Sql
from linli.sense.open_sensors.sensorthings.entities import Stream, World
from linli.sense.open_sensors.sensorthings.errors import Refused
from linli.sense.open_sensors.sensorthings.grammar import Binary, Literal, Node, Path, conjuncts, paths_of, together
from linli.sense.telemetry.models import HotObservation, LakeFile, LastValue

MOST_ROWS = 20_000_000
"""Rows of the files that one answer may read."""
SECONDS = 8.0
"""After which an answer that is still being read is given up."""
_DAY_MS = 86_400_000
_TIMES = frozenset({("phenomenonTime",), ("resultTime",)})
_OWN = _TIMES | {("result",), ("id",), ("@iot.id",)}

Row = tuple[int, int, float]
"""(number of the stream, UTC ms, value)."""


@dataclass(frozen=True)
class Asked:
    """What is asked of some streams. ``each``: ``top`` of each stream, not of all together.

    ``after`` is the place from which an earlier page left off: the UTC ms and the stream's identifier.
    """

    streams: Sequence[Stream]
    where: Node | None = None
    order: Sequence[tuple[Node, bool]] = ()
    top: int = 100
    skip: int = 0
    each: bool = False
    after: tuple[int, str] | None = None

    @property
    def by_time(self) -> bool:
        """Whether days can be read one after another in the order asked for."""
        return not self.order or (
            isinstance(self.order[0][0], Path) and self.order[0][0].parts in _TIMES and len(self.order) == 1
        )

    @property
    def falls(self) -> bool:
        return self.order[0][1] if self.order else True


@dataclass
class Found:
    """``more``: whether there may be more after ``rows``; ``reached`` is where a page by time left off, with so many
    still to be passed over."""

    rows: list[Row] = field(default_factory=list)
    more: bool = False
    reached: tuple[int, str] | None = None
    still_to_skip: int = 0


def find(world: World, asked: Asked) -> Found:
    """The observations asked for. Raises :class:`Refused`."""
    plan = _Plan(world, asked)
    if not plan.streams or asked.top == 0:
        return Found()
    return plan.by_day() if asked.by_time else plan.at_once()


def count(world: World, asked: Asked) -> int:
    """How many there are in all. Raises :class:`Refused` when that is too much to look through."""
    plan = _Plan(world, asked)
    return plan.count() if plan.streams else 0


def newest(world: World, streams: Sequence[Stream]) -> list[Row]:
    """The newest observation of each stream: one query, nothing of the lake."""
    wanted = {(stream.sensor.device.pk, stream.metric.key): stream for stream in streams}
    found = []
    for last in LastValue.objects.filter(device__in={device for device, _metric in wanted}):
        stream = wanted.get((last.device_id, last.metric))
        if stream is not None and last.time >= stream.sensor.since:
            found.append((stream.number, round(last.time.timestamp() * 1000), last.value))
    return found


class _Plan:
    """One question: which streams it concerns, within which times, and its condition as SQL."""

    def __init__(self, world: World, asked: Asked) -> None:
        self.world, self.asked = world, asked
        parts = conjuncts(asked.where)
        of_streams = [part for part in parts if not paths_of(part) & _OWN and paths_of(part)]
        rest = [part for part in parts if part not in of_streams]
        self.streams = self._chosen(together(of_streams))
        self.where = together(rest)
        now = round(clock.now().timestamp() * 1000)
        self.low = min((_ms(stream.sensor.since) for stream in self.streams), default=0)
        self.high = now + _DAY_MS
        for part in rest:
            self._narrow(part)
        self._compile()

    def _chosen(self, where: Node | None) -> list[Stream]:
        """Those of the streams for which what is asked about streams holds, so that no other is read."""
        streams = list(self.asked.streams)
        if where is None:
            return streams
        probes = [self.world.observation(stream, 0, 0.0) for stream in streams]
        return [one.stream for one in choose(self.world, probes, where, ()) if one.stream is not None]

    def _narrow(self, part: Node) -> None:
        """What a condition on the time says about which days to read."""
        if not isinstance(part, Binary):
            return
        left, right, operator = part.left, part.right, part.operator
        if isinstance(left, Literal):
            left, right = right, left
            operator = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}.get(operator, operator)
        if not (isinstance(left, Path) and left.parts in _TIMES and isinstance(right, Literal)):
            return
        if not isinstance(right.value, datetime):
            return
        moment = _ms(right.value)
        if operator in ("gt", "ge", "eq"):
            self.low = max(self.low, moment)
        if operator in ("lt", "le", "eq"):
            self.high = min(self.high, moment + 1)

    def _compile(self) -> None:
        trees = ([self.where] if self.where else []) + [key for key, _ in self.asked.order]
        used = set().union(*map(paths_of, trees)) if trees else set()
        foreign = sorted(path for path in used if path not in _OWN)
        probes = [self.world.observation(stream, 0, 0.0) for stream in self.streams]
        rows, self._columns, kinds = table_of(self.world, probes, [Path(path) for path in foreign])
        if len(rows) != len(probes):
            raise Refused(_("条件不能穿过有好几项的集合。"), status=501, code="not_offered")
        names = {path: Sql(f"s.c{n}", kinds[path]) for n, path in enumerate(self._columns)}
        names |= {
            ("phenomenonTime",): Sql("o.t", TIME),
            ("resultTime",): Sql("o.t", TIME),
            ("result",): Sql("o.value", NUMBER),
            ("id",): Sql("(s.id || ':' || o.t)", TEXT),
            ("@iot.id",): Sql("(s.id || ':' || o.t)", TEXT),
        }
        self._kinds = kinds
        compiler = Compiler(names.__getitem__, clock.now())
        with refusing():
            self._condition = compiler.condition(self.where) if self.where is not None else "TRUE"
            keys = [
                f"{compiler.any_of(key).text} {'DESC' if falls else 'ASC'} NULLS LAST"
                for key, falls in self.asked.order
            ]
        time = "o.t DESC" if self.asked.falls and self.asked.by_time else "o.t"
        self._order = ", ".join([*([] if self.asked.by_time else keys), time, "s.id"])
        self._parameters = compiler.parameters

    def by_day(self) -> Found:
        """Read days from where the order begins until the page is full."""
        asked, found = self.asked, Found()
        if asked.after is not None:
            moment = asked.after[0]
            self.low, self.high = (
                (self.low, min(self.high, moment + 1)) if asked.falls else (max(self.low, moment), self.high)
            )
        wanted = asked.skip + asked.top
        read, had = 0, {stream.number: 0 for stream in self.streams}
        got: list[Row] = []
        with self._lake() as lake:
            for start, end, files in self._stretches():
                open_ = [stream for stream in self.streams if not asked.each or had[stream.number] <= wanted]
                if not open_ or (not asked.each and len(got) > wanted):
                    break
                read += sum(file.rows for file in files)
                if read > MOST_ROWS and read > sum(file.rows for file in files):
                    found.reached = (end if asked.falls else start, "" if not asked.falls else "\uffff")
                    found.more = True
                    break
                limit = wanted + 1 if asked.each else wanted + 1 - len(got)
                rows = lake.rows(open_, start, end, files, limit=limit)
                for row in rows:
                    had[row[0]] += 1
                got += rows
        if asked.each:
            found.rows = _of_each(got, asked.skip, asked.top)
            found.more = any(times > wanted for times in had.values()) or found.more
            return found
        found.rows = got[asked.skip : wanted]
        found.still_to_skip = max(0, asked.skip - len(got))
        if len(got) > wanted:
            found.more = True
            number, moment, _value = got[wanted - 1]
            found.reached = (moment, self._id(number))
        return found

    def at_once(self) -> Found:
        """Read everything in the order asked for; refused when it is too much."""
        asked = self.asked
        files = self._all_files()
        with self._lake() as lake:
            rows = lake.rows(self.streams, self.low, self.high, files, limit=asked.top + 1, skip=asked.skip)
        if asked.each:
            return Found(_of_each(rows, 0, asked.top), any_more(rows, asked.top))
        return Found(rows[: asked.top], len(rows) > asked.top)

    def count(self) -> int:
        with self._lake() as lake:
            return lake.count(self.streams, self.low, self.high, self._all_files())

    def _lake(self) -> _Reading:
        return _Reading(self)

    def _id(self, number: int) -> str:
        return next(stream.id for stream in self.streams if stream.number == number)

    def _all_files(self) -> list[LakeFile]:
        files = self._manifest(self.low, self.high)
        if sum(file.rows for file in files) > MOST_ROWS:
            raise Refused(
                _("要看的数据太多了。请用 phenomenonTime 把时间缩短一些。"), status=400, code="too_much"
            )  # fmt: skip
        return files

    def _manifest(self, low: int, high: int) -> list[LakeFile]:
        with community_scope(self.world.community):
            return list(
                LakeFile.objects.filter(
                    community_id=self.world.community.pk,
                    grain=LakeFile.Grain.RAW,
                    last_time__gte=_time(low),
                    first_time__lt=_time(high),
                ).order_by("day", "pk")
            )

    def _stretches(self) -> Iterator[tuple[int, int, list[LakeFile]]]:
        """Stretches of days that hold something, in the order asked for, each twice as many days as the one before."""
        by_day: dict[date, list[LakeFile]] = {}
        for file in self._manifest(self.low, self.high):
            by_day.setdefault(file.day, []).append(file)
        for moment in self._hot_days():
            by_day.setdefault(moment, [])
        days = sorted(by_day, reverse=self.asked.falls)
        taken, width = 0, 1
        while taken < len(days):
            some = days[taken : taken + width]
            start, end = _day_ms(min(some)), _day_ms(max(some)) + _DAY_MS
            yield max(start, self.low), min(end, self.high), [file for day in some for file in by_day[day]]
            taken, width = taken + width, width * 2

    def _hot_days(self) -> set[date]:
        hot = HotObservation.objects.filter(
            device__in={stream.sensor.device.pk for stream in self.streams}, time__gte=self.low, time__lt=self.high
        )
        days = hot.annotate(day=F("time") / _DAY_MS).values_list("day", flat=True).distinct()
        return {_time(day * _DAY_MS).date() for day in days}


@dataclass(frozen=True)
class _Question:
    """One reading: what is selected of ``streams`` from ``low`` to ``high`` (ms) in the hot rows and ``files``; ``bound`` orders
    and cuts it, ``parameters`` are those that the plan does not know."""

    select: str
    condition: str
    streams: Sequence[Stream]
    low: int
    high: int
    files: Sequence[LakeFile]
    bound: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


class _Reading:
    """One connection to DuckDB with the streams in it; interrupted when it takes too long."""

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan

    def __enter__(self) -> _Reading:
        import duckdb

        self._duckdb = duckdb
        self._link = duckdb.connect()
        self._timer = threading.Timer(SECONDS, self._link.interrupt)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._timer.cancel()
        self._link.close()

    def rows(
        self, streams: Sequence[Stream], low: int, high: int, files: Sequence[LakeFile], *, limit: int, skip: int = 0
    ) -> list[Row]:
        plan = self._plan
        parameters: dict[str, Any] = {}
        condition = plan._condition
        after = plan.asked.after
        if after is not None and plan.asked.by_time:
            sign = "<" if plan.asked.falls else ">"
            condition = f"({condition}) AND (o.t {sign} $after_t OR (o.t = $after_t AND s.id > $after_id))"
            parameters |= {"after_t": after[0], "after_id": after[1]}
        if plan.asked.each:
            bound = f" QUALIFY row_number() OVER (PARTITION BY s.number ORDER BY {plan._order}) BETWEEN {skip + 1} AND {skip + limit}"
        else:
            bound = f" ORDER BY {plan._order} LIMIT {limit} OFFSET {skip}"
        if plan.asked.each:
            bound += f" ORDER BY {plan._order}"
        return self._run(
            _Question("SELECT s.number, o.t, o.value", condition, streams, low, high, files, bound, parameters)
        )

    def count(self, streams: Sequence[Stream], low: int, high: int, files: Sequence[LakeFile]) -> int:
        return self._run(_Question("SELECT count(*)", self._plan._condition, streams, low, high, files))[0][0]

    def _run(self, asked: _Question) -> list[Any]:
        try:
            return self._once(asked)
        except self._duckdb.InterruptException:
            raise Refused(
                _("要看的数据太多了。请用 phenomenonTime 把时间缩短一些。"), status=400, code="too_much"
            ) from None  # fmt: skip
        except self._duckdb.IOException:
            days = {file.day for file in asked.files}
            again = [file for file in self._plan._manifest(asked.low, asked.high) if file.day in days]
            return self._once(replace(asked, files=again))
        except self._duckdb.Error:
            raise Refused(_("这个条件算不出来，请检查。"), code="filter") from None

    def _once(self, asked: _Question) -> list[Any]:
        import pyarrow as pa

        plan = self._plan
        devices = sorted({stream.sensor.device.pk for stream in asked.streams})
        metrics = sorted({stream.metric.key for stream in asked.streams})
        with transaction.atomic():
            hot = list(
                HotObservation.objects.filter(
                    device__in=devices, metric__in=metrics, time__gte=asked.low, time__lt=asked.high
                ).values_list("device_id", "metric", "time", "value")
            )
        columns = list(zip(*hot, strict=True)) or [(), (), (), ()]
        self._link.register(
            "hot",
            pa.table(
                {
                    "device_id": pa.array(columns[0], pa.int64()),
                    "metric": pa.array(columns[1], pa.string()),
                    "t": pa.array(columns[2], pa.int64()),
                    "value": pa.array(columns[3], pa.float64()),
                }
            ),
        )
        chosen = [plan.streams.index(stream) for stream in asked.streams]
        self._link.register(
            "streams",
            pa.table(
                {
                    "number": pa.array([stream.number for stream in asked.streams], pa.int64()),
                    "id": pa.array([stream.id for stream in asked.streams], pa.string()),
                    "device_id": pa.array([stream.sensor.device.pk for stream in asked.streams], pa.int64()),
                    "metric": pa.array([stream.metric.key for stream in asked.streams], pa.string()),
                    "since": pa.array([_ms(stream.sensor.since) for stream in asked.streams], pa.int64()),
                }
                | {
                    f"c{n}": arrow_of([values[row] for row in chosen], plan._kinds[path])
                    for n, (path, values) in enumerate(plan._columns.items())
                }
            ),
        )
        sources = ["SELECT device_id, metric, t, value FROM hot"]
        parameters = {
            name: value for name, value in plan._parameters.items() if f"${name} " in f"{asked.condition}{asked.bound} "
        }
        if asked.files:
            root = FilePath(settings.LINLI_HOME) / "lake"
            sources.append(
                "SELECT device_id, metric, epoch_ms(time) AS t, value FROM read_parquet($files)"
                " WHERE device_id BETWEEN $first AND $last AND list_contains($devices, device_id)"
                " AND list_contains($metrics, metric) AND time >= $low AND time < $high"
            )
            parameters |= {
                "files": [str(root / file.path) for file in asked.files], "devices": devices, "metrics": metrics,
                "first": devices[0], "last": devices[-1], "low": _time(asked.low), "high": _time(asked.high),
            }  # fmt: skip
        sql = (
            f"{asked.select} FROM ({' UNION ALL '.join(sources)}) o"
            " JOIN streams s ON s.device_id = o.device_id AND s.metric = o.metric"
            f" WHERE o.t >= s.since AND ({asked.condition}){asked.bound}"
        )
        return self._link.execute(sql, parameters | dict(asked.parameters)).fetchall()


def any_more(rows: Sequence[Row], top: int) -> bool:
    """Whether some stream has more than ``top`` among ``rows``."""
    had: dict[int, int] = {}
    for number, *_rest in rows:
        had[number] = had.get(number, 0) + 1
    return any(times > top for times in had.values())


def _of_each(rows: Sequence[Row], skip: int, top: int) -> list[Row]:
    had: dict[int, int] = {}
    kept = []
    for row in rows:
        had[row[0]] = had.get(row[0], 0) + 1
        if skip < had[row[0]] <= skip + top:
            kept.append(row)
    return kept


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _time(moment: int) -> datetime:
    return datetime.fromtimestamp(min(max(moment, 0), 253_402_300_799_999) / 1000, UTC)


def _day_ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
