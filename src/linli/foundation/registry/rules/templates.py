"""The templates: one for each kind of row, each a list of columns that a person can fill in a spreadsheet.

Headings are part of the file format, so both languages stand here and are accepted whatever language is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linli.foundation.registry.rules import cells
from linli.foundation.registry.rules.cells import Parser

ESTATE_KINDS = {"老旧小区": "old", "老旧": "old", "old": "old", "新小区": "new", "新建": "new", "new": "new"}
SEXES = {
    "女": "f",
    "女性": "f",
    "f": "f",
    "female": "f",
    "2": "f",
    "男": "m",
    "男性": "m",
    "m": "m",
    "male": "m",
    "1": "m",
}
"""1 and 2 are 男 and 女 in GB/T 2261.1."""
FACILITY_KINDS = {
    "电梯": "lift", "lift": "lift", "路灯": "lamp", "lamp": "lamp", "水泵": "pump", "pump": "pump",
    "大门": "gate", "gate": "gate", "消防设施": "fire", "消防": "fire", "fire": "fire",
    "充电桩": "charger", "charger": "charger", "邻里中心": "venue", "venue": "venue", "其他": "other", "other": "other",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """``field`` is where the value goes; a required cell may not be blank; ``example`` fills the example row."""

    field: str
    zh: str
    en: str
    parse: Parser
    example: str
    note: str | Promise = ""
    required: bool = False

    @property
    def heading(self) -> str:
        return self.en if (get_language() or "zh").startswith("en") else self.zh


@dataclass(frozen=True)
class Template:
    """``key`` names the fields that identify a row: a second import of the same key updates, never adds."""

    kind: str
    title: str | Promise
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, field: str) -> Column:
        return next(c for c in self.columns if c.field == field)

    @property
    def by_heading(self) -> Mapping[str, Column]:
        """Heading as :func:`fold` gives it → column, in Chinese, English and by field name."""
        return {fold(word): c for c in self.columns for word in (c.zh, c.en, c.field)}


def fold(heading: object) -> str:
    """A heading for comparing: without spaces, stars, brackets with remarks, case or width differences."""
    words = cells.plain(heading).lower().replace("*", "")
    return "".join(words.split("(")[0].split()).replace("_", "")


def _c(
    field: str, zh: str, en: str, parse: Parser, example: str, note: str | Promise = "", *, required=False
) -> Column:
    return Column(field, zh, en, parse, example, note, required)


def _place(depth: int, *, required: bool = True) -> tuple[Column, ...]:
    """The columns that name a place down to estate (1), building (2), entrance (3) or home (4)."""
    parts = (
        _c(
            "estate",
            "小区编号",
            "Estate code",
            cells.code(32),
            "E01",
            _("与小区表的编号一致"),
            required=required,
        ),
        _c(
            "building",
            "幢号",
            "Building number",
            cells.code(16),
            "3",
            _("楼牌上的号，例如 3、12A"),
            required=required,
        ),
        _c("entrance", "单元号", "Entrance number", cells.code(8), "1", required=required),
        _c("home", "室号", "Room number", cells.code(16), "502", required=required),
    )
    return parts[:depth]


def _rectangle_columns(field: str, zh: str, en: str) -> tuple[Column, ...]:
    metres = cells.decimal(-100_000, 100_000)
    size = cells.decimal(0.5, 10_000)
    return (
        _c("x", "x", "x", metres, "120", _("西南角往东的米数；与 y、宽、深一起填")),
        _c("y", "y", "y", metres, "80", _("西南角往北的米数")),
        _c("width", "宽", "Width", size, "48", _("米")),
        _c("depth", "深", "Depth", size, "12", _("米")),
        _c("angle", "角度", "Angle", cells.decimal(-360, 360), "0", _("逆时针转的度数，不填是 0")),
        _c(field, zh, en, cells.shape, "", _("GeoJSON Polygon 文本，单位米；填了它就不用填 x、y、宽、深")),
    )


_VERIFIED = _c(
    "verified_on", "核实日期", "Verified on", cells.past_day, "2026-01-15", _("最近一次上门或电话核实的日期")
)

GRIDS = Template(
    "grids", _("网格"), ("number",),
    (
        _c("number", "网格编号", "Grid number", cells.whole(1, 9999), "1", required=True),
        _c("name", "网格名称", "Grid name", cells.text(64), "第一网格"),
    ),
)  # fmt: skip

ESTATES = Template(
    "estates", _("小区"), ("code",),
    (
        _c("code", "小区编号", "Estate code", cells.code(32), "E01", _("社区自己定的编号，定了不要改"), required=True),
        _c("name", "小区名称", "Estate name", cells.text(64), "枫杨里", required=True),
        _c("kind", "类型", "Kind", cells.choice(ESTATE_KINDS), "老旧小区", _("老旧小区 或 新小区"), required=True),
        _c("built_year", "建成年份", "Year built", cells.whole(1900, 2100), "1992"),
        *_rectangle_columns("outline", "范围", "Outline"),
    ),
)  # fmt: skip

BUILDINGS = Template(
    "buildings", _("楼幢"), ("estate", "number"),
    (
        *_place(1),
        _c("number", "幢号", "Building number", cells.code(16), "3", _("楼牌上的号，例如 3、12A"), required=True),
        _c("grid", "网格编号", "Grid number", cells.whole(1, 9999), "1", required=True),
        _c("storeys", "层数", "Storeys", cells.whole(1, 200), "6", required=True),
        *_rectangle_columns("footprint", "轮廓", "Footprint"),
        _VERIFIED,
    ),
)  # fmt: skip

ENTRANCES = Template(
    "entrances", _("单元"), ("estate", "building", "number"),
    (
        *_place(2),
        _c("number", "单元号", "Entrance number", cells.code(8), "1", required=True),
        _c("has_lift", "有电梯", "Has lift", cells.yes_no, "否", _("是 或 否，不填是否")),
    ),
)  # fmt: skip

HOMES = Template(
    "homes", _("房屋"), ("estate", "building", "entrance", "number"),
    (
        *_place(3),
        _c("number", "室号", "Room number", cells.code(16), "502", required=True),
        _c("floor", "楼层", "Floor", cells.whole(-9, 200), "5", required=True),
        _c("exclusive_area", "专有部分面积", "Exclusive area", cells.area, "68.52", _("平方米，最多两位小数")),
        _VERIFIED,
    ),
)  # fmt: skip

RESIDENTS = Template(
    "residents", _("居民"), ("code",),
    (
        _c("code", "居民编号", "Resident code", cells.code(32), "R0001", _("社区自己的编号，定了不要改"), required=True),
        _c("name", "姓名", "Name", cells.person_name, "欧阳晓岚", required=True),
        _c("sex", "性别", "Sex", cells.choice(SEXES), "女", _("男 或 女"), required=True),
        _c("birth_date", "出生日期", "Birth date", cells.past_day, "1950-01-31", _("例如 1950-01-31"), required=True),
        _c("phone", "电话", "Phone", cells.phone, "19900000001", _("请把这一列设为“文本”格式")),
        _c("identity_number", "身份证号", "Identity number", cells.identity_number, "", _("18 位，请把这一列设为“文本”格式；加密保存")),
        *_place(4, required=False),
        _c("household", "户号", "Household code", cells.code(32), "H0001", _("住在一起的人填同一个户号")),
        _c("living_alone", "独居", "Living alone", cells.yes_no, "否", _("是 或 否；只记核实过的")),
        _c("living_alone_checked_on", "独居核实日期", "Living alone checked on", cells.past_day, "2026-01-15"),
        _c("left_on", "迁出日期", "Left on", cells.past_day, "", _("已经搬走或去世的填日期")),
        _VERIFIED,
    ),
)  # fmt: skip

OWNERS = Template(
    "owners", _("业主"), ("code",),
    (
        _c("code", "业主编号", "Owner code", cells.code(32), "O0001", _("共有一套房的几个人是一个业主"), required=True),
        _c("name", "业主名称", "Owner name", cells.text(64), "欧阳晓岚", _("人或单位"), required=True),
        _c("homes", "房屋", "Homes", cells.home_list, "E01/3/1/502", _("小区编号/幢/单元/室，几套房用分号隔开"), required=True),
        _c("resident", "居民编号", "Resident code", cells.code(32), "R0001", _("业主也住在本社区时填")),
    ),
)  # fmt: skip

FACILITIES = Template(
    "facilities", _("设施"), ("code",),
    (
        _c("code", "设施编号", "Facility code", cells.code(32), "LIFT-E01-3-1", required=True),
        _c("name", "设施名称", "Facility name", cells.text(64), "枫杨里 3 幢 1 单元电梯", required=True),
        _c("kind", "类型", "Kind", cells.choice(FACILITY_KINDS), "电梯", _("电梯、路灯、水泵、大门、消防设施、充电桩、邻里中心、其他"), required=True),
        _c("grid", "网格编号", "Grid number", cells.whole(1, 9999), "1", required=True),
        *_place(3, required=False),
        _c("x", "x", "x", cells.decimal(-100_000, 100_000), "132", _("往东的米数"), required=True),
        _c("y", "y", "y", cells.decimal(-100_000, 100_000), "86", _("往北的米数"), required=True),
        _VERIFIED,
    ),
)  # fmt: skip

TEMPLATES: Mapping[str, Template] = {
    t.kind: t for t in (GRIDS, ESTATES, BUILDINGS, ENTRANCES, HOMES, RESIDENTS, OWNERS, FACILITIES)
}
"""In the order in which they should be imported: each refers only to those before it."""
