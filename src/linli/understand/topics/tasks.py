"""Topics are found anew every hour, in the worker: comparing texts is nothing for a page."""

from __future__ import annotations

from datetime import timedelta

from linli.foundation.accounts.actor import Actor
from linli.foundation.lifecycle.ticks import tick
from linli.foundation.tenancy import active_community_id
from linli.understand.topics import actions


@tick(timedelta(hours=1))
def find_topics_anew() -> None:
    if actions.something_new():
        actions.refresh(actor=Actor.for_system("topics", active_community_id()))
