"""The wall speaks when somebody is in danger, after one press; the same words stand on it, and no home is named."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from linli.faces.cockpit.state import forget
from linli.foundation.events.dispatching import drain
from linli.understand.warnings import actions
from linli.understand.warnings.places import Place
from linli.understand.warnings.tests.test_warning_life import DETECTOR
from tests.browser.conftest import DESK
from tests.browser.test_rule_journey import nothing_is_wrong

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEAR = """window.heard = []; window.speechSynthesis.speak = said => window.heard.push(said.text);"""


def smoke(world, n: int):
    home = world.homes[n]
    building = home.entrance.building
    return actions.raise_warning(
        "smoke", source=f"device:{n}", level="P0", place=Place(building.grid_id, building.pk, home.pk),
        evidence={"since": "2026-03-02T01:00:00+00:00", "seconds": 60}, actor=DETECTOR,
    )  # fmt: skip


@pytest.mark.parametrize("who", ["wall_display", "community_director"])
def test_danger_is_spoken_once_enabled_and_stands_on_the_screen(world, signed_in, who):
    forget()
    page = signed_in(who, DESK)
    page.add_init_script(HEAR)
    page.goto("/cockpit/")
    strip = page.locator("[data-alarm-words]")
    expect(strip).to_be_hidden()
    with world.scope():
        first = smoke(world, 0)
        drain()
    expect(strip).to_have_text("有险情：1 件，请马上派人到场。", timeout=8000)
    assert page.evaluate("heard") == [], "no sound before a press"
    nothing_is_wrong(page)
    page.get_by_role("button", name="打开声音").click()
    expect(page.get_by_role("button", name="出声开着")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("heard") == ["有险情：1 件，请马上派人到场。"]
    with world.scope():
        second = smoke(world, 2)
        drain()
    expect(strip).to_have_text("有险情：2 件，请马上派人到场。", timeout=8000)
    heard = page.evaluate("heard")
    assert heard[-1] == "有险情：2 件，请马上派人到场。" and len(heard) == 2
    assert not any(str(home.number) in said for said in heard for home in world.homes)
    with world.scope():
        for warning in (first, second):
            actions.acknowledge(warning, actor=world.actor("community_director"))
    expect(strip).to_be_hidden(timeout=8000)
    page.get_by_role("button", name="出声开着").click()
    with world.scope():
        smoke(world, 1)
    expect(strip).to_be_visible(timeout=8000)
    assert len(page.evaluate("heard")) == 2, "muted"
