"""``linli work``: the background process."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Event as Flag
from typing import Annotated

import typer


def work(
    home: Annotated[Path | None, typer.Option(help="where Linli keeps its state")] = None,
    mode: Annotated[str | None, typer.Option(help="production, demo or test")] = None,
) -> None:
    """Deliver events, run what is due and the queued jobs, until interrupted."""
    from linli.cli.runtime import set_up

    set_up(home=home, mode=mode)
    from linli.foundation.errors import Conflict
    from linli.foundation.events import background

    stop = Flag()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        background.run(stop)
    except Conflict as conflict:
        typer.echo(str(conflict), err=True)
        raise typer.Exit(1) from None
