"""From a cell as a person typed it to a value: each parser takes the cell and today, and returns or says why not.

A cell is what a spreadsheet or CSV gives: ``str``, ``int``, ``float``, ``bool``, ``date`` or ``datetime``. Text is
compared after NFKC normalisation, so that full-width digits and letters (１２３ＡＢ) are the same as ASCII.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.registry.rules import identity
from linli.foundation.registry.rules.geometry import BadShape, polygon

Parser = Callable[[object, date], Any]

CLEAR = "-"
"""What a person writes to empty an optional cell; a blank cell leaves the registry as it is."""

EARLIEST_YEAR = 1900
SERIAL_DAY_ZERO = date(1899, 12, 30)
SERIAL_DAYS = range(10_000, 60_000)
"""Excel's day numbers from 1927 to 2064; smaller numbers are more likely a mistyped year than a day."""

TRUE_WORDS = frozenset({"是", "有", "对", "y", "yes", "true", "1", "√", "✓", "✔"})
FALSE_WORDS = frozenset({"否", "无", "没有", "n", "no", "false", "0", "×", "x"})

_CJK_GAP = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_DOTS = re.compile(r"\s*[·•・‧∙⋅．.]\s*")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_DATE_FORMS = (
    re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]00:00(?::00)?)?"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")


class BadCell(ValueError):
    """The cell cannot be used; the message says why and what would be right, ``field`` whose it is where known."""

    def __init__(self, message: str, *, field: str | None = None):
        super().__init__(message)
        self.field = field


def plain(cell: object) -> str:
    """The cell as trimmed NFKC text; a whole number without its ``.0``."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return unicodedata.normalize("NFKC", str(cell)).strip()


def text(longest: int) -> Parser:
    """Any words, at most ``longest`` characters, without control characters."""

    def parse(cell: object, today: date) -> str:
        words = " ".join(plain(cell).split())
        if len(words) > longest:
            raise BadCell(_("太长了，最多 %(n)d 个字。") % {"n": longest})
        if any(unicodedata.category(c) == "Cc" for c in words):
            raise BadCell(_("含有看不见的控制字符，请重新输入。"))
        return words

    return parse


def code(longest: int) -> Parser:
    """A number or mark as on a plate or in a list: no spaces, no slash (which separates the parts of a place)."""

    def parse(cell: object, today: date) -> str:
        if isinstance(cell, float) and not cell.is_integer():
            raise BadCell(_("编号不能是小数。"))
        mark = plain(cell)
        if _SCIENTIFIC.fullmatch(mark):
            raise BadCell(_("这一格被表格软件改成了科学计数法，末尾几位已经丢失：请把该列设为“文本”后重新填写。"))
        if len(mark) > longest:
            raise BadCell(_("太长了，最多 %(n)d 个字。") % {"n": longest})
        if "/" in mark or any(c.isspace() or unicodedata.category(c) == "Cc" for c in mark):
            raise BadCell(_("编号里不能有空格、换行或斜杠。"))
        return mark

    return parse


def person_name(cell: object, today: date) -> str:
    """2–64 characters: 欧阳娜娜, 买买提·艾山, Anna Müller. Dots are unified to ``·`` between Chinese characters."""
    name = " ".join(plain(cell).split())
    name = _CJK_GAP.sub("", name)
    if re.search(r"[\u3400-\u9fff]", name):
        name = _DOTS.sub("·", name)
    if any(c.isdigit() for c in name):
        raise BadCell(_("姓名里不应有数字。"))
    if len(name) < 2 or not any(c.isalpha() for c in name):
        raise BadCell(_("姓名至少两个字。"))
    if len(name) > 64:
        raise BadCell(_("太长了，最多 %(n)d 个字。") % {"n": 64})
    if any(unicodedata.category(c) == "Cc" for c in name):
        raise BadCell(_("含有看不见的控制字符，请重新输入。"))
    return name


def choice(words: Mapping[str, str]) -> Parser:
    """One of ``words`` (lower-case spelling → value); the message lists the Chinese spellings."""

    def parse(cell: object, today: date) -> str:
        given = plain(cell).lower()
        if given not in words:
            known = "、".join(dict.fromkeys(w for w in words if not w.isascii()))
            raise BadCell(_("“%(given)s”不在可选的范围里，请填：%(known)s。") % {"given": given[:20], "known": known})
        return words[given]

    return parse


def yes_no(cell: object, today: date) -> bool:
    given = plain(cell).lower()
    if given in TRUE_WORDS:
        return True
    if given in FALSE_WORDS:
        return False
    raise BadCell(_("请填“是”或“否”。"))


def whole(low: int, high: int) -> Parser:
    """An integer from ``low`` to ``high``."""

    def parse(cell: object, today: date) -> int:
        given = plain(cell).removesuffix("层").removesuffix("楼")
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", given):
            raise BadCell(_("请填整数。"))
        number = int(given)
        if not low <= number <= high:
            raise BadCell(_("应在 %(low)d 到 %(high)d 之间。") % {"low": low, "high": high})
        return number

    return parse


def decimal(low: float, high: float) -> Parser:
    """A finite number from ``low`` to ``high``."""

    def parse(cell: object, today: date) -> float:
        try:
            number = float(cell if isinstance(cell, int | float) else plain(cell))
        except ValueError as error:
            raise BadCell(_("请填数字。")) from error
        if not low <= number <= high:
            raise BadCell(_("应在 %(low)g 到 %(high)g 之间。") % {"low": low, "high": high})
        return number

    return parse


def area(cell: object, today: date) -> int:
    """专有部分面积 in m² with at most two decimals → integer 0.01 m²."""
    square_metres = decimal(0.01, 1_000_000)(cell, today)
    hundredths = round(square_metres * 100)
    if abs(square_metres * 100 - hundredths) > 1e-6 * max(1.0, square_metres):
        raise BadCell(_("面积最多两位小数。"))
    return hundredths


def day(cell: object, today: date) -> date:
    """A calendar day: an Excel date, or 1950-01-02, 1950/1/2, 1950.1.2, 19500102, 1950年1月2日."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    given = plain(cell)
    if given.isascii() and given.isdigit() and int(given) in SERIAL_DAYS:
        return SERIAL_DAY_ZERO + timedelta(days=int(given))
    for form in _DATE_FORMS:
        if parts := form.fullmatch(given):
            year, month, day_of_month = (int(p) for p in parts.groups())
            try:
                return date(year, month, day_of_month)
            except ValueError as error:
                raise BadCell(
                    _("没有 %(y)d 年 %(m)d 月 %(d)d 日这一天。") % {"y": year, "m": month, "d": day_of_month}
                ) from error
    raise BadCell(_("看不懂这个日期，请写成 1950-01-31 这样。"))


def past_day(cell: object, today: date) -> date:
    """A day from 1900 to today."""
    moment = day(cell, today)
    if moment > today:
        raise BadCell(_("日期在今天之后。"))
    if moment.year < EARLIEST_YEAR:
        raise BadCell(_("日期早于 %(year)d 年。") % {"year": EARLIEST_YEAR})
    return moment


def phone(cell: object, today: date) -> str:
    """A Chinese mobile (11 digits) or landline with its area code, kept as digits."""
    given = plain(cell)
    if _SCIENTIFIC.fullmatch(given):
        raise BadCell(_("号码被表格软件改成了科学计数法，末尾几位已经丢失：请把该列设为“文本”后重新填写。"))
    digits = re.sub(r"[\s()-]", "", given)
    digits = re.sub(r"^(\+86|0086)", "", digits)
    if not (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)):
        raise BadCell(_("不是有效的电话号码：手机 11 位，固定电话要带区号。"))
    return digits


def identity_number(cell: object, today: date) -> str:
    """The eighteen characters of GB 11643-1999; an old number of fifteen digits becomes one of eighteen."""
    given = plain(cell)
    if _SCIENTIFIC.fullmatch(given):
        raise BadCell(_("号码被表格软件改成了科学计数法，末尾几位已经丢失：请把该列设为“文本”后重新填写。"))
    try:
        return identity.normalised(given)
    except identity.BadIdentity as bad:
        if bad.code == "check":
            raise BadCell(_("身份证号的最后一位对不上，请核对。")) from bad
        raise BadCell(_("身份证号要 18 位，中间八位是出生日期。")) from bad


def shape(cell: object, today: date) -> dict:
    """GeoJSON text of a Polygon in metres."""
    try:
        return polygon(json.loads(plain(cell)))
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadCell(_("不是 GeoJSON 文本。也可以不填这一列，改填 x、y、宽、深、角度。")) from error
    except BadShape as error:
        raise BadCell(str(error)) from error


def home_list(cell: object, today: date) -> frozenset[tuple[str, ...]]:
    """Homes as 小区编号/幢/单元/室, separated by ``;`` or a line break."""
    places = set()
    for part in re.split(r"[;,、\n]+", plain(cell)):
        if not part.strip():
            continue
        pieces = tuple(p.strip() for p in part.split("/"))
        if len(pieces) != 4 or not all(pieces):
            raise BadCell(
                _("“%(part)s”看不懂，请写成 小区编号/幢/单元/室，几套房用分号隔开。") % {"part": part.strip()[:40]}
            )
        places.add(pieces)
    if not places:
        raise BadCell(_("至少要有一套房。"))
    return frozenset(places)
