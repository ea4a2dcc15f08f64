"""Whoever enrols a device at the wall reads everything that is wrong at once, with the ways out of it."""

from __future__ import annotations

import re

import pytest

from linli.foundation.privacy.consents.actions import give_consent
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.sense.telemetry.models import Device

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
PAGE = "/workbench/devices/enrol/"


@pytest.fixture
def staff(world, client):
    client.force_login(world.accounts["community_director"])
    return client


def faults(staff, **given) -> tuple[str, str]:
    """The lines of the summary at the top, and the whole page."""
    answer = staff.post(PAGE, given)
    assert answer.status_code == 422
    page = answer.content.decode()
    summary = re.search(r'<div[^>]*class="[^"]*errors[^"]*".*?</div>', page, re.DOTALL)
    assert summary, "the summary that other forms have"
    return summary.group(), page


def test_mistakes_of_the_form_and_of_the_place_come_in_one_round(world, staff):
    with world.scope():
        enrol(NewDevice("smoke-7", "smoke"), actor=world.actor("community_director"))
    entrance = f"entrance:{world.homes[0].entrance_id}"
    summary, _page = faults(staff, code="", type="smoke", place=entrance, room="999", battery="200")
    assert "没有 999 室" in summary and summary.count("<li") == 3, "the code, the room and the charge"
    summary, page = faults(staff, code="smoke 7", type="smoke", place=entrance, room="201", battery="x")
    assert "只能用字母" in summary and "还没有同意用" in summary and summary.count("<li") == 3
    assert "/consents/" in page, "the way to ask for the consent is still offered"
    summary, page = faults(staff, code="smoke-7", type="camera", place=entrance, battery="-1")
    assert "smoke-7" in summary and "不能装" in summary and summary.count("<li") == 3
    assert "先评估，先公示" in page
    with world.scope():
        assert Device.objects.count() == 1


def test_what_is_not_filled_in_is_asked_for_once_and_nothing_else_is_said_of_it(staff):
    summary, _page = faults(staff, code="", type="", place="", room="")
    assert summary.count("<li") == 3


def test_mended_it_is_enrolled(world, staff):
    with world.scope():
        give_consent(world.residents["elder"], "smoke_care", channel="app", actor=world.actor("elder"))
    given = {"code": "smoke-8", "type": "smoke", "place": f"entrance:{world.homes[0].entrance_id}", "room": "201"}
    assert staff.post(PAGE, given).status_code == 200
    with world.scope():
        assert Device.objects.get().home == world.homes[0]
    summary, _page = faults(staff, **given)
    assert summary.count("<li") == 1 and "smoke-8" in summary
