"""An import is checked whole, writes what it says, and repeated changes nothing."""

import io
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from linli.foundation.errors import Invalid, NotAllowed
from linli.foundation.events.models import Event
from linli.foundation.privacy.door import same
from linli.foundation.registry.actions import Mode, import_file
from linli.foundation.registry.importing.workbooks import blank_template, rejected_rows
from linli.foundation.registry.models import Building, Facility, Home, Household, ImportRun, Owner, Resident
from linli.foundation.registry.rules.templates import TEMPLATES

PEOPLE = "居民编号,姓名,性别,出生日期,电话,小区编号,幢号,单元号,室号,户号,独居"


@pytest.fixture
def bring(world, monday_morning):
    """Import lines as the community worker."""

    def run(template: str, *lines: str, mode: Mode = Mode.GOOD, who: str = "community_worker"):
        with world.scope():
            content = "\n".join(lines).encode()
            return import_file(content, "x.csv", template=template, mode=mode, actor=world.actor(who))

    return run


def test_a_community_can_be_imported_from_nothing_but_files(world, bring):
    assert bring("grids", "网格编号,网格名称", "7,第七网格").created == 1
    assert bring("estates", "小区编号,小区名称,类型,建成年份", "E7,桂雨坊,新小区,2015").created == 1
    assert bring("buildings", "小区编号,幢号,网格编号,层数,x,y,宽,深", "E7,3,7,18,0,0,30,15").created == 1
    assert bring("entrances", "小区编号,幢号,单元号,有电梯", "E7,3,1,是").created == 1
    assert bring("homes", "小区编号,幢号,单元号,室号,楼层,专有部分面积", "E7,3,1,502,5,68.52").created == 1
    assert bring("residents", PEOPLE, "P1,欧阳若岚,女,1950/1/31,19900000001,E7,3,1,502,H7,是").created == 1
    assert bring("owners", "业主编号,业主名称,房屋,居民编号", "O1,欧阳若岚,E7/3/1/502,P1").created == 1
    lift = "LIFT-7,三幢电梯,电梯,7,E7,3,1,12,6"
    assert bring("facilities", "设施编号,设施名称,类型,网格编号,小区编号,幢号,单元号,x,y", lift).created == 1
    with world.scope():
        person = Resident.objects.get(code="P1")
        assert (person.birth_date, person.living_alone, person.household.code) == (
            date(1950, 1, 31),
            True,
            "H7",
        )
        assert person.home.exclusive_area == 6852
        assert person.home.entrance.building.footprint["coordinates"][0][2] == [30.0, 15.0]
        assert list(Owner.objects.get(code="O1").homes.all()) == [person.home]
        assert Facility.objects.get(code="LIFT-7").entrance == person.home.entrance


def test_the_same_import_again_changes_nothing_and_says_so(world, bring):
    lines = (
        PEOPLE,
        "P1,甲乙,女,1950-01-31,19900000001,E1,1,1,201,HX,否",
        "P2,丙丁,男,1951-01-31,,E1,1,1,201,HX,",
    )
    first, again = bring("residents", *lines), bring("residents", *lines)
    assert (first.created, first.updated, first.unchanged) == (2, 0, 0)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)


def test_only_what_differs_is_updated_and_a_blank_cell_leaves_things_as_they_are(world, bring):
    elder = world.residents["elder"]
    report = bring(
        "residents",
        "居民编号,姓名,性别,出生日期,电话,独居",
        "R0,孟广田,男,1941-05-20,,",
        "R1,方晓晓,女,1978-08-08,-,",
    )
    assert (report.updated, report.unchanged) == (1, 1)
    with world.scope():
        assert same(Resident.objects.get(pk=elder.pk), "phone", world.phones["elder"])
        assert Resident.objects.get(pk=elder.pk).living_alone
        changed = Resident.objects.get(code="R1")
        assert (changed.name, str(changed.phone), changed.home) == ("方晓晓", "", world.homes[1])


def test_check_writes_nothing_and_tells_what_would_happen(world, bring):
    report = bring("grids", "网格编号,网格名称", "1,新名", "9,九", mode=Mode.CHECK)
    assert (report.created, report.updated, report.imported) == (1, 1, False)
    with world.scope():
        assert not ImportRun.objects.exists()
    assert not Event.objects.filter(kind="registry.imported").exists()


def test_every_fault_of_every_row_is_named_with_its_line(world, bring):
    report = bring(
        "residents", PEOPLE,
        "P1,甲乙,女,1950-01-31,,E1,1,1,201,,",
        "P1,丙丁,男,1951-01-31,,,,,,,",
        "P3,戊己,中,2030-01-01,1.38E+10,,,,,,也许",
        "P4,庚辛,男,1951-01-31,,E1,99,1,201,,",
        "P5,壬癸,男,1951-01-31,,E1,1,,,,",
        "P6,=A1,男,,,,,,,,",
        mode=Mode.ALL,
    )  # fmt: skip
    found = {(row.line, fault.column) for row in report.bad for fault in row.faults}
    assert found == {
        (3, "居民编号"), (4, "性别"), (4, "出生日期"), (4, "电话"), (4, "独居"), (5, "室号"), (6, "室号"),
        (7, "姓名"), (7, "出生日期"),
    }  # fmt: skip
    assert not report.imported
    assert "第 2 行" in report.bad[0].faults[0].reason


def test_a_household_cannot_be_in_two_homes_but_can_move(world, bring):
    twice = bring("residents", PEOPLE, "P1,甲乙,女,1950-01-31,,E1,1,1,201,HX,", "P2,丙丁,男,1951-01-31,,E1,1,1,501,HX,")
    assert [row.line for row in twice.bad] == [3]
    bring("residents", PEOPLE, "P1,甲乙,女,1950-01-31,,E1,2,1,201,HX,")
    with world.scope():
        assert Household.objects.get(code="HX").home == world.homes[2]


def test_rejected_rows_can_be_mended_and_imported_as_they_come_back(world, bring, monday_morning):
    report = bring("grids", "网格编号,网格名称", "8,=cmd()", "9,九")
    book = load_workbook(io.BytesIO(rejected_rows(report)))
    sheet = book.active
    assert sheet["B2"].value == "=cmd()"
    assert sheet["B2"].data_type == "s"
    sheet["B2"] = "八"
    mended = io.BytesIO()
    book.save(mended)
    with world.scope():
        again = import_file(
            mended.getvalue(),
            "x.xlsx",
            template="grids",
            mode=Mode.ALL,
            actor=world.actor("community_worker"),
        )
    assert (again.created, again.imported, again.bad) == (1, True, [])


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (("居民信息登记表,,", "居民编号,姓名,性别,出生日期"), "合并"),
        (("居民编号,姓名,性别", "1,甲乙,女"), "出生日期"),
        (("居民编号,居民编号,姓名,性别,出生日期", "1,1,甲乙,女,1950-01-01"), "重复"),
    ],
)
def test_wrong_headings_are_refused_with_what_is_missing(bring, lines, word):
    with pytest.raises(Invalid) as refusal:
        bring("residents", *lines)
    assert word in str(refusal.value)


def test_headings_are_known_in_english_and_with_stars_and_spaces(world, bring):
    assert bring("grids", " *Grid Number ,GRID NAME（选填）", "5,五").created == 1


def test_a_new_building_needs_its_footprint(world, bring):
    report = bring("buildings", "小区编号,幢号,网格编号,层数", "E1,9,1,6", "E1,1,1,7")
    assert [(row.line, row.faults[0].column) for row in report.bad] == [(2, "轮廓")]
    with world.scope():
        assert Building.objects.get(number="1").storeys == 7


def test_the_example_row_of_every_template_fits_its_own_columns(world, monday_morning):
    with world.scope():
        for kind, template in TEMPLATES.items():
            report = import_file(
                blank_template(template),
                "t.xlsx",
                template=kind,
                mode=Mode.CHECK,
                actor=world.actor("community_worker"),
            )
            unknown_places = [f.reason for row in report.bad for f in row.faults if "没有" not in f.reason]
            assert report.rows == 1, kind
            assert not unknown_places, kind


def test_importing_is_for_community_staff_and_stays_in_its_community(world, other_world, bring):
    with pytest.raises(NotAllowed):
        bring("grids", "网格编号", "5", who="grid_lead")
    with other_world.scope():
        before = Home.objects.count()
    bring("homes", "小区编号,幢号,单元号,室号,楼层", "E1,1,1,601,6")
    with other_world.scope():
        assert Home.objects.count() == before


def test_an_import_is_recorded_with_its_counts_and_without_personal_data(world, bring):
    bring("residents", PEOPLE, "P1,甲乙,女,1950-01-31,19900000001,,,,,,", "P2,丙,女,1950-01-31,,,,,,,")
    event = Event.objects.get(kind="registry.imported")
    assert (event.data["created"], event.data["rejected"]) == (1, 1)
    assert "甲乙" not in str(event.data)


ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from(["", "-", "欧阳", "东区"]), st.sampled_from(["1", "１", "x", ""])),
    max_size=8,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_whatever_the_file_its_second_import_changes_nothing(world, bring, rows):
    lines = [f"{number},{name},{mark}" for number, name, mark in rows] or ["1,a,1"]
    headings = "网格编号,网格名称,备注"
    bring("grids", headings, *lines)
    again = bring("grids", headings, *lines)
    assert (again.created, again.updated) == (0, 0)
    assert again.unchanged + again.rejected == again.rows
