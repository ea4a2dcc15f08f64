"""``linli demo``: a whole neighbourhood alive in the browser with one command."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer


def demo(
    home: Annotated[Path, typer.Option(help="where the demo keeps its state")] = Path("var/demo"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="port of the web pages")] = 8000,
    speed: Annotated[float, typer.Option(min=0, max=600, help="simulated seconds in a second, first run")] = 60.0,
    seed: Annotated[int, typer.Option(help="another number, another neighbourhood; first run")] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="start over")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="print memory and traffic each ten seconds")] = False,
    measure: Annotated[bool, typer.Option("--measure", help="measure, print one JSON line, end")] = False,
) -> None:
    """Start everything, move 4,906 invented people in, and let them live. Works offline; Ctrl-C ends every process."""
    from linli.simulator import demo as demos
    from linli.simulator.instance import CannotStart

    try:
        if fresh:
            demos.start_over(home)
        running = demos.Demo(home, port=port, speed=speed, seed=seed, say=lambda words: typer.echo(words, err=measure))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: running.stop.set())
        beside = demos.measure if measure else demos.watch_costs if verbose else None
        if beside is not None:
            threading.Thread(target=beside, args=(running,), daemon=True).start()
        running.run()
    except CannotStart as trouble:
        typer.echo(str(trouble), err=True)
        raise typer.Exit(1) from None
