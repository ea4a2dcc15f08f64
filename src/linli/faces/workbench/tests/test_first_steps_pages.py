"""The page of a P0 says what to do first and whom to call, the firm of the lift and the people of the home too."""

from datetime import timedelta

import pytest

from linli.act.casework import actions as casework
from linli.act.casework.models import Case, DispatchRule, OutsideUnit
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.dispatching import drain
from linli.foundation.events.models import Event
from linli.foundation.privacy.models import AccessRecord
from linli.foundation.registry.models import Resident
from linli.understand.warnings import actions
from linli.understand.warnings.models import Warning


def opened(world, kind="trapped", **given):
    given = {"evidence": {}, "facility": world.lift} | given
    return Warning.objects.create(
        kind=kind, source=f"device:{kind}", level="P0", grid=world.grids[0], building=world.buildings[0],
        opened_at=clock.now(), last_triggered_at=clock.now(), **given,
    )  # fmt: skip


@pytest.fixture
def firms(world):
    with world.scope():
        units = [
            ("安捷维保站", "电梯维修", "19900990071"),
            ("安心电梯", "", "19900990072"),
            ("顺通", "水管", "19900990073"),
        ]
        return [
            OutsideUnit.objects.create(kind="contractor", name=name, duty=duty, phone=phone)
            for name, duty, phone in units
        ]


def page_of(client, world, warning, who="grid_worker"):
    client.force_login(world.accounts[who])
    return client.get(f"/workbench/warnings/{warning.pk}/").content.decode()


def test_a_trapped_rider_names_the_steps_the_numbers_and_the_firm_of_lifts(world, client, firms):
    with world.scope():
        warning = opened(world)
    page = page_of(client, world, warning)
    assert "先做这几步" in page and "别扒门" in page
    for number in ("96333", "119", "120"):
        assert f'href="tel:{number}"' in page
    assert "安捷维保站" in page and "安心电梯" in page and "顺通" not in page
    assert "19900990071" not in page, "a number is seen by a press, and that is on record"
    answer = client.post(f"/workbench/warnings/{warning.pk}/units/{firms[0].pk}/phone/")
    assert 'href="tel:19900990071"' in answer.content.decode()
    seen = Event.objects.get(kind="privacy.caller_revealed")
    assert seen.data["about"] == f"warning:{warning.pk}" and seen.data["purpose"] == "emergency"


def test_the_firm_that_was_at_this_lift_last_and_that_of_a_rule_stand_first(world, client, firms):
    with world.scope():
        warning = opened(world)
        drain()
        DispatchRule.objects.create(
            position=1, category="0701", to_unit=firms[2], why="合同", changed_at=clock.now()
        )  # fmt: skip
        page = page_of(client, world, warning)
        assert page.index("顺通") < page.index("安捷维保站")
        case = Case.objects.create(
            number="EV-1", category="070200", level="P2", state="closed", grid=world.grids[0], facility=world.lift,
            opened_at=clock.now(), clock_from=clock.now(), accept_by=clock.now(), contact_by=clock.now(), finish_by=clock.now(),
        )  # fmt: skip
        DispatchRule.objects.all().delete()
        case.errands.create(
            unit=firms[1], task="修", sent_at=clock.now(), due_at=clock.now(), arrived_at=clock.now(),
            expires_at=clock.now() + timedelta(days=1), state="done",
        )  # fmt: skip
    page = page_of(client, world, warning)
    assert page.index("安心电梯") < page.index("安捷维保站")


def test_a_number_is_for_who_works_on_a_p0_that_goes_on(world, other_world, client, firms):
    with world.scope():
        warning = opened(world)
    path = f"/workbench/warnings/{warning.pk}/units/{firms[0].pk}/phone/"
    client.force_login(other_world.accounts["grid_worker"])
    assert client.post(path).status_code == 404
    client.force_login(world.accounts["grid_worker"])
    assert client.post(path.replace(f"/{firms[0].pk}/", "/999999/")).status_code == 404
    with world.scope():
        actions.handle(warning, actor=world.actor("grid_worker"), on_site=True)
        actions.clear(warning, actor=world.actor("grid_worker"), on_site=True)
    assert client.post(path).status_code == 404
    assert "先做这几步" not in page_of(client, world, warning)


def test_the_people_of_the_home_are_reached_through_the_door(world, client):
    with world.scope():
        home = world.homes[0]
        resident = Resident.objects.filter(home=home, left_on=None).first()
        warning = opened(world, "sos", facility=None, home=home)
    page = page_of(client, world, warning)
    assert f"/workbench/people/{resident.pk}/see/" in page and f'value="warning:{warning.pk}"' in page
    given = {"field": "phone", "purpose": "emergency", "about": f"warning:{warning.pk}"}
    answer = client.post(f"/workbench/people/{resident.pk}/see/", given).content.decode()
    assert f"/workbench/warnings/{warning.pk}/" in answer, "back to the warning"
    with world.scope():
        assert AccessRecord.objects.filter(resident=resident, purpose="emergency", field="phone").exists()


def test_the_case_of_the_warning_says_the_same(world, client, firms):
    with world.scope():
        warning = opened(world)
        case = casework.open_case_for_warning(warning.pk, actor=Actor.for_system("warnings"))
    client.force_login(world.accounts["grid_worker"])
    page = client.get(f"/workbench/cases/{case.pk}/").content.decode()
    assert "别扒门" in page and 'href="tel:96333"' in page and "安捷维保站" in page
