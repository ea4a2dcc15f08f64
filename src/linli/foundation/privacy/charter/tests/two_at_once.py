"""Leads change the charter at the same moment; run as a program, in an SQLite database on disk."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linli.testing import SmallCommunity

LEADS = ("community_director", "dpo", "community_director", "dpo")


def what_came_of_it(world: SmallCommunity) -> str:
    """Four leads propose at once, then one approves while another withdraws, then both write in the same draft."""
    from linli.foundation.privacy.charter import actions
    from linli.foundation.privacy.charter.models import Change

    with world.scope():
        actions.begin_charter()
        drafts = [_draft(world, who, months) for who, months in zip(LEADS, (20, 21, 22, 23), strict=True)]
    proposing = together(
        world,
        [
            lambda pk=draft.pk, who=who: actions.propose(pk, "短一点", "Shorter", actor=world.actor(who))
            for draft, who in zip(drafts, LEADS, strict=True)
        ],
    )
    with world.scope():
        kept = sorted(
            facts["keep_months"]
            for change in Change.objects.all()
            for facts in change.document
            if facts["key"] == "case_contact"
        )
        won = Change.objects.get(state="proposed")
        author = LEADS[[draft.pk for draft in drafts].index(won.pk)]
        second = "dpo" if author == "community_director" else "community_director"
    deciding = together(
        world,
        [
            lambda: actions.approve(won.pk, version=won.version, actor=world.actor(second)),
            lambda: actions.withdraw(won.pk, "不改了", version=won.version, actor=world.actor(author)),
        ],
    )
    with world.scope():
        draft = Change.objects.filter(state="draft").order_by("pk").first()
        writer = LEADS[[one.pk for one in drafts].index(draft.pk)]
    writing = together(
        world,
        [
            lambda n=n: actions.write_purpose(
                draft.pk, {"key": "emergency", "keep_months": n}, version=draft.version, actor=world.actor(writer)
            )
            for n in (30, 31, 32)
        ],
    )
    return f"proposing {proposing}; kept {kept}; deciding {deciding}; writing {writing}"


def together(world: SmallCommunity, acts: list[Callable]) -> str:
    """What became of acts that began at the same moment, counted: ``done 1, stale 2``."""
    from django.db import connection

    from linli.foundation.errors import Refusal

    begin, came_of_it = Barrier(len(acts)), Counter[str]()

    def run(act: Callable) -> None:
        begin.wait()
        try:
            with world.scope():
                act()
            came_of_it["done"] += 1
        except Refusal as refusal:
            came_of_it[refusal.code] += 1
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ", ".join(f"{name} {count}" for name, count in sorted(came_of_it.items()))


def _draft(world: SmallCommunity, who: str, months: int):
    from linli.foundation.privacy.charter import actions

    change = actions.start_change(actor=world.actor(who))
    return actions.write_purpose(change.pk, {"key": "case_contact", "keep_months": months}, actor=world.actor(who))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
    import django

    django.setup()
    from django.conf import settings

    from linli.testing import build_community
    from linli.testing_tables import lay_into

    lay_into(settings.LINLI_HOME)
    print(what_came_of_it(build_community("many", serial=7)))
