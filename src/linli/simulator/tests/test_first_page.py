"""The demo waits for a first page that says how many people live here, and starts again when somebody was erased."""

import pytest

from linli.foundation.clock.reading import forget_line
from linli.foundation.registry.models import Resident
from linli.simulator.demo import people_shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings):
    settings.LINLI_DEMO = settings.LINLI_SIMULATED_CLOCK = True
    forget_line()
    yield
    forget_line()


def test_the_number_follows_whoever_lives_here(client, world, demo):
    with world.scope():
        here = Resident.objects.living_here().count()
        assert people_shown(client.get("/").content.decode()) == here > 1
        Resident.objects.living_here().order_by("pk").last().delete()
    assert people_shown(client.get("/").content.decode()) == here - 1


def test_an_empty_page_says_no_number():
    assert people_shown("<h1>4,906</h1>") == 0
