"""``linli ingest``: store what devices say, and decide which of them may connect."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from linli.cli.runtime import set_up


def ingest(
    home: Annotated[Path | None, typer.Option(help="LINLI_HOME; default: the environment's, else var/linli")] = None,
    nats: Annotated[
        str | None, typer.Option(help="host:port of the message server, when it is not this home's")
    ] = None,
    seal_seconds: Annotated[float, typer.Option(help="move observations into the lake this often")] = 300.0,
) -> None:
    """Read the stream of observations into the database and the lake until stopped (Ctrl-C or SIGTERM)."""
    import os

    if nats:
        os.environ["LINLI_NATS"] = nats
    set_up(home=home)
    from django.conf import settings

    from linli.sense.telemetry.gatekeeper import Gatekeeper
    from linli.sense.telemetry.ingesting import AlreadyRunning, Ingest, collect_garbage_less_often, only_one

    process = Ingest(settings.LINLI_HOME, say=_say, seal_seconds=seal_seconds)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stop())
    try:
        with only_one(settings.LINLI_HOME):
            gatekeeper = Gatekeeper(settings.LINLI_HOME)
            gatekeeper.start()
            collect_garbage_less_often()
            process.run()
            gatekeeper.stop()
            gatekeeper.join(2)
    except AlreadyRunning as running:
        _say(str(running))
        raise typer.Exit(1) from running


def _say(sentence: str) -> None:
    print(f"ingest: {sentence}", file=sys.stderr, flush=True)
