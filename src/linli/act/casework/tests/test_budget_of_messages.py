"""What waits folded on the page of warnings is not sent one by one to the telephone; danger to life always is."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.events.dispatching import drain
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.door import handed_on
from linli.understand.warnings import attention
from linli.understand.warnings.tests.test_warning_life import raised

PHONE = "19900990001"


@pytest.fixture
def scene(world, monday_morning):
    world.accounts["grid_worker"].phone = PHONE
    world.accounts["grid_worker"].save()
    with world.scope():
        yield world


def warn(scene, n, level="P1"):
    raised(scene, source=f"device:{n}", kind="water_running", level=level)
    drain()


def texts():
    return [notice.text for notice in Notice.objects.order_by("pk") if handed_on(notice, "to") == PHONE]


def test_beyond_the_limit_one_message_says_that_there_are_more_and_danger_is_told_always(scene, monday_morning):
    worker = scene.actor("grid_worker")
    attention.set_budget(2, actor=worker)
    for n in range(6):
        warn(scene, n)
    told = texts()
    assert [text for text in told if "派给您" in text] == told[:2]
    assert len(told) == 3 and "多出来的不再一条一条发短信" in told[2] and told[2].endswith("/workbench/warnings/")
    warn(scene, 7, level="P0")
    assert any("P0 派给您" in text for text in texts()[3:])
    with clock.frozen(monday_morning + timedelta(days=1)):
        before = len(texts())
        warn(scene, 8)
        assert "派给您" in texts()[before], "a new day"


def test_without_a_limit_each_is_told(scene):
    for n in range(4):
        warn(scene, n)
    assert len([text for text in texts() if "派给您" in text]) == 4
