"""Whatever lies sealed as a whole file opens under new keys, and the old ones are not needed any more."""

import pytest

from linli.foundation.registry.actions import keep_upload
from linli.foundation.registry.uploads import content_of as upload_of
from linli.foundation.vault.resealing import reseal_all, rotate
from linli.foundation.vault.tests.conftest import own_keys  # noqa: F401
from linli.sense.intake.actions import keep_hotline_file
from linli.sense.intake.models import HotlineFile
from linli.sense.intake.store import file_of
from linli.sense.telemetry.importing.keeping import content_of, keep_file
from linli.sense.telemetry.models import ReadingsFile

GRIDS = "网格编号,网格名称\n7,\n".encode()
ORDERS = "工单编号,诉求内容\nHZ9,路灯坏了\n".encode()
READINGS = b"device,time,metric,value\nLAMP-1,2026-03-01 08:00,temperature,21.5\n"


@pytest.mark.django_db
def test_every_kept_file_opens_after_the_keys_were_changed(own_keys, world):  # noqa: F811
    director = world.actor("community_director")
    with world.scope():
        upload = keep_upload(GRIDS, "grids.csv", template="grids", actor=director)
        orders = keep_hotline_file(ORDERS, "orders.csv", actor=director)
        readings = keep_file(READINGS, "readings.csv", actor=director)
        before = [bytes(one.content) for one in (upload, orders, readings)]
        rotate(wait=0)
        upload.refresh_from_db()
        orders, readings = HotlineFile.objects.get(), ReadingsFile.objects.get()
        assert (upload_of(upload), file_of(orders), content_of(readings)) == (GRIDS, ORDERS, READINGS)
        assert not {bytes(one.content) for one in (upload, orders, readings)} & set(before)
        assert reseal_all() == 0
