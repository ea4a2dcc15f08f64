import pytest

from linli.act.casework.actions import perform
from linli.act.casework.models import Case, State
from linli.foundation.errors import Conflict
from linli.foundation.events.dispatching import drain
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.models import DeviceEntry
from linli.sense.telemetry.tending import ask_maintenance, open_maintenance
from linli.understand.triage.taxonomy import BROKEN_DEVICE

pytestmark = pytest.mark.django_db


@pytest.fixture
def lamp(world, monday_morning):
    with world.scope():
        new = NewDevice("lamp-1", "street_lamp", "东门路灯", building_id=world.buildings[0].pk)
        yield enrol(new, actor=world.actor("community_director")).device


def test_asking_for_a_repair_opens_one_case_for_the_grid_of_the_place(world, lamp):
    entry = ask_maintenance(lamp, actor=world.actor("grid_worker"), note="晚上不亮")
    with pytest.raises(Conflict):
        ask_maintenance(lamp, actor=world.actor("grid_worker"), note="还是不亮")
    drain()
    case = Case.objects.get()
    assert (case.title, case.category, case.grid_id) == ("东门路灯报修：晚上不亮", BROKEN_DEVICE, world.grids[0].pk)
    assert case.state == State.ACCEPTED or case.state == State.DISPATCHED
    assert case.nobody_reported()
    entry.refresh_from_db()
    assert entry.data["case_id"] == case.pk


def test_when_the_case_is_done_the_device_says_so_and_can_be_reported_again(world, lamp):
    ask_maintenance(lamp, actor=world.actor("grid_worker"), note="晚上不亮")
    drain()
    worker = world.actor("grid_worker")
    case = Case.objects.get()
    for verb, given in (("take", {}), ("start", {}), ("contact", {"text": "到了"}),
                        ("feed_back", {"result": "换了灯泡", "outcome": "fixed"})):  # fmt: skip
        case.refresh_from_db()
        perform(case.pk, verb, actor=worker, version=case.version, **given)
    drain()
    assert open_maintenance(lamp) is None
    assert list(lamp.entries.order_by("pk").values_list("what", flat=True)) == ["enrolled", "maintenance", "maintained"]
    assert lamp.entries.filter(what=DeviceEntry.What.MAINTAINED).get().data["number"] == case.number
    ask_maintenance(lamp, actor=worker, note="又不亮了")
    drain()
    assert Case.objects.count() == 2
