"""From a Typst template and plain data to a PDF.

A template lies in the ``documents`` folder of its app and is named ``<app label>/<file>``; it opens with
``#import "frame.typ": *`` and ``#show: frame``, and reads what it shows from ``data``. The data travels as JSON and is shown as
text: what a person typed is never compiled.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path

from django.apps import apps
from django.utils import timezone
from django.utils.translation import get_language

from linli.foundation import clock

CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Serif CJK SC",
)
"""Families that can set simplified Chinese, the best for reading first."""


class NoChineseFont(RuntimeError):
    """The machine has no font that can set Chinese."""

    def __init__(self) -> None:
        super().__init__(
            "no font for Chinese was found, so no PDF can be made: install one, for example "
            "`apt-get install fonts-noto-cjk`, and start Linli again"
        )


def render_pdf(template: str, data: dict, *, who: str, when: datetime | None = None) -> bytes:
    """The PDF of ``template`` (``consents/receipt.typ``), tagged for screen readers.

    ``data`` is what ``json`` can write. Each page's foot says ``who`` made it and ``when`` (now by default): a page that
    lies about shows where it came from. The same arguments always give the same bytes. Raises :class:`LookupError` for a template that
    no app has, and :class:`NoChineseFont`.
    """
    import typst

    made_at = when or clock.now()
    inputs = {
        "data": json.dumps(data, ensure_ascii=False),
        "font": chinese_font(),
        "lang": (get_language() or "zh").split("-")[0],
        "foot": f"{who} · {timezone.localtime(made_at):%Y-%m-%d %H:%M}",
    }
    return typst.compile(  # type: ignore[call-overload]
        # The stubs do not know that several sources may be given at once.
        _sources(template),
        format="pdf",
        sys_inputs=inputs,
        timestamp=int(made_at.timestamp()),
    )


@cache
def chinese_font() -> str:
    """The first of :data:`CHINESE_FONTS` that is installed; raises :class:`NoChineseFont`."""
    import typst

    return first_chinese(typst.Fonts().families())


def first_chinese(families: list[str]) -> str:
    """The best of ``families`` for Chinese; raises :class:`NoChineseFont`."""
    installed = set(families)
    for family in CHINESE_FONTS:
        if family in installed:
            return family
    raise NoChineseFont


@cache
def _sources(template: str) -> dict[str, bytes]:
    """The template as ``main.typ`` with the frame and its neighbours, by name."""
    label, _slash, name = template.partition("/")
    folder = Path(apps.get_app_config(label).path) / "documents"
    if not (folder / name).is_file():
        raise LookupError(f"there is no document {template}")
    frame = Path(__file__).parent / "frame.typ"
    neighbours = {one.name: one.read_bytes() for one in folder.glob("*.typ")}
    return {**neighbours, "frame.typ": frame.read_bytes(), "main.typ": (folder / name).read_bytes()}
