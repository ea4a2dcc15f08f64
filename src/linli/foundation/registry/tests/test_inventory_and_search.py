"""The data inventory counts rows; search finds what the actor may see."""

from datetime import timedelta

import pytest

from linli.foundation import clock
from linli.foundation.errors import NotAllowed
from linli.foundation.registry.models import Resident
from linli.foundation.registry.queries import inventory, search


def test_the_inventory_counts_what_is_known_and_what_was_verified_in_time(world, other_world, monday_morning):
    with world.scope():
        today = clock.today()
        Resident.objects.filter(code="R1").update(phone="", verified_on=today - timedelta(days=300))
        Resident.objects.filter(code="R0").update(verified_on=today - timedelta(days=300))
        Resident.objects.filter(code="R4").update(left_on=today)
        people = next(h for h in inventory(world.actor("dpo")) if h.kind == "residents")
    assert people.rows == 4
    assert {field.name: field.known for field in people.fields} == {"电话": 3, "住址": 4, "户号": 4}
    assert people.fresh == 1, "somebody of 84 must have been met within 180 days"
    assert people.completeness == pytest.approx(11 / 12)
    assert not people.complete_enough


@pytest.mark.parametrize("who", ["resident", "grid_worker", "street_office", "wall_display"])
def test_the_inventory_is_for_those_who_answer_for_the_data(world, who):
    with world.scope(), pytest.raises(NotAllowed):
        inventory(world.actor(who))


@pytest.mark.parametrize(
    ("words", "homes"),
    [
        ("枫杨里 1 幢 1 单元 201 室", ["201"]),
        ("枫杨里 1幢 1单元 201室", ["201"]),
        ("枫杨里1幢501室", ["501"]),
        ("枫杨里 1 幢 501", ["501"]),
        ("1-1-201", ["201"]),
        ("９幢", []),
    ],
)
def test_a_home_is_found_by_its_address_as_people_write_it(world, other_world, words, homes):
    with world.scope():
        found = search(world.actor("grid_worker"), words)
        assert [home.number for home in found.homes] == homes


def test_a_resident_is_found_by_name_number_or_end_of_the_phone(world, other_world):
    with world.scope():
        worker = world.actor("community_worker")
        for words in ("欧阳", "r3", world.phones["neighbour"][-8:]):
            assert [r.code for r in search(worker, words).residents] == ["R3"], words
        assert search(world.actor("grid_worker"), "欧阳").nothing
        assert not search(world.actor("resident"), "方").residents
