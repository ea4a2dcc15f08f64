"""The cockpit on a desk's screen: nothing of the tile of devices is cut off, however many kinds there are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.faces.cockpit.state import forget
from linli.foundation import clock
from linli.foundation.privacy.sensing.kinds import is_sensitive
from linli.sense.telemetry.models import Device
from linli.sense.telemetry.speaking import WATCHED
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import seen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CUT_OFF = """() => {
  const tile = document.querySelector("[data-panel=sensing]");
  const edge = tile.getBoundingClientRect();
  const out = [...tile.querySelectorAll("li, p, h2")].filter(one => {
    const at = one.getBoundingClientRect();
    return at.height > 0 && (at.bottom > edge.bottom + 1 || at.top < edge.top - 1);
  }).map(one => one.textContent.trim());
  const below = edge.bottom > innerHeight + 1 && innerWidth > 1000 ? [`tile ends at ${edge.bottom}`] : [];
  return [...out, ...below];
}"""


@pytest.mark.parametrize("kinds", [3, 8, 99])
def test_every_line_of_the_device_tile_is_seen(world, signed_in, kinds):
    now = clock.now()
    with world.scope():
        for n, key in enumerate([key for key in WATCHED if not is_sensitive(key)][:kinds]):
            for twin in range(3):
                Device.objects.create(
                    code=f"{key}-{twin}", type=key, building=world.buildings[0], credential_digest="x",
                    enrolled_at=now - timedelta(days=90), last_seen_at=now if n != 4 or twin else now - timedelta(days=9),
                )  # fmt: skip
    forget()
    for size in (DESK, {"width": 1920, "height": 1080}, PHONE):
        page = signed_in("community_director", size)
        page.goto("/cockpit/")
        seen(page, f"cockpit-{size['width']}-{kinds}")
        assert page.evaluate(CUT_OFF) == [], size
