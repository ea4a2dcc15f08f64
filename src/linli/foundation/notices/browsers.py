"""Browsers that ring: push messages to the browsers of staff, sealed so that the push service between cannot read them.

A message is sealed for one browser (RFC 8291) and signed with the key of this installation (VAPID, RFC 8292), which is
made on first use in ``LINLI_HOME/keys/push``. The addresses come from browsers, so only those of known push services
are called (``LINLI_PUSH_HOSTS``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import logging
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.config.secrets import keep
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.roles import Role
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.events.recording import record
from linli.foundation.notices.adapters import NotDelivered
from linli.foundation.notices.mail import own_address
from linli.foundation.notices.models import Browser, Notice
from linli.foundation.security import outgoing

log = logging.getLogger(__name__)

MOST_BROWSERS = 10
GOOD_FOR_SECONDS = 30 * 60
"""A call that could not be shown for longer is about something that others have been called for since."""
SECONDS = 5.0
GONE = (404, 410)
LARGEST_BODY = 3000
"""Bytes of UTF-8: a message of 4,096 bytes in all must be taken by every service (RFC 8030, 7.2)."""


def can_ring() -> bool:
    """Whether push messages leave this installation. Raises :class:`ImproperlyConfigured` for an unknown way."""
    if settings.LINLI_PUSH not in ("", "web_push"):
        raise ImproperlyConfigured(f"LINLI_PUSH is web_push or empty, not {settings.LINLI_PUSH!r}")
    return bool(settings.LINLI_PUSH)


def public_key() -> str:
    """The key by which a browser knows this installation: 65 bytes, uncompressed point on P-256, base64url."""
    return _own_keys()[2]


def browsers_of(account_id: int | None) -> QuerySet[Browser]:
    return Browser.objects.filter(account=account_id).order_by("-since")


def may_ring(actor: Actor) -> bool:
    """Only who is called about warnings: staff, and the street office."""
    return actor.account_id is not None and (actor.is_staff or actor.has(Role.STREET_OFFICE))


@transaction.atomic
def add(subscription: str, *, device: str, session: str, actor: Actor) -> Browser:
    """From now on the browser rings for the actor; ``subscription`` is what its Push API gave, as JSON.

    The same browser is one row, whoever of those that share it set it up last; of more than ten the oldest goes. Raises
    :class:`NotAllowed` for who is never called, :class:`Invalid` for what is no subscription or belongs to no known push
    service.
    """
    if actor.account_id is None or not may_ring(actor):
        raise NotAllowed
    endpoint, p256dh, auth = _read(subscription)
    browser, _created = Browser.objects.update_or_create(
        fingerprint=hashlib.sha256(endpoint.encode()).hexdigest(),
        defaults={
            "account_id": actor.account_id, "endpoint": endpoint, "p256dh": p256dh, "auth": auth, "device": device,
            "session": session, "since": clock.real_now(), "rang_at": None,
        },
    )  # fmt: skip
    too_many = list(browsers_of(actor.account_id).values_list("pk", flat=True)[MOST_BROWSERS:])
    Browser.objects.filter(pk__in=too_many).delete()
    record("notices.browser_rings", browser.account, actor=actor, device=device)
    return browser


@transaction.atomic
def remove(browser_id: int, *, actor: Actor) -> None:
    """The browser rings no more; raises :class:`NotFound` for one that is not the actor's."""
    browser = browsers_of(actor.account_id).select_related("account").filter(pk=browser_id).first()
    if browser is None or actor.account_id is None:
        raise NotFound
    browser.delete()
    record("notices.browser_silent", browser.account, actor=actor, device=browser.device)


def end_with(sessions: Collection[str]) -> None:
    """Who is signed out of a browser is not called in it any more; ``sessions`` are digests of session keys. A session
    that merely ran out ends nothing: a call must reach who sleeps."""
    Browser.objects.filter(session__in=[one for one in sessions if one]).delete()


def move(before: str, after: str) -> None:
    """A session has a new key: who changed the password or proved once more who it is; both are digests."""
    Browser.objects.filter(session=before).update(session=after)


def deliver(notice: Notice) -> None:
    """Hand the message to the push service of each browser of its account. Raises :class:`NotDelivered` where not one
    took it; a browser that is gone is forgotten."""
    if not can_ring():
        raise NotDelivered("push is switched off (LINLI_PUSH)")
    troubles, taken = [], 0
    for browser in browsers_of(notice.account_id).filter(account__is_active=True):
        try:
            _send(browser, notice)
        except NotDelivered as error:
            troubles.append(str(error))
        else:
            taken += 1
    if not taken:
        raise NotDelivered(troubles[0] if troubles else "no browser rings for this account")


def _send(browser: Browser, notice: Notice) -> None:
    from webpush import WebPush, WebPushSubscription

    _check_address(browser.endpoint)
    private, public, _application_key = _own_keys()
    sealed = WebPush(private, public, subscriber=own_address(), ttl=GOOD_FOR_SECONDS).get(
        _body(notice),
        WebPushSubscription.model_validate(
            {"endpoint": browser.endpoint, "keys": {"auth": browser.auth, "p256dh": browser.p256dh}}
        ),
    )
    # Sent again after a loss it takes the place of the first, at the service (RFC 8030, 5.4) and on the screen.
    topic = hashlib.sha256(notice.key.encode()).hexdigest()[:32]
    try:
        answer = outgoing.send(
            "POST",
            browser.endpoint,
            content=sealed.encrypted,
            headers={**sealed.headers, "Urgency": "high", "Topic": topic, "Content-Type": "application/octet-stream"},
            seconds=SECONDS,
        )
    except outgoing.NotSent as error:
        raise NotDelivered(f"push: {error}") from error
    if answer.status in GONE:
        browser.delete()
        raise NotDelivered("push: the browser is gone")
    if not answer.is_success:
        raise NotDelivered(f"push: HTTP {answer.status}")
    Browser.objects.filter(pk=browser.pk).update(rang_at=clock.real_now())


def _body(notice: Notice) -> bytes:
    title, _newline, body = notice.text.partition("\n")
    told = {"title": title[:120], "body": body, "link": notice.link, "tag": notice.key}
    while len(encoded := json.dumps(told, ensure_ascii=False).encode()) > LARGEST_BODY:
        told["body"] = told["body"][: len(told["body"]) * 3 // 4]
    return encoded


def _read(subscription: str) -> tuple[str, str, str]:
    """Endpoint, public key of the browser, authentication secret; raises :class:`Invalid`."""
    try:
        given = json.loads(subscription)
        endpoint, keys = given["endpoint"], given["keys"]
        p256dh, auth = keys["p256dh"], keys["auth"]
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh, 65))
        _bytes(auth, 16)
        if not isinstance(endpoint, str) or len(endpoint) > 700:
            raise ValueError("endpoint")
        _check_address(endpoint)
    except (ValueError, KeyError, TypeError, AttributeError, NotDelivered) as error:
        raise Invalid(_("这个浏览器给的地址不能用，请换一个浏览器。"), code="bad_subscription") from error
    return endpoint, p256dh, auth


def _bytes(text: str, length: int) -> bytes:
    try:
        found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if len(found) != length:
        raise ValueError(f"{len(found)} bytes, not {length}")
    return found


def _check_address(endpoint: str) -> None:
    """Raises :class:`NotDelivered` for an address that is no known push service's."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    known = any(host == one or host.endswith(f".{one}") for one in settings.LINLI_PUSH_HOSTS)
    if not known or (parts.scheme != "https" and not outgoing.may_be_private(host)):
        raise NotDelivered("push: no known push service")


def _own_keys() -> tuple[bytes, bytes, str]:
    return _keys(settings.LINLI_HOME / "keys" / "push")


@lru_cache(maxsize=4)
def _keys(path: Path) -> tuple[bytes, bytes, str]:
    """Private and public key as PEM, and the public one as browsers want it."""
    fresh = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    private = keep(path, fresh.decode()).encode()
    key = serialization.load_pem_private_key(private, None).public_key()
    point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, pem, base64.urlsafe_b64encode(point).rstrip(b"=").decode()
