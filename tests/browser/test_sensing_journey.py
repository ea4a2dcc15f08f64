"""A camera: declared, assessed, approved by another person, its sign printed, enabled, and silent once it is taken down."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from linli.foundation import clock
from linli.foundation.errors import Conflict
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.sensing.models import Declaration
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import Device, HotObservation
from linli.sense.telemetry.storing import Store
from linli.sense.telemetry.stream import Message, subject_of
from linli.testing import gate_at
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import AXE, RULES, seen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def nothing_is_wrong(page: Page) -> None:
    found = AXE.run(page, options=RULES).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


class Camera:
    """A camera at the gate; what it says goes through storing as in ``linli ingest``."""

    def __init__(self, world, lake):
        self.world, self.store = world, Store(Lake(lake))
        self.store.open("journey")

    def enrol(self) -> None:
        with self.world.scope():
            new = NewDevice("cam-1", "camera", building_id=self.world.buildings[0].pk)
            enrol(new, actor=self.world.actor("community_director"))

    def says(self, zone: str = "z1"):
        at = round(datetime.now(UTC).timestamp() * 1000)
        text = f'{{"t": {at}, "v": {{"people@{zone}": 3}}}}'.encode()
        subject = subject_of(self.world.community.code, "cam-1")
        return self.store.store([Message(self.store.sequence + 1, subject, text, b"")])


def draw(page: Page, button: str, name: str, corners: list[tuple[float, float]]) -> None:
    page.get_by_role("button", name=button).click()
    box = page.locator(".view-stage svg").bounding_box()
    assert box is not None
    for x, y in corners:
        page.locator(".view-stage svg").click(position={"x": x * box["width"], "y": y * box["height"]})
    page.get_by_role("textbox", name="这个区域叫什么？").fill(name)
    page.get_by_role("button", name="画完这个区域").click()


def fill_declaration(page: Page) -> None:
    page.get_by_label("叫什么", exact=True).fill("东门摄像头")
    page.get_by_label("在哪里").select_option(label="枫杨里")
    page.get_by_label("什么地方").select_option(label="小区大门")
    page.get_by_label("具体位置，朝哪里").fill("岗亭上方，朝马路")
    page.get_by_label("人数").check()
    page.get_by_label("专职网格员").check()
    page.get_by_label("不用它也可以").fill("保安每两小时走一圈。")
    page.get_by_label("谁装的").fill("晚河安防公司")
    page.get_by_label("负责人", exact=True).fill("周平")
    page.get_by_label("负责人的工作电话").fill("0571-0000-0123")


def assess(page: Page) -> None:
    """Walk through the guide; nothing may be skipped."""
    page.get_by_role("button", name="存下，下一步").click()
    expect(page.locator("main")).to_contain_text("影响到哪些人")
    nothing_is_wrong(page)
    for box in page.locator("main textarea").all():
        box.fill("写明白了")
    for choice in page.locator("main select").all():
        choice.select_option("3")
    page.get_by_role("button", name="存下，下一步").click()
    expect(page.locator("main")).to_contain_text("原来：高")
    for box in page.locator("main textarea").all():
        box.fill("只传数字，不存画面")
    for choice in page.locator("main select").all():
        choice.select_option("2")
    nothing_is_wrong(page)
    page.get_by_role("button", name="存下，下一步").click()
    for box in page.locator("main textarea").all():
        box.fill("站岗的人夜里只有一个")
    page.get_by_role("button", name="存下，下一步").click()
    expect(page.locator("main")).to_contain_text("剩下最高的风险：中")
    nothing_is_wrong(page)
    page.get_by_role("button", name="交给负责人批准").click()
    expect(page.get_by_role("status")).to_contain_text("凭什么可以做？ 还缺一项")
    expect(page.get_by_role("heading", name="该不该做")).to_be_visible()
    for box in page.locator("main textarea").all():
        box.fill("写明白了")
    page.get_by_role("button", name="存下，下一步").click()
    page.goto(page.url.replace("/effects/", "/check/"))
    page.get_by_role("button", name="交给负责人批准").click()
    expect(page.locator("main")).to_contain_text("等批准")


def test_a_camera_is_declared_assessed_approved_signed_enabled_and_taken_down(world, signed_in, tmp_path):
    camera = Camera(world, tmp_path / "lake")
    with pytest.raises(Conflict):
        camera.enrol()

    worker = signed_in("community_worker", DESK)
    worker.goto("/workbench/privacy/")
    worker.get_by_role("link", name="设备公示和影响评估").click()
    nothing_is_wrong(worker)
    worker.get_by_role("link", name="公示一处摄像头").click()
    nothing_is_wrong(worker)
    fill_declaration(worker)
    worker.get_by_role("button", name="存草稿").click()
    expect(worker.get_by_role("alert")).to_contain_text("至少画一个计数的区域")
    nothing_is_wrong(worker)
    draw(worker, "加一个计数的区域", "大门", [(0.1, 0.4), (0.6, 0.4), (0.6, 0.9), (0.1, 0.9)])
    draw(worker, "加一个遮住的区域", "对面窗户", [(0.5, 0.1), (0.9, 0.1), (0.9, 0.6), (0.5, 0.6)])
    worker.get_by_role("button", name="存草稿").click()
    expect(worker.get_by_role("alert")).to_contain_text("伸进了遮住的地方")
    worker.get_by_role("button", name="全部重画").click()
    draw(worker, "加一个计数的区域", "大门", [(0.1, 0.4), (0.6, 0.4), (0.6, 0.9), (0.1, 0.9)])
    draw(worker, "加一个遮住的区域", "对面窗户", [(0.7, 0.1), (0.9, 0.1), (0.9, 0.4), (0.7, 0.4)])
    worker.get_by_role("button", name="存草稿").click()
    expect(worker.get_by_role("heading", level=1)).to_have_text("东门摄像头")
    nothing_is_wrong(worker)
    worker.get_by_role("button", name="交上去等批准").click()
    expect(worker.get_by_role("alert")).to_contain_text("先看一遍画面")
    worker.get_by_role("link", name="接着改").click()
    worker.get_by_label("我看过画面").check()
    worker.get_by_role("button", name="存草稿").click()
    worker.get_by_role("button", name="交上去等批准").click()
    expect(worker.locator("main")).to_contain_text("还没有批准的影响评估")

    worker.get_by_role("button", name="去做摄像头的影响评估").click()
    nothing_is_wrong(worker)
    assess(worker)
    expect(worker.get_by_role("button", name="批准")).to_have_count(0)

    lead = signed_in("dpo", DESK)
    lead.goto(worker.url)
    nothing_is_wrong(lead)
    lead.get_by_role("button", name="批准这份评估").click()
    expect(lead.locator("main")).to_contain_text("已批准")
    report = lead.request.get(lead.get_by_role("link", name="PDF").get_attribute("href"))
    assert report.ok and report.body().startswith(b"%PDF")

    with world.scope():
        made = Declaration.objects.get(type="camera")
    lead.goto(f"/workbench/privacy/sensing/{made.pk}/")
    lead.get_by_role("button", name="批准，开始公示").click()
    expect(lead.locator("main")).to_contain_text("已公示")
    nothing_is_wrong(lead)
    printed = lead.request.get(lead.get_by_role("link", name="印 A5 牌子").get_attribute("href"))
    sign = PdfReader(io.BytesIO(printed.body()))
    assert len(sign.pages) == 1
    assert made.code in sign.pages[0].extract_text()

    anybody = signed_in(None, PHONE)
    anybody.goto("/sensing/")
    nothing_is_wrong(anybody)
    anybody.get_by_role("link", name="东门摄像头").click()
    assert made.code in anybody.url
    expect(anybody.locator("main")).to_contain_text("不存画面")
    nothing_is_wrong(anybody)

    camera.enrol()
    assert camera.says().accepted == 1
    assert camera.says("z2").withheld == 1

    lead.get_by_text("撤下", exact=True).first.click()
    lead.get_by_label("为什么撤下").fill("换位置")
    with clock.frozen(clock.real_now() + timedelta(minutes=1)):
        lead.get_by_role("button", name="撤下", exact=True).click()
        expect(lead.locator("main")).to_contain_text("已撤下")
        stored = HotObservation.objects.count()
        assert camera.says().undeclared == 1
    assert HotObservation.objects.count() == stored == 1
    anybody.reload()
    expect(anybody.locator("main")).not_to_contain_text("不存画面")


def test_a_resident_refuses_the_face_in_two_taps_and_has_another_way_in(world, signed_in):
    with world.scope():
        world.put_in_force(gate_at(world.estate))
    elder = signed_in("elder", PHONE)
    elder.goto("/portal/me/sensing/")
    nothing_is_wrong(elder)
    elder.get_by_label("刷卡").check()
    elder.get_by_role("button", name="我不刷脸，用这种办法").click()
    expect(elder.locator("main")).to_contain_text("刷卡")
    elder.get_by_role("button", name="我试过，能进门").click()
    expect(elder.locator("main")).to_contain_text("试过，能进门")
    nothing_is_wrong(elder)


def test_an_elder_sees_the_meter_at_home_and_stops_it_in_two_taps(world, signed_in):
    with world.scope():
        elder_lives = world.residents["elder"].home
        Device.objects.create(code="meter-7", type="water_meter", name="厨房水表", home=elder_lives,
                              credential_digest="0" * 64, enrolled_at=clock.now() - timedelta(days=31),
                              last_seen_at=clock.now() - timedelta(hours=2))  # fmt: skip
        Device.objects.create(code="smoke-7", type="smoke", home=elder_lives, credential_digest="0" * 64,
                              enrolled_at=clock.now())  # fmt: skip
        give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
    page = signed_in("elder", PHONE)
    page.goto("/portal/me/sensing/")
    device = page.get_by_role("article", name="厨房水表")
    expect(device).to_contain_text("现在在看")
    seen(page, "at-home-elder")
    page.goto("/portal/me/sensing/?theme=standard")
    seen(page, "at-home-standard")
    device.get_by_role("link", name="停掉“水表关怀”").click()
    page.get_by_role("button", name="不再看我家水表").click()
    page.goto("/portal/me/sensing/")
    expect(device).to_contain_text("现在没有看")
