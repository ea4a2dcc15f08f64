"""``linli bench speed cases``: 100,000 cases of two years, on SQLite and on PostgreSQL, beside a bare Django view.

Pages are asked for one after another through the server that ``linli serve`` starts; then 50 residents at once say what
is wrong, each as soon as the last was answered. The peer is a bare view without sign-in, permission or middleware
(:mod:`linli.cli.bench_cases_peer`): one indexed list of thirty rows, one insert, in the same processes over the same
database, asked in turn with ours. ``ratio_…`` is our 95th percentile over the peer's.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import quote

import typer

from linli.cli.bench_postgres import throw_away

PEER = "a bare Django view over the same database"
PAGES = {
    "list": ("director", "/workbench/cases/"),
    "list_filtered": ("director", "/workbench/cases/?state=dispatched&grid={grid}&level=P2"),
    "list_of_a_grid": ("worker", "/workbench/cases/"),
    "list_page_1000": ("director", "/workbench/cases/?page=1000"),
    "today": ("worker", "/workbench/"),
    "search_rare": ("director", f"/workbench/cases/?q={quote('高龄津贴')}"),
    "search_common": ("director", f"/workbench/cases/?q={quote('漏水')}"),
    "search_two_words": ("director", f"/workbench/cases/?q={quote('灯座 看不见')}"),
    "search_place": ("director", f"/workbench/cases/?q={quote('101幢 漏水')}"),
    "search_of_a_grid": ("worker", f"/workbench/cases/?q={quote('漏水')}"),
    "map": ("director", "/workbench/map/"),
    "map_building": ("director", "/workbench/map/?building={building}"),
    "rates": ("director", "/workbench/rates/"),
    "rates_two_years": ("director", "/workbench/rates/?from=2024-12-01"),
}
ASKED_WITH_WORDS = "{n}幢楼道灯不亮，老人晚上看不见，请来修"


def cases_speed(
    cases: Annotated[int, typer.Option(min=100, help="how many there are")] = 100_000,
    times: Annotated[int, typer.Option(min=5, help="how often each page is asked for")] = 40,
    writers: Annotated[int, typer.Option(min=1, max=50, help="residents who write at once")] = 50,
    requests: Annotated[int, typer.Option(min=1, help="requests of each of them")] = 20,
    postgres: Annotated[bool, typer.Option(help="on PostgreSQL too, where it is installed")] = True,
) -> None:
    """Measure lists, search, map and rates over two years of cases, and requests of 50 people at once."""
    figures: dict[str, Any] = {"cases": cases, "peer": PEER}
    figures["sqlite"] = _measure("SQLite", {}, cases, times, writers, requests)
    if postgres:
        with throw_away() as url:
            if url is None:
                _say("PostgreSQL is not installed here: its part is left out")
            else:
                environment = {"LINLI_DATABASE_URL": url}
                figures["postgresql"] = _measure("PostgreSQL", environment, cases, times, writers, requests)
    print(json.dumps(figures))


def _measure(
    name: str, environment: dict[str, str], cases: int, times: int, writers: int, requests: int
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        env = os.environ | environment | {"LINLI_HOME": f"{folder}/home", "LINLI_MODE": "production"}
        _say(f"{name}: {cases:,} cases of two years")
        started = time.perf_counter()
        filled = subprocess.run(
            [sys.executable, "-m", "linli.cli.bench_cases", "fill", str(cases)],
            env=env, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        known = json.loads(filled.stdout.splitlines()[-1])
        figures: dict[str, Any] = {"filled_seconds": round(time.perf_counter() - started)}
        with _serving(env) as port:
            figures |= _pages(name, port, known, times)
            figures |= _writers(name, port, known["tokens"][:writers], requests)
    return figures


@contextmanager
def _serving(env: dict[str, str]) -> Iterator[int]:
    from linli.simulator.instance import free_port

    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "linli.cli.bench_cases", "serve", str(port)], env=env)
    try:
        until = time.monotonic() + 60
        while not _answers(port):
            if time.monotonic() > until or server.poll() is not None:
                raise SystemExit("the server does not answer")
            time.sleep(0.2)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _answers(port: int) -> bool:
    try:
        return _get(http.client.HTTPConnection("127.0.0.1", port, timeout=10), "/bare/list", {}) == 200
    except OSError:
        return False


def _pages(name: str, port: int, known: dict[str, Any], times: int) -> dict[str, Any]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    figures: dict[str, Any] = {}
    peer: list[float] = []
    for page, (who, pattern) in PAGES.items():
        url = pattern.format(**known)
        _say(f"{name}: {page}")
        cookies = {"Cookie": f"sessionid={known[who]}"}
        took: list[float] = []
        for n in range(times + 4):
            seconds, bare = _timed(link, url, cookies), _timed(link, "/bare/list", {})
            if n >= 4:
                took.append(seconds)
                peer.append(bare)
        figures[page] = _percentiles(took) | {"queries": known["queries"][page]}
    figures["peer_list"] = _percentiles(peer)
    for page in PAGES:
        figures[page]["ratio"] = round(figures[page]["p95_ms"] / figures["peer_list"]["p95_ms"], 1)
    return figures


def _writers(name: str, port: int, tokens: list[str], requests: int) -> dict[str, Any]:
    ours: list[float] = []
    bare: list[float] = []
    seconds = {"create": 0.0, "peer_insert": 0.0}
    for n in range(2):
        _say(f"{name}: {len(tokens)} people say something at once, round {n + 1} of 2")
        for key, took, part in (("create", ours, True), ("peer_insert", bare, False)):
            started = time.perf_counter()
            took += _at_once(port, tokens, max(1, requests // 2), ours=part)
            seconds[key] += time.perf_counter() - started
    figures: dict[str, Any] = {"writers": len(tokens)}
    for key, took in (("create", ours), ("peer_insert", bare)):
        figures[key] = _percentiles(took) | {"per_second": round(len(took) / seconds[key], 1)}
    figures["create"]["ratio"] = round(figures["create"]["p95_ms"] / figures["peer_insert"]["p95_ms"], 1)
    return figures


def _at_once(port: int, tokens: list[str], requests: int, *, ours: bool) -> list[float]:
    took: list[float] = []
    failed: list[str] = []

    def write(token: str) -> None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for n in range(requests):
            words = ASKED_WITH_WORDS.format(n=n)
            body = json.dumps({"words": words}) if ours else words
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} if ours else {}
            started = time.perf_counter()
            link.request("POST", "/api/v1/requests" if ours else "/bare/insert", body.encode(), headers)
            answer = link.getresponse()
            said = answer.read()
            took.append(time.perf_counter() - started)
            if answer.status != 201:
                failed.append(f"{answer.status}: {said[:200]!r}")
                return

    threads = [threading.Thread(target=write, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(f"{len(failed)} requests failed, the first with {failed[0]}")
    return took


def _timed(link: http.client.HTTPConnection, url: str, headers: dict[str, str]) -> float:
    started = time.perf_counter()
    status = _get(link, url, headers)
    if status != 200:
        raise SystemExit(f"{url} answered {status}")
    return time.perf_counter() - started


def _get(link: http.client.HTTPConnection, url: str, headers: dict[str, str]) -> int:
    link.request("GET", url, headers={"Accept-Encoding": "gzip"} | headers)
    answer = link.getresponse()
    answer.read()
    return answer.status


def _percentiles(seconds: list[float]) -> dict[str, float]:
    ms = [one * 1000 for one in seconds]
    return {"p50_ms": round(statistics.median(ms), 1), "p95_ms": round(statistics.quantiles(ms, n=20)[18], 1)}


def _filled(count: int) -> None:
    """In a process of its own, which knows its database from the environment."""
    from linli.cli.runtime import set_up

    set_up()
    from linli.cli.bench_cases_filling import as_line, fill, queries_of

    known = fill(count, _say)
    known["queries"] = {page: queries_of(known[who], pattern.format(**known)) for page, (who, pattern) in PAGES.items()}
    print(as_line(known))


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        _filled(int(sys.argv[2]))
    else:
        from linli.cli.bench_cases_peer import serve

        serve(int(sys.argv[2]))
