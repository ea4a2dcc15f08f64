"""Writing back to whoever wrote by e-mail, and knowing their answer again.

An answer is known by what it answers (In-Reply-To, References: our Message-IDs hold a word that nobody can guess) or by the case
number in its subject, and in both ways only when it comes from the very address that the matter came from: a number alone,
or a stranger who saw one, changes nothing.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, F
from django.utils.translation import gettext as _

from linli.foundation import clock
from linli.foundation.notices import mail as post
from linli.foundation.notices.adapters import NotDelivered
from linli.foundation.registry.models import Community
from linli.sense.intake.models import Correspondence, Letter
from linli.sense.intake.store import address_of, sealed_address
from linli.sense.requests.models import Request

if TYPE_CHECKING:
    from linli.sense.intake.mail import Letter as Received

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
FIRST_WAIT = timedelta(seconds=60)
LONGEST_WAIT = timedelta(seconds=5)
"""For the mail server in one turn of the worker, which also calls people about danger."""
_OURS = re.compile(r"<linli\.([\w-]{16,40})\.\d+@")


def remember(request: Request, *, address: str, message_id: str, subject: str) -> Correspondence | None:
    """Where a request that came by e-mail is answered; ``None`` without an address that could be written to."""
    if not re.fullmatch(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,190}", address):
        return None
    found, _new = Correspondence.objects.get_or_create(
        request=request,
        defaults={
            "address": sealed_address(address),
            "token": secrets.token_urlsafe(16),
            "their_id": message_id[:250],
            "subject": subject[:120],
        },
    )
    return found


def write(request: Request, text: str, *, number: str, key: str) -> Letter | None:
    """Queue one e-mail to whoever wrote; the same ``key`` is one. ``None`` where nobody wrote by e-mail."""
    thread = Correspondence.objects.filter(request=request).first()
    if thread is None:
        return None
    if thread.number != number:
        thread.number = number[:24]
        thread.save(update_fields=["number"])
    letter, _new = Letter.objects.get_or_create(
        key=key[:100],
        defaults={"thread": thread, "text": text, "written_at": clock.now(), "try_after": clock.real_now()},
    )
    return letter


def not_arrived(request_ids: Collection[int]) -> dict[int, int]:
    """By request, how many letters were given up: somebody has to call."""
    lost = Letter.objects.filter(thread__request__in=request_ids, state=Letter.State.FAILED)
    return dict(lost.values_list("thread__request").annotate(Count("pk")).order_by())


def deliver_due(*, limit: int = 50) -> int:
    """Send every letter whose time has come, oldest first; returns how many left.

    All wait a minute after one for which the mail server let us wait: whatever else the worker does comes in between.
    """
    now = clock.real_now()
    due = Letter.objects.filter(state=Letter.State.QUEUED, try_after__lte=now).order_by("pk")
    left = 0
    for letter in due.select_related("thread")[:limit]:
        left += _deliver(letter)
        if clock.real_now() - now > LONGEST_WAIT:
            due.update(try_after=clock.real_now() + FIRST_WAIT)
            break
    return left


def _deliver(letter: Letter) -> bool:
    """The claim moves ``try_after`` first, so that two workers never hold the same one. What it said is forgotten once sent."""
    now = clock.real_now()
    claimed = Letter.objects.filter(
        pk=letter.pk, state=Letter.State.QUEUED, attempts=letter.attempts, try_after__lte=now
    ).update(attempts=F("attempts") + 1, try_after=now + FIRST_WAIT * 4**letter.attempts)
    if not claimed:
        return False
    thread = letter.thread
    here = Community.objects.get(pk=letter.community_id)
    foot = _("直接回这封邮件，您的话就记在这件事里。电话：%(phone)s") % {"phone": here.phone}
    subject = f"Re: {thread.subject} [{thread.number}]" if thread.subject else f"[{thread.number}]"
    headers = {"In-Reply-To": thread.their_id, "References": thread.their_id} if _is_id(thread.their_id) else {}
    try:
        post.deliver(
            post.Mail(
                to=address_of(thread),
                subject=subject,
                text=f"{letter.text}\n\n{here.name}\n{foot}\n",
                message_id=post.message_id(f"linli.{thread.token}.{letter.pk}"),
                headers=headers,
            )
        )
    except NotDelivered as error:
        _mark_not_delivered(letter, str(error))
        return False
    except Exception as error:  # whatever it is, it must neither hold up the letters after it nor be tried for ever
        log.exception("letter %s could not be written", letter.pk)
        _mark_not_delivered(letter, type(error).__name__)
        return False
    Letter.objects.filter(pk=letter.pk).update(state=Letter.State.SENT, sent_at=clock.now(), text="", last_error="")
    return True


def _mark_not_delivered(letter: Letter, reason: str) -> None:
    """After the last attempt it is given up, and the case says that somebody has to call."""
    last = letter.attempts + 1 >= MAX_ATTEMPTS
    Letter.objects.filter(pk=letter.pk).update(
        last_error=reason[:200], state=Letter.State.FAILED if last else Letter.State.QUEUED
    )


def _is_id(text: str) -> bool:
    return bool(re.fullmatch(r"<[^<>\s]{3,248}>", text))


@transaction.atomic
def answered_by(received: Received) -> Correspondence | None:
    """The matter that a message answers, by what it refers to or by number, and from the address that it came from."""
    if received.doubtful or not received.address:
        return None
    tokens = _OURS.findall(received.refers_to)
    threads = list(Correspondence.objects.filter(token__in=tokens))
    if not threads and received.case:
        threads = list(Correspondence.objects.filter(number=received.case.upper()))
    return next((one for one in threads if address_of(one).casefold() == received.address.casefold()), None)
