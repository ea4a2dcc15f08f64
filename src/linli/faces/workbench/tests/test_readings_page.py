"""What the page of readings says before somebody brings a file, and the empty file that it offers."""

import csv
import io

import pytest

from linli.foundation import clock
from linli.sense.telemetry.importing.actions import import_readings
from linli.sense.telemetry.importing.keeping import check_file, keep_file
from linli.sense.telemetry.models import Device

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
PAGE = "/workbench/devices/readings/"


@pytest.fixture
def director(world, client):
    with world.scope():
        for code in ("P-1", "P-2"):
            Device.objects.create(code=code, type="charger", building=world.buildings[0], credential_digest="0" * 64,
                                  enrolled_at=clock.now())  # fmt: skip
    client.force_login(world.accounts["community_director"])
    return client


def test_the_page_says_how_old_readings_may_be_whose_time_it_is_and_in_which_units(director):
    told = director.get(PAGE).content.decode()
    for words in ("收 30 天以内的读数", "北京时间", "temperature", "°C", "后面多“行号”和“原因”两列", "充电桩的空表"):
        assert words in told, words
    assert "水表的空表" not in told, "there is none here"
    assert director.get(f"{PAGE}template/water_meter.csv").status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_empty_file_filled_in_is_taken_as_it_is(world, director, language):
    director.cookies["linli_language"] = language
    given = director.get(f"{PAGE}template/charger.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(given)))
    assert [row[0] for row in rows[1:]] == ["P-1", "P-2"]
    filled = io.StringIO()
    writer = csv.writer(filled)
    writer.writerow(rows[0])
    for row in rows[1:]:
        writer.writerow([*row[:2], *("1" for _ in rows[0][2:])])
    bad = io.StringIO()
    with world.scope():
        file = io.BytesIO(filled.getvalue().encode())
        actor = world.actor("community_director")
        done = import_readings(file, actor=actor, bad_rows=bad, check_only=True)
    assert (done.bad, done.readings) == (0, 2 * (len(rows[0]) - 2)), bad.getvalue()


def test_a_heading_that_a_spreadsheet_would_run_comes_back_as_words(world, director):
    bad = io.StringIO()
    with world.scope():
        file = io.BytesIO("设备,时间,=cmd|' /c calc'!A1\nP-1,2026-03-01 08:00,1\n".encode())
        import_readings(file, actor=world.actor("community_director"), bad_rows=bad, check_only=True)
    heading = next(csv.reader(io.StringIO(bad.getvalue())))
    assert heading[2].startswith("'=cmd") and heading[-2:] == ["行号", "原因"]


def test_the_empty_file_brought_back_as_it_is_holds_no_reading_and_offers_nothing_to_import(world, director):
    given = director.get(f"{PAGE}template/charger.csv").content
    with world.scope():
        kept = keep_file(given, "empty.csv", actor=world.actor("community_director"))
        check_file(kept.pk)
    told = director.get(f"{PAGE}{kept.pk}/").content.decode()
    assert "没有一个读数" in told and "都没有问题" not in told
    assert "导入这" not in told
