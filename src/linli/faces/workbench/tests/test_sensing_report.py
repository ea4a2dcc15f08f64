"""The monthly sensing report: what devices noticed first, what they did not see, what it cost."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from linli.act.casework import actions
from linli.act.casework.queries.sensing_month import sensing_month
from linli.faces.workbench.sensing_report import _earlier, sensing_report_pdf
from linli.foundation.accounts.actor import Actor
from linli.foundation.clock.reading import frozen
from linli.sense.requests import actions as requests
from linli.sense.requests.models import Channel
from linli.sense.telemetry.actions import NewDevice, enrol
from linli.understand.warnings import actions as warnings
from linli.understand.warnings.places import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def month(world, monday_morning):
    """Of the one lift: a true warning an hour before somebody calls, a false one a day later, and ten days on somebody in
    it of whom no warning told."""
    place = Place(world.grids[0].pk, world.buildings[0].pk, None, world.lift.pk)
    worker = world.actor("grid_worker")

    def warned():
        return warnings.raise_warning(
            "trapped", source=f"facility:{world.lift.pk}", level="P0", place=place,
            evidence={"since": monday_morning.isoformat(), "seconds": 60, "floor": 3, "reason": "alarm"},
            actor=Actor.for_system("detector", world.community.pk),
        )  # fmt: skip

    def called():
        actions.receive(
            "电梯里关着人，出不来", actor=world.actor("community_worker"), channel=Channel.PHONE,
            place=requests.Place(facility_id=world.lift.pk),
            caller=requests.Caller(name="过路的人", phone="19900010001"),
        )  # fmt: skip

    with world.scope():
        enrol(NewDevice("lift-1", "lift", facility_id=world.lift.pk), actor=world.actor("community_director"))
        first = warned()
        with frozen(monday_morning + timedelta(minutes=4)):
            warnings.acknowledge(first, actor=worker)
        with frozen(monday_morning + timedelta(hours=1)):
            called()
            warnings.handle(first, actor=worker, finding="true", on_site=True)
            warnings.clear(first, actor=worker, on_site=True)
        with frozen(monday_morning + timedelta(days=5)):
            warnings.dismiss(warned(), actor=worker, finding="technical", note="探头坏了", on_site=True)
        with frozen(monday_morning + timedelta(days=15)):
            called()
        yield monday_morning


def test_it_tells_what_devices_noticed_first_what_they_missed_and_what_was_in_vain(world, month):
    first = month.replace(day=1, hour=0, minute=0)
    told = sensing_month(first, first + timedelta(days=31), actor=world.actor("community_director"))
    assert [(one.kind, one.raised, dict(one.found), one.waiting) for one in told.rules] == [
        ("trapped", 2, {"true": 1, "technical": 1}, 0)
    ]
    assert (told.first, told.alone, told.after, told.vain) == ([timedelta(hours=1)], 0, 0, 1)
    assert told.answered == [0.0, 4.0]
    assert [(case.category, case.opened_at - month) for case in told.unseen] == [("070100", timedelta(days=15))]
    pdf = sensing_report_pdf(first.date(), actor=world.actor("community_director"))
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")
    assert str(world.lift) in words and "现在没消息的设备" in words


def test_a_month_without_a_warning_says_so(world, month):
    later = month.replace(month=6, day=1)
    assert sensing_month(later, later + timedelta(days=30), actor=world.actor("community_director")).rules == []
    assert sensing_report_pdf(later.date(), actor=world.actor("community_director")).startswith(b"%PDF-")


@pytest.mark.parametrize("asked", ["9999-01", "1999-01"])
def test_a_month_without_devices_is_refused_with_a_word(world, month, client, asked):
    client.force_login(world.accounts["community_director"])
    answer = client.get(f"/workbench/warnings/report.pdf?month={asked}", follow=True)
    assert answer.status_code == 200 and "那时还没有装设备" in answer.content.decode()


def test_a_short_lead_is_told_in_minutes():
    assert _earlier(3, timedelta(minutes=18)).endswith("一半早了 18 分钟以上。")
    assert _earlier(3, timedelta(hours=3)).endswith("一半早了 3.0 小时以上。")


def test_another_communitys_month_is_empty(world, other_world, month):
    with other_world.scope():
        told = sensing_month(
            month - timedelta(days=9), month + timedelta(days=30), actor=other_world.actor("community_director")
        )
    assert (told.rules, told.unseen) == ([], [])


def test_the_committee_takes_it_from_the_page_of_warnings(world, month, client):
    client.force_login(world.accounts["community_director"])
    answer = client.get("/workbench/warnings/report.pdf?month=2026-03")
    assert answer["Content-Type"] == "application/pdf" and answer.content[:5] == b"%PDF-"
    assert client.get("/workbench/warnings/report.pdf?month=soon").status_code == 404
    assert "report.pdf?month=2026-03" in client.get("/workbench/warnings/").content.decode()
