"""Every rollup of the lake says the same on DuckDB and on a Spark cluster, row for row."""

from __future__ import annotations

import os
import random
import sys

import pyarrow.parquet as pq
import pytest

from linli.sense.telemetry.rollups import DAY, HOUR, on_spark, roll_up
from linli.sense.telemetry.tests.test_rollups import MIDNIGHT, STEPS, assert_same, lines_of, table_of

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def cluster():
    """A Spark cluster of one worker process on this machine, apart from the driver."""
    from pyspark.sql import SparkSession

    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_HOSTNAME": "localhost", "PYSPARK_PYTHON": sys.executable}
    settings = {
        "spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", "spark.driver.memory": "1g",
        "spark.sql.shuffle.partitions": "2", "spark.driver.host": "127.0.0.1", "spark.log.level": "ERROR",
    }  # fmt: skip
    builder = SparkSession.builder.master("local-cluster[1,1,1024]").appName("linli")
    session = builder.config(map=settings).getOrCreate()
    yield session
    session.stop()


def test_duckdb_and_spark_say_the_same_row_for_row(cluster, tmp_path):
    dice = random.Random(20260302)
    some = {
        (device, metric, MIDNIGHT * 1000 + dice.randrange(-100_000_000, 100_000_000)): dice.gauss(20, 5)
        for device in range(1, 21)
        for metric in ("temperature", "humidity")
        for _ in range(200)
    }
    table = table_of([(*key, value) for key, value in some.items()])
    raw = str(tmp_path / "raw.parquet")
    pq.write_table(table, raw)
    for seconds in STEPS:
        here, there = roll_up(table, seconds), on_spark(cluster, [raw], seconds)
        assert [r[:3] for r in rows(here)] == [r[:3] for r in rows(there)], "the same rows in the same order"
        assert_same(lines_of(there), lines_of(here))
    hours = roll_up(table, HOUR)
    pq.write_table(hours, fine := str(tmp_path / "hours.parquet"))
    assert_same(lines_of(on_spark(cluster, [fine], DAY, finer=True)), lines_of(roll_up(hours, DAY)))


def rows(table):
    return [tuple(row.values()) for row in table.select(["device_id", "metric", "time"]).to_pylist()]
