"""The browser enforces the content security policy, and no page of ours needs it to look away."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import breaks_the_policy
from tests.sweep.objects import place_objects

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = {
    None: ["/sign-in/", "/sign-in/staff/", "/r/{o.rating_token}", "/styleguide/", "/offline/", "/nothing/"],
    "elder": [
        "/portal/", "/portal/report/", "/portal/matters/", "/portal/matters/{o.request.pk}/", "/portal/me/",
        "/portal/me/devices/", "/portal/me/looks/", "/portal/me/consents/", "/portal/me/rights/{o.rights.pk}/",
    ],
    "community_director": [
        "/workbench/", "/workbench/cases/{o.case.pk}/", "/workbench/map/", "/workbench/accounts/",
        "/workbench/privacy/exports/{o.export.pk}/", "/workbench/registry/", "/cockpit/", "/cockpit/rows/cases",
    ],
    "auditor": ["/workbench/privacy/log/", "/workbench/mine/", "/sign-in/second-factor/mine/"],
    "wall_display": ["/cockpit/"],
}  # fmt: skip


@pytest.mark.parametrize("who", PAGES)
def test_no_page_breaks_the_policy(signed_in, world, who):
    cache.clear()
    objects = place_objects(world)
    page, said = signed_in(who, PHONE if who == "elder" else DESK), []
    page.on(
        "console",
        lambda message: said.append(f"{page.url}: {message.text}") if breaks_the_policy(message.text) else None,
    )
    for address in PAGES[who]:
        page.goto(address.format(o=objects))
        page.wait_for_load_state("networkidle")
    assert said == []


def test_the_browser_stops_what_somebody_slips_in(signed_in, world):
    """A control: the same ear hears it when a page does carry something inline, and the browser does not run it."""
    page, said = signed_in("elder", PHONE), []
    page.on("console", lambda message: said.append(message.text) if breaks_the_policy(message.text) else None)
    page.goto("/portal/me/")
    page.evaluate(
        """() => {
          document.body.insertAdjacentHTML("beforeend",
            "<img src=/none.png onerror='window.ran = true'><p id=styled style='color: rgb(1, 2, 3)'>x</p>");
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
        }"""
    )
    page.wait_for_timeout(500)
    assert page.evaluate("window.ran") is None
    assert page.evaluate("getComputedStyle(document.querySelector('#styled')).color") != "rgb(1, 2, 3)"
    assert len(said) >= 3
