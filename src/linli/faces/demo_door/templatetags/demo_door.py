"""``{% demo_bar %}`` on every page of a demo."""

from __future__ import annotations

from django import template

from linli.faces.demo_door.pages import bar_context

register = template.Library()


@register.inclusion_tag("demo_door/bar_inner.html", takes_context=True)
def demo_bar(context) -> dict:
    request = context["request"]
    return {**bar_context(request), "request": request, "csrf_token": context.get("csrf_token")}


@register.filter
def pace(speed: float) -> str:
    """600 → ``600×``."""
    return f"{speed:g}×"
