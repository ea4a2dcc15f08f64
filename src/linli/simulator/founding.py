"""What an operator does at the console before the doors can open: the tables, the community, its staff, the personas.

Run as ``python -m linli.simulator.founding`` with its task as one line of JSON on standard input (it holds
passwords): does the first part, prints ``migrated`` and ``founded``, waits for the line ``imported``, then gives out the
roles and personas that refer to it, prints ``ready``, declares what is sensed, prints ``declared`` and ends. Everything else enters by the public doors. Doing it again changes nothing.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

DIRECTOR, LEAD = "demo-director", "worker-1"
"""Who proposes and who approves: one of the community workers is the data-protection lead as well."""


def found(task: dict[str, Any]) -> None:
    """Make tables, community and staff. ``task`` is what :func:`task_for` in ``instance`` writes."""
    make_tables()
    print("migrated", flush=True)
    if not task:
        return
    from django.db import transaction

    with transaction.atomic():
        _open_community(task)


def make_tables() -> None:
    """Migrate the database; an embedded one that is new is copied where these migrations have been run before."""
    from django.conf import settings
    from django.core.management import call_command

    from linli.simulator import empty_database

    given = settings.DATABASES["default"]
    embedded = Path(given["NAME"]) if given["ENGINE"].endswith("sqlite3") else None
    if embedded is not None and empty_database.lay(embedded):
        return
    is_new = embedded is not None and not embedded.exists()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    if embedded is not None and is_new:
        empty_database.keep(embedded)


def _open_community(task: dict[str, Any]) -> None:
    from linli.foundation.accounts.models import Account, Grant
    from linli.foundation.clock.models import ClockState
    from linli.foundation.clock.setting import start_at
    from linli.foundation.registry.models import Community, Street

    if not ClockState.objects.exists():
        start_at(datetime.fromisoformat(task["starts_at"]), speed=0.0, catching_up=True)
    street, _ = Street.objects.get_or_create(code="330112001", defaults={"name": "晚河街道"})
    community, _ = Community.objects.get_or_create(
        code=task["community"],
        defaults={
            "name": task["community_name"], "street": street, "phone": "0571-0000-0110",
            "surroundings": task["surroundings"],
        },
    )  # fmt: skip
    for member in task["staff"]:
        if Account.objects.filter(username=member["username"]).exists():
            continue
        account = Account.objects.create_user(
            member["username"], member["password"], display_name=member["name"], phone=member["phone"],
            phone_verified=True, community=community,
        )  # fmt: skip
        if not member["grid"]:
            starts = datetime.fromisoformat(task["starts_at"])
            Grant.objects.create(
                account=account, role=member["role"], community=community, starts_at=starts,
                expires_at=starts + timedelta(days=365), granted_by="founding",
            )  # fmt: skip


def _account_of(who: str, task: dict[str, Any], community: Any) -> tuple[Any, bool]:
    """The account of somebody who stands in no register, and whether it was made now; it has no password."""
    from linli.foundation.accounts.models import Account

    account, made = Account.objects.get_or_create(
        username=f"demo-{who}",
        defaults={
            "display_name": task[f"{who}_name"], "phone": task[f"{who}_phone"], "phone_verified": True,
            "community": community,
        },
    )  # fmt: skip
    if made:
        account.set_unusable_password()
        account.save(update_fields=["password"])
    return account, made


def settle(task: dict[str, Any]) -> None:
    """Give the grid workers their grids and open the personas' accounts, once the registry stands."""
    from linli.foundation import clock
    from linli.foundation.accounts.actions import authorise_proxy, grant_role
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.accounts.models import Account, Grant
    from linli.foundation.accounts.queries import actor_of
    from linli.foundation.accounts.roles import Role
    from linli.foundation.privacy.consents.guarding import guardians_of, register_guardian
    from linli.foundation.registry.models import Community, Grid, Resident
    from linli.foundation.tenancy import community_scope

    community = Community.objects.get(code=task["community"])
    founder = Actor.for_system("founding", community.pk)
    with community_scope(community):
        grids = {grid.number: grid for grid in Grid.objects.all()}
        for member in task["staff"]:
            account = Account.objects.get(username=member["username"])
            if member["grid"] and not account.grants.exists():
                grant_role(account, Role(member["role"]), grid=grids[member["grid"]], actor=founder)
        for who in ("resident", "elder", "guardian"):
            if not task[who]:
                continue
            resident = Resident.objects.get(code=task[who])
            if not Account.objects.filter(resident=resident).exists():
                Account.objects.create_user(
                    f"demo-{who}", None, display_name=resident.name, phone=task[f"{who}_phone"], phone_verified=True,
                    community=community, resident=resident,
                )  # fmt: skip
        daughter, made = _account_of("daughter", task, community)
        if made:
            authorise_proxy(
                Resident.objects.get(code=task["elder"]), daughter, scopes=["requests", "care", "privacy"],
                ends_at=clock.now() + timedelta(days=365), evidence="本人在社区窗口签字", actor=founder,
            )  # fmt: skip
        lead = Account.objects.get(username=LEAD)
        if not Grant.objects.filter(community=community, role=Role.DPO).exists():
            grant_role(lead, Role.DPO, actor=founder)
        if task["child"]:
            mother, child = (Resident.objects.get(code=task[who]) for who in ("guardian", "child"))
            if not guardians_of(child):
                register_guardian(
                    child, mother, relation="mother", evidence="看过户口本原件",
                    actor=actor_of(Account.objects.get(username=DIRECTOR)),
                )  # fmt: skip
        analyst, made = _account_of("analyst", task, community)
        if made:
            grant_role(analyst, Role.ANALYST, actor=founder)


def declare(task: dict[str, Any]) -> None:
    """Put in force what the neighbourhood senses, before the first device comes."""
    from linli.foundation.accounts.models import Account
    from linli.foundation.accounts.queries import actor_of
    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope
    from linli.simulator.declaring import declare_sensing

    with community_scope(Community.objects.get(code=task["community"])):
        declare_sensing(*(actor_of(Account.objects.get(username=who)) for who in (DIRECTOR, LEAD)))


def main() -> None:
    import django

    django.setup()
    task = json.loads(sys.stdin.readline() or "{}")
    found(task)
    print("founded", flush=True)
    if task and sys.stdin.readline().strip() == "imported":
        settle(task)
        print("ready", flush=True)
        declare(task)
        print("declared", flush=True)


if __name__ == "__main__":
    main()
