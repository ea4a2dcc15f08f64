"""Chromium from the system, and pages signed in as the people of the small world."""

from __future__ import annotations

import os
import shutil

import pytest
from django.test import Client

# Playwright's sync API runs an event loop in this thread; Django would refuse the ORM there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {
        "executable_path": shutil.which("chromium") or shutil.which("google-chrome"),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            # A microphone that hums, and nobody who has to be asked for it.
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
        ],
    }


@pytest.fixture
def signed_in(live_server, browser, world):
    """``signed_in("elder", PHONE)`` opens a page of the live server with that account's session."""
    contexts = []

    def open_page(who: str | None, viewport: dict, *, scheme: str = "light", language: str = "zh-hans"):
        context = browser.new_context(
            viewport=viewport, base_url=live_server.url, locale="zh-CN", color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        context.add_cookies([{"name": "linli_language", "value": language, "url": live_server.url}])
        if who is not None:
            client = Client()
            client.force_login(world.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
            cookie = client.cookies["sessionid"]
            context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
