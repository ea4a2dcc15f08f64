"""Cases as an Excel file: the same columns as on the screen, times in Hangzhou's clock, no names of residents."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from linli.faces.workbench.rows import Row
from linli.foundation.documents.spreadsheets import Stamp, as_xlsx

WIDTHS = (18, 34, 24, 20, 14, 12, 10, 14, 18, 18, 18)


def workbook_of(rows: Sequence[Row], *, stamp: Stamp) -> bytes:
    columns = [
        _("编号"), _("事情"), _("地点"), _("分类"), _("网格"), _("缓急"), _("状态"), _("负责人"), _("收到"),
        _("最晚办好"), _("办结"),
    ]  # fmt: skip
    cells = [
        [
            row.case.number, row.title, row.place, row.category, row.grid,
            f"{row.case.level} {row.case.get_level_display()}", str(row.case.get_state_display()), row.handler,
            row.case.opened_at, row.case.finish_by, row.case.closed_at,
        ]
        for row in rows
    ]  # fmt: skip
    return as_xlsx(_("事件"), columns, cells, stamp=stamp, widths=WIDTHS)
