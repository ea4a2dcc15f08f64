from datetime import timedelta

import pytest

from linli.foundation.registry.models import Community
from linli.sense.open_sensors import actions
from linli.sense.telemetry import rows
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.lake import to_ms


@pytest.fixture
def director(world, monday_morning):
    with world.scope():
        yield world.actor("community_director")


@pytest.fixture
def open_world(world, director, settings, tmp_path):
    """Two lifts and two thermometers, all open since eight o'clock; what they measured is still among the hot rows."""
    settings.LINLI_HOME = tmp_path
    Community.objects.filter(pk=world.community.pk).update(origin_latitude=30.18, origin_longitude=120.2)
    world.community.refresh_from_db()
    devices = [
        enrol(NewDevice("LIFT-1", "lift", "一号电梯", facility_id=world.lift.pk), actor=director).device,
        enrol(NewDevice("LIFT-2", "lift", building_id=world.buildings[1].pk), actor=director).device,
        enrol(NewDevice("POST-1", "climate", building_id=world.buildings[0].pk), actor=director).device,
        enrol(NewDevice("POST-2", "climate"), actor=director).device,
    ]
    proposed = actions.propose([one.pk for one in devices], actor=director)
    opened = actions.approve([one.pk for one in proposed], actor=world.actor("dpo"))
    since = opened[0].decided_at
    world.since = since
    world.devices = {one.code: one for one in devices}
    measure(world, "LIFT-1", "vibration", [(n, n / 100) for n in range(-3, 20)])
    measure(world, "LIFT-1", "car_occupied", [(n, 1.0) for n in range(0, 20)])
    measure(world, "LIFT-1", "service_mode", [(5, 1.0), (6, 0.0)])
    measure(world, "LIFT-2", "vibration", [(n, 1.0 + n) for n in range(0, 5)])
    measure(world, "POST-1", "temperature", [(n, 20.0 + n) for n in range(0, 10)])
    return world


def measure(world, code, metric, said):
    """Store what the device said, (minutes after it was opened, value) each, as ingest would."""
    device = world.devices[code]
    points = [(device.pk, metric, to_ms(world.since + timedelta(minutes=minutes)), value) for minutes, value in said]
    rows.insert_observations(points)
    rows.move_last_values({(device.pk, metric): (points[-1][2], points[-1][3])})
