"""``linli bench speed pages``: what the first pages cost, in a neighbourhood of 4,906 people that has lived three weeks.

Server time and queries are taken in process with Django's own client (no network, no waiting for a core that another
process holds); bytes are gzipped as the server sends them; the first paint is Chromium's own, with the processor
slowed four times.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.runtime import set_up

PAGES = {
    "portal": ("demo-resident", "/portal/"),
    "portal_elder": ("demo-elder", "/portal/"),
    "workbench": ("demo-grid-worker", "/workbench/"),
    "cockpit": ("demo-director", "/cockpit/"),
    "cockpit_state": ("demo-director", "/cockpit/state"),
}
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pages_speed(
    times: Annotated[int, typer.Option(help="how often each page is asked for")] = 200,
    home: Annotated[
        Path | None, typer.Option(help="a stopped demo's home; without it one is made, three minutes")
    ] = None,
) -> None:
    """Measure server time, queries, bytes and first paint of the portal, the workbench and the cockpit."""
    with contextlib.ExitStack() as stack:
        where = home or stack.enter_context(_lived_in_home())
        set_up(home=where, mode="demo")
        figures = {name: _server(who, url, times) | _weight(who, url) for name, (who, url) in PAGES.items()}
        for name, seconds in _paint(where).items():
            figures[name]["first_contentful_paint_ms"] = seconds
    print(json.dumps(figures))


@contextlib.contextmanager
def _lived_in_home() -> Iterator[Path]:
    """A demo's home after its three weeks, stopped."""
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        home = Path(folder) / "home"
        with _demo(home) as wait_until_lived:
            wait_until_lived()
        yield home


@contextlib.contextmanager
def _demo(home: Path) -> Iterator[Any]:
    from linli.simulator.instance import free_port

    port = free_port()
    command = [sys.executable, "-m", "linli.cli.main", "demo", "--home", str(home), "--port", str(port)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait_until_lived() -> str:
        _say("a neighbourhood moves in and lives its three weeks")
        until = time.monotonic() + 900
        state = home / "simulator" / "state.json"
        while time.monotonic() < until:
            if state.exists() and json.loads(state.read_text())["phase"] == "live":
                time.sleep(5)
                return f"http://127.0.0.1:{port}"
            if running.poll() is not None:
                raise SystemExit("the demo ended; run  linli demo  to see why")
            time.sleep(1)
        raise SystemExit("the demo did not get through its three weeks in 15 minutes")

    try:
        yield wait_until_lived
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(60)


def _client(who: str):
    from django.test import Client

    from linli.foundation.accounts.models import Account

    client = Client(headers={"host": "127.0.0.1", "accept-encoding": "gzip"})
    client.force_login(Account.objects.get(username=who), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _server(who: str, url: str, times: int) -> dict[str, Any]:
    from django.db import connection

    _say(f"{url} as {who}, {times} times")
    client = _client(who)
    client.get(url)
    queries = []

    def count(execute, sql, params, many, context):
        queries.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    took = []
    for _ in range(times):
        started = time.perf_counter()
        client.get(url)
        took.append((time.perf_counter() - started) * 1000)
    return {
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(statistics.quantiles(took, n=20)[18], 1),
        "queries": len(queries),
    }


def _weight(who: str, url: str) -> dict[str, int]:
    """Bytes over the wire: the document, and what it asks for before it can be used."""
    from django.contrib.staticfiles import finders

    client = _client(who)
    answer = client.get(url)
    body = answer.content
    document = len(body) if answer.headers.get("Content-Encoding") == "gzip" else len(gzip.compress(body, 6))
    text = (gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body).decode()
    weight = {"document_bytes": document, "script_bytes": 0, "style_bytes": 0}
    for kind, pattern in (
        ("script_bytes", r'<script[^>]+src="/static/([^"?]+)'),
        ("style_bytes", r'<link[^>]+href="/static/([^"?]+\.css)'),
    ):
        for path in re.findall(pattern, text):
            found = finders.find(path)
            if found:
                weight[kind] += len(gzip.compress(Path(found).read_bytes(), 6))
    return weight


def _paint(home: Path) -> dict[str, float]:
    """First contentful paint in Chromium with a four times slower processor, median of five fresh visits."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if not chromium:
        _say("no Chromium or no playwright: the first paint is not measured")
        return {}
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    cookies = {who: _client(who).cookies["sessionid"].value for who, _ in PAGES.values()}
    painted: dict[str, float] = {}
    with _demo(home) as wait_until_lived, sync_playwright() as playwright:
        base = wait_until_lived()
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        for name, (who, url) in PAGES.items():
            if name == "cockpit_state":
                continue
            _say(f"first paint of {url} as {who}")
            seen = []
            for _ in range(5):
                phone = name.startswith("portal")
                context = browser.new_context(
                    viewport={"width": 390, "height": 844} if phone else {"width": 1440, "height": 900},
                    base_url=base,
                    service_workers="block",
                )
                context.add_cookies([{"name": "sessionid", "value": cookies[who], "url": base}])
                page = context.new_page()
                context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
                page.goto(url, wait_until="load")
                seen.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1"))
                context.close()
            painted[name] = round(statistics.median(seen))
        browser.close()
    return painted


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
