"""What people type into cells, read as they meant it or refused in words."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.registry.rules import cells
from linli.foundation.registry.rules.cells import BadCell

TODAY = date(2026, 3, 2)
FULL_WIDTH = str.maketrans("0123456789-/", "０１２３４５６７８９－／")


@given(st.dates(min_value=date(1900, 1, 1), max_value=TODAY))
def test_a_birth_date_reads_the_same_in_every_form(born):
    forms = [
        born,
        datetime(born.year, born.month, born.day),
        born.isoformat(),
        f"{born.year}/{born.month}/{born.day}",
        f"{born.year}.{born.month}.{born.day}",
        f"{born:%Y%m%d}",
        float(f"{born:%Y%m%d}"),
        f"{born.year}年{born.month}月{born.day}日",
        born.isoformat().translate(FULL_WIDTH),
        f" {born.isoformat()} 00:00:00 ",
    ]
    assert {cells.past_day(form, TODAY) for form in forms} == {born}


def test_an_unformatted_excel_date_is_a_day_but_a_bare_year_is_not():
    assert cells.day(18294.0, TODAY) == date(1950, 1, 31)
    with pytest.raises(BadCell):
        cells.day("1950", TODAY)


@pytest.mark.parametrize(
    "cell", ["2023-02-29", "1900-02-29", "2024-13-01", "昨天", "50-1-1", "2027-01-01", "1899-12-31"]
)
def test_days_that_are_not_or_cannot_be_a_birth_date_are_refused(cell):
    with pytest.raises(BadCell):
        cells.past_day(cell, TODAY)


def test_the_29th_of_february_of_a_leap_year_is_a_day():
    assert cells.past_day("2016-02-29", TODAY) == date(2016, 2, 29)
    assert cells.past_day("2000年2月29日", TODAY) == date(2000, 2, 29)


@pytest.mark.parametrize(
    "cell",
    [
        "19900000001",
        19900000001,
        19900000001.0,
        "199 0000 0001",
        "199-0000-0001",
        "+8619900000001",
        "１９９０００００００１",
    ],
)
def test_a_mobile_number_is_eleven_digits_however_it_is_written(cell):
    assert cells.phone(cell, TODAY) == "19900000001"


def test_a_landline_keeps_its_area_code():
    assert cells.phone("0571-88880000", TODAY) == "057188880000"


@pytest.mark.parametrize("cell", ["1.38E+10", "1.99e10", "12345", "88880000", "1990000000", "没有"])
def test_numbers_that_nobody_could_dial_are_refused(cell):
    with pytest.raises(BadCell):
        cells.phone(cell, TODAY)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("欧阳娜娜", "欧阳娜娜"),
        ("张　三", "张三"),
        (" 李 四 ", "李四"),
        ("买买提•艾山", "买买提·艾山"),
        ("买买提 . 艾山", "买买提·艾山"),
        ("Anna  Müller", "Anna Müller"),
        ("𠮷田", "𠮷田"),
    ],
)
def test_names_keep_what_belongs_to_them(cell, name):
    assert cells.person_name(cell, TODAY) == name


@pytest.mark.parametrize("cell", ["张3", "张", "——", "王\x07五", "长" * 65])
def test_what_is_not_a_name_is_refused(cell):
    with pytest.raises(BadCell):
        cells.person_name(cell, TODAY)


@given(st.integers(1, 10**8))
def test_an_area_is_kept_to_the_hundredth(hundredths):
    assert cells.area(f"{hundredths / 100:.2f}", TODAY) == hundredths
    assert cells.area(hundredths / 100, TODAY) == hundredths


@pytest.mark.parametrize("cell", ["nan", "inf", "-1", "0", "68.525", "六十"])
def test_an_area_that_is_none_is_refused(cell):
    with pytest.raises(BadCell):
        cells.area(cell, TODAY)


def test_a_building_number_from_a_number_cell_has_no_decimals():
    assert cells.code(16)(3.0, TODAY) == "3"
    assert cells.code(16)("１２Ａ", TODAY) == "12A"
    with pytest.raises(BadCell):
        cells.code(16)(3.5, TODAY)


PARSERS = [
    cells.past_day, cells.phone, cells.person_name, cells.area, cells.yes_no, cells.code(32), cells.text(64),
    cells.whole(1, 9999), cells.decimal(-5, 5), cells.choice({"女": "f"}), cells.shape, cells.home_list,
]  # fmt: skip
ANYTHING = st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.datetimes(), st.dates())


@given(st.sampled_from(PARSERS), ANYTHING)
def test_no_cell_makes_a_parser_fail_other_than_by_saying_what_is_wrong(parse, cell):
    try:
        parse(cell, TODAY)
    except BadCell as refusal:
        assert str(refusal)
