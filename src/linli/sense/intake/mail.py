"""E-mail that comes in: read from a Maildir or over IMAP, what is quoted cut away, each message once, for a person to look at.

Nobody is who an e-mail says (RFC 5322 has no proof of a sender), so a message never becomes a request by itself. It reaches a
case only as an answer to what we wrote, from where that matter came (:mod:`letters`); any other that names a case number
says so beside the form.
"""

from __future__ import annotations

import imaplib
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, transaction

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Refusal
from linli.foundation.events.recording import record
from linli.foundation.files.actions import store_photo
from linli.foundation.files.models import Attachment
from linli.foundation.notices.mail import own_address
from linli.sense.intake.actions import bring
from linli.sense.intake.letters import answered_by
from linli.sense.intake.models import Arrival, Door
from linli.sense.intake.rules.chat import phone_in
from linli.sense.intake.store import Content

log = logging.getLogger(__name__)

LARGEST = 20 * 1024 * 1024
MOST_AT_ONCE = 50
MOST_PHOTOS = 6
LONGEST = 2_000
LONGEST_HEADER = 4_000
HEADERS_IN_ALL = 64_000
"""Bytes of the headers of a message and its parts that are looked at. The parser takes time that grows with the square of a
header's length: 25 s and more for 100 KB that a stranger wrote for the purpose, which the worker would stand still for."""
MOST_BOUNDARIES = 200
"""Lines that may part the parts of a message; what comes after is not looked at, for the same reason."""
OLDEST = 1990
"""A year before which nothing was sent: the clock of whoever wrote is wrong."""

_QUOTED = re.compile(
    r"^(?:\s*>|\s*-{2,}\s*(?:原始邮件|转发邮件|原邮件|回复的原邮件|Original Message|Forwarded message)|\s*在\s?.{4,80}写道[:：]\s*$|"
    r"\s*.{0,120}于\s?\d{4}[年/-].{4,60}写道[:：]\s*$|\s*(?:On|At) .{4,160}wrote:\s*$|"
    r"\s*(?:发件人|From)[:：]\s*\S+.*$|_{10,}\s*$)",
    re.I,
)
_QUOTED_OVER_TWO = re.compile(
    r"^\s*(?:On \w.{4,160}<[^<>\s]+@[^<>\s]+>\s+wrote:|.{0,120}于\s?\d{4}[年/-].{4,60}\s写道[:：])\s*$"
)
"""Mail programs break their line about who wrote."""
_SIGNATURE = re.compile(r"^(?:-- ?$|发自我的|Sent from my )", re.I)
_CASE = re.compile(r"(?<![A-Za-z0-9])(EV-\d{6}-\d{3,6})(?!\d)", re.I)
_AUTOMATIC = (
    "x-autoreply",
    "x-autorespond",
    "x-auto-response-suppress",
    "list-unsubscribe",
    "list-id",
    "x-failed-recipients",
)
_AWAY = re.compile(r"^\s*(?:自动回复|自动答复|Automatic reply|Auto[- ]?reply|Out of (?:the )?office)", re.I)
_NOT_PROVEN = re.compile(r"\b(?:dmarc|spf|dkim)\s*=\s*(?:fail|softfail|permerror)", re.I)


class _Bounded(EmailPolicy):
    """Cuts each header, and all that come when there have been enough; ``left`` holds how much may still come."""

    left: list[int] = []

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(list(sourcelines))
        value = value[: min(LONGEST_HEADER, max(self.left[0], 0))]
        self.left[0] -= len(value)
        return name, value


@dataclass(frozen=True)
class Letter:
    """``key`` is the Message-ID, or the bytes' digest where there is none; ``automatic`` for bounces, lists and holiday answers.

    ``refers_to`` are the Message-IDs that it answers; ``doubtful`` when the mail server that took it in found that it does not
    come from where it says (RFC 8601).
    """

    key: str
    name: str
    words: str
    case: str
    sent_at: datetime | None
    photos: tuple[bytes, ...]
    automatic: bool
    address: str = ""
    subject: str = ""
    said: str = ""
    refers_to: str = ""
    doubtful: bool = False


def read_letter(raw: bytes) -> Letter:
    """What a message says, however broken it is."""
    from hashlib import sha256

    message = message_from_bytes(_within(raw), policy=_Bounded(left=[HEADERS_IN_ALL]))  # type: ignore[call-overload]
    subject, sender = _header(message, "Subject"), parseaddr(_header(message, "From"))
    body = said_in(_text(message))
    title = re.sub(r"^\s*((re|fwd?|回复|答复|转发)\s*[:：]\s*)+", "", subject, flags=re.I).strip()
    words = body if not title or title in body else f"{title}\n{body}".strip()
    found = _CASE.search(subject) or _CASE.search(body)
    return Letter(
        key=_header(message, "Message-ID").strip() or sha256(raw).hexdigest(),
        name=sender[0] or sender[1],
        words=words[:LONGEST],
        case=found[1] if found else "",
        sent_at=_sent_at(message),
        photos=tuple(_photos(message)),
        automatic=_automatic(message) or bool(_AWAY.match(subject)) or sender[1].casefold() == own_address().casefold(),
        address=sender[1].strip(),
        subject=title,
        said=body[:LONGEST],
        refers_to=f"{_header(message, 'In-Reply-To')} {_header(message, 'References')}"[:4000],
        doubtful=any(_NOT_PROVEN.search(str(one)) for one in _all(message, "Authentication-Results")),
    )


def _within(raw: bytes) -> bytes:
    return b"\n--".join(raw[:LARGEST].split(b"\n--", MOST_BOUNDARIES + 1)[: MOST_BOUNDARIES + 1])


def said_in(text: str) -> str:
    """The message without what it quotes and without its signature."""
    kept: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\x00", "").split("\n")
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if _QUOTED.match(line) or _QUOTED_OVER_TWO.match(f"{line} {after}") or _SIGNATURE.match(line.strip()):
            break
        kept.append(line.rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def bring_letter(raw: bytes, *, actor: Actor) -> Arrival | None:
    """Keep a message for a person to look at, once; ``None`` for automatic ones and ones that say nothing."""
    letter = read_letter(raw)
    if letter.automatic or not (letter.words or letter.photos):
        return None
    photos: list[Attachment] = []
    for data in letter.photos:
        try:
            photos.append(store_photo(data, actor=actor))
        except Refusal as refused:
            log.info("an attached picture was left out: %s", refused.code)
    thread = answered_by(letter) if letter.said or photos else None
    content = Content(
        words=letter.said if thread is not None else letter.words,
        name=letter.name[:64],
        phone=phone_in(letter.words),
        case=letter.case or (thread.number if thread is not None else ""),
        mail=letter.address,
        mail_id=letter.key,
        subject=letter.subject,
        answers=thread.request_id if thread is not None else 0,
    )
    with transaction.atomic():
        arrival, new = bring(
            Door.MAIL, content, key=f"mail {letter.key}", actor=actor, said_at=letter.sent_at, photos=photos
        )
        if new and thread is not None:
            record("intake.answered", arrival, actor=actor, request_id=thread.request_id)
    return arrival


def fetch(actor: Actor) -> int:
    """Bring in what lies in the mailbox of the settings; returns how many messages were taken. A message leaves the mailbox's
    unread part only once it is kept: killed in between, it is read again and recognised."""
    if settings.LINLI_MAILDIR:
        return _from_maildir(Path(settings.LINLI_MAILDIR), actor)
    if settings.LINLI_IMAP_HOST:
        return _from_imap(actor)
    return 0


def _from_maildir(folder: Path, actor: Actor) -> int:
    """Names alone say what has been read: what lies there from earlier years costs nothing."""
    taken = 0
    for path in sorted([*(folder / "new").iterdir(), *(folder / "cur").iterdir()], key=lambda one: one.name):
        name, _colon, flags = path.name.partition(":2,")
        if "S" in flags or name.startswith("."):
            continue
        if taken >= MOST_AT_ONCE:
            break
        kept = _keep(path.read_bytes(), actor)
        path.rename(folder / "cur" / f"{name}:2,{''.join(sorted({*flags, *('S' if kept else 'FS')}))}")
        taken += 1
    return taken


def _from_imap(actor: Actor) -> int:
    with imaplib.IMAP4_SSL(settings.LINLI_IMAP_HOST, timeout=8) as box:
        box.login(settings.LINLI_IMAP_USER, settings.LINLI_IMAP_PASSWORD)
        box.select(settings.LINLI_IMAP_FOLDER)
        _status, found = box.uid("SEARCH", "UNSEEN")
        numbers = (found[0] or b"").split()[:MOST_AT_ONCE]
        for number in numbers:
            _status, parts = box.uid("FETCH", number.decode(), "(BODY.PEEK[])")
            raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
            kept = not raw or _keep(raw, actor)
            box.uid("STORE", number.decode(), "+FLAGS", r"(\Seen)" if kept else r"(\Seen \Flagged)")
        return len(numbers)


def _keep(raw: bytes, actor: Actor) -> bool:
    """Whether it could be read; one that cannot is flagged in the mailbox for a person and holds up none that come after it. What
    is no fault of the message (database, disk) is raised: it is tried again."""
    try:
        bring_letter(raw, actor=actor)
    except (DatabaseError, OSError):
        raise
    except Exception as error:  # a parser raises whatever a message beyond all standards makes it stumble over
        log.error("a message could not be read and stays flagged in the mailbox: %s", type(error).__name__)
        return False
    return True


def _storable(text: str) -> str:
    """Without halves of characters, which some encodings let through and no store takes."""
    return text.encode("utf-8", "replace").decode()


def _header(message: EmailMessage, name: str) -> str:
    try:
        return _storable(str(message.get(name, "") or ""))
    except Exception as error:  # the parser raises whatever a header beyond all standards makes it stumble over
        log.info("the header %s of a message could not be read: %s", name, type(error).__name__)
        return ""


def _all(message: EmailMessage, name: str) -> list:
    try:
        return message.get_all(name, [])
    except Exception as error:  # as above
        log.info("the headers %s of a message could not be read: %s", name, type(error).__name__)
        return []


def _text(message: EmailMessage) -> str:
    try:
        part = message.get_body(preferencelist=("plain", "html"))
        if part is None:
            return ""
        content = part.get_content()
        if not isinstance(content, str):
            return ""
        return _storable(_plain(content) if part.get_content_subtype() == "html" else content)
    except (LookupError, ValueError, AttributeError, KeyError):
        payload = message.get_payload(decode=True)
        return payload.decode("gb18030", "replace") if isinstance(payload, bytes) else ""


class _Words(HTMLParser):
    """The words of a page, lines where it breaks; what a mail program quotes is left out."""

    BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3"})
    HIDDEN = frozenset({"style", "script", "head", "title", "blockquote"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self._hidden += tag in self.HIDDEN
        if tag in self.BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self.HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def _plain(page: str) -> str:
    reader = _Words()
    reader.feed(page)
    return "".join(reader.words)


def _sent_at(message: EmailMessage) -> datetime | None:
    try:
        sent = parsedate_to_datetime(_header(message, "Date"))
    except (TypeError, ValueError):
        return None
    if sent.year < OLDEST:
        return None
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)


def _photos(message: EmailMessage) -> Iterator[bytes]:
    found = 0
    for part in message.walk():
        if part.get_content_maintype() == "image" and found < MOST_PHOTOS:
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and data:
                found += 1
                yield data


def _automatic(message: EmailMessage) -> bool:
    """Answers of machines (RFC 3834) and mailing lists: nobody said them."""
    machine = _header(message, "Auto-Submitted").lower() not in {"", "no"}
    bulk = _header(message, "Precedence").strip().lower() in {"bulk", "list", "junk", "auto_reply"}
    nobody = _header(message, "Return-Path").strip() == "<>"
    if not (machine or bulk or nobody or any(_header(message, name) for name in _AUTOMATIC)):
        return parseaddr(_header(message, "From"))[1].lower().startswith(("mailer-daemon@", "postmaster@"))
    return True
