"""Numbers that open to their rows."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from linli.faces.kit import humantime
from linli.faces.kit.published import told
from linli.foundation import clock
from linli.foundation.privacy.publishing.published import Published, require_published

register = template.Library()

JUST_NOW_SECONDS = 60


@register.simple_tag(takes_context=True)
def opens(context, n: int | Published, what: str, css: str = "", height: int | None = None, **asked) -> SafeString:
    """``{% opens n "cases" stage="waiting" %}``: the number as a link to its rows; on a wall the number alone.

    On a wall a number that has not passed the gate raises :class:`Ungated`.
    """
    bar = format_html('<i style="--h:{}%"></i>', height) if height is not None else mark_safe("")
    css = f"num {css}".strip()
    if context.get("wall"):
        return format_html('<b class="{} still">{}{}</b>', css, bar, told(require_published(n)))
    query = urlencode({name: value for name, value in asked.items() if value is not None and value != ""})
    href = reverse("cockpit:rows", args=[what]) + (f"?{query}" if query else "")
    return format_html('<a class="{}" href="{}">{}{}</a>', css, href, bar, f"{n:,}")


@register.filter
def about_ago(moment: datetime) -> str:
    """An age that stays the same for a minute, so that a calm neighbourhood's page is not sent again each second."""
    now = clock.now()
    if (now - moment).total_seconds() < JUST_NOW_SECONDS:
        return _("1 分钟内")
    return humantime.ago(moment, now)


@register.filter
def month_day(moment: datetime) -> str:
    return humantime.month_day(moment)


@register.filter
def weekday(moment: datetime) -> str:
    return humantime.weekday(moment)


@register.filter
def unlocalized(number: float) -> str:
    return f"{number:g}"
