"""Eight threads raise the same warning at the same moment; run as a program, in an SQLite database on disk."""

from __future__ import annotations

import os
from threading import Barrier, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linli.testing import SmallCommunity

THREADS = 8


def what_came_of_it(world: SmallCommunity) -> str:
    from django.db import connection

    from linli.foundation.accounts.actor import Actor
    from linli.foundation.events.models import Event
    from linli.understand.warnings.actions import raise_warning
    from linli.understand.warnings.models import Warning
    from linli.understand.warnings.places import Place

    together = Barrier(THREADS)
    detector = Actor.for_system("detector.trapped")
    place = Place(world.grids[0].pk)

    def trigger() -> None:
        together.wait()
        with world.scope():
            raise_warning("trapped", source="device:1", level="P0", place=place, evidence={}, actor=detector)
        connection.close()

    threads = [Thread(target=trigger) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with world.scope():
        triggers = [warning.triggers for warning in Warning.objects.all()]
    events = Event.objects.filter(kind__in=["warnings.opened", "warnings.retriggered"]).count()
    return f"{len(triggers)} warning, {sum(triggers)} triggers, {events} events"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    from django.conf import settings

    from linli.testing import build_community
    from linli.testing_tables import lay_into

    lay_into(settings.LINLI_HOME)
    print(what_came_of_it(build_community("many", serial=7)))
