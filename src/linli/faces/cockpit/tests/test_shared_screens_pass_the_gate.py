"""What a wall and the street office read: every number about people through the gate, and none but those."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.template import Context, Template

from linli.act.casework.models import Case
from linli.faces.cockpit import state as kept
from linli.faces.cockpit.tests.test_state import open_case, panels
from linli.faces.kit.tests.outside import digits_outside_the_gate
from linli.foundation import clock
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.publishing.published import Published, PublishedRate, Ungated
from linli.foundation.registry.models import Resident
from linli.foundation.vault import keyring
from linli.sense.telemetry.models import Device

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

SHARED = ["wall_display", "street_office"]
NO_COUNTS = (
    r"\d{1,2}:\d{2}", r"\d+-\d+", r"\d+ 月 \d+ 日|\d+月\d+日", r"\d+ 岁以上", r"近 \d+ [天周]", r"^\d+/\d+$", r"从 0 到 100%",
    r"95%", r"\d+ 分钟", r"大约差 3，小的数差 5", r"\d+ 幢", r"第 \d+ 网格", r"还剩.*|\d+ 天.*",
)  # fmt: skip
"""Moments, ages, numbers of buildings and grids, and the size of the error itself."""
COUNTED = {
    "all_needs", "ended_today", "rates", "weeks", "this_week", "sensing", "silent", "awaited", "people", "elders", "bands",
    "matrix",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_kept():
    kept.forget()
    yield
    kept.forget()


@pytest.fixture
def crowded(world):
    """Three hundred residents, cases in every week, devices in homes and on lamps."""
    now = clock.now()
    with world.scope():
        Resident.objects.bulk_create(
            Resident(
                community=world.community, code=f"N{n}", name="某", sex="fm"[n % 2], home=world.homes[n % 4],
                birth_date=date(1930 + n % 90, 3, 1),
            )
            for n in range(300)
        )  # fmt: skip
        for n in range(23):
            open_case(world, f"EV-{n}", level="P3", opened_at=now - timedelta(days=n))
        give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
        for n in range(17):
            Device.objects.create(
                code=f"w{n}", type="water_meter", home=world.homes[0], building=world.buildings[0], enrolled_at=now,
                last_seen_at=now,
            )  # fmt: skip
    return world


def ungated(found, path="") -> list[str]:
    """Paths of bare numbers in what a template is given; sizes of bars and ages are none."""
    if isinstance(found, Published | PublishedRate | str | bool | date) or found is None:
        return []
    if isinstance(found, int | float):
        return [] if path.rsplit(".", 1)[-1] in {"width", "height", "age", "low", "high"} else [path]
    if isinstance(found, dict):
        return [one for key, value in found.items() for one in ungated(value, f"{path}.{key}")]
    if isinstance(found, list | tuple):
        return [one for value in found for one in ungated(value, path)]
    if hasattr(found, "__dataclass_fields__"):
        return [one for name in found.__dataclass_fields__ for one in ungated(getattr(found, name), f"{path}.{name}")]
    return [f"{path}: {type(found).__name__}"]


def test_no_bare_number_reaches_the_template_of_a_shared_screen(crowded):
    with crowded.scope():
        context = kept.gather(wall=True)
        assert context.keys() >= COUNTED
        assert [one for key in COUNTED for one in ungated(context[key], key)] == []
        staff = kept.gather(wall=False)
        assert {one.split(".")[0] for key in COUNTED for one in ungated(staff[key], key)} >= COUNTED - {"ended_today"}


@pytest.mark.parametrize("who", SHARED)
def test_no_digit_on_a_shared_screen_stands_outside_the_gate(client, crowded, who):
    told = panels(client, crowded, who)
    assert {name: digits_outside_the_gate(html, *NO_COUNTS) for name, html in told.items()} == {
        name: [] for name in told
    }
    staff = panels(client, crowded, "community_director")
    assert digits_outside_the_gate(staff["people"], *NO_COUNTS)


@pytest.mark.parametrize("who", SHARED)
def test_the_same_people_are_the_same_number_at_every_look(client, crowded, who):
    first = panels(client, crowded, who)["people"]
    for _ in range(5):
        kept.forget()
        assert panels(client, crowded, who)["people"] == first


def test_a_few_people_are_never_told_from_none(client, world):
    """Five residents stand in cells of one: the wall says nobody, or five."""
    with world.scope():
        bands = kept.gather(wall=True)["bands"]
    shown = {bar.value for band in bands for bar in (band["women"]["n"], band["men"]["n"])}
    assert shown <= {0, 5}


@pytest.mark.parametrize("who", SHARED)
def test_a_shared_screen_opens_no_rows_and_learns_no_total_from_them(client, crowded, who):
    client.force_login(crowded.accounts[who])
    for what in ("cases", "residents", "needs", "warnings", "devices", "buildings", "ratings"):
        assert client.get(f"/cockpit/rows/{what}").status_code == 403, what
    assert "/cockpit/rows/" not in client.get("/cockpit/").content.decode()


def test_a_bare_number_is_refused_by_the_tag_itself():
    page = Template('{% load cockpit %}{% opens n "residents" %}')
    with pytest.raises(Ungated):
        page.render(Context({"n": 4906, "wall": True}))
    assert "4,906" in page.render(Context({"n": 4906, "wall": False}))


def test_without_its_secret_the_shared_screen_stays_shut(client, crowded, settings, tmp_path):
    broken = tmp_path / "ring.json"
    broken.write_text("{}")
    keyring.forget()
    settings.LINLI_KEYS = str(broken)
    client.force_login(crowded.accounts["wall_display"])
    assert client.get("/cockpit/state").status_code == 503
    client.force_login(crowded.accounts["community_director"])
    assert client.get("/cockpit/state").status_code == 200
    keyring.forget()


def test_another_community_has_other_noise(crowded, other_world):
    """The same identifiers of rows in two communities must not share their noise."""
    from linli.foundation.privacy.publishing import gate

    differing = 0
    for n in range(40):
        records = range(100 + n, 200 + 2 * n)
        with crowded.scope():
            here = gate.cell("resident", records).value
        with other_world.scope():
            differing += gate.cell("resident", records).value != here
    assert differing > 20


def test_staff_see_exact_numbers(client, crowded):
    with crowded.scope():
        assert kept.gather(wall=False)["people"].total == Resident.objects.living_here().count() == 305
        assert sum(row["total"] for row in kept.gather(wall=False)["matrix"][:4]) == Case.objects.active().count()
    assert "305" in panels(client, crowded, "community_director")["people"]


def test_the_screen_says_that_it_errs(client, crowded):
    client.force_login(crowded.accounts["wall_display"])
    assert "加了一点误差" in client.get("/cockpit/").content.decode()
    assert json.loads(client.get("/cockpit/state").content)["panels"]["people"].count("误差 ±") > 10
    client.force_login(crowded.accounts["community_director"])
    assert "加了一点误差" not in client.get("/cockpit/").content.decode()
