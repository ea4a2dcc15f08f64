"""Sending a message to a phone: written down first, delivered after the commit, tried again when it fails."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Case, F, Q, When

from linli.foundation import clock
from linli.foundation.notices import browsers
from linli.foundation.notices.adapters import Message, NotDelivered, NoWay, adapter
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.door import handed_on
from linli.foundation.registry.models import Community

if TYPE_CHECKING:
    from linli.foundation.accounts.models import Account

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
FIRST_WAIT = timedelta(seconds=30)
PATIENCE_SECONDS = 5.0


def can_send(channel: str = Notice.Channel.SMS) -> bool:
    """Whether a way has been chosen by which messages (or, for ``voice``, calls) leave."""
    if channel == Notice.Channel.PUSH:
        return browsers.can_ring()
    return not isinstance(adapter(channel), NoWay)


def send(
    to: str,
    text: str,
    key: str,
    about: str = "",
    community: Community | int | None = None,
    *,
    channel: str = Notice.Channel.SMS,
    not_before: datetime | None = None,
) -> Notice:
    """Queue one message, or one call that is read aloud; the same ``key`` is one however often this is called.

    ``not_before`` is a moment of the neighbourhood's clock: what can wait is not sent at night.
    """
    fields = _fields(to, text, about, community, secret=False) | {"channel": channel, "not_before": not_before}
    notice, _created = Notice.objects.get_or_create(key=key, defaults=fields)
    return notice


def ring(
    account: Account,
    text: str,
    key: str,
    about: str = "",
    community: Community | int | None = None,
    *,
    link: str,
    not_before: datetime | None = None,
) -> Notice:
    """Queue one push message to every browser that rings for the account; the first line of ``text`` is its heading, and
    ``link`` (an address of ours) is where a press on it leads. ``not_before`` as for :func:`send`."""
    fields = _fields("", text, about, community, secret=False) | {
        "channel": Notice.Channel.PUSH, "account": account, "link": link, "not_before": not_before,
    }  # fmt: skip
    notice, _created = Notice.objects.get_or_create(key=key, defaults=fields)
    return notice


def send_secret(to: str, text: str, key: str, about: str = "", community: Community | int | None = None) -> Notice:
    """Send a one-time code at once, after the commit; its text is blanked as soon as it has left.

    An adapter that waits for a network works on a thread of its own: the answer of the sign-in page must not take
    longer for a number that is registered than for one that is not.
    """
    notice = Notice.objects.create(key=key, **_fields(to, text, about, community, secret=True))
    transaction.on_commit(lambda: _hand_over(notice))
    return notice


def _fields(to: str, text: str, about: str, community: Community | int | None, *, secret: bool) -> dict:
    return {
        "to": to,
        "text": text,
        "about": about,
        "community_id": getattr(community, "pk", community),
        "secret": secret,
        "created_at": clock.now(),
        "try_after": clock.real_now(),
    }


def _hand_over(notice: Notice) -> None:
    if adapter().slow:
        Thread(target=_deliver_on_thread, args=[notice.pk], daemon=True).start()
    else:
        deliver(notice)


def _deliver_on_thread(notice_id: int) -> None:
    try:
        deliver(Notice.objects.get(pk=notice_id))
    finally:
        connection.close()


def deliver_due(*, channel: str = "", limit: int = 200) -> tuple[int, int]:
    """Try every queued message (of one ``channel``) whose time has come, oldest first; returns (sent, not sent).

    Calls until somebody answers leave before all else, and what waited for the morning after what never waits: a night's
    messages hold up no call about danger. A gateway that does not answer is given up until the next time.
    """
    waiting = Notice.objects.filter(state=Notice.State.QUEUED, try_after__lte=clock.real_now())
    if channel:
        waiting = waiting.filter(channel=channel)
    due = waiting.filter(Q(not_before=None) | Q(not_before__lte=clock.now())).order_by(
        Case(When(key__startswith="call:", then=0), default=1), F("not_before").asc(nulls_first=True), "id"
    )
    stop, sent = monotonic() + PATIENCE_SECONDS, []
    for notice in due[:limit]:
        sent.append(deliver(notice))
        if not sent[-1] and monotonic() > stop:
            break
    return sum(sent), len(sent) - sum(sent)


def deliver(notice: Notice) -> bool:
    """Hand one message to the network; whether it left.

    A claim moves ``try_after`` first, so that two workers never hold the same message. A process that dies between
    the hand-over and the mark sends it again with the same key: better twice than never.
    """
    started = clock.real_now()
    wait = FIRST_WAIT * 4**notice.attempts
    claimed = Notice.objects.filter(
        pk=notice.pk, state=Notice.State.QUEUED, attempts=notice.attempts, try_after__lte=started
    ).update(attempts=F("attempts") + 1, try_after=started + wait)
    if not claimed:
        return False
    try:
        if notice.channel == Notice.Channel.PUSH:
            browsers.deliver(notice)
        else:
            adapter(notice.channel).deliver(
                Message(handed_on(notice, "to"), notice.text, notice.key, notice.about, notice.created_at.isoformat())
            )
    except NotDelivered as error:
        _mark_not_delivered(notice, str(error))
        return False
    except Exception as error:
        log.exception("message %s: the adapter broke", notice.pk)
        _mark_not_delivered(notice, f"adapter: {type(error).__name__}")
        return False
    Notice.objects.filter(pk=notice.pk).update(
        state=Notice.State.SENT, sent_at=clock.now(), last_error="", **({"text": ""} if notice.secret else {})
    )
    return True


def _mark_not_delivered(notice: Notice, reason: str) -> None:
    """After the last attempt it is failed for good, and stays to be seen: somebody must call instead."""
    last = notice.attempts + 1 >= MAX_ATTEMPTS
    Notice.objects.filter(pk=notice.pk).update(
        last_error=reason[:200],
        state=Notice.State.FAILED if last else Notice.State.QUEUED,
        **({"text": ""} if last and notice.secret else {}),
    )


def drop_stale_secrets(*, older_than: timedelta) -> int:
    """A one-time code that could not be sent while it was good is worthless and must not lie about; returns how many."""
    limit: datetime = clock.real_now() - older_than
    return (
        Notice.objects.filter(Q(secret=True) & ~Q(text=""), queued_at__lt=limit)
        .exclude(state=Notice.State.SENT)
        .update(text="", state=Notice.State.FAILED, last_error="expired")
    )
