"""Many people at the same moment; run as a program, in an SQLite database on disk."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from linli.foundation.tests.at_once import together

if TYPE_CHECKING:
    from linli.testing import SmallCommunity

SPEAKERS = 8


def what_came_of_it(world: SmallCommunity) -> dict[str, Any]:
    from linli.act.casework import actions
    from linli.act.casework.models import Case

    resident, lead, worker = (world.actor(who) for who in ("resident", "grid_lead", "grid_worker"))
    numbers = together(world, *[lambda: actions.receive("灯坏了", actor=resident).case.number for _ in range(SPEAKERS)])
    same_key = together(
        world,
        *[lambda: actions.receive("灯坏了", actor=resident, client_key="one").case.number for _ in range(SPEAKERS)],
    )
    with world.scope():
        case = Case.objects.order_by("pk").first()
        actions.accept(case.pk, actor=lead)
    taken = together(
        world,
        lambda: str(actions.take(case.pk, actor=lead).state),
        lambda: str(actions.take(case.pk, actor=worker).state),
    )
    with world.scope():
        case.refresh_from_db()
        handler = case.handler.display_name
    return {"numbers": numbers, "same_key": same_key, "taken": taken, "handler": handler}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    from django.conf import settings

    from linli.testing import build_community
    from linli.testing_tables import lay_into

    lay_into(settings.LINLI_HOME)
    print(json.dumps(what_came_of_it(build_community("many", serial=7))))
