"""The staff's pages about protecting information: each part says where its page is and who may open it.

A part registers one card when it starts, or beside its page::

    card("rights", gettext_lazy("居民的要求"), gettext_lazy("要看、要改、要删的，十五个工作日内答复。"),
         icon="inbox", url="workbench:rights", may_open=lambda actor: may(actor, "rights.see_all"), order=10)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from linli.foundation.accounts.actor import Actor


@dataclass(frozen=True)
class Card:
    """``url`` is the name of a route without parameters, ``icon`` one of the kit's; ``order`` sorts, smallest first."""

    key: str
    title: str | Promise
    words: str | Promise
    icon: str
    url: str
    may_open: Callable[[Actor], bool]
    order: int


_cards: dict[str, Card] = {}


def card(
    key: str,
    title: str | Promise,
    words: str | Promise,
    *,
    icon: str,
    url: str,
    may_open: Callable[[Actor], bool],
    order: int = 50,
) -> None:
    """Register one page; its key once only."""
    if key in _cards:
        raise RuntimeError(f"the card {key} is there already")
    _cards[key] = Card(key, title, words, icon, url, may_open, order)


def cards_for(actor: Actor) -> list[Card]:
    """The pages that the actor may open, in their order."""
    return sorted((one for one in _cards.values() if one.may_open(actor)), key=lambda one: (one.order, one.key))
