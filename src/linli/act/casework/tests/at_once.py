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
    return {"numbers": numbers, "same_key": same_key, "taken": taken, "handler": handler} | at_a_warning(world)


def at_a_warning(world: SmallCommunity) -> dict[str, Any]:
    """A trapped rider: handed over while somebody arrives, two arrive, two feed back; each pair at one moment."""
    from linli.act.casework import actions
    from linli.foundation.accounts.actor import Actor
    from linli.understand.warnings import actions as warnings
    from linli.understand.warnings.models import Warning
    from linli.understand.warnings.places import Place

    lead, worker, desk = (world.actor(who) for who in ("grid_lead", "grid_worker", "community_worker"))
    system = Actor.for_system("detector", world.community.pk)

    def begun(source: str) -> tuple[Warning, int]:
        with world.scope():
            place = Place(world.grids[0].pk, world.buildings[0].pk)
            evidence = {"seconds": 60, "reason": "alarm"}
            warning = warnings.raise_warning(
                "trapped", source=source, level="P0", place=place, evidence=evidence, actor=system
            )
            case = actions.open_case_for_warning(warning.pk, actor=system)
            actions.start(case.pk, actor=worker)
            return warning, case.pk

    def who_has(warning: Warning) -> str:
        with world.scope():
            found = Warning.objects.select_related("acknowledged_by").get(pk=warning.pk)
            assert found.arrived_at is not None
            return found.acknowledged_by.display_name if found.acknowledged_by else ""

    handed, case = begun("facility:1")
    account = world.accounts["grid_lead"].pk
    together(
        world,
        lambda: warnings.arrive(handed, actor=worker),
        lambda: actions.hand_over(case, account_id=account, actor=desk),
    )
    both, _case = begun("facility:2")
    first = together(
        world,
        *[lambda who=who: warnings.arrive(both, actor=who).acknowledged_by_id for who in (worker, lead)],
    )
    over, ended = begun("facility:3")
    given = {"outcome": "fixed", "result": "人出来了", "finding": "true", "on_site": True}
    fed_back = together(
        world, *[lambda who=who: str(actions.feed_back(ended, **given, actor=who).state) for who in (worker, desk)]
    )
    with world.scope():
        state = str(Warning.objects.get(pk=over.pk).state)
    return {
        "arrived": who_has(handed), "first": [first, who_has(both)], "fed_back": fed_back, "warning": state,
    }  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    from django.conf import settings

    from linli.testing import build_community
    from linli.testing_tables import lay_into

    lay_into(settings.LINLI_HOME)
    print(json.dumps(what_came_of_it(build_community("many", serial=7))))
