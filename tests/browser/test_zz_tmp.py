
import pytest

from linli.foundation import clock
from linli.sense.telemetry.models import Device
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import seen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_x(world, signed_in):
    with world.scope():
        for t in ("lift", "charger", "water_meter", "smoke"):
            Device.objects.create(
                code=t, type=t, building=world.buildings[0], credential_digest="x", enrolled_at=clock.now()
            )
    for size in (DESK, PHONE):
        page = signed_in("community_director", size)
        page.goto("/workbench/devices/readings/")
        seen(page, f"readings-{size['width']}")
