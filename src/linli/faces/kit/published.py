"""How a number that passed the gate is written: the number, with how it was protected and its ± beside it for who asks."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from linli.foundation.privacy.publishing.published import Published, PublishedRate


def told(number: int | float | str | Published | PublishedRate) -> SafeString | str:
    """A gated number as a ``<data>`` element that names its method; any other as it is, thousands apart."""
    if isinstance(number, PublishedRate):
        return _data(number.method, f"{(number.value or 0) / 10:.0f}", number.error / 10, "")
    if isinstance(number, Published):
        if number.hidden:
            return format_html('<data data-gate="{}" title="{}">×</data>', number.method, _("太少，不写"))
        return _data(number.method, f"{number:,}", number.error, str(number.value))
    return f"{number:,}" if isinstance(number, int) else str(number)


def _data(method: str, words: str, error: float, value: str) -> SafeString:
    if not error:
        return format_html('<data data-gate="{}" value="{}">{}</data>', method, value, words)
    return format_html(
        '<data data-gate="{}" value="{}" title="{}">{}</data>',
        method,
        value,
        _("误差 ±%(error)s") % {"error": f"{error:g}"},
        words,
    )
