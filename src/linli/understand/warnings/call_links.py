"""The link in a call: whoever holds it is the one who was called."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from linli.foundation.errors import NotFound
from linli.understand.warnings.models import Call

_PURPOSE = "linli.warnings.call"


def call_url(call: Call) -> str:
    return f"{settings.LINLI_PUBLIC_URL}{call_path(call)}"


def call_path(call: Call) -> str:
    token = signing.Signer(salt=_PURPOSE).sign(f"{call.community_id}.{call.pk}.{call.nonce}")
    return f"/a/{token}"


def warning_url(warning_id: int) -> str:
    """The warning on the workbench, for staff who sign in."""
    return f"{settings.LINLI_PUBLIC_URL}{warning_path(warning_id)}"


def warning_path(warning_id: int) -> str:
    return f"/workbench/warnings/{warning_id}/"


def read_link(token: str) -> tuple[int, int, str]:
    try:
        community, call, nonce = signing.Signer(salt=_PURPOSE).unsign(token).split(".")
        return int(community), int(call), nonce
    except (signing.BadSignature, ValueError):
        raise link_expired() from None


def link_expired() -> NotFound:
    return NotFound(_("这个链接已经不能用了。"), code="link_expired")
