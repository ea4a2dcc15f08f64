"""The columns of a list of orders from the hotline 12345, under the names that cities give them.

Every city's system writes its own headings; the number, the words and the moment are always there. Columns that are not
known are ignored and said to be so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.foundation.errors import Invalid
from linli.foundation.registry.importing.reading import MOST_COLUMNS, MOST_ROWS, Table, read_table
from linli.foundation.registry.rules import cells
from linli.foundation.registry.rules.cells import BadCell
from linli.foundation.registry.rules.checking import BadHeading, Row, check_rows, match_headings
from linli.foundation.registry.rules.templates import Column, Template, fold

LONGEST_WORDS = 2_000

ALSO = {
    "outer_number": ("工单号", "受理编号", "诉求编号", "受理单号", "编号", "流水号", "工单ID", "订单编号"),
    "words": ("诉求内容", "内容", "诉求描述", "反映内容", "主要内容", "问题描述", "事项内容", "描述"),
    "said_at": ("来电时间", "受理时间", "登记时间", "反映时间", "诉求时间", "创建时间", "时间"),
    "name": ("来电人", "联系人", "诉求人", "反映人", "市民姓名", "姓名", "来电人姓名"),
    "phone": ("联系电话", "来电号码", "联系方式", "手机号", "电话", "来电电话", "电话号码"),
    "where": ("事发地址", "地址", "地点", "事发地点", "诉求地址", "详细地址", "问题地址"),
}
"""Headings that mean the same column."""


def moment(cell: object, today: date) -> datetime:
    """A moment: an Excel date, ``2026-03-01 08:12``, ``2026/3/1 8:12:30``, ``20260301081230``, or a day alone (noon)."""
    if isinstance(cell, datetime):
        return timezone.make_aware(cell) if timezone.is_naive(cell) else cell
    given = cells.plain(cell).replace("T", " ").replace("年", "-").replace("月", "-").replace("日", " ").strip()
    given = " ".join(given.replace("/", "-").split())
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y%m%d%H%M%S", "%Y%m%d %H:%M:%S"):
        try:
            return timezone.make_aware(datetime.strptime(given, form))  # noqa: DTZ007 - the community's own clock
        except ValueError:
            continue
    try:
        return timezone.make_aware(datetime.combine(cells.day(cell, today), time(12)))
    except BadCell:
        raise BadCell(_("看不懂这个时间，请写成 2026-03-01 08:12 这样。")) from None


def past_moment(cell: object, today: date) -> datetime:
    found = moment(cell, today)
    if timezone.localtime(found).date() > today:
        raise BadCell(_("时间在今天之后。"))
    if found.year < today.year - 20:
        raise BadCell(_("时间太早了，请核对年份。"))
    return found


def words(cell: object, today: date) -> str:
    """As said, with its line breaks; never shortened."""
    said = "" if cell is None else str(cell).strip()
    if len(said) > LONGEST_WORDS:
        raise BadCell(
            _("有 %(now)d 个字，最多 %(max)d 个字。请把要紧的写在前面。") % {"now": len(said), "max": LONGEST_WORDS}
        )
    if "\x00" in said or any("\ud800" <= c <= "\udfff" for c in said):
        raise BadCell(_("这段话里有认不出的字符，请重新写一遍。"))
    return said


def phone(cell: object, today: date) -> str:
    """A number to call back; one that the hotline has masked (``138****1234``) is no number and is left out."""
    given = cells.plain(cell)
    return "" if "*" in given or "＊" in given else cells.phone(cell, today)


TEMPLATE = Template(
    kind="hotline",
    title=gettext_lazy("12345 工单"),
    key=("outer_number",),
    columns=(
        Column("outer_number", "工单编号", "Order number", cells.code(64), "HZ20260301000123", required=True),
        Column("words", "诉求内容", "What was said", words, "3 幢楼道灯不亮，晚上看不见。", required=True),
        Column("said_at", "来电时间", "Time", past_moment, "2026-03-01 08:12"),
        Column("name", "来电人", "Caller", cells.text(64), "方女士"),
        Column("phone", "联系电话", "Phone", phone, "13800001234"),
        Column("where", "事发地址", "Address", cells.text(200), "枫杨里 3 幢"),
    ),
)


def read_orders(content: bytes) -> Table:
    """A table from Excel, CSV or JSON (a list of objects, alone or under ``data``, ``rows``, ``items`` or ``list``)."""
    start = content.lstrip()[:4].lstrip(b"\xef\xbb\xbf")
    table = _from_json(content) if start[:1] in (b"[", b"{") else read_table(content)
    known = {fold(word): TEMPLATE.column(field).zh for field, names in ALSO.items() for word in names}
    taken: set[str] = set()
    headings: list[object] = []
    own = TEMPLATE.by_heading
    exact = {own[fold(h)].zh for h in table.headings if fold(h) in own}
    for heading in table.headings:
        meant = known.get(fold(heading))
        if fold(heading) not in own and meant is not None and meant not in exact | taken:
            taken.add(meant)
            headings.append(meant)
        else:
            headings.append(heading)
    return Table(headings, table.lines)


def check_orders(table: Table, *, today: date) -> tuple[list[Row], list[str]]:
    """Every row with its faults, and the headings that are not read; raises :class:`Invalid` for wrong headings."""
    try:
        columns, ignored = match_headings(TEMPLATE, table.headings)
    except BadHeading as error:
        raise Invalid(str(error), code="headings_wrong", field="file") from error
    return check_rows(TEMPLATE, columns, table.lines, today=today), ignored


def _from_json(content: bytes) -> Table:
    try:
        given: Any = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise Invalid(_("JSON 文件读不出来，请检查是不是完整。"), code="file_damaged", field="file") from error
    if isinstance(given, dict):
        given = next(
            (given[name] for name in ("data", "rows", "items", "list") if isinstance(given.get(name), list)), None
        )
    if not isinstance(given, list) or not given or not all(isinstance(row, dict) for row in given):
        raise Invalid(_("JSON 里应当是一串工单，每一件是一个对象。"), code="file_not_a_table", field="file")
    headings = list(dict.fromkeys(str(name) for row in given[:MOST_ROWS] for name in row))
    if len(given) > MOST_ROWS or len(headings) > MOST_COLUMNS:
        raise Invalid(
            _("有 %(n)d 行，一次最多 %(max)d 行。请分成几个文件。") % {"n": len(given), "max": MOST_ROWS},
            code="too_many_rows",
            field="file",
        )
    lines: list[tuple[int, Sequence[object]]] = [
        (number, [_cell(row.get(name)) for name in headings]) for number, row in enumerate(given, start=1)
    ]
    return Table(headings, lines)


def _cell(value: object) -> object:
    return (
        value if value is None or isinstance(value, str | int | float | bool) else json.dumps(value, ensure_ascii=False)
    )
