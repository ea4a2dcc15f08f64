"""A release for tests of what is done with it."""

from __future__ import annotations

from datetime import date

from linli.foundation.privacy.publishing import actions, ledger
from linli.foundation.privacy.publishing.models import OPEN_NUMBERS, Release
from linli.foundation.registry.models import Household, Resident
from linli.testing import SmallCommunity

FIRST, LAST = date(2026, 1, 1), date(2026, 2, 28)


def crowd(world: SmallCommunity, people: int = 600) -> None:
    """As many residents as a number needs to be useful, two a household, every tenth living alone."""
    with world.scope():
        households = Household.objects.bulk_create(
            Household(community=world.community, home=world.homes[n % 4], code=f"C{n}") for n in range(people // 2)
        )
        Resident.objects.bulk_create(
            Resident(
                community=world.community,
                code=f"C{n}",
                name="某",
                sex="fm"[n % 2],
                birth_date=date(1930 + n % 90, 3, 1),
                home=world.homes[n % 4],
                household=households[n // 2],
                living_alone=n % 10 == 0,
            )
            for n in range(people)
        )


def publish(world: SmallCommunity, *, first: date = FIRST, last: date = LAST, share: int = 250) -> Release:
    """Proposed by the worker, approved by the data-protection lead, made at once; the budget is granted when it must be."""
    with world.scope():
        if ledger.standing(OPEN_NUMBERS) is None:
            ledger.grant(OPEN_NUMBERS, "20", actor=world.actor("community_director"))
        release = actions.propose(first, last, share=share, actor=world.actor("community_worker"))
        actions.approve(release.pk, version=release.version, actor=world.actor("dpo"))
        actions.make(release.pk)
        release.refresh_from_db()
        return release
