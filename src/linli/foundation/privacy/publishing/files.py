"""A release as open data: numbers, codebook and tables as CSV for a spreadsheet, everything as JSON for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence

from django.utils import timezone

from linli.foundation.errors import NotFound
from linli.foundation.privacy.publishing import queries
from linli.foundation.privacy.publishing.models import Release
from linli.foundation.privacy.publishing.queries import Shown
from linli.foundation.registry.models import Community

LICENCE = "CC-BY-4.0"
METHOD = {
    "zh": "计数加了离散拉普拉斯噪声（差分隐私，OpenDP），每个人最多影响 cap 次；真数有 95% 的可能在 ± error_95 以内。"
    "表格用小格子隐藏：少于 5 件、或者不到 5 个人提的不写，也不能从合计倒推。",
    "en": "Counts carry discrete Laplace noise (differential privacy, OpenDP); one person moves them by at most cap. With 95 % "
    "the true number is within ± error_95. Tables hide small cells: fewer than 5 matters, or of fewer than 5 people, are blank and cannot be worked out.",
}


def numbers_csv(community: Community, release: Release) -> bytes:
    """One line a figure; an empty value was too uncertain to publish."""
    head = ["community", "key", "title_zh", "title_en", "kind", "value", "error_95", "n", "n_error_95",
            "first_day", "last_day", "published_on"]  # fmt: skip
    days = [release.first_day.isoformat(), release.last_day.isoformat(), _published_on(release)]
    rows = []
    for one in queries.figures(release):
        facts = _facts(one)
        rows.append(
            [community.code, one.key, one.title.zh, one.title.en]
            + [facts[name] for name in ("kind", "value", "error_95", "n", "n_error_95")]
            + days
        )
    return _csv(head, rows)


def codebook_csv(community: Community, release: Release) -> bytes:
    """What each figure means, how it was protected, and what each column is."""
    head = ["key", "title_zh", "title_en", "definition_zh", "definition_en", "kind", "unit_zh", "unit_en",
            "at_most_a_person", "epsilon"]  # fmt: skip
    rows = [
        [
            entry["key"], entry["title"]["zh"], entry["title"]["en"], entry["definition"]["zh"],
            entry["definition"]["en"], entry["kind"], entry["unit"]["zh"], entry["unit"]["en"], entry["cap"],
            entry["epsilon"] / 1000,
        ]
        for entry in release.codebook
    ]  # fmt: skip
    rows += [["method", "", "", METHOD["zh"], METHOD["en"], "", "", "", "", release.price / 1000]]
    return _csv(head, rows)


def table_csv(community: Community, release: Release, key: str) -> bytes:
    """One line a cell; ``hidden`` is 1 where the count is not told. Raises :class:`NotFound`."""
    found = next((one for one in queries.tables(release) if one.key == key), None)
    if found is None:
        raise NotFound()
    rows = [
        [name.zh, name.en, column.zh, column.en, str(cell), int(cell.hidden)]
        for name, cells in found.lines
        for column, cell in zip(found.columns, cells, strict=True)
    ]
    return _csv(["row_zh", "row_en", "column_zh", "column_en", "count", "hidden"], rows)


def as_dict(community: Community, release: Release) -> dict:
    """Everything of a release, as JSON takes it."""
    return {
        "community": {"code": community.code, "name": community.name},
        "release": release.number,
        "first_day": release.first_day.isoformat(),
        "last_day": release.last_day.isoformat(),
        "published_on": _published_on(release),
        "epsilon": release.price / 1000,
        "licence": LICENCE,
        "method": METHOD,
        "figures": [
            {
                "key": one.key,
                "title": {"zh": one.title.zh, "en": one.title.en},
                "definition": {"zh": one.definition.zh, "en": one.definition.en},
                **_facts(one),
            }
            for one in queries.figures(release)
        ],
        "tables": release.tables,
    }


def as_json(community: Community, release: Release) -> bytes:
    return json.dumps(as_dict(community, release), ensure_ascii=False, indent=1).encode()


def _facts(one: Shown) -> dict:
    """Counts as they are, rates in per cent with one decimal; ``None`` for what is not told."""
    if one.rate is not None:
        return {
            "kind": "rate",
            "value": (one.rate.value or 0) / 10,
            "error_95": one.rate.error / 10,
            "n": one.rate.n.value,
            "n_error_95": one.rate.n.error,
        }
    told = one.number is not None
    return {
        "kind": "count" if told else "not_told",
        "value": one.number.value if one.number else None,
        "error_95": one.number.error if one.number else None,
        "n": None,
        "n_error_95": None,
    }


def _published_on(release: Release) -> str:
    return timezone.localtime(release.published_at).date().isoformat() if release.published_at else ""


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads the Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return ("\ufeff" + out.getvalue()).encode()
