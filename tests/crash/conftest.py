from __future__ import annotations

import os
from urllib.parse import urlsplit

import pytest


@pytest.fixture
def own_database(monkeypatch):
    """A database of this test's own on the PostgreSQL that the suite runs on; ``None`` for SQLite in the home.

    Processes that inherit the environment find it there.
    """
    server = os.environ.get("LINLI_DATABASE_URL")
    if not server:
        yield None
        return
    name = f"linli_crash_{os.getpid()}"
    _on_server(server, f'CREATE DATABASE "{name}"')
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    monkeypatch.setenv("LINLI_DATABASE_URL", url)
    yield url
    _on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _on_server(url: str, sql: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql)
