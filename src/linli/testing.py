"""A small world for tests: two communities with the same shape, so that every test has an outsider at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account, Grant, ProxyAuthority
from linli.foundation.accounts.queries import actor_of
from linli.foundation.accounts.roles import Role
from linli.foundation.registry.models import (
    Building,
    Community,
    Entrance,
    Estate,
    Facility,
    Grid,
    Home,
    Household,
    Resident,
    Street,
)
from linli.foundation.tenancy import community_scope

MONDAY_MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Monday 2 March 2026, 09:00 in Hangzhou: an ordinary working day."""


@dataclass
class SmallCommunity:
    """One estate, two grids with one building each, two homes a building, five residents, an account for each role.

    ``accounts`` and ``actors`` are keyed by role; ``other_grid_worker`` works in the second grid, ``neighbour`` is a
    resident of the second building, ``elder`` lives alone in the first home and has ``family_proxy`` as daughter.
    """

    community: Community
    estate: Estate
    grids: list[Grid]
    buildings: list[Building]
    homes: list[Home]
    residents: dict[str, Resident]
    phones: dict[str, str]
    lift: Facility
    accounts: dict[str, Account] = field(default_factory=dict)

    def actor(self, who: str) -> Actor:
        return actor_of(self.accounts[who])

    def scope(self):
        return community_scope(self.community)


def box(x: float, y: float, w: float = 40, h: float = 12) -> dict:
    """A GeoJSON rectangle, metres."""
    ring = [[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def build_community(code: str, *, serial: int, name: str = "试验社区") -> SmallCommunity:
    street, _ = Street.objects.get_or_create(code="330112001", defaults={"name": "试验街道"})
    community = Community.objects.create(street=street, code=code, name=name, phone=f"0571-0000-{serial:04d}")
    with community_scope(community):
        estate = Estate.objects.create(
            code="E1", name="枫杨里", kind="old", built_year=1992, outline=box(0, 0, 120, 80)
        )
        grids = [Grid.objects.create(number=n) for n in (1, 2)]
        buildings = [
            Building.objects.create(estate=estate, grid=grid, number=str(n), storeys=6, footprint=box(10, 20 * n))
            for n, grid in enumerate(grids, start=1)
        ]
        homes = []
        for building in buildings:
            entrance = Entrance.objects.create(building=building, number="1", has_lift=True)
            homes += [Home.objects.create(entrance=entrance, number=f"{f}01", floor=f) for f in (2, 5)]
        lift = Facility.objects.create(
            code="LIFT-1",
            name="1 幢 1 单元电梯",
            kind="lift",
            grid=grids[0],
            building=buildings[0],
            entrance=homes[0].entrance,
            x=20,
            y=26,
        )
        people = {
            "elder": ("孟广田", "m", date(1941, 5, 20), homes[0], True),
            "resident": ("方晓", "f", date(1978, 8, 8), homes[1], False),
            "child": ("方小满", "f", date(2016, 2, 29), homes[1], False),
            "neighbour": ("欧阳娜娜", "f", date(1955, 11, 3), homes[2], False),
            "newcomer": ("柳青", "m", date(1990, 1, 1), homes[3], False),
        }
        residents, phones = {}, {}
        for n, (who, (person, sex, born, home, alone)) in enumerate(people.items()):
            phones[who] = f"1990{serial:03d}{n:04d}"
            household, _ = Household.objects.get_or_create(home=home, code=f"H{home.pk}")
            residents[who] = Resident.objects.create(
                code=f"R{n}",
                name=person,
                sex=sex,
                birth_date=born,
                phone=phones[who],
                home=home,
                household=household,
                living_alone=alone,
            )
    small = SmallCommunity(community, estate, grids, buildings, homes, residents, phones, lift)
    _open_accounts(small, serial)
    return small


def _open_accounts(small: SmallCommunity, serial: int) -> None:
    starts, expires = MONDAY_MORNING - timedelta(days=3650), MONDAY_MORNING + timedelta(days=3650)

    def open_account(who: str, role: Role | None, **scope) -> Account:
        resident = small.residents.get(who)
        account = Account.objects.create_user(
            f"{who}-{serial}",
            "correct horse battery",
            display_name=resident.name if resident else who,
            community=small.community,
            resident=resident,
            phone=small.phones.get(who),
            phone_verified=bool(resident),
        )
        if role:
            Grant.objects.create(
                account=account,
                role=role,
                community=small.community,
                starts_at=starts,
                expires_at=expires,
                **scope,
            )
        small.accounts[who] = account
        return account

    for role in (
        Role.COMMUNITY_DIRECTOR,
        Role.COMMUNITY_WORKER,
        Role.DPO,
        Role.AUDITOR,
        Role.PROPERTY_COMPANY,
        Role.WALL_DISPLAY,
        Role.STREET_OFFICE,
    ):
        open_account(role.value, role)
    open_account(Role.GRID_LEAD.value, Role.GRID_LEAD, grid=small.grids[0])
    open_account(Role.GRID_WORKER.value, Role.GRID_WORKER, grid=small.grids[0])
    open_account("other_grid_worker", Role.GRID_WORKER, grid=small.grids[1])
    open_account(Role.BUILDING_LEAD.value, Role.BUILDING_LEAD, building=small.buildings[0])
    for who in ("elder", "resident", "neighbour"):
        open_account(who, Role.RESIDENT)
    proxy = open_account(Role.FAMILY_PROXY.value, Role.FAMILY_PROXY)
    ProxyAuthority.objects.create(
        principal=small.residents["elder"],
        proxy=proxy,
        scopes=["requests"],
        starts_at=starts,
        ends_at=expires,
        evidence="paper",
    )
