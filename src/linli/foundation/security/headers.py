"""What every answer tells the browser about itself: where its parts may come from and what it may do.

The policy has no exception for inline script or style, so that words which somebody typed can never run even if a page
once forgets to escape them (Content Security Policy Level 3; OWASP ASVS 5.0, chapter V3.4).
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

SELF = "'self'"
NONE = "'none'"
POLICY = {
    "default-src": NONE,
    "script-src": SELF,
    "style-src": SELF,
    "img-src": f"{SELF} data: blob:",
    "media-src": f"{SELF} blob:",
    "font-src": SELF,
    "connect-src": SELF,
    "manifest-src": SELF,
    "worker-src": SELF,
    "form-action": SELF,
    "frame-ancestors": NONE,
    "base-uri": NONE,
    "object-src": NONE,
}
"""``data:`` is the square of a second factor, ``blob:`` a photo shown or a voice heard before it is sent."""

OWN_PAGES_MAY = ("microphone", "publickey-credentials-create", "publickey-credentials-get")
"""Dictating or recording a report, and passkeys. A photo comes from the phone's own camera page, which needs no permission here."""
NO_PAGE_MAY = (
    "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "display-capture", "encrypted-media",
    "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "midi", "payment",
    "picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
YEAR = 365 * 24 * 3600


def content_security_policy(*, secure: bool) -> str:
    """One line; over HTTPS the browser also lifts every plain address of ours to HTTPS."""
    words = [f"{part} {sources}" for part, sources in POLICY.items()]
    return "; ".join([*words, "upgrade-insecure-requests"] if secure else words)


def permissions_policy(*, camera: bool = False) -> str:
    """``camera``: for the one page that looks at the sticker of a device through it."""
    may = [*OWN_PAGES_MAY, "camera"] if camera else OWN_PAGES_MAY
    return ", ".join([*(f"{one}=(self)" for one in may), *(f"{one}=()" for one in NO_PAGE_MAY if one not in may)])


class HeadersMiddleware:
    """Outermost, so that static files, photos and the page of a breakdown carry the headers too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        secure = settings.LINLI_PUBLIC_URL.startswith("https://")
        self.headers = {
            "Content-Security-Policy": content_security_policy(secure=secure),
            "Permissions-Policy": permissions_policy(),
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
        }
        if secure:
            self.headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response
