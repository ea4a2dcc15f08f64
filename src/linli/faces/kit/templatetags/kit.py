"""The words that every template may use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from math import hypot
from typing import SupportsFloat

from django import template
from django.core.paginator import Paginator
from django.forms import BaseForm, BoundField
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe

from linli.faces.kit import assets, humantime, icons
from linli.faces.kit.published import told
from linli.foundation import clock
from linli.foundation.privacy.door import mask
from linli.foundation.privacy.publishing.published import PublishedRate
from linli.foundation.privacy.words import used_in
from linli.foundation.shares import FEWEST, Rate, wilson
from linli.foundation.vault.fields import Sealed

register = template.Library()

OLD_AFTER_SECONDS = 300

register.simple_tag(assets.build_id)
register.filter("told", told)


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """``{% icon "phone" %}``: silent beside words; with ``label`` it speaks for itself."""
    drawing = mark_safe(icons.strokes(name))  # noqa: S308 - our own files
    speaks = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="{}" viewBox="0 0 24 24" {}>{}</svg>', f"ic {css}".strip(), speaks, drawing)


@register.simple_tag
def part(n: SupportsFloat | None, of: SupportsFloat | None) -> str:
    """``{% part 37 100 %}``: the class that gives a bar its length, in whole hundredths; a page carries no inline style."""
    share = 100 * float(n or 0) / float(of) if of else 0
    return f"part-{min(100, max(0, round(share)))}"


@register.filter
def percent(share: float | None) -> str:
    """``0.884`` as ``88%``; a dash for what is not known."""
    return "—" if share is None else f"{100 * share:.0f}%"


HUMAN = {
    "ago": humantime.ago,
    "waited": humantime.waited,
    "left": humantime.left,
    "at": humantime.at,
    "until": humantime.until,
}


@register.simple_tag
def human_time(moment: datetime | None, how: str = "") -> SafeString | str:
    """``{% human_time dt %}``: the past as an age, the future as a deadline; ``how``: ago, waited, left, at, until."""
    if moment is None:
        return ""
    now = clock.now()
    say = HUMAN[how or ("ago" if moment <= now else "left")]
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M:%S}", say(moment, now)
    )


@register.simple_tag
def machine_time(moment: datetime | None) -> SafeString | str:
    """The age of what was noted on the machine's clock (sessions, sign-ins), which a demo's clock knows nothing of."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    said = HUMAN["ago"](moment, clock.real_now())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M:%S}", said
    )


@register.simple_tag
def freshness(moment: datetime | None, old_after: int = OLD_AFTER_SECONDS, label: str = "") -> SafeString | str:
    """How old the numbers beside it are; a hollow mark once they are older than ``old_after`` seconds."""
    if moment is None:
        return ""
    old = (clock.now() - moment).total_seconds() > old_after
    return format_html('<span class="fresh{}">{}{}</span>', " old" if old else "", label, human_time(moment, "ago"))


@register.simple_tag
def masked(words: str | Sealed, kind: str = "phone") -> str:
    """``{% masked resident.phone %}`` → 138****1234."""
    return mask(words or "", kind)


@register.inclusion_tag("kit/components/watermark.html", takes_context=True)
def watermark(context) -> dict:
    """Over a page that shows what is usually masked, on paper too: who looks at it and when, so that a photo of the
    screen says where it came from. Enough of it to fill a screen of 2560 × 1440; drawn by the style sheet, since it is
    decoration to whoever reads the page (WCAG 2.2, 1.4.3)."""
    account = context["request"].user
    return {"words": f"{account.display_name} {timezone.localtime(clock.now()):%Y-%m-%d %H:%M}", "times": range(240)}


@register.inclusion_tag("kit/components/rate.html")
def rate(part: int, n: int, label: str, hint: str = "", href: str = "", target: float | None = None) -> dict:
    """A share with its n and 95 % interval on an axis from 0 to 100 %; hidden, saying so, under ten answers."""
    shown = Rate(part, n)
    low, high = shown.interval or (0.0, 0.0)
    return {
        "rate": shown, "label": label, "hint": hint, "href": href, "fewest": FEWEST,
        "low": low * 100, "high": high * 100, "at": (shown.share or 0.0) * 100,
        "target": target * 100 if target is not None else None,
    }  # fmt: skip


@register.inclusion_tag("kit/components/published_rate.html")
def published_rate(rate: PublishedRate, label: str, hint: str = "") -> dict:
    """A share that passed the gate, on an axis from 0 to 100 %: its band holds the chance of few answers and the noise."""
    low = high = at = 0.0
    if rate.value is not None and rate.n.value:
        at = rate.value / 1000
        low, high = wilson(rate.part.value or 0, rate.n.value)
        low, high = (at - hypot(at - low, rate.error / 1000), at + hypot(high - at, rate.error / 1000))
    return {
        "rate": rate, "label": label, "hint": hint, "fewest": FEWEST,
        "low": max(0.0, low) * 100, "high": min(1.0, high) * 100, "at": at * 100,
    }  # fmt: skip


@register.inclusion_tag("kit/components/field.html")
def field(bound: BoundField, optional: bool = False, **attrs) -> dict:
    """Label, input, help and errors of one form field, tied together for screen readers."""
    described = [f"{bound.auto_id}_hint"] if bound.help_text else []
    described += [f"{bound.auto_id}_err"] if bound.errors else []
    attrs = {name.replace("_", "-"): value for name, value in attrs.items()}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    several = bound.field.widget.__class__.__name__ in {"RadioSelect", "CheckboxSelectMultiple"}
    return {
        "bound": bound, "widget": bound.as_widget(attrs=attrs), "optional": optional, "several": several,
        "single_box": bound.widget_type == "checkbox",
    }  # fmt: skip


@register.inclusion_tag("kit/components/faults.html")
def faults(form: BaseForm | None) -> dict:
    """What must be put right, above a form that came back: it takes the focus, and each line leads to its field.

    Empty for a form without faults, and for none.
    """
    if form is None or not form.is_bound:
        return {"lines": []}
    own = [(None, None, error) for error in form.non_field_errors()]
    hidden = [(None, None, error) for bound in form.hidden_fields() for error in bound.errors]
    fields = [(_first_input(bound), bound.label, error) for bound in form.visible_fields() for error in bound.errors]
    return {"lines": [*own, *hidden, *fields]}


def _first_input(bound: BoundField) -> str:
    """A group of choices has no input of its own name; its first choice has."""
    return bound.id_for_label or f"{bound.auto_id}_0"


class _Explaining(template.Node):
    def __init__(self, nodes: template.NodeList) -> None:
        self._nodes = nodes

    def render(self, context: template.Context) -> SafeString:
        page = self._nodes.render(context)
        words = used_in([strip_tags(page)], without=context.get("other_sense") or ())
        return page + render_to_string("kit/components/words.html", {"words": words}) if words else page


@register.tag
def explaining(parser: template.base.Parser, token: template.base.Token) -> _Explaining:
    """``{% explaining %}…{% endexplaining %}``: below what it holds, what the words of law and technology in it mean.

    The page's ``other_sense`` holds keys of the glossary whose word means something else on it.
    """
    nodes = parser.parse(("endexplaining",))
    parser.delete_first_token()
    return _Explaining(nodes)


@register.simple_tag(takes_context=True)
def querystring_with(context, **changed) -> SafeString:
    """This page's query with some values changed; ``None`` takes one away."""
    query = context["request"].GET.copy()
    for name, value in changed.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return mark_safe(query.urlencode().replace("&", "&amp;"))  # noqa: S308 - urlencoded


@register.filter
def elided(paginator: Paginator, number: int) -> Iterable[int | str]:
    """The page numbers worth a link around ``number``."""
    return paginator.get_elided_page_range(number, on_each_side=1, on_ends=1)
