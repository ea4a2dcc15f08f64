"""How an e-mail leaves the house: over SMTP, into a folder that stands for the network, or not at all until one is chosen."""

from __future__ import annotations

import mailbox
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from linli.foundation import clock
from linli.foundation.notices.adapters import NotDelivered

SECONDS = 8.0


@dataclass(frozen=True)
class Attached:
    """``kind`` is the media type."""

    name: str
    content: bytes
    kind: str


@dataclass(frozen=True)
class Mail:
    """``headers`` beyond the usual ones; ``message_id`` with its angle brackets."""

    to: str
    subject: str
    text: str
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict)
    attached: tuple[Attached, ...] = ()


class MailAdapter(Protocol):
    def deliver(self, message: EmailMessage) -> None:
        """Hand it over; raises :class:`NotDelivered`. Returning means the network has it."""


@dataclass(frozen=True)
class NoPost:
    def deliver(self, message: EmailMessage) -> None:
        raise NotDelivered("no way for e-mail is set (LINLI_MAIL_OUT)")


@dataclass(frozen=True)
class Folder:
    """A Maildir that stands for the network; the demo's people read it."""

    path: Path

    def deliver(self, message: EmailMessage) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            mailbox.Maildir(str(self.path), create=True).add(message)
        except OSError as error:
            raise NotDelivered(f"folder: {error.strerror}") from error


@dataclass(frozen=True)
class Smtp:
    """``tls`` is ``ssl`` (port 465), ``starttls`` (587) or ``none`` (a relay on the same machine)."""

    host: str
    port: int
    user: str
    password: str
    tls: str

    def deliver(self, message: EmailMessage) -> None:
        kind = smtplib.SMTP_SSL if self.tls == "ssl" else smtplib.SMTP
        try:
            with kind(self.host, self.port, timeout=SECONDS) as server:
                if self.tls == "starttls":
                    server.starttls()
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(f"smtp: {error.smtp_code}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(f"smtp: {type(error).__name__}") from error


def adapter() -> MailAdapter:
    """The one that the settings name; raises :class:`ImproperlyConfigured` for an unknown or incomplete one."""
    match settings.LINLI_MAIL_OUT:
        case "":
            return NoPost()
        case "outbox":
            return Folder(settings.LINLI_HOME / "post")
        case "smtp":
            if not settings.LINLI_SMTP_HOST or not settings.LINLI_MAIL_FROM:
                raise ImproperlyConfigured("LINLI_MAIL_OUT=smtp needs LINLI_SMTP_HOST and LINLI_MAIL_FROM")
            return Smtp(
                settings.LINLI_SMTP_HOST,
                settings.LINLI_SMTP_PORT,
                settings.LINLI_SMTP_USER,
                settings.LINLI_SMTP_PASSWORD,
                settings.LINLI_SMTP_TLS,
            )
        case other:
            raise ImproperlyConfigured(f"LINLI_MAIL_OUT is outbox or smtp, not {other!r}")


def can_post() -> bool:
    """Whether a way has been chosen by which e-mail leaves."""
    return not isinstance(adapter(), NoPost)


def own_address() -> str:
    """Where answers come in; its domain is that of our Message-IDs."""
    return parseaddr(settings.LINLI_MAIL_FROM)[1] or "linli@localhost"


def message_id(local: str) -> str:
    return f"<{local}@{own_address().rpartition('@')[2]}>"


def deliver(mail: Mail) -> None:
    """Send one now; raises :class:`NotDelivered`. It says that a machine sent it, so that no other machine answers (RFC 3834)."""
    message = EmailMessage()
    message["From"] = settings.LINLI_MAIL_FROM or own_address()
    message["To"] = mail.to
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(timezone.localtime(clock.real_now()))
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.text)
    for one in mail.attached:
        main, _slash, sub = one.kind.partition("/")
        message.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    adapter().deliver(message)
