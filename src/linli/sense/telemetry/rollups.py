"""Rollups: one line for what many readings of a metric say in five minutes, an hour or a day.

Each step is one Ibis expression: DuckDB runs it on this machine, Spark where there are many (``on_spark``), with equal
results. A line can be rolled up again, so that a day made of hours is the day made of readings: ``count``, ``mean``,
``least``, ``most`` and ``value``, which is the last. ``time`` is when it began.

Days are the neighbourhood's. China's clocks have been eight hours ahead of UTC all year since 1991, so a day of the
lake's files (UTC) holds the end of one and the beginning of the next; the two lines of one day are rolled up by whoever
reads both files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from linli.sense.telemetry.models import LakeFile

if TYPE_CHECKING:
    from datetime import datetime

    import ibis.expr.types as ir
    import pyarrow as pa

FIVE_MINUTES, HOUR, DAY = 300, 3_600, 86_400
"""Seconds."""
SECONDS: Mapping[str, int] = {
    LakeFile.Grain.FIVE_MINUTES: FIVE_MINUTES,
    LakeFile.Grain.HOUR: HOUR,
    LakeFile.Grain.DAY: DAY,
}
"""Of the grains of lines, finest first; each divides the next."""
_AHEAD_OF_UTC = 8 * HOUR
READINGS = {
    "device_id": "int64",
    "device": "string",
    "metric": "string",
    "time": "timestamp('UTC', 3)",
    "value": "float64",
}
LINES = READINGS | {
    "last_time": "timestamp('UTC', 3)",
    "count": "int64",
    "mean": "float64",
    "least": "float64",
    "most": "float64",
}
_ORDER = ("device_id", "metric", "began")

Step = Callable[["ir.Table", int], "ir.Table"]


def of_readings(readings: ir.Table, seconds: int) -> ir.Table:
    """One line for each device, metric and ``seconds``; ``began`` is in seconds since 1970."""
    return (
        readings.group_by(device_id=readings.device_id, metric=readings.metric, began=_began(readings.time, seconds))
        .agg(
            device=readings.device.arbitrary(),
            count=readings.count(),
            mean=readings.value.mean(),
            least=readings.value.min(),
            most=readings.value.max(),
            value=readings.value.argmax(readings.time),
            last_time=readings.time.max(),
        )
        .order_by(*_ORDER)
    )


def of_lines(lines: ir.Table, seconds: int) -> ir.Table:
    """The same of finer lines; their ``seconds`` must divide these."""
    return (
        lines.group_by(device_id=lines.device_id, metric=lines.metric, began=_began(lines.time, seconds))
        .agg(
            device=lines.device.arbitrary(),
            count=lines["count"].sum(),
            mean=(lines["mean"] * lines["count"]).sum() / lines["count"].sum(),
            least=lines.least.min(),
            most=lines.most.max(),
            value=lines.value.argmax(lines.last_time),
            last_time=lines.last_time.max(),
        )
        .order_by(*_ORDER)
    )


def roll_up(table: pa.Table, seconds: int) -> pa.Table:
    """Readings, or finer lines, as lines of ``seconds`` in the lake's columns, by DuckDB."""
    import duckdb

    step = of_lines if "mean" in table.column_names else of_readings
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.register("given", table)
        return as_lake(engine.sql(duckdb_sql(step, seconds)).to_arrow_table())


def roll_up_files(files: Sequence[str], seconds: int, start: datetime, end: datetime) -> pa.Table:
    """The same of readings in the lake's files, ``start`` ≤ time < ``end``; there must be a file."""
    import duckdb

    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.read_parquet(list(files)).create_view("sealed")
        engine.execute(
            f"CREATE TEMP VIEW given AS SELECT * FROM sealed WHERE time >= '{start.isoformat()}'"  # noqa: S608
            f" AND time < '{end.isoformat()}'"
        )
        return as_lake(engine.sql(duckdb_sql(of_readings, seconds)).to_arrow_table())


@cache
def duckdb_sql(step: Step, seconds: int, source: str = "given") -> str:
    """The step as SQL for DuckDB, whose time zone must be UTC, over a table or view ``source``."""
    import ibis

    schema = LINES if step is of_lines else READINGS
    return ibis.to_sql(step(ibis.table(schema, name=source), seconds), dialect="duckdb")


def on_spark(session: Any, files: Sequence[str], seconds: int, *, finer: bool = False) -> pa.Table:
    """Readings of the lake's files, or finer lines, as lines of ``seconds`` by Spark; ``session`` is a SparkSession whose
    time zone is UTC. Needs pyspark and Java 17.
    """
    import ibis

    engine = ibis.pyspark.connect(session)
    session.read.parquet(*files).createOrReplaceTempView("given")
    return as_lake(engine.to_pyarrow((of_lines if finer else of_readings)(engine.table("given"), seconds)))


def as_lake(lines: pa.Table) -> pa.Table:
    """Lines in the columns and types of the lake."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = {"count": pa.int64()} | dict.fromkeys(("mean", "least", "most", "value"), pa.float64())
    return pa.table(
        {
            "device_id": lines["device_id"],
            "device": lines["device"].cast(pa.string()),
            "metric": lines["metric"].cast(pa.string()),
            "time": pc.multiply(lines["began"].cast(pa.int64()), 1000).cast(pa.timestamp("ms", tz="UTC")),
            **{name: lines[name].cast(kind) for name, kind in numbers.items()},
            "last_time": lines["last_time"].cast(pa.timestamp("ms", tz="UTC")),
        }
    )


def _began(time: ir.TimestampValue, seconds: int) -> ir.IntegerValue:
    shifted = time.epoch_seconds().cast("float64").floor().cast("int64") + _AHEAD_OF_UTC
    return shifted - shifted % seconds - _AHEAD_OF_UTC
