"""A message that the database does not take is given up alone; a database that takes nothing loses nothing."""

import pytest
from django.db import DatabaseError, connection

from linli.sense.telemetry.isolating import MOST_AN_HOUR, Isolator
from linli.sense.telemetry.models import HotObservation, IngestCursor, Quarantined
from linli.sense.telemetry.tests.streaming import NOW, messages

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="the trigger is written for SQLite")


@pytest.fixture
def refuses(store):
    """The database refuses a floor of 66 and above."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TRIGGER refuses BEFORE INSERT ON telemetry_hotobservation WHEN NEW.value >= 66 "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    yield store
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER refuses")


def floors(*numbers, since=1):
    return messages(
        *({"t": NOW + since * 1000 + n, "v": {"floor": floor}} for n, floor in enumerate(numbers)), since=since
    )


def test_the_others_of_its_batch_are_stored_and_it_is_set_aside_without_what_it_said(refuses):
    counts = Isolator(refuses).store(floors(1, 2, 66, 4, 5, 6, 67))
    assert (counts.accepted, counts.quarantined) == (5, 2)
    assert sorted(HotObservation.objects.values_list("value", flat=True)) == [1, 2, 4, 5, 6]
    assert list(Quarantined.objects.order_by("sequence").values_list("sequence", "code", "device_code")) == [
        (3, "not_stored", "lift-1"), (7, "not_stored", "lift-1"),
    ]  # fmt: skip
    assert {bytes(row.payload) for row in Quarantined.objects.all()} == {b""}
    cursor = IngestCursor.objects.get()
    assert (cursor.sequence, cursor.accepted, cursor.quarantined) == (7, 5, 2)


def test_of_many_in_an_hour_few_are_given_up_and_the_rest_waits(refuses):
    isolator = Isolator(refuses)
    with pytest.raises(DatabaseError):
        isolator.store(floors(*[66] * (MOST_AN_HOUR + 5)))
    assert Quarantined.objects.count() == MOST_AN_HOUR == IngestCursor.objects.get().sequence
    with pytest.raises(DatabaseError):
        isolator.store(floors(66, since=MOST_AN_HOUR + 1))
    assert isolator.store(floors(3, since=MOST_AN_HOUR + 1)).accepted == 1
