"""Both lists write one person the same way."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.privacy.joint.rules.bands import band_of, shown
from linli.foundation.registry.rules.identity import (
    BadIdentity,
    birth_date_of,
    check_character,
    checked,
    normalised,
)

NUMBERS = st.builds(
    lambda day, sequence: f"330106{day:%Y%m%d}{sequence:03d}",
    st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    st.integers(0, 999),
).map(lambda first: first + check_character(first))


def test_the_example_of_the_standard_is_valid():
    assert normalised("11010519491231002X") == "11010519491231002X"
    assert birth_date_of("11010519491231002X") == date(1949, 12, 31)


@pytest.mark.parametrize(
    "written",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
        "'11010519491231002X",
    ],
)
def test_however_it_is_written_it_is_the_same_number(written):
    assert normalised(written) == "11010519491231002X"


def test_a_number_of_fifteen_digits_becomes_todays_eighteen():
    assert normalised("110105491231002") == "11010519491231002X"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("110105194912310021", "check"),
        ("11010519490231002X", "birth_date"),
        ("1101051949123100", "shape"),
        ("", "shape"),
        ("张三", "shape"),
    ],
)
def test_what_is_wrong_is_said_without_repeating_it(written, code):
    with pytest.raises(BadIdentity) as caught:
        normalised(written)
    assert caught.value.code == code
    assert not written or written not in str(caught.value)


@given(NUMBERS, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number, where, by):
    changed = number[:where] + str((int(number[where]) + by) % 10) + number[where + 1 :]
    with pytest.raises(BadIdentity):
        normalised(changed)


@given(st.lists(NUMBERS))
def test_a_list_holds_everybody_once(numbers):
    found = checked(enumerate(numbers, start=2))
    assert found.numbers == set(numbers)
    assert len(found.numbers) + found.twice == len(numbers)


def test_ages_fall_into_bands_on_the_birthday():
    assert band_of(date(1966, 3, 2), date(2026, 3, 1)) == 0
    assert band_of(date(1966, 3, 2), date(2026, 3, 2)) == 1
    assert band_of(date(2012, 3, 3), date(2026, 3, 2)) is None
    assert band_of(date(1920, 1, 1), date(2026, 3, 2)) == 4


@given(st.lists(st.integers(-20, 400), min_size=2, max_size=5))
def test_no_small_count_is_shown_and_none_can_be_found_by_subtraction(counts):
    total, kept = shown(counts)
    assert all(one is None or one >= 10 for one in kept)
    assert total is None or total >= 10
    assert kept.count(None) != 1
