"""One reader, one look left for the day, eight windows at once; run as a program, in an SQLite database on disk."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from linli.foundation.tests.at_once import together

if TYPE_CHECKING:
    from linli.testing import SmallCommunity

WINDOWS = 8


def what_came_of_it(world: SmallCommunity) -> list[str]:
    from linli.foundation.privacy import concerning
    from linli.foundation.privacy.door import REVEALS_A_DAY, reveal
    from linli.foundation.privacy.models import AccessRecord

    concerning._kinds["case"] = lambda number, resident, reader, *, emergency: True
    worker, elder = world.actor("grid_worker"), world.residents["elder"]
    with world.scope():
        for n in range(REVEALS_A_DAY - 1):
            reveal(elder, "phone", "case_contact", f"case:{n}", actor=worker)

    def look(n: int) -> str:
        reveal(elder, "phone", "case_contact", f"case:{100 + n}", actor=worker)
        return "seen"

    came = together(world, *[lambda n=n: look(n) for n in range(WINDOWS)])
    with world.scope():
        return [*came, str(AccessRecord.objects.count() - REVEALS_A_DAY)]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    from django.conf import settings

    from linli.testing import build_community
    from linli.testing_tables import lay_into

    lay_into(settings.LINLI_HOME)
    print(json.dumps(what_came_of_it(build_community("many", serial=7))))
