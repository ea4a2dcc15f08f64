"""``linli bench speed door``: what it costs that protected fields lie sealed and leave by one door only.

``ratio`` is the slower of two staff pages that show people, with the door, over the same page with values that stand in
the open, asked for alternately in the same process: the 95th percentile of each, in processor time, which other processes
on the machine do not disturb. Beside it: how long a list of 50 takes to open and to seal, and by the clock how long it
takes from the click that shows a number to the person's own page that tells of it.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.runtime import set_up

LIST = 50
PEER = "the same page with values in the open"


def door_speed(
    times: Annotated[int, typer.Option(help="how often each page is asked for")] = 150,
) -> None:
    """Measure the protected door: pages with and without it, opening a list, and from look to list."""
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        set_up(home=Path(folder) / "home", mode="test")
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print(json.dumps(_measure(times)))


def _measure(times: int) -> dict[str, Any]:
    from linli.testing import build_community

    _say("a small community with 50 people who share the end of their number")
    world = build_community("bench", serial=1)
    case = _people(world)
    worker = _client(world.accounts["grid_worker"])
    figures: dict[str, Any] = {"peer": PEER}
    worst = 0.0
    for name, url in (("case", f"/workbench/cases/{case.pk}/"), ("callers", "/workbench/desk/callers/?q=0000")):
        _say(f"{name}: {url}")
        with_door, without = _alternately(times, partial(worker.get, url), _in_the_open)
        figures[f"{name}_p95_ms"], figures[f"{name}_peer_p95_ms"] = _ms(with_door), _ms(without)
        worst = max(worst, _p95(with_door) / _p95(without))
    figures["ratio"] = round(worst, 3)
    figures |= _ciphers()
    figures["reveal_to_visible_ms"] = _ms(_looks(world, case, worker, min(times, 15)))
    return figures


def _people(world: Any) -> Any:
    from datetime import date

    from linli.act.casework.actions import receive
    from linli.foundation.registry.models import Resident

    with world.scope():
        for n in range(LIST):
            Resident.objects.create(
                code=f"B{n}",
                name=f"甲乙{n}",
                sex="f",
                birth_date=date(1950, 1, 1),
                phone=f"1995{n:03d}0000",
                home=world.homes[0],
            )
        return receive("楼道里的灯不亮", actor=world.actor("elder")).case


@contextmanager
def _in_the_open():
    """The door's last step gives a value at once, as a column in plain text would."""
    from linli.foundation.privacy import door

    opened, door._opened = door._opened, lambda value: "19900000000" if value else ""
    try:
        yield
    finally:
        door._opened = opened


def _alternately(
    times: int, ask: Callable[[], Any], other: Callable[[], AbstractContextManager]
) -> tuple[list[float], list[float]]:
    took: tuple[list[float], list[float]] = ([], [])
    for n in range(2 * times + 10):
        with other() if n % 2 else nullcontext():
            started = time.thread_time()
            answer = ask()
            seconds = time.thread_time() - started
        if answer.status_code != 200:
            raise SystemExit(f"the page answered {answer.status_code}")
        if n >= 10:
            took[n % 2].append(seconds)
    return took


def _ciphers() -> dict[str, float]:
    from django.test import override_settings

    from linli.foundation.vault.sealing import seal, unseal

    figures = {}
    for cipher in ("aes-gcm", "sm4-gcm"):
        with override_settings(LINLI_CIPHER=cipher):
            texts = [f"1990000{n:04d}" for n in range(LIST)]
            tokens = [seal(text, "bench") for text in texts]
            name = cipher.replace("-", "_")
            figures[f"open_50_{name}_ms"] = _ms(_timed(partial(_each, partial(unseal, label="bench"), tokens)))
            figures[f"seal_50_{name}_ms"] = _ms(_timed(partial(_each, partial(seal, label="bench"), texts)))
    return figures


def _looks(world: Any, case: Any, worker: Any, times: int) -> list[float]:
    elder, took = _client(world.accounts["elder"]), []
    for n in range(times):
        with world.scope():
            request_id = case.joined.get().request_id
        started = time.perf_counter()
        seen = worker.post(f"/workbench/cases/{case.pk}/phone/{request_id}/")
        shown = elder.get("/portal/me/looks/").content.decode()
        took.append(time.perf_counter() - started)
        if seen.status_code != 200 or shown.count("p-look") != n + 1:
            raise SystemExit("the look is not in the list")
    return took


def _each(work: Callable[[str], object], values: list[str]) -> None:
    for value in values:
        work(value)


def _timed(work: Callable[[], Any], times: int = 50) -> list[float]:
    took = []
    for _ in range(times):
        started = time.thread_time()
        work()
        took.append(time.thread_time() - started)
    return took


def _client(account: Any) -> Any:
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]


def _ms(seconds: list[float]) -> float:
    return round(1000 * _p95(seconds), 2)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
