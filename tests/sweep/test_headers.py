"""Every answer tells the browser what it may do, and no page needs an exception: nothing inline, nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings

from linli.foundation.security.headers import HeadersMiddleware, content_security_policy
from tests.sweep.objects import Objects, place_objects
from tests.sweep.routes import PEOPLE, ROUTES
from tests.sweep.test_permissions import Person

pytestmark = pytest.mark.django_db

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


@pytest.fixture
def ours(world) -> Objects:
    return place_objects(world)


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_every_answer_carries_the_headers_and_nothing_inline(who, world, ours):
    """Nor may a browser keep what somebody signed in was shown: the next person at the desk must not go back to it."""
    person, wrong = Person(who, world), []
    for key, rule in ROUTES.items():
        response = person.ask(key, ours)
        wrong += [f"{key}: {one}" for one in wrong_with(response)]
        cached = response.headers.get("Cache-Control", "")
        if who != "nobody" and who in rule.open_to and not re.search("private|no-store|no-cache", cached):
            wrong.append(f"{key}: Cache-Control {cached!r}")
    assert not wrong, "\n".join(sorted(set(wrong)))


@pytest.mark.parametrize("address", ["/static/linli/icon.svg", "/no/such/page", "/api/v1/no/such"])
def test_files_and_refusals_carry_them_too(client, address):
    assert wrong_with(client.get(address)) == []


@override_settings(LINLI_PUBLIC_URL="https://linli.example")
def test_over_https_the_browser_is_told_to_stay_there(rf):
    answer = HeadersMiddleware(lambda request: HttpResponse())(rf.get("/"))
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "upgrade-insecure-requests" in answer.headers["Content-Security-Policy"]


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(world):
    client = Client()
    client.get("/sign-in/staff/")
    client.post("/sign-in/staff/", {"username": world.accounts["elder"].username, "password": "correct horse battery"})
    client.post("/preferences/language/", {"language": "en"})
    assert {"sessionid", "csrftoken", "linli_language"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["httponly"] and cookie["samesite"] in {"Lax", "Strict"}, cookie.OutputString()


def test_with_an_https_address_every_cookie_is_for_https_and_this_host_alone(tmp_path):
    import os
    import subprocess
    import sys

    asked = (
        "from linli.config import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    )
    environment = os.environ | {
        "LINLI_PUBLIC_URL": "https://linli.example", "LINLI_HOME": str(tmp_path), "LINLI_MODE": "test",
    }  # fmt: skip
    said = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["__Host-linli", "__Host-linli_form", "True", "True"]


def test_signing_out_empties_what_the_browser_kept(client, world):
    client.force_login(world.accounts["elder"])
    answer = client.post("/sign-out/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert settings.SESSION_COOKIE_NAME not in {n for n, c in client.cookies.items() if c.value}
