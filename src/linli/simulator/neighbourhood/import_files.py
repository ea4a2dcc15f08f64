"""The neighbourhood as files of the registry's import templates: what a director would upload."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from linli.foundation.registry.rules.identity import check_character
from linli.simulator.neighbourhood.shapes import Neighbourhood, polygon

_KINDS = {"old": "老旧小区", "new": "新小区"}
_FACILITIES = {"lift": "电梯", "lamp": "路灯", "pump": "水泵", "gate": "大门", "fire": "消防设施", "charger": "充电桩",
               "venue": "邻里中心"}  # fmt: skip


def import_files(n: Neighbourhood) -> Iterator[tuple[str, bytes]]:
    """Yield (template, CSV in UTF-8) in the order in which they can be imported."""
    checked = (n.as_of - timedelta(days=40 + n.seed % 20)).isoformat()
    yield "grids", _csv(("网格编号", "网格名称"), ((g, f"第 {g} 网格") for g in n.grids))
    yield (
        "estates",
        _csv(
            ("小区编号", "小区名称", "类型", "建成年份", "范围"),
            ((e.code, e.name, _KINDS[e.kind], e.built_year, json.dumps(polygon(e.ring))) for e in n.estates),
        ),
    )
    yield (
        "buildings",
        _csv(
            ("小区编号", "幢号", "网格编号", "层数", "轮廓", "核实日期"),
            ((b.estate, b.number, b.grid, b.storeys, json.dumps(polygon(b.ring)), checked) for b in n.buildings),
        ),
    )
    yield (
        "entrances",
        _csv(
            ("小区编号", "幢号", "单元号", "有电梯"),
            (
                (b.estate, b.number, entrance, "是" if entrance in b.lift_entrances else "否")
                for b in n.buildings
                for entrance in b.entrances
            ),
        ),
    )
    yield (
        "homes",
        _csv(
            ("小区编号", "幢号", "单元号", "室号", "楼层", "专有部分面积", "核实日期"),
            (
                (b.estate, b.number, h.entrance, h.number, h.floor, f"{h.exclusive_area / 100:.2f}", checked)
                for b in n.buildings
                for h in b.homes
            ),
        ),
    )
    yield "residents", _csv(
        ("居民编号", "姓名", "性别", "出生日期", "电话", "身份证号", "小区编号", "幢号", "单元号", "室号", "户号", "独居",
         "独居核实日期", "核实日期"),
        _residents(n, checked),
    )  # fmt: skip
    yield "facilities", _csv(
        ("设施编号", "设施名称", "类型", "网格编号", "小区编号", "幢号", "单元号", "x", "y", "核实日期"),
        (
            (
                f.code, f.name, _FACILITIES[f.kind], f.grid,
                n.building_of[f.building].estate if f.building else "",
                n.building_of[f.building].number if f.building else "",
                f.entrance, f.x, f.y, checked,
            )
            for f in n.facilities
        ),
    )  # fmt: skip


def _residents(n: Neighbourhood, checked: str) -> Iterator[tuple]:
    met: Counter[tuple] = Counter()
    for p in n.people:
        home = n.home_of[p.home]
        met[p.birth_date, p.sex] += 1
        yield (
            p.code, p.name, "女" if p.sex == "f" else "男", p.birth_date.isoformat(), p.phone,
            identity_number(p.birth_date, p.sex, met[p.birth_date, p.sex]), home.estate,
            n.building_of[home.building].number, home.entrance, home.number, p.household,
            "是" if p.living_alone else "否", checked if p.living_alone else "", checked,
        )  # fmt: skip


def identity_number(born: date, sex: str, place: int) -> str:
    """Of the ``place``-th invented person of a day and sex, in a division that does not exist (no province is 99)."""
    first = f"990112{born:%Y%m%d}{2 * place - (sex == 'm'):03d}"
    return first + check_character(first)


def _csv(headings: tuple[str, ...], rows: Iterable[tuple]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode()
