"""On a page in English nothing is Chinese but names and what somebody said."""

from __future__ import annotations

import re

import pytest

from linli.act.casework import actions
from linli.faces.cockpit import state as kept
from linli.foundation import clock
from linli.foundation.accounts.models import Grant
from linli.foundation.accounts.roles import Role
from linli.foundation.events.dispatching import drain
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.registry.models import Resident
from linli.sense.telemetry.models import Device
from linli.understand.warnings.tests.test_warning_life import raised

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

SAID, TASK, NOTE = "三楼的灯不亮了", "换二楼的灯头", "明早带灯头来"
CHINESE = re.compile("[\u3001\u3002\u3400-\u9fff\uff01-\uff1f]+")
PAGES = (
    ("community_director", "/workbench/"), ("community_director", "/workbench/warnings/"),
    ("community_director", "/workbench/warnings/{warning}/"), ("community_director", "/workbench/warnings/calling/"),
    ("community_director", "/workbench/devices/"), ("community_director", "/workbench/devices/{device}/"),
    ("community_director", "/workbench/devices/enrol/"), ("community_director", "/workbench/cases/"),
    ("community_director", "/cockpit/"), ("community_director", "/cockpit/rows/needs"),
    ("grid_worker", "/workbench/"), ("grid_worker", "/workbench/cases/{case}/"),
    ("grid_worker", "/workbench/cases/{case}/sheet/"), ("resident", "/portal/"), ("resident", "/portal/matters/"),
    ("resident", "/portal/matters/{request}/"), ("resident", "/portal/me/"), ("elder", "/portal/"),
    ("elder", "/portal/me/sensing/"), ("elder", "/portal/me/consents/"), ("elder", "/portal/family/"),
)  # fmt: skip


@pytest.fixture
def lived_in(world):
    """A case that several people have touched, a warning that nobody answers, and devices of which one is not listened to."""
    kept.forget()
    for account in world.accounts.values():
        account.language = "en"
        account.save()
    worker, desk = world.actor("grid_worker"), world.actor("community_worker")
    with world.scope():
        case = actions.receive(SAID, actor=world.actor("resident")).case
        actions.accept(case.pk, actor=desk)
        actions.take(case.pk, actor=worker)
        actions.start(case.pk, actor=worker)
        actions.add_note(case.pk, text=NOTE, public=True, actor=worker)
        unit = actions.write_unit(kind="contractor", name="Bright Lamps", phone="19900007777", actor=desk)
        actions.send_errand(case.pk, unit_id=unit.pk, task=TASK, actor=worker)
        give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
        common = {"credential_digest": "0", "enrolled_at": clock.now(), "home": world.homes[0]}
        Device.objects.create(code="meter-7", type="water_meter", last_seen_at=clock.now(), **common)
        device = Device.objects.create(code="smoke-7", type="smoke", **common)
        Grant.objects.filter(role=Role.GRID_LEAD).delete()
        warning = raised(world)
        drain()
        names = {
            world.community.name,
            world.estate.name,
            world.lift.name,
            "水表、电表和门磁",
            "晚河水务",
            "各处",
            "周平",
            "上门看看",
            "简体中文",
            SAID,
            TASK,
            NOTE,
        }
        names |= {one.name for one in Resident.objects.all()} | {one.name[0] for one in Resident.objects.all()}
        said = {"灯", "不亮", "灯 不亮"}
        request = case.joined.get().request_id
    return {
        "keys": {"case": case.pk, "warning": warning.pk, "device": device.pk, "request": request},
        "names": sorted(names | said, key=len, reverse=True),
    }


@pytest.mark.parametrize(("who", "address"), PAGES)
def test_nothing_is_left_in_chinese(world, client, lived_in, who, address):
    with world.scope():
        address = address.format(**lived_in["keys"])
    client.force_login(world.accounts[who])
    answer = client.get(address)
    assert answer.status_code == 200
    page = re.sub(r"</?mark[^>]*>", "", answer.content.decode())
    page = re.sub(r"<(script|style|template)\b.*?</\1>", "", page, flags=re.DOTALL)
    for name in lived_in["names"]:
        page = page.replace(name, "")
    left = sorted({page[max(0, m.start() - 30) : m.end() + 30] for m in CHINESE.finditer(page)})
    assert not left
