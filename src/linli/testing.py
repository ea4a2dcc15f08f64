"""A small world for tests: two communities with the same shape, so that every test has an outsider at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.models import Account, Grant, ProxyAuthority
from linli.foundation.accounts.queries import actor_of
from linli.foundation.accounts.roles import COMMUNITY_STAFF, GRID_STAFF, Role
from linli.foundation.privacy.purposes import all_purposes
from linli.foundation.privacy.sensing import actions as sensing
from linli.foundation.privacy.sensing.actions import Content
from linli.foundation.privacy.sensing.actions.declaring import assessment_of
from linli.foundation.privacy.sensing.guide import PAGES
from linli.foundation.privacy.sensing.models import Assessment, Declaration
from linli.foundation.privacy.sensing.rules.risk import RISKS
from linli.foundation.privacy.sensing.rules.scope import Scope, beyond
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
from linli.foundation.tenancy import active_community_id, community_scope

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

    def put_in_force(self, content: Content) -> Declaration:
        """Assess (where what stands does not reach) and declare by the actions: the director proposes, the lead approves."""
        director, lead = self.actor(Role.COMMUNITY_DIRECTOR.value), self.actor(Role.DPO.value)
        with self.scope():
            made = sensing.propose(sensing.declare(content, actor=director).pk, actor=director)
            standing = assessment_of(made.type)
            if standing is None or beyond(standing.weighed, made.scope):
                assess(made.type, proposer=director, lead=lead)
            return sensing.approve(made.pk, actor=lead)


def assess(device_type: str, *, proposer: Actor, lead: Actor) -> Assessment:
    """An approved assessment of what is declared and drafted of this kind; inside the community's scope."""
    made = sensing.open_assessment(device_type, actor=proposer)
    for page in PAGES.values():
        given: dict = {question.key: "写明白了" for question in page.questions}
        if page.key == "effects":
            given["risks"] = {key: {"likelihood": 2, "harm": 2} for key in RISKS}
        if page.key == "measures":
            after = {"measure": "只给当班的人看", "likelihood_after": 1, "harm_after": 2}
            given["risks"] = dict.fromkeys(RISKS, after)
        sensing.fill(made.pk, page.key, given, actor=proposer)
    sensing.propose_assessment(made.pk, actor=proposer)
    return sensing.approve_assessment(made.pk, actor=lead)


def camera_at(estate: Estate, **changes) -> Content:
    """A camera over an estate's gate that counts in one zone and is blind in another."""
    content = Content(
        type="camera", name="东门摄像头", room="gate", position="岗亭上方，朝马路", purpose="public_safety",
        stored=("people", "fire"), keep_days=30, viewers=("community_director", "grid_worker"),
        alternative="保安每两小时走一圈。", installer="晚河安防公司", responsible="周平", responsible_phone="0571-0000-0123",
        place=("estate", estate.pk), looks_into_no_home=True,
        zones=(
            {"key": "gate", "name": "大门", "corners": [[0.1, 0.3], [0.6, 0.3], [0.6, 0.9], [0.1, 0.9]], "masked": False},
            {"key": "homes", "name": "对面窗户", "corners": [[0.7, 0], [1, 0], [1, 0.4], [0.7, 0.4]], "masked": True},
        ),
    )  # fmt: skip
    return replace(content, **changes)


def gate_at(estate: Estate, **changes) -> Content:
    """A gate that knows faces, and opens by card, call button and the person on duty as well."""
    content = Content(
        type="access_gate", name="东门门禁", room="gate", position="东门人行通道", purpose="gate_entry",
        stored=("open", "forced", "entries_card", "entries_face"), keep_days=30, viewers=("community_director",),
        alternative="刷卡，或者按呼叫键，值班的人来开。", installer="晚河安防公司", responsible="周平",
        responsible_phone="0571-0000-0123", place=("estate", estate.pk), methods=("face", "card", "intercom", "staff"),
        tried_method="card", tried_on=MONDAY_MORNING.date(), tried_by="孟广田",
    )  # fmt: skip
    return replace(content, **changes)


def in_homes(device_type: str, purpose: str, metrics: Sequence[str], **changes) -> Content:
    """What is declared for the inside of every home of the community that agrees."""
    content = Content(
        type=device_type, name="家里的设备", room="meter" if device_type == "water_meter" else "home_door",
        position="同意的住户家里", purpose=purpose, stored=tuple(metrics), keep_days=90,
        viewers=("community_director", "community_worker", "grid_lead", "grid_worker"),
        alternative="网格员每周上门看看。", installer="晚河水务", responsible="周平", responsible_phone="0571-0000-0123",
        inside_homes=True,
    )  # fmt: skip
    return replace(content, **changes)


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
    with community_scope(community):
        _declare_meters_and_doors(serial)
    return small


def _declare_meters_and_doors(serial: int) -> None:
    """What most tests take for granted: meters and door magnets are declared and assessed, in homes and outside."""
    viewers = [role.value for role in (*COMMUNITY_STAFF, *GRID_STAFF)]
    assessments, declarations = [], []
    for n, (device_type, stored, purposes) in enumerate(
        (
            ("water_meter", ["volume", "battery"], {True: "water_care", False: "shared_supply"}),
            ("door_sensor", ["open", "battery"], {True: "door_care", False: "shared_doors"}),
            ("electricity_meter", ["energy"], {False: "shared_supply"}),
        )
    ):
        scope = Scope(
            frozenset(purposes.values()), frozenset(stored), 90, frozenset(viewers), True in purposes, False in purposes
        )
        assessment = Assessment(
            community_id=active_community_id(), number=f"PIA-2026-90{n}", type=device_type, scope=scope.as_json(),
            state="approved", opened_at=MONDAY_MORNING, approved_at=MONDAY_MORNING,
            versions={key: all_purposes()[key].version for key in purposes.values()},
        )  # fmt: skip
        assessments.append(assessment)
        declarations += [
            Declaration(
                community_id=active_community_id(), code=f"W{serial}{n}{inside:d}".replace("0", "Z"), type=device_type,
                name="水表、电表和门磁", inside_homes=inside, room="home_door" if inside else "plant", position="各处",
                purpose=purpose, stored=stored, keep_days=90, viewers=viewers, alternative="上门看看", installer="晚河水务",
                responsible="周平", responsible_phone="0571-0000-0123", state="in_force", assessment=assessment,
                made_at=MONDAY_MORNING, in_force_at=MONDAY_MORNING,
            )
            for inside, purpose in purposes.items()
        ]  # fmt: skip
    Assessment.objects.bulk_create(assessments)
    Declaration.objects.bulk_create(declarations)


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
        Role.ANALYST,
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
