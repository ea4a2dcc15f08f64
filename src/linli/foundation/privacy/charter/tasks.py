"""Periodic work: the first version, what a release brings, word to residents, and taking effect."""

from __future__ import annotations

from datetime import timedelta

from linli.foundation.lifecycle.ticks import tick
from linli.foundation.privacy.charter import actions, telling


@tick(timedelta(minutes=10))
def keep_with_the_release() -> None:
    actions.begin_charter()
    actions.drop_unknown()
    actions.adopt_shipped()


@tick(timedelta(seconds=30))
def tell_residents() -> None:
    telling.tell_some()


@tick(timedelta(minutes=1))
def take_effect() -> None:
    actions.take_effect_due()
