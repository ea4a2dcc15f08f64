"""An answer as a CSV file that says of itself who took it, when, and what it may be used for."""

from __future__ import annotations

import csv
import io

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.privacy.analysis.models import StudyQuestion
from linli.foundation.privacy.analysis.queries import table_of


def csv_of(question: StudyQuestion, *, actor: Actor) -> bytes:
    """UTF-8 with a mark for Excel; every line carries the watermark, so that no part of it travels without."""
    table = table_of(question)
    mark = _("%(who)s 于 %(when)s 下载，研究“%(study)s”第 %(n)d 问，只用于本研究") % {
        "who": actor.name or actor.label,
        "when": timezone.localtime(clock.now()).strftime("%Y-%m-%d %H:%M"),
        "study": question.study.title,
        "n": question.number,
    }
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if table is not None:
        heads = [*table.headings, _("多少"), *([table.measure] if table.measure else []), _("误差"), _("水印")]
        writer.writerow(map(_plain, heads))
        for words, count, mean in table.rows:
            shown = _("不显示") if count is None else count
            means = [_("不显示") if mean is None else mean] if table.measure else []
            error = "" if count is None else f"±{table.give_or_take}"
            writer.writerow([*map(_plain, words), shown, *means, error, _plain(mark)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(words: str) -> str:
    """Excel runs what begins with a sign as a formula."""
    return f"'{words}" if words[:1] in {"=", "+", "-", "@", "\t", "\r"} else words
