"""The whole loop on a real instance: web, ingest, background work and message server as processes of their own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from linli.simulator import seeding
from linli.simulator.clockwork import PlatformClock, ms
from linli.simulator.demo import fleet_of
from linli.simulator.measuring import Founded, founded_instance
from linli.testing_tables import lay_into
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser

MONDAY_NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ESTATES = 2
PROMPTLY_MS = 5_000
"""From the last needed observation to the warning on the cockpit."""
PATIENCE_MS = 20_000
TO_THE_RESCUE = [
    ("开始处置", {}),
    ("办完了", {"finding": "true", "on_site": "on", "outcome": "fixed", "result": "人出来了，没有受伤。"}),
]


@pytest.fixture(scope="module")
def neighbourhood(tmp_path_factory) -> Iterator[Founded]:
    """Two estates on a Monday morning, nobody doing anything by themselves; time runs as fast as life."""
    home = tmp_path_factory.mktemp("neighbourhood") / "home"
    lay_into(home)
    with founded_instance(seed=1, estates=ESTATES, home=home) as founded:
        PlatformClock(founded.api).jump(ms(MONDAY_NINE.isoformat()), speed=1.0)
        yield founded


@pytest.fixture
def enter(neighbourhood, browser) -> Iterator[Callable[..., Page]]:
    """``enter("elder", PHONE)``: through the demo's door as one of its people."""
    contexts = []

    def come_in(who: str, viewport: dict) -> Page:
        context = browser.new_context(
            viewport=viewport, base_url=neighbourhood.instance.url, locale="zh-CN", reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.goto("/")
        page.click(f"button[name=who][value='{who}']")
        page.wait_for_load_state()
        return page

    yield come_in
    for context in contexts:
        context.close()


def messages(neighbourhood: Founded) -> list[dict]:
    """Every text message that has left so far."""
    outbox = neighbourhood.instance.home / "phones" / "outbox.ndjson"
    return [json.loads(line) for line in outbox.read_text().splitlines()] if outbox.exists() else []


def wait_for_message(neighbourhood: Founded, wanted: Callable[[dict], bool], seconds: float = 15) -> dict:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = next(filter(wanted, messages(neighbourhood)), None)
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"no such message among {messages(neighbourhood)}")


def stay_on(page: Page) -> Callable[[], bool]:
    """Mark the page; the answer says whether it is still the same document."""
    page.evaluate("window.sameDocument = true")
    return lambda: page.evaluate("window.sameDocument === true")


def work_next(page: Page, label: str, **given: str) -> None:
    """Press the step that the case proposes, which must be ``label``, and fill in what its window asks for."""
    button = page.locator("[data-acts] .btn.primary")
    expect(button).to_contain_text(label)
    button.click()
    if given:
        window = page.locator("dialog[open]")
        for name, value in given.items():
            field = window.locator(f"[name={name}]")
            kind = field.first.get_attribute("type")
            if kind == "radio":
                window.locator(f"[name={name}][value='{value}']").check()
            elif kind == "checkbox":
                field.check()
            else:
                field.fill(value)
        window.locator(".btn.primary").click()
    expect(page.locator("[data-toast]").first).to_be_visible()


def test_an_elder_is_heard_answered_and_heard_again(neighbourhood, enter):
    elder, worker, director = enter("elder", PHONE), enter("grid-worker", PHONE), enter("director", DESK)
    desk = enter("director", DESK)
    director.goto("/cockpit/")
    same_cockpit = stay_on(director)
    arrived, in_hand = (director.locator(f"[data-panel=matrix] tr.{row} .tot") for row in ("waiting", "working"))
    expect(arrived).to_have_text("0")
    expect(in_hand).to_have_text("0")

    expect(elder.locator("html")).to_have_attribute("data-theme", "elder")
    elder.get_by_role("link", name="我要反映").click()
    elder.get_by_role("button", name="下一步").click()
    expect(elder.locator(".err")).to_contain_text("还没有写是什么事")
    elder.fill("#words", "厨房的水龙头关不紧")
    elder.get_by_role("button", name="下一步").click()
    expect(elder.locator("[aria-current=step]")).to_contain_text("地方")
    elder.get_by_role("button", name="下一步").click()
    expect(elder.locator(".e-recap").first).to_contain_text("厨房的水龙头关不紧")
    elder.get_by_role("button", name="回上一步改").click()
    elder.get_by_role("button", name="回上一步改").click()
    elder.fill("#words", "楼道的灯不亮了，晚上看不见台阶")
    elder.get_by_role("button", name="下一步").click()
    elder.get_by_role("button", name="下一步").click()
    expect(elder.locator(".e-recap").first).to_contain_text("晚上看不见台阶")
    elder.get_by_role("button", name="对，交给你们").click()
    expect(elder.get_by_role("heading", name="收到了")).to_be_visible()
    number = elder.locator(".p-facts dd.nw").inner_text()
    expect(arrived).to_have_text("1")

    desk.goto("/workbench/")
    expect(desk.locator(".det-head")).to_contain_text(number)
    work_next(desk, "受理这件事")
    expect(in_hand).to_have_text("1")
    expect(arrived).to_have_text("0")

    worker.goto("/workbench/")
    expect(worker.locator("a.it")).to_have_count(1)
    worker.locator("a.it", has_text="灯").click()
    expect(worker.locator(".det-head")).to_contain_text(number)
    work_next(worker, "我来办这件事")
    work_next(worker, "给居民回电", text="下午三点带灯泡来")
    work_next(worker, "开始处置")
    work_next(worker, "办完了", outcome="fixed", result="换了灯泡，门口亮了。")

    elder.get_by_role("link", name="看这件事").click()
    expect(elder.locator(".p-now")).to_contain_text("换了灯泡，门口亮了。")
    expect(elder.locator(".timeline")).to_contain_text("下午三点带灯泡来")
    elder.locator("label", has_text="还没有").click()
    elder.locator(".p-faces label", has_text="很不满意").click()
    elder.fill("#reason", "第二天又灭了")
    elder.get_by_role("button", name="交评价").click()
    expect(elder.locator(".p-now")).to_contain_text("重新")

    phone = next(m.phone for m in neighbourhood.n.staff if m.username == "demo-grid-worker")
    told = wait_for_message(neighbourhood, lambda m: m["to"] == phone and number in m["text"])
    assert "重新" in told["text"] or "不满意" in told["text"]
    worker.goto("/workbench/")
    expect(worker.locator("a.it").first).to_contain_text("重新办")
    expect(director.locator("[data-panel=needs]")).to_contain_text("灯")
    expect(in_hand).to_have_text("1")
    assert same_cockpit()
    director.locator("[data-panel=needs] a").first.click()
    expect(director.locator(".det-main")).to_contain_text("第二天又灭了")


def lift_says(at: int, *, occupied: int, in_door_zone: int, door_open: int = 0) -> tuple[int, dict[str, float]]:
    """One reading of a car that does not move; ``at`` in ms."""
    return at, {
        "floor": 3, "door_open": door_open, "in_door_zone": in_door_zone, "car_occupied": occupied,
        "alarm_pressed": 0, "speed": 0, "service_mode": 0,
    }  # fmt: skip


def test_a_trapped_rider_is_seen_helped_and_over_without_reloading(neighbourhood, enter, capsys):
    n, grid = neighbourhood.n, neighbourhood.n.personas.grid
    lift = next(d for d in n.devices_of("lift") if n.facility_of[d.facility].grid == grid)
    devices = (lift, *n.devices_of("gateway"))
    secrets = seeding.enrol_devices(
        neighbourhood.places, neighbourhood.director, devices, neighbourhood.instance.home / "keys" / "devices.json"
    )
    fleet = fleet_of(n, neighbourhood.instance, secrets)
    clock = PlatformClock(neighbourhood.api)

    wall, worker = enter("wall", DESK), enter("grid-worker", PHONE)
    same_wall = stay_on(wall)
    worker.goto("/workbench/")
    same_list = stay_on(worker)
    danger = wall.locator("[data-panel=needs] .w.danger")
    expect(danger).to_have_count(0)

    now = clock.now()
    fleet.say(lift.code, [lift_says(now - 61_000, occupied=1, in_door_zone=0)])
    assert fleet.drain()
    wall.wait_for_timeout(1_000)
    expect(danger).to_have_count(0)
    said_at = time.monotonic()
    fleet.say(lift.code, [lift_says(clock.now(), occupied=1, in_door_zone=0)])
    expect(danger).to_have_count(1, timeout=PATIENCE_MS)
    delay = time.monotonic() - said_at
    with capsys.disabled():
        print(f" [warning on the cockpit {delay:.1f} s after the last needed observation]", end="")
    assert delay * 1000 <= PROMPTLY_MS
    expect(danger).to_contain_text("电梯可能困人")

    trapped = worker.locator("a.it", has_text="困")
    expect(trapped).to_have_count(1, timeout=PATIENCE_MS)
    assert same_list()
    trapped.click()
    for label, given in TO_THE_RESCUE:
        work_next(worker, label, **given)
    fleet.say(lift.code, [lift_says(clock.now(), occupied=0, in_door_zone=1, door_open=1)])
    expect(danger).to_have_count(0, timeout=PATIENCE_MS)
    director = enter("director", DESK)
    director.goto("/cockpit/")
    expect(director.locator("[data-panel=needs] .wf")).to_contain_text("今天处理完预警 1", timeout=PATIENCE_MS)
    assert same_wall()
    fleet.close()
