"""Payers and workers at one moment; run as a program, in an SQLite database on disk."""

from __future__ import annotations

import json
import os
from datetime import date
from typing import TYPE_CHECKING, Any

from linli.act.casework.tests.at_once import together

if TYPE_CHECKING:
    from linli.testing import SmallCommunity

RACES = ((1000, 8), (2500, 4), (5000, 4), (300, 12))
"""(thousandths of ε, payers at once)."""


def what_came_of_it(worlds: list[SmallCommunity]) -> list[dict[str, Any]]:
    """A race in each community; then the last one's release is approved and made by several at once."""
    from django.db import transaction

    from linli.foundation.privacy.publishing import actions, ledger
    from linli.foundation.privacy.publishing.models import OPEN_NUMBERS, Figure, LedgerEntry, Release

    found = []
    for world, (amount, payers) in zip(worlds, RACES, strict=False):
        director = world.actor("community_director")
        with world.scope():
            ledger.grant(OPEN_NUMBERS, "5", actor=director)

        def pay(n: int, amount: int = amount, director: Any = director) -> str:
            with transaction.atomic():
                return str(ledger.pay(OPEN_NUMBERS, amount, f"x:{n}", actor=director).left_after)

        answers = together(world, *[lambda n=n, pay=pay: pay(n) for n in range(payers)])
        with world.scope():
            lines = [[e.sequence, e.left_before, e.left_after] for e in LedgerEntry.objects.order_by("sequence")]
        found.append({"amount": amount, "payers": payers, "answers": answers, "lines": lines})

    world = worlds[len(RACES)]
    director, dpo, worker = (world.actor(who) for who in ("community_director", "dpo", "community_worker"))
    with world.scope():
        ledger.grant(OPEN_NUMBERS, "5", actor=director)
    first, last = date(2025, 1, 1), date(2025, 12, 31)
    proposals = together(
        world, *[lambda: str(actions.propose(first, last, share=1000, actor=worker).number) for _ in range(4)]
    )
    with world.scope():
        release = Release.objects.get()
    approvals = together(
        world, *[lambda a=a: actions.approve(release.pk, version=0, actor=a).state for a in (director, dpo) * 3]
    )
    together(world, *[lambda: actions.make(release.pk) for _ in range(4)])
    with world.scope():
        paid = [entry.amount for entry in LedgerEntry.objects.all()]
        figures = Figure.objects.count()
    found.append({"proposals": proposals, "approvals": approvals, "paid": paid, "figures": figures})
    return found


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django
    from django.conf import settings

    django.setup()
    from django.apps import apps
    from django.core.management import call_command

    from linli.testing import build_community

    settings.MIGRATION_MODULES = {config.label: None for config in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    print(json.dumps(what_came_of_it([build_community(f"r{n}", serial=n + 1) for n in range(len(RACES) + 1)])))
