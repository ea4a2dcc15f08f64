"""A grid worker lets their browser ring; a P0 arrives in it with the workbench closed, and one press answers.

Chromium here has no push service behind it: the one in the test gives the address and takes what is sent, and the
message that it opened is handed to the service worker as the browser itself would.
"""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from linli.foundation.events.dispatching import drain
from linli.foundation.notices.actions import deliver_due
from linli.foundation.notices.models import Browser
from linli.foundation.notices.tests.push_service import PushService
from linli.understand.warnings.models import Call
from linli.understand.warnings.tests.test_warning_life import raised
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_rule_journey import nothing_is_wrong

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GIVES_ADDRESS = """(given) => {
  let kept = null;
  const subscription = () => ({ ...JSON.parse(given), toJSON: () => JSON.parse(given), unsubscribe: async () => true });
  PushManager.prototype.subscribe = async (how) => {
    if (new Uint8Array(how.applicationServerKey).length !== 65) throw new Error("key");
    localStorage.setItem("push", "1");
    return subscription();
  };
  PushManager.prototype.getSubscription = async () => (localStorage.getItem("push") ? subscription() : null);
}"""


@pytest.fixture
def service(settings):
    service = PushService()
    settings.LINLI_PUSH_HOSTS = settings.LINLI_PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    yield service
    service.stop()


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_a_p0_rings_in_a_browser_whose_pages_are_closed(world, signed_in, live_server, service, viewport):
    page = signed_in("grid_worker", viewport)
    page.context.add_init_script(f"({GIVES_ADDRESS})({json.dumps(service.subscription())})")
    page.goto("/workbench/mine/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("button", name="在这台设备上响").click()
    expect(page.get_by_text("浏览器不让邻里发提醒")).to_be_visible()
    nothing_is_wrong(page)

    page.context.grant_permissions(["notifications"], origin=live_server.url)
    page.reload()
    page.get_by_role("button", name="在这台设备上响").click()
    expect(page.get_by_text("这台设备会响。", exact=True)).to_be_visible()
    expect(page.get_by_text("就是这里").last).to_be_visible()
    expect(page.get_by_text("还没有响过。")).to_be_visible()
    nothing_is_wrong(page)

    page.get_by_role("button", name="响一下试试").click()
    assert deliver_due()[0] == 1
    deliver = delivering(page, live_server.url)
    deliver(service.got[-1])
    expect_shown(page, ["邻里：试一下"])

    with world.scope():
        raised(world)
        drain()
        deliver_due()
        assert Call.objects.filter(way="push", notice__state="sent").count() == 1
    both = ["邻里：试一下", service.got[-1]["title"]]
    for _ in range(2):
        deliver(service.got[-1])
        shown = expect_shown(page, both)
    assert "P0" in shown[-1]["title"]

    link = signed_in(None, PHONE)
    link.goto(shown[-1]["link"])
    link.get_by_role("button", name="我去").click()
    expect(link.get_by_text("记下了，您来管")).to_be_visible()
    with world.scope():
        assert Call.objects.get(way="push").answer == "push"

    page.reload()
    expect(page.get_by_text("最近响过：")).to_be_visible()
    page.get_by_role("button", name="不再响").click()
    expect(page.get_by_role("button", name="在这台设备上响")).to_be_visible()
    assert not Browser.objects.exists()


def delivering(page: Page, origin: str):
    """Hands a message to the service worker of the page's origin as the browser does when one arrives."""
    session, found = page.context.new_cdp_session(page), []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"] if not one["isDeleted"]),
    )
    session.send("ServiceWorker.enable")
    for _ in range(200):
        if not found:
            page.wait_for_timeout(50)

    def deliver(message: dict) -> None:
        session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": found[-1], "data": json.dumps(message, ensure_ascii=False)},
        )

    return deliver


SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map((one) => ({ title: one.title, body: one.body, link: one.data.link }))"""


def expect_shown(page: Page, titles: list[str]) -> list[dict]:
    """The notifications on the screen, once there are as many as titles."""
    for _ in range(200):
        shown = page.evaluate(SHOWN)
        if len(shown) == len(titles):
            break
        page.wait_for_timeout(50)
    assert sorted(one["title"] for one in shown) == sorted(titles)
    return sorted(shown, key=lambda one: titles.index(one["title"]))
