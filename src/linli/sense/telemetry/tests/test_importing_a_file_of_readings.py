"""A file of readings is checked whole, returned where it is wrong, and stored once however often it is imported."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.events.models import Event
from linli.sense.telemetry import publishing
from linli.sense.telemetry.actions import NewDevice, enrol, revoke
from linli.sense.telemetry.importing.actions import import_readings
from linli.sense.telemetry.importing.reading import encoding_of, moment_of, number_of
from linli.sense.telemetry.ingesting import Ingest
from linli.sense.telemetry.queries import series
from linli.sense.telemetry.stream import ensure_stream, state

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)


@pytest.fixture
def devices(world, director):
    home = world.homes[0].pk
    return {
        code: enrol(NewDevice(code, type_, home_id=place), actor=director).device
        for code, type_, place in (
            ("P-1", "charger", None),
            ("P-2", "charger", None),
            ("W-1", "water_meter", None),
            ("W-2", "water_meter", home),
        )
    }


@pytest.fixture
def stream(settings, broker, wire):
    settings.LINLI_HOME = broker.home
    publishing.forget_connection()
    ensure_stream(wire)
    yield broker
    publishing.forget_connection()


def bring(text, director, *, encoding="utf-8", **options):
    bad = io.StringIO()
    content = text.encode(encoding) if isinstance(text, str) else text
    done = import_readings(io.BytesIO(content), actor=director, bad_rows=bad, **options)
    return done, bad.getvalue().splitlines()[1:]


def check(text, director, **options):
    return bring(text, director, check_only=True, **options)


LONG = "device,metric,time,value\n"


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_through_the_stream_and_is_stored_once(devices, director, stream, wire):
    text = LONG + "".join(
        f"P-{1 + n % 2},temperature,2026-03-01 08:{n // 60:02}:{n % 60:02},{n / 10}\n" for n in range(1200)
    )
    done, bad = bring(text, director)
    assert (done.lines, done.readings, done.sent, bad) == (1200, 1200, 1200, [])
    assert done.messages == state(wire).last == 4
    again, _ = bring(text, director)
    assert again.sent == 1200
    ingest = Ingest(stream.home, say=lambda words: None)
    ingest.run(until=8)
    assert (ingest.counts.accepted, ingest.counts.repeated, ingest.counts.quarantined) == (1200, 1200, 0)
    kept = series(devices["P-1"], "temperature", START, START + timedelta(days=1))
    assert len(kept) == 600
    assert kept[0] == (START, 0.0)
    assert Event.objects.filter(kind="telemetry.readings_imported").count() == 2


def test_with_a_bad_row_nothing_is_sent_unless_asked_for(devices, director, stream, wire):
    text = LONG + "P-1,temperature,2026-03-01T08:00:00Z,20\nP-1,temperature,2026-03-01T08:01:00Z,warm\n"
    done, bad = bring(text, director)
    assert (done.sent, state(wire).last) == (0, 0)
    assert bad == ["P-1,temperature,2026-03-01T08:01:00Z,warm,3,温度 的值不是数字。"]
    done, _ = bring(text, director, good_rows=True)
    assert (done.sent, done.bad) == (1, 1)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("P-9,temperature,2026-03-01,20", "没有登记"),
        ("P-1,floor,2026-03-01,20", "没有 floor 这个指标"),
        ("P-1,temperature,2026-03-01,2000", "超出范围"),
        ("P-1,temperature,yesterday,20", "看不懂"),
        ("P-1,temperature,2026-13-01,20", "看不懂"),
        ("P-1,temperature,2026-03-09,20", "比社区时间快"),
        ("P-1,temperature,2025-03-01,20", "太早"),
        ("P-1,temperature,2026-03-01,", "不是数字"),
        ('P-1,temperature,2026-03-01,"1.234,5"', "不是数字"),
        ("P-1,temperature,2026-03-01,nan", "不是数字"),
        ("W-2,volume,2026-03-01,1", "没有同意"),
        ("", ""),
    ],
)
def test_each_bad_row_comes_back_with_its_line_and_the_reason(devices, director, row, why):
    done, bad = check(f"{LONG}P-1,temperature,2026-03-01,1\n\n{row}\nP-2,temperature,2026-03-01,1\n", director)
    assert done.readings == 2
    assert len(bad) == (1 if row else 0)
    if row:
        assert why in bad[0] and ",4," in bad[0]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("P-1,temperature,2026-03-01 08:00,2000", "温度 的值 2000 °C 超出范围 -60 °C 到 300 °C。"),
        ("P-1,power,2026-03-01 08:00,lots", "功率 的值不是数字。"),
        ("P-1,temperature,2026-03-09 08:30,20", "时间 2026-03-09 08:30 比社区时间快，设备的时钟可能不准。"),
        ("P-1,temperature,2025-03-01T00:30:00Z,20", "时间 2025-03-01 08:30 太早，设备的时钟可能不准。"),
    ],
)
def test_a_reason_names_the_metric_as_people_do_and_tells_their_clock(devices, director, row, why):
    """Also in a file whose columns are named in another language, and in the file that is returned."""
    returned = io.StringIO()
    import_readings(io.BytesIO(f"{LONG}{row}\n".encode()), actor=director, bad_rows=returned, check_only=True)
    [bad] = csv.DictReader(io.StringIO(returned.getvalue()))
    assert (bad["原因"], bad["行号"]) == (why, "2")
    with translation.override("en"):
        returned = io.StringIO()
        import_readings(io.BytesIO(f"{LONG}{row}\n".encode()), actor=director, bad_rows=returned, check_only=True)
        [bad] = csv.DictReader(io.StringIO(returned.getvalue()))
        assert bad["Line"] == "2" and not re.search("[\u4e00-\u9fff]|UTC|\\+00:00", bad["Reason"])
        again, bad_again = check(returned.getvalue().replace("2000", "20"), director)
        assert (again.readings, len(bad_again)) == ((1, 0) if "2000" in row else (0, 1)), "it can be brought back"


def test_the_privacy_gates_hold(world, devices, director):
    revoke(devices["P-2"], actor=director)
    done, bad = check(
        f"{LONG}P-2,temperature,2026-03-01,1\nW-1,volume,2026-03-01,1\nW-1,battery,2026-03-01,9\n", director
    )
    assert done.readings == 2 and "已经停用" in bad[0]
    enrol(NewDevice("G-1", "gas", home_id=world.homes[0].pk), actor=director)
    assert "没有同意" in check(f"{LONG}G-1,lel,2026-03-01,1\n", director)[1][0]
    with pytest.raises(NotAllowed):
        check(LONG, world.actor("grid_worker"))


def test_another_communitys_devices_are_unknown(devices, director, other_world):
    with other_world.scope():
        enrol(NewDevice("X-1", "charger"), actor=other_world.actor("community_director"))
    assert "没有登记" in check(f"{LONG}X-1,temperature,2026-03-01,1\n", director)[1][0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_wide_files_in_chinese_are_read(devices, director, encoding):
    text = "时间;设备编号;温度;power\n2026/3/1 8:00;P-1;21,5;100\n2026年3月1日 08:01;P-1;;101\n"
    done, bad = check(text, director, encoding=encoding)
    assert (done.readings, bad) == (3, [])


def test_a_returned_file_can_be_mended_and_imported(devices, director):
    out = io.StringIO()
    text = "time,device,temperature,power\n2026-03-01,P-1,hot,5\n"
    import_readings(io.BytesIO(text.encode()), actor=director, bad_rows=out, check_only=True)
    done, bad = check(out.getvalue().replace("hot", "20"), director)
    assert (done.readings, bad) == (2, [])


def test_returned_cells_do_not_run_in_a_spreadsheet(devices, director):
    _, bad = check(f"{LONG}=cmd|x,temperature,2026-03-01,1\n", director)
    assert bad[0].startswith("'=cmd")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_heading"),
        (b"\n\n", "no_heading"),
        (b"device,value,metric\n", "missing_column"),
        (b"device,time\n", "missing_column"),
        (b"device,time,metric\n", "missing_column"),
        (b"device,time,code,x\n", "twice"),
        (b"device,time,x,x\n", "twice"),
        (b"\xff\xfe\x00\x01\x80\x80", "unknown_encoding"),
        (b"device,time,x\0\n", "unknown_encoding"),
        (LONG.encode() + b'P-1,temperature,2026-03-01,"' + b"x" * 200_000, "long_line"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(devices, director, content, code):
    with pytest.raises(Invalid) as refused:
        check(content, director)
    assert refused.value.code == code and str(refused.value)


def test_a_long_file_takes_no_more_memory_than_a_short_one(devices, director, tmp_path):
    def peak(rows):
        path = tmp_path / "many.csv"
        with path.open("w") as file:
            file.write(LONG)
            file.writelines(f"P-1,temperature,{1772300000000 + n},{n % 90}\n" for n in range(rows))
        tracemalloc.start()
        with path.open("rb") as file:
            done = import_readings(file, actor=director, check_only=True)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert done.readings == rows
        return most

    peak(10)
    assert peak(60_000) < peak(6_000) + 3_000_000


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2100, 1, 1)))
def test_a_time_without_a_zone_is_the_neighbourhoods(moment):
    moment = moment.replace(microsecond=0)
    there = round(moment.replace(tzinfo=SHANGHAI).timestamp() * 1000)
    assert moment_of(moment.isoformat(sep=" "), SHANGHAI) == there
    assert moment_of(moment.strftime("%Y/%m/%d %H:%M:%S"), SHANGHAI) == there
    assert moment_of(moment.isoformat() + "Z", SHANGHAI) == round(moment.replace(tzinfo=UTC).timestamp() * 1000)
    assert moment_of(moment.isoformat() + "+08:00", UTC) == round(
        moment.replace(tzinfo=ZoneInfo("Etc/GMT-8")).timestamp() * 1000
    )


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_number_reads_the_same_with_a_point_and_a_comma(number):
    text = repr(number)
    assert number_of(text) == number_of(text.replace(".", ",")) == float(text)


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text):
    number_of(text)
    moment_of(text, UTC)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=200))
def test_utf_8_is_known_as_such(text):
    assert encoding_of(io.BytesIO(text.encode())) == "utf-8-sig"
