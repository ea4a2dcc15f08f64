"""What is held about a resident: each app that holds something says so, once, when it starts. Pure: no tables here.

``holds("requests.requests", requests_of, tables=("requests.Request",))`` registers a provider; a table about people that
holds nothing of a resident's own is named with its reason by :func:`holds_nothing`. A test walks every table that leads to
a person and fails for one that nobody named, so that a new table cannot be forgotten (PIPL art. 45).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.registry.models import Resident

Words = str | Promise
Row = Mapping[str, object]
Rows = Callable[[], Iterable[Row]]

SOURCES: Mapping[str, Words] = {
    "registry_file": _("社区导入的名册"),
    "staff": _("工作人员登记的"),
    "self": _("您自己说的、填的"),
    "proxy": _("替您办事的人说的"),
    "device": _("您家的设备发来的"),
    "system": _("系统自己记下的"),
}
"""Where something came from."""


def day_of(moment: datetime) -> str:
    """The calendar day where the community is, not in UTC: before eight in the morning they differ."""
    return f"{timezone.localtime(moment):%Y-%m-%d}"


@dataclass(frozen=True)
class Held:
    """One kind of thing held about one resident.

    ``sources`` are keys of :data:`SOURCES`, ``purposes`` of ``purposes.toml``, ``table`` is the one whose retention rule
    holds. ``facts`` are shown on a page (protected ones masked), ``rows`` gives everything, unmasked, for a copy: asked
    for only when a copy is made. ``labels`` names the keys of the rows for people. ``url`` leads to where the person sees
    more.
    """

    key: str
    title: Words
    words: Words
    table: str
    sources: Sequence[str]
    purposes: Sequence[str] = ()
    facts: Sequence[tuple[Words, Words]] = ()
    rows: Rows = tuple
    labels: Mapping[str, Words] = field(default_factory=dict)
    newest_at: datetime | None = None
    icon: str = "file-text"
    url: str = ""


Provider = Callable[["Resident", "Actor"], Iterable[Held]]

_providers: dict[str, tuple[Provider, int]] = {}
_named: dict[str, str] = {}


def holds(name: str, provider: Provider, *, tables: Iterable[str], order: int = 50) -> None:
    """Register who tells what ``name`` (``app.what``) holds; ``tables`` are those it speaks for, as ``app.Model``.

    ``provider(resident, actor)`` yields nothing where nothing is held; ``actor`` is whoever asks, for links that depend
    on it. ``order`` sorts the page, smallest first. Raises :class:`RuntimeError` for a name given twice.
    """
    if name in _providers:
        raise RuntimeError(f"{name} already says what it holds")
    _providers[name] = (provider, order)
    for table in tables:
        _named[table.lower()] = name


def holds_nothing(tables: Iterable[str], reason: str) -> None:
    """State why these tables hold nothing of a resident's own, although they lead to a person."""
    if not reason:
        raise ValueError("say why nothing is held")
    for table in tables:
        _named.setdefault(table.lower(), reason)


def held_about(resident: Resident, actor: Actor) -> list[Held]:
    """Everything that is held about the resident, in the order of the page."""
    ordered = sorted(_providers.items(), key=lambda one: (one[1][1], one[0]))
    return [held for _name, (provider, _order) in ordered for held in provider(resident, actor)]


def providers() -> list[tuple[str, Provider]]:
    """Every provider with its name, in the order of the page: for work that shows how far it is."""
    ordered = sorted(_providers.items(), key=lambda one: (one[1][1], one[0]))
    return [(name, provider) for name, (provider, _order) in ordered]


def named_tables() -> Mapping[str, str]:
    """``app.model`` in lower case with the provider or the reason that names it."""
    return dict(_named)
