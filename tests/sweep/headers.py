"""What every answer tells the browser, and what no page may need: nothing inline, nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.http import HttpResponse

from linli.foundation.security.headers import content_security_policy

EXPECTED = {
    "Content-Security-Policy": content_security_policy(secure=False),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ADDRESSES = {"src", "href", "action", "formaction", "data", "poster", "xlink:href"}


class Inline(HTMLParser):
    """Collects what the policy would refuse, and what leads to another site."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json"):
            self.found.append(f"<{tag}> with its content inline")
        if tag in {"iframe", "frame", "object", "embed", "base"}:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.found.append(f"<{tag} {name}=…>")
            if name in ADDRESSES and (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"<{tag} {name}={value}>")
            if name == "src" and (value or "").startswith(("http:", "https:", "//")):
                self.found.append(f"<{tag} {name}={value}>")


def wrong_with(response: HttpResponse) -> list[str]:
    wrong = [f"{name}: {response.headers.get(name)}" for name, v in EXPECTED.items() if response.headers.get(name) != v]
    if "text/html" in response.headers.get("Content-Type", ""):
        page = Inline()
        page.feed(response.content.decode())
        wrong += page.found
    return wrong


def may_be_kept(response: HttpResponse) -> bool:
    """Whether a browser would keep it: the next person at the desk must not go back to what somebody was shown."""
    return not re.search("private|no-store|no-cache", response.headers.get("Cache-Control", ""))
