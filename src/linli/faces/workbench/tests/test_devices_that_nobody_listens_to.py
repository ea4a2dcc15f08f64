"""A device that may not be listened to is never called well: its page and the list say why, and nothing else of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.privacy.consents.actions import give_consent, withdraw_consent
from linli.foundation.privacy.sensing import actions as sensing
from linli.foundation.privacy.sensing.actions.declaring import assessment_of
from linli.foundation.privacy.sensing.models import Declaration
from linli.sense.telemetry.conditions import conditions_of, in_condition, tallies
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.models import Device, LastValue
from linli.sense.telemetry.queries import heard
from linli.sense.telemetry.unheard import unheard_of, why_unheard
from linli.understand.warnings.changing_rules import change_rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]
LIST = "/workbench/devices/"


@pytest.fixture
def staff(world, client):
    client.force_login(world.accounts["grid_worker"])
    return client


def hung(world, code, kind, **where):
    """A device that spoke a minute ago."""
    where = {"building": world.buildings[0], "last_seen_at": clock.now() - timedelta(minutes=1)} | where
    with world.scope():
        return Device.objects.create(
            code=code, type=kind, credential_digest="0" * 64,
            enrolled_at=clock.now() - timedelta(days=9), **where,
        )  # fmt: skip


def page_of(staff, device):
    return staff.get(f"{LIST}{device.pk}/").content.decode()


def test_a_home_that_has_not_agreed_or_agrees_no_more(world, staff):
    device = hung(world, "smoke-1", "smoke", home=world.homes[0])
    assert "这户人家没有同意，或者撤回了同意。" in page_of(staff, device)
    with world.scope():
        given = give_consent(world.residents["elder"], "smoke_care", channel="app", actor=world.actor("elder"))
    told = page_of(staff, device)
    assert "没有在听" not in told and "正常" in told
    with world.scope():
        withdraw_consent(given, actor=world.actor("elder"))
    told = page_of(staff, device)
    assert "没有在听" in told and "正常" not in told


def test_a_declaration_that_was_taken_down_and_an_assessment_that_stands_no_more(world, staff):
    device = hung(world, "door-1", "door_sensor")
    assert "正常" in page_of(staff, device)
    director = world.actor("community_director")
    with world.scope():
        for made in Declaration.objects.in_force().filter(type="door_sensor"):
            sensing.withdraw(made.pk, "不再装了", actor=director)
    told = page_of(staff, device)
    assert "这里没有公示，或者公示撤下了。" in told and "正常" not in told
    with world.scope():
        sensing.end_assessment(assessment_of("door_sensor").pk, "不再装了", actor=world.actor("dpo"))
    told = page_of(staff, device)
    assert "没有批准的影响评估，或者评估不再有效。" in told and "正常" not in told


def test_a_device_out_of_use(world, staff):
    device = hung(world, "smoke-1", "smoke", revoked_at=clock.now())
    told = page_of(staff, device)
    assert "没有在听" in told and "停用了。" in told and "正常" not in told


def test_rules_that_are_all_switched_off(world, staff):
    device = hung(world, "gas-1", "gas")
    director = world.actor("community_director")
    with world.scope():
        change_rule("slow_leak", on=False, settings={}, actor=director)
        assert "没有规则在看" not in page_of(staff, device)
        device = hung(world, "charger-1", "charger")
        change_rule("charger_hot", on=False, settings={}, actor=director)
    told = page_of(staff, device)
    assert "没有规则在看" in told and "出了事不会有人知道" in told and "正常" not in told
    hung(world, "charger-2", "charger", home=world.homes[0])
    listed = staff.get(LIST).content.decode()
    assert "没有规则在看 1" in listed, "one that may not be listened to is not counted twice"
    filtered = staff.get(f"{LIST}?how=unwatched").content.decode()
    assert "charger-1" in filtered and "charger-2" not in filtered and "gas-1" not in filtered
    assert "正常" not in filtered


def test_the_list_says_why_and_tells_nothing_else_of_it(world, other_world, staff):
    refused = hung(world, "smoke-1", "smoke", home=world.homes[0], last_seen_at=clock.now() - timedelta(days=8))
    weak = hung(world, "smoke-2", "smoke")
    hung(other_world, "smoke-3", "smoke", home=other_world.homes[0])
    actor = world.actor("grid_worker")
    with world.scope():
        for device in (refused, weak):
            LastValue.objects.create(device=device, metric="battery", time=clock.now(), value=3)
        counts = tallies(actor)
        assert (counts["unheard"], counts["battery"], counts["silent"]) == (1, 1, 0)
        for key, count in counts.items():
            rows = list(in_condition(actor, key))
            assert len(rows) == count, key
            for device in rows:
                assert key in [one.key for one in conditions_of([device])[device.pk]], key
        assert [one.key for one in conditions_of([refused])[refused.pk]] == ["unheard"]
    listed = staff.get(LIST).content.decode()
    assert "没有在听 1" in listed and "这户人家没有同意" in listed
    filtered = staff.get(f"{LIST}?how=unheard").content.decode()
    assert "smoke-1" in filtered and "smoke-2" not in filtered and "smoke-3" not in filtered


def test_who_is_not_heard_is_one_answer_for_rows_and_for_sentences(world):
    """Of every kind at every sort of place."""
    places = [{}, {"home": world.homes[0]}, {"facility": world.lift}, {"entrance": world.homes[1].entrance}]
    for kind in CATALOGUE:
        for n, place in enumerate(places):
            hung(world, f"{kind}-{n}", kind, **place)
    with world.scope():
        give_consent(world.residents["elder"], "smoke_care", channel="app", actor=world.actor("elder"))
        everything = Device.objects.select_related("building")
        silent = set(unheard_of(Device.objects.all()).values_list("pk", flat=True))
        assert silent == set(why_unheard(everything))
        assert silent == set(everything.values_list("pk", flat=True)) - set(
            Device.objects.filter(heard()).values_list("pk", flat=True)
        )
        assert silent, "something must be refused for the comparison to say anything"
