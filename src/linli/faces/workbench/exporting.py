"""Cases as an Excel file: the same columns as on the screen, times in Hangzhou's clock, no names of residents."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.faces.workbench.rows import Row

WIDTHS = (18, 34, 24, 20, 14, 12, 10, 14, 18, 18, 18)


def workbook_of(rows: Iterable[Row]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    page = book.create_sheet(_("事件"), 0)
    page.append(
        [
            _("编号"), _("事情"), _("地点"), _("分类"), _("网格"), _("缓急"), _("状态"), _("负责人"), _("收到"),
            _("最晚办好"), _("办结"),
        ]
    )  # fmt: skip
    for cell in page[1]:
        cell.font = Font(bold=True)
    for row in rows:
        case = row.case
        page.append(
            [
                _plain(case.number), _plain(row.title), _plain(row.place), _plain(row.category), _plain(row.grid),
                f"{case.level} {case.get_level_display()}", str(case.get_state_display()), _plain(row.handler),
                _local(case.opened_at), _local(case.finish_by), _local(case.closed_at),
            ]
        )  # fmt: skip
    page.freeze_panes = "A2"
    for column, width in enumerate(WIDTHS, start=1):
        page.column_dimensions[get_column_letter(column)].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(words: str) -> str:
    """Excel runs what begins with a sign as a formula; an apostrophe keeps somebody's words words."""
    return f"'{words}" if words[:1] in {"=", "+", "-", "@", "\t", "\r"} else words


def _local(moment: datetime | None) -> datetime | None:
    """Excel knows no time zones."""
    return timezone.localtime(moment).replace(tzinfo=None, microsecond=0) if moment else None
