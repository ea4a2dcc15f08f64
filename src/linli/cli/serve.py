"""``linli serve``: the pages and the API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    home: Annotated[Path | None, typer.Option(help="where Linli keeps its state")] = None,
    mode: Annotated[str | None, typer.Option(help="production, demo or test")] = None,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="processes")] = 2,
    threads: Annotated[int, typer.Option(min=1, max=64, help="threads a process")] = 4,
) -> None:
    """Serve pages and API until interrupted; SIGTERM and Ctrl-C end every worker process."""
    from linli.cli import preflight
    from linli.cli.runtime import set_up

    set_up(home=home, mode=mode)
    from django.conf import settings
    from django.db import connections

    try:
        preflight.require_writable(settings.LINLI_HOME)
        preflight.require_space(settings.LINLI_HOME)
        preflight.require_front_end()
        preflight.require_migrated()
        preflight.require_free_port(host, port)
    except preflight.NotReady as trouble:
        typer.echo(str(trouble), err=True)
        raise typer.Exit(1) from None
    connections.close_all()

    from granian import Granian
    from granian.constants import Interfaces

    typer.echo(f"Linli listens on http://{host}:{port}", err=True)
    Granian(
        "linli.cli.web_worker:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        log_level="warning",  # type: ignore[arg-type]
        websockets=False,
    ).serve()
