"""The HTTP API as any client would call it, with a token for each person."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from linli.simulator.doors.phones import Telephones

PAGE = 1000


class Refused(Exception):
    """The API said no: ``status``, the problem's ``code`` and its words."""

    def __init__(self, status: int, problem: dict[str, Any]):
        super().__init__(
            f"{status} {problem.get('code', '')} {problem.get('detail') or problem.get('title') or ''}".strip()
        )
        self.status, self.problem = status, problem
        self.code = str(problem.get("code", ""))


class Unreachable(Exception):
    """No answer from the web server."""


class Api:
    """``as_staff`` and ``as_resident`` give callers who have signed in; tokens are kept in ``keys`` for the next run."""

    def __init__(self, url: str, home: Path, *, passwords: dict[str, str] | None = None) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=f"{self.url}/api/v1",
            timeout=30,
            headers={"User-Agent": "linli-simulator"},
            trust_env=False,
        )
        self._phones = Telephones(home)
        self._passwords = passwords or {}
        self._kept = home / "keys" / "simulator-tokens.json"
        self._tokens: dict[str, str] = json.loads(self._kept.read_text()) if self._kept.exists() else {}
        self._unsaved = False

    def close(self) -> None:
        self.save()
        self._http.close()

    def save(self) -> None:
        """Keep the tokens; readable by the owner only."""
        if self._unsaved:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            draft = self._kept.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(self._tokens))
            draft.replace(self._kept)
            self._unsaved = False

    def as_staff(self, username: str) -> Caller:
        return Caller(
            self,
            username,
            lambda: self._sign_in({"username": username, "password": self._passwords[username]}),
        )

    def as_resident(self, phone: str) -> Caller:
        def sign_in() -> str:
            self.call("POST", "/sign-in/code", json={"phone": phone})
            return self._sign_in({"phone": phone, "code": self._phones.code_for(phone)})

        return Caller(self, phone, sign_in)

    def with_token(self, token: str) -> Caller:
        self._tokens["given"] = token
        return Caller(self, "given", lambda: token)

    def _sign_in(self, body: dict[str, str]) -> str:
        return self.call("POST", "/sign-in", json=body)["token"]

    def token(self, who: str, sign_in) -> str:
        if who not in self._tokens:
            self._tokens[who] = sign_in()
            self._unsaved = True
        return self._tokens[who]

    def forget(self, who: str) -> None:
        self._tokens.pop(who, None)

    def call(self, method: str, path: str, *, token: str = "", **content: Any) -> Any:
        """The decoded answer; raises :class:`Refused` or :class:`Unreachable`. A busy server (429, 503) is asked again."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for attempt in range(6):
            try:
                answer = self._http.request(method, path, headers=headers, **content)
            except httpx.HTTPError as error:
                if attempt == 5 or method != "GET":
                    raise Unreachable(f"{self.url}: {type(error).__name__}") from error
                time.sleep(0.2 * 2**attempt)
                continue
            if answer.status_code in {429, 503} and attempt < 5:
                time.sleep(min(5.0, float(answer.headers.get("Retry-After") or 0.2 * 2**attempt)))
                continue
            break
        if not answer.is_success:
            raise Refused(answer.status_code, _problem(answer))
        return answer.json() if answer.content else None


class Caller:
    """One signed-in person at the API; signs in on first use and again when the token has expired."""

    def __init__(self, api: Api, who: str, sign_in) -> None:
        self._api, self.who, self._sign_in = api, who, sign_in

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", path, params=query)

    def post(self, path: str, body: Any = None, **content: Any) -> Any:
        return self._call("POST", path, **(content or {"json": {} if body is None else body}))

    def every(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """All rows of a list that pages by limit and offset."""
        offset = 0
        while True:
            page = self.get(path, limit=PAGE, offset=offset, **query)
            yield from page["items"]
            offset += PAGE
            if offset >= page["count"]:
                return

    def _call(self, method: str, path: str, **content: Any) -> Any:
        try:
            return self._api.call(method, path, token=self._api.token(self.who, self._sign_in), **content)
        except Refused as refused:
            if refused.status != 401:
                raise
        self._api.forget(self.who)
        return self._api.call(method, path, token=self._api.token(self.who, self._sign_in), **content)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {"title": answer.text[:200]}
    return found if isinstance(found, dict) else {"title": str(found)[:200]}
