"""``linli admin rotate-keys``: new keys for what lies sealed, while everything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def rotate_keys(
    wait: Annotated[
        float, typer.Option(help="seconds in which every process must have learnt of the new keys; 0 when none runs")
    ] = 65.0,
    home: Annotated[Path | None, typer.Option(help="where Linli keeps its state")] = None,
) -> None:
    """Seal every protected field and file with new keys, then destroy the old ones; safe while running.

    Takes a little over two minutes more than the sealing: each process must have learnt of the new keys before the old
    ones go. A rotation that was stopped is finished by the next. Do it yearly, and whenever a key may have leaked; a
    backup made before needs the old keys, so keep the ring that was exported with it.
    """
    from linli.cli.runtime import set_up

    set_up(home=home)
    from linli.foundation.vault.errors import KeysUnavailable
    from linli.foundation.vault.resealing import RotationUnderWay, rotate

    try:
        rotate(wait=wait, say=lambda words: typer.echo(words, err=True))
    except KeysUnavailable:
        typer.echo("the keys cannot be reached: see LINLI_KEYS", err=True)
        raise typer.Exit(1) from None
    except RotationUnderWay:
        typer.echo("somebody is rotating the keys already", err=True)
        raise typer.Exit(1) from None
    typer.echo("done")
