"""A program that makes an instance with as many open warnings as it is told, none of them delivered yet."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    from django.conf import settings

    from linli.foundation.accounts.actor import Actor
    from linli.testing import build_community
    from linli.testing_tables import lay_into
    from linli.understand.warnings.actions import raise_warning
    from linli.understand.warnings.places import Place

    lay_into(settings.LINLI_HOME)
    world = build_community("many", serial=7)
    with world.scope():
        for n in range(int(sys.argv[1])):
            raise_warning(
                "smoke",
                source=f"device:{n}",
                level="P0",
                place=Place(world.grids[n % 2].pk, world.buildings[n % 2].pk),
                evidence={"since": "2026-03-02T01:00:00+00:00", "seconds": 60},
                actor=Actor.for_system("detector.smoke"),
            )
