import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.understand.triage.places import Known, find_places, number_of

REGISTRY = [
    Known("a3", "3", "双菱新村"), Known("a12", "12", "双菱新村"), Known("b3", "3", "红梅小区"), Known("b5", "5A", "红梅小区"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "buildings", "entrance", "room"),
    [
        ("双菱新村3幢2单元301漏水", ("a3",), "2", "301"),
        ("双菱三号楼的灯坏了", ("a3",), "", ""),
        ("红梅3-2-301 停水", ("b3",), "2", "301"),
        ("十二幢电梯停了", ("a12",), "", ""),
        ("１２栋一单元", ("a12",), "1", ""),
        ("5a幢门禁坏", ("b5",), "", ""),
    ],
)
def test_the_ways_people_name_a_building(words, buildings, entrance, room):
    found = find_places(words, REGISTRY)
    assert [(p.buildings, p.entrance, p.room) for p in found] == [(buildings, entrance, room)]
    assert found[0].clear


def test_an_address_that_exists_twice_offers_both():
    found = find_places("3幢漏水", REGISTRY)
    assert found[0].buildings == ("a3", "b3")
    assert not found[0].clear


def test_a_building_that_nobody_has_is_no_place():
    assert find_places("99幢漏水，还有20元没退", REGISTRY) == []


@given(st.integers(1, 199))
def test_a_number_is_the_same_in_digits_and_in_words(n):
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = n // 100, n // 10 % 10, n % 10
    words = f"{digits[hundreds]}百" if hundreds else ""
    if tens:
        words += ("" if tens == 1 and not hundreds else digits[tens]) + "十"
    elif hundreds and ones:
        words += "零"
    words += digits[ones] if ones else ""
    assert number_of(words) == str(n) == number_of(str(n))
