"""A copy of everything held: one zip with JSON and CSV for machines and a PDF for people (PIPL art. 45)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.documents import render_pdf
from linli.foundation.privacy.holdings import SOURCES, Held
from linli.foundation.privacy.purposes import Purpose, ever
from linli.foundation.privacy.retention_words import kept_until
from linli.foundation.registry.models import Resident

FORMAT = "linli-my-information/1"
PAGE = "my-information.pdf"
PRINTED_ROWS = 500
"""Of one kind on paper; the file for machines has all of them."""


def pack(held: Sequence[Held], resident: Resident, *, number: str, made_at: datetime) -> bytes:
    """The zip: ``my-information.pdf``, ``my-information.json`` and ``csv/<key>.csv`` for each kind that has rows."""
    gathered = [(one, [dict(row) for row in one.rows()]) for one in held]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PAGE, _pdf(gathered, resident, number, made_at))
        archive.writestr("my-information.json", _json(gathered, resident, number, made_at))
        for one, rows in gathered:
            if rows:
                archive.writestr(f"csv/{one.key}.csv", _csv(rows))
    return packed.getvalue()


def page_in(packed: bytes) -> bytes:
    """The pages for people inside a packed copy."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return archive.read(PAGE)


def _json(gathered: list[tuple[Held, list[dict]]], resident: Resident, number: str, made_at: datetime) -> str:
    return json.dumps(
        {
            "format": FORMAT,
            "number": number,
            "made_at": made_at,
            "community": resident.community.name,
            "resident": resident.code,
            "held": [
                {
                    "key": one.key,
                    "title": str(one.title),
                    "summary": str(one.words),
                    "sources": list(one.sources),
                    "purposes": list(one.purposes),
                    "kept": kept_until(one.table),
                    "labels": {key: str(label) for key, label in one.labels.items()},
                    "rows": rows,
                }
                for one, rows in gathered
            ],
        },
        ensure_ascii=False,
        indent=1,
        default=_plain,
    )


def _csv(rows: list[dict]) -> str:
    """With a byte order mark, so that a spreadsheet program reads the Chinese; no cell can be taken for a formula."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return "\ufeff" + written.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else _plain(value) if isinstance(value, (datetime, date)) else str(value)
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") and not isinstance(value, (int, float)) else text


def _pdf(gathered: list[tuple[Held, list[dict]]], resident: Resident, number: str, made_at: datetime) -> bytes:
    published = ever()
    data = {
        "title": _("社区记着我什么"),
        "intro": _("这是%(community)s记着的关于您的全部信息。编号 %(number)s。请收好，不要给不认识的人看。")
        % {"community": resident.community.name, "number": number},
        "words": {"source": _("从哪里来"), "purpose": _("拿来做什么"), "until": _("留到什么时候")},
        "sections": [_section(one, rows, published) for one, rows in gathered],
    }
    return render_pdf("rights/my_information.typ", data, who=resident.community.name, when=made_at)


def _section(one: Held, rows: list[dict], published: Mapping[str, Purpose]) -> dict:
    printed = rows[:PRINTED_ROWS]
    keys = [key for key in one.labels if any(key in row for row in printed)]
    more = len(rows) - len(printed)
    return {
        "title": str(one.title),
        "words": str(one.words),
        "source": sources_in_words(one.sources),
        "purpose": " ".join(purposes_in_words(one.purposes, published)) or _("让社区能为您办事。"),
        "until": kept_until(one.table),
        "head": [str(one.labels[key]) for key in keys],
        "rows": [[_shown(row.get(key)) for key in keys] for row in printed],
        "more": _("还有 %(n)d 行，在电脑能读的文件里。") % {"n": more} if more > 0 else "",
    }


def sources_in_words(sources: Iterable[str]) -> str:
    return _("、").join(str(SOURCES[source]) for source in sources)


def purposes_in_words(purposes: Iterable[str], published: Mapping[str, Purpose]) -> list[str]:
    """The sentences of those of ``purposes`` that were or are ``published``."""
    return [published[key].sentence for key in purposes if key in published]


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return _("是") if value else _("不是")
        case datetime():
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
    return str(value)


def _plain(value: object) -> str:
    match value:
        case datetime():
            return timezone.localtime(value).isoformat()
        case date():
            return value.isoformat()
    return str(value)
