"""Somebody asked for the topics as they are now: a job finds them, outside the transaction that takes the event in.

Comparing thousands of texts takes a while, and who holds a transaction for so long keeps everybody else from writing.
"""

from __future__ import annotations

from linli.foundation.events.handling import on
from linli.foundation.events.models import Event
from linli.understand.topics.tasks import find_topics_now


@on("topics.refresh_asked")
def have_them_found(event: Event) -> None:
    if event.community_id is not None:
        find_topics_now.enqueue(event.community_id)
