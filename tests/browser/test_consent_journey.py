"""Water sensing agreed to on paper at the door, seen, kept as a receipt, withdrawn in two taps; then nothing is stored."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from linli.foundation.events.dispatching import drain
from linli.foundation.lifecycle.ticks import run_due
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import HotObservation
from linli.sense.telemetry.storing import Store
from linli.sense.telemetry.stream import Message, subject_of
from linli.understand.warnings.models import DetectorState
from tests.browser.conftest import PHONE
from tests.browser.looking import AXE, RULES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def nothing_is_wrong(page: Page) -> None:
    found = AXE.run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


class Meter:
    """The elder's water meter; what it says goes through storing and detectors as in ``linli ingest``."""

    def __init__(self, world, lake):
        with world.scope():
            enrol(
                NewDevice("meter-1", "water_meter", home_id=world.homes[0].pk),
                actor=world.actor("community_director"),
            )
        self.world, self.store = world, Store(Lake(lake))
        self.store.open("journey")

    def says(self, volume: float):
        at = datetime.now(UTC)
        text = f'{{"t": {round(at.timestamp() * 1000)}, "v": {{"volume": {volume}}}}}'.encode()
        subject = subject_of(self.world.community.code, "meter-1")
        return self.store.store([Message(self.store.sequence + 1, subject, text, b"")])


def test_water_sensing_is_agreed_to_at_the_door_and_withdrawn_in_two_taps(world, signed_in, tmp_path):
    meter = Meter(world, tmp_path / "lake")
    assert meter.says(100.0).unconsented == 1

    worker = signed_in("grid_worker", PHONE)
    worker.goto("/workbench/search/?q=孟广田")
    worker.locator("main").get_by_role("link", name="孟").click()
    expect(worker.get_by_role("heading", level=1)).to_contain_text("同意")
    nothing_is_wrong(worker)
    with worker.expect_popup() as printing:
        worker.get_by_role("button", name="印同意书").click()
    printing.value.close()
    with world.scope():
        code = world.residents["elder"].consent_forms.get().code
    worker.goto(f"/workbench/consents/form/{code.lower()}/")
    nothing_is_wrong(worker)
    assert worker.locator("input[value=yes]:checked").count() == 0
    worker.get_by_role("group", name="水表关怀").get_by_text("同意", exact=True).click()
    worker.get_by_role("button", name="录入").click()
    expect(worker.get_by_role("alert")).to_contain_text("拍下来")
    nothing_is_wrong(worker)
    picture = tmp_path / "form.jpg"
    Image.new("RGB", (600, 800), "white").save(picture)
    worker.locator("input[name=photos]").set_input_files(picture)
    worker.get_by_role("button", name="录入").click()
    expect(worker.locator("#purpose-water_care")).to_contain_text("看签字的纸 1")
    nothing_is_wrong(worker)
    assert meter.says(100.0).accepted == 1
    with world.scope():
        assert DetectorState.objects.filter(detector="no_water").exists()

    elder = signed_in("elder", PHONE)
    elder.goto("/portal/me/consents/")
    section = elder.locator("#purpose-water_care")
    expect(section).to_contain_text("纸上签的字")
    nothing_is_wrong(elder)
    with world.scope():
        consent = world.residents["elder"].consents.get()
    receipt = elder.request.get(f"/portal/me/consents/{consent.pk}/receipt.pdf")
    assert receipt.ok and receipt.body().startswith(b"%PDF")
    assert section.get_by_role("link", name="凭据").get_attribute("href").endswith("receipt.pdf")

    section.get_by_role("link", name="不再看我家水表").click()
    nothing_is_wrong(elder)
    section.get_by_role("button", name="不再看我家水表").click()
    expect(section).to_contain_text("已停，社区不再看您家水表。")
    expect(section).to_contain_text("删完")
    nothing_is_wrong(elder)

    stored = HotObservation.objects.count()
    assert meter.says(100.0).unconsented == 1
    assert HotObservation.objects.count() == stored
    drain()
    run_due()
    with world.scope():
        assert not DetectorState.objects.filter(detector="no_water").exists()

    section.get_by_role("button", name="改成每周有人来看我").click()
    expect(elder.get_by_role("heading", name="有人来看您")).to_be_visible()
    nothing_is_wrong(elder)
    worker.goto("/workbench/visits/")
    expect(worker.locator("main")).to_contain_text("孟")
    nothing_is_wrong(worker)
    worker.get_by_role("button", name="平安").click()
    expect(worker.locator("main")).to_contain_text("上门看看")
