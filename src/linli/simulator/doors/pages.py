"""The web pages as a browser would use them: for what has a form and no call in the API. A session for each person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from linli.simulator.doors.api import Refused, Unreachable
from linli.simulator.doors.phones import Telephones

SIGN_IN_FOR_STAFF, SIGN_IN, CODE = "/sign-in/staff/", "/sign-in/", "/sign-in/code/"


class Pages:
    def __init__(self, url: str, home: Path, *, passwords: dict[str, str] | None = None) -> None:
        self.url = url.rstrip("/")
        self.phones = Telephones(home)
        self._passwords = passwords or {}
        self._visitors: dict[str, Visitor] = {}

    def as_staff(self, username: str) -> Visitor:
        """Signed in with a password on first use."""
        password = self._passwords[username]
        return self._visitor(
            username,
            lambda one: one.send(SIGN_IN_FOR_STAFF, {"username": username, "password": password}),
        )

    def as_resident(self, phone: str) -> Visitor:
        """Signed in with a code from the telephone on first use."""

        def sign_in(one: Visitor) -> None:
            one.send(SIGN_IN, {"phone": phone})
            one.send(CODE, {"code": self.phones.code_for(phone)})

        return self._visitor(phone, sign_in)

    def as_stranger(self) -> Visitor:
        """Somebody without an account who holds a link."""
        return self._visitor("", lambda one: None)

    def close(self) -> None:
        for visitor in self._visitors.values():
            visitor.close()
        self._visitors.clear()

    def _visitor(self, who: str, sign_in) -> Visitor:
        if who not in self._visitors:
            self._visitors[who] = Visitor(self.url, sign_in)
        return self._visitors[who]


class Visitor:
    """One browser. ``get`` and ``post`` sign in first, and again when the session has ended."""

    def __init__(self, url: str, sign_in) -> None:
        self._http = httpx.Client(
            base_url=url, timeout=30, headers={"User-Agent": "linli-simulator"}, trust_env=False,
        )  # fmt: skip
        self._sign_in = sign_in
        self._entered = False

    def get(self, path: str, **query: Any) -> str:
        """The page's HTML; raises :class:`Refused` or :class:`Unreachable`."""
        return self._signed_in("GET", path, params=query)

    def post(self, path: str, data: dict[str, Any]) -> str:
        """Send a form; raises :class:`Refused` where the page shows it again with what is wrong."""
        return self._signed_in("POST", path, data=data)

    def send(self, path: str, data: dict[str, Any]) -> httpx.Response:
        """Send a form as whoever this browser is now, signed in or not."""
        if "csrftoken" not in self._http.cookies:
            self._ask("GET", SIGN_IN)
        token = self._http.cookies.get("csrftoken", "")
        return self._ask("POST", path, data={**data, "csrfmiddlewaretoken": token})

    def close(self) -> None:
        self._http.close()

    def _signed_in(self, method: str, path: str, **content: Any) -> str:
        for _attempt in range(2):
            if not self._entered:
                self._http.cookies.clear()
                self._sign_in(self)
                self._entered = True
            answer = self.send(path, **content) if method == "POST" else self._ask(method, path, **content)
            if not answer.headers.get("location", "").startswith("/sign-in/"):
                return answer.text
            self._entered = False
        raise Refused(401, {"code": "not_signed_in"})

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **content)
        except httpx.HTTPError as error:
            raise Unreachable(f"{path}: {type(error).__name__}") from error
        if answer.status_code >= 400:
            raise Refused(answer.status_code, {"code": "page", "title": path})
        return answer
