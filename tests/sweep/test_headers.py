"""Files, refusals and cookies tell the browser what it may do; every page of every person does in ``test_permissions``."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings

from linli.foundation.security.headers import HeadersMiddleware
from tests.sweep.headers import wrong_with

pytestmark = pytest.mark.django_db


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
