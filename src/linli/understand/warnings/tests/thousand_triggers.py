"""Triggers of a hundred devices, many at once, as a program: ``plant``, ``trigger SEED`` (one of several processes), ``count``."""

from __future__ import annotations

import os
import random
import sys
from threading import Thread

DEVICES, TRIGGERS, THREADS = 100, 1000, 5

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import OperationalError, connection

    from linli.foundation.accounts.actor import Actor
    from linli.foundation.events.models import Event
    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope
    from linli.testing import build_community
    from linli.understand.warnings.actions import raise_warning
    from linli.understand.warnings.models import Warning
    from linli.understand.warnings.places import Place

    if sys.argv[1] == "plant":
        call_command("migrate", verbosity=0)
        build_community("flood", serial=9)
        sys.exit()
    community = Community.objects.get()
    with community_scope(community):
        if sys.argv[1] == "count":
            rows = Warning.objects.active()
            opened = Event.objects.filter(kind="warnings.opened").count()
            again = Event.objects.filter(kind="warnings.retriggered").count()
            triggers = sum(rows.values_list("triggers", flat=True))
            print(rows.count(), rows.values("source").distinct().count(), opened, triggers == opened + again)
            sys.exit()
        from linli.foundation.registry.models import Grid

        grid = Grid.objects.order_by("pk").values_list("pk", flat=True)[0]
    detector = Actor.for_system("detector.gas_leak", community.pk)

    def trigger(sources: list[int]) -> None:
        with community_scope(community):
            for n in sources:
                try:
                    raise_warning(
                        "gas_leak",
                        source=f"device:{n}",
                        level="P0",
                        place=Place(grid),
                        evidence={"lel": 12},
                        actor=detector,
                    )
                except OperationalError:
                    continue
        connection.close()

    sources = [n for n in range(DEVICES) for _again in range(TRIGGERS // DEVICES)]
    random.Random(int(sys.argv[2])).shuffle(sources)
    print("going", flush=True)
    threads = [Thread(target=trigger, args=[sources[n::THREADS]]) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
