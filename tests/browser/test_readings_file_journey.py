"""A file of twelve thousand readings, some of them wrong, brought by the browser: checked, imported, stored once."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from openpyxl import Workbook
from playwright.sync_api import expect

from linli.foundation import clock
from linli.foundation.events import background
from linli.sense.telemetry import publishing
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.broker import Broker, service_address
from linli.sense.telemetry.ingesting import Ingest
from linli.sense.telemetry.models import IngestCursor, ReadingsFile
from linli.sense.telemetry.stream import state
from linli.sense.telemetry.wire import Connection
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import seen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LINES = 12_000
BAD = LINES // 100


@pytest.fixture
def queue(settings, tmp_path, transactional_db):
    """A real message server; jobs and messages wait until the test lets the worker and ingest take them."""
    settings.LINLI_HOME = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    publishing.forget_connection()
    with Broker(tmp_path, sync_always=False):
        yield
    publishing.forget_connection()


def long_file() -> dict:
    """Every hundredth line is wrong."""
    begin = timezone.localtime(clock.now()) - timedelta(days=2)
    rows = ["设备,时间,温度,功率"]
    for n in range(LINES):
        rows.append(f"P-1,{begin + timedelta(seconds=n):%Y-%m-%d %H:%M:%S},{'热' if n % 100 == 99 else n % 90},")
    return {"name": "三月.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode("gb18030")}


def ingest_all(home: Path) -> None:
    link = Connection(service_address(home), name="test")
    last = state(link).last
    link.close()
    Ingest(home, say=lambda words: None).run(until=last)


def test_a_long_file_is_checked_and_its_good_rows_are_imported_once(world, signed_in, queue, tmp_path):
    with world.scope():
        enrol(NewDevice("P-1", "charger", building_id=world.buildings[0].pk), actor=world.actor("community_director"))
    page = signed_in("community_worker", PHONE)
    page.goto("/workbench/devices/")
    page.get_by_role("link", name="导入读数").click()
    seen(page, "readings-upload")
    page.get_by_role("button", name="检查这个文件").click()
    expect(page.locator(".err").first).to_be_visible()
    page.get_by_label("读数文件").set_input_files(
        {"name": "x.csv", "mimeType": "text/csv", "buffer": "设备,温度\nP-1,1\n".encode()}
    )
    page.get_by_role("button", name="检查这个文件").click()
    expect(page.locator(".err").first).to_contain_text("缺少")
    file = long_file()
    for _turn in (1, 2):
        page.get_by_label("读数文件").set_input_files(file)
        page.get_by_role("button", name="检查这个文件").click()
        expect(page.locator("#progress")).to_contain_text("正在检查，0 / 12000 行")
        seen(page, "readings-checking")
        assert background.run_one_job()
        expect(page.locator("#progress")).to_contain_text(f"{LINES} 行里有 {BAD} 行不能导入", timeout=15_000)
        expect(page.locator("#progress")).to_contain_text("温度")
        expect(page.locator("#faults")).to_be_visible()
        seen(page, "readings-checked")
        with page.expect_download() as download:
            page.get_by_role("link", name="下载有问题的行").click()
        returned = download.value.path().read_text("utf-8-sig").splitlines()
        assert len(returned) == BAD + 1
        page.get_by_role("button", name=f"只导入好的 {LINES - BAD} 个读数").click()
        expect(page.locator("#progress")).to_contain_text("正在导入")
        assert background.run_one_job()
        expect(page.locator("#progress")).to_contain_text(f"送出 {LINES - BAD} 个读数", timeout=15_000)
        seen(page, "readings-done")
        ingest_all(tmp_path)
        page.get_by_role("link", name="换一个文件").click()
    cursor = IngestCursor.objects.get()
    assert (cursor.accepted, cursor.repeated, cursor.quarantined) == (LINES - BAD, LINES - BAD, 0)
    expect(page.locator("main")).to_contain_text("三月.csv")


def test_an_excel_sheet_is_read_at_a_desk_and_nobody_else_sees_the_file(world, signed_in, queue):
    with world.scope():
        enrol(NewDevice("P-1", "charger", building_id=world.buildings[0].pk), actor=world.actor("community_director"))
    book, out = Workbook(), io.BytesIO()
    for row in (["device", "time", "temperature", "colour"], ["P-1", clock.now().replace(tzinfo=None), 21.5, None]):
        book.active.append(row)
    book.save(out)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page = signed_in("community_director", DESK)
    page.goto("/workbench/devices/readings/")
    page.get_by_label("读数文件").set_input_files({"name": "book.xlsx", "mimeType": kind, "buffer": out.getvalue()})
    page.get_by_role("button", name="检查这个文件").click()
    assert background.run_one_job()
    expect(page.get_by_role("button", name="导入这 1 个读数")).to_be_visible(timeout=15_000)
    expect(page.locator("#progress")).to_contain_text("colour（没有这个指标）")
    seen(page, "readings-excel-desk")
    other = signed_in("community_worker", DESK)
    answer = other.goto(f"/workbench/devices/readings/{ReadingsFile._base_manager.get().pk}/")
    assert answer is not None and answer.status == 404
