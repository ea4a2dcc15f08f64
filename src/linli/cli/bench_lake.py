"""``linli bench speed lake``: what is asked of the lake, beside plain DuckDB on the same files, and beside Spark.

The lake is written by Linli itself, one file a day. Ours asks the manifest first and answers with what the product's
own functions give; the peer is handed the files and a query written by hand. Each question is asked ``rounds`` times,
the two in turn, and the median counts. Both must give the same number of rows.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.runtime import set_up

DEVICES, CADENCE = 1_900, 300
"""A reading every five minutes: 547,200 a day, 200 million a year."""
FIRST_DAY = date(2025, 3, 3)
MONTH = 30


def lake_speed(
    days: Annotated[int, typer.Option(min=MONTH + 1, help="days of readings; 365 are 200 million")] = 365,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    spark: Annotated[bool, typer.Option(help="ask Spark too (needs pyspark and Java)")] = False,
) -> None:
    """Measure rollups, last values and one device's history over a lake of up to 200 million readings."""
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        print(json.dumps(_measure(Path(folder), days, rounds, spark)))


def _measure(home: Path, days: int, rounds: int, spark: bool) -> dict[str, Any]:
    set_up(home=home, mode="production")
    from django.core.management import call_command

    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope

    call_command("migrate", verbosity=0)
    community = Community.objects.create(code="mx", name="试验社区", phone="0571-00000000")
    with community_scope(community):
        started = time.monotonic()
        _fill(home, days)
        _say(f"{days * DEVICES * 86_400 // CADENCE:,} readings written in {time.monotonic() - started:.0f} s")
        return _ask(home, days, rounds, spark)


def _fill(home: Path, days: int) -> None:
    import numpy as np
    import pyarrow as pa

    from linli.foundation import clock
    from linli.foundation.tenancy import active_community_id
    from linli.sense.telemetry.lake import Lake
    from linli.sense.telemetry.models import Device, LakeFile

    place = active_community_id()
    Device.objects.bulk_create(
        Device(community_id=place, code=f"series-{n}", type="series", enrolled_at=clock.real_now())
        for n in range(DEVICES)
    )
    pks = list(Device.objects.order_by("pk").values_list("pk", flat=True))
    lake, dice, a_day = Lake(home / "lake"), np.random.default_rng(20260302), 86_400 // CADENCE
    devices = pa.array(np.repeat(pks, a_day), pa.int64())
    codes = pa.array(np.repeat([f"series-{n}" for n in range(DEVICES)], a_day)).dictionary_encode()
    metric = pa.array(["value"] * len(devices)).dictionary_encode()
    entries = []
    for number in range(days):
        day = FIRST_DAY + timedelta(days=number)
        began = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        moments = pa.array(np.tile(began + np.arange(a_day) * CADENCE * 1000, DEVICES), pa.timestamp("ms", tz="UTC"))
        values = pa.array(np.round(20 + dice.normal(0, 3, len(devices)), 2))
        table = pa.table({"device_id": devices, "device": codes, "metric": metric, "time": moments, "value": values})
        entries.append(lake.replace(LakeFile(community_id=place, day=day, grain=LakeFile.Grain.RAW), table))
    LakeFile.objects.bulk_create(entries)
    _fill_last_values(table)


def _fill_last_values(table: Any) -> None:
    import pyarrow.compute as pc

    from linli.sense.telemetry import rows
    from linli.sense.telemetry.lake import to_ms

    last = table.filter(pc.equal(table["time"], pc.max(table["time"])))
    rows.move_last_values({(row["device_id"], "value"): (to_ms(row["time"]), row["value"]) for row in last.to_pylist()})


def _ask(home: Path, days: int, rounds: int, spark: bool) -> dict[str, Any]:
    from linli.sense.telemetry.models import Device
    from linli.sense.telemetry.queries import hours_of, last_values, series

    devices = list(Device.objects.order_by("pk"))
    first, end = _moment(0), _moment(days)
    day, month = (_moment(days - 1), end), (_moment(days - MONTH), end)
    questions: dict[str, tuple[Callable[[], int], Callable[[], int]]] = {
        "hours_of_a_day": (lambda: _rows(hours_of(*day)), lambda: _plain_hours(home, *day)),
        "hours_of_a_month": (lambda: _rows(hours_of(*month)), lambda: _plain_hours(home, *month)),
        "last_values": (lambda: len(last_values(devices)), lambda: _plain_last(home, *month)),
        "a_device": (lambda: len(series(devices[7], "value", first, end)), lambda: _plain_device(home, devices[7].pk)),
    }
    figures: dict[str, Any] = {"readings": days * DEVICES * 86_400 // CADENCE, "megabytes": _megabytes(home)}
    for name, (ours, plain) in questions.items():
        took: dict[str, list[float]] = {"ours": [], "duckdb": []}
        for _ in range(rounds):
            answers = set()
            for who, ask in (("ours", ours), ("duckdb", plain)):
                started = time.monotonic()
                answers.add(ask())
                took[who].append(time.monotonic() - started)
            if len(answers) != 1:
                raise SystemExit(f"{name}: the two do not agree: {answers}")
        seconds = {who: statistics.median(times) for who, times in took.items()}
        figures[name] = {
            **{who: round(s, 3) for who, s in seconds.items()},
            "ratio": round(seconds["ours"] / seconds["duckdb"], 2),
        }
        _say(f"{name}: {figures[name]}")
    if spark:
        figures["spark"] = _spark(day, month)
    return figures


def _rows(table: Any) -> int:
    return 0 if table is None else table.num_rows


def _plain_hours(home: Path, start: datetime, end: datetime) -> int:
    import duckdb

    with duckdb.connect() as engine:
        engine.read_parquet(_days_of(home, start, end)).create_view("sealed")
        return (
            engine.sql(
                "SELECT device_id, any_value(device), metric, date_trunc('hour', time) AS hour, count(*), avg(value),"
                " min(value), max(value), arg_max(value, time), max(time) FROM sealed GROUP BY ALL"
                " ORDER BY device_id, metric, hour"
            )
            .to_arrow_table()
            .num_rows
        )


def _plain_last(home: Path, start: datetime, end: datetime) -> int:
    import duckdb

    with duckdb.connect() as engine:
        return len(
            engine.execute(
                "SELECT device_id, arg_max(value, time), epoch_ms(max(time)) FROM read_parquet($files) GROUP BY device_id",
                {"files": _days_of(home, start, end)},
            ).fetchall()
        )


def _plain_device(home: Path, device: int) -> int:
    import duckdb

    files = str(home / "lake" / "observations" / "**" / "*.parquet")
    with duckdb.connect() as engine:
        return len(
            engine.execute(
                "SELECT epoch_ms(time), value FROM read_parquet($files) WHERE device_id = $device AND metric = 'value' ORDER BY time",
                {"files": files, "device": device},
            ).fetchall()
        )


def _spark(day: tuple[datetime, datetime], month: tuple[datetime, datetime]) -> dict[str, float] | str:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        return "pyspark is not installed"

    from linli.sense.telemetry.queries import raw_files
    from linli.sense.telemetry.rollups import HOUR, on_spark

    started = time.monotonic()
    builder = SparkSession.builder.master("local[*]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.session.timeZone", "UTC").config("spark.driver.memory", "4g").getOrCreate()
    figures = {"start": round(time.monotonic() - started, 1)}
    for name, span in (("hours_of_a_day", day), ("hours_of_a_month", month)):
        started = time.monotonic()
        on_spark(session, raw_files(*span), HOUR)
        figures[name] = round(time.monotonic() - started, 2)
    session.stop()
    return figures


def _days_of(home: Path, start: datetime, end: datetime) -> list[str]:
    days = (start.date() + timedelta(days=n) for n in range((end - start).days))
    return [str(path) for day in days for path in (home / "lake" / "observations").glob(f"*/day={day}/*.parquet")]


def _moment(number: int) -> datetime:
    day = FIRST_DAY + timedelta(days=number)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _megabytes(home: Path) -> float:
    return round(sum(path.stat().st_size for path in (home / "lake").rglob("*.parquet")) / 1e6, 1)


def _say(what: str) -> None:
    typer.echo(what, err=True)
