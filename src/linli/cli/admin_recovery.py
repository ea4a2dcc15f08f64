"""``linli admin recovery-key``: the key that backups are sealed to, and how commands are given it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

Key = Annotated[
    Path | None,
    typer.Option(
        "--key", help="file with the recovery key that the archive was sealed to; - reads it from standard input"
    ),
]


def recovery_key(
    replace: Annotated[
        bool, typer.Option("--replace", help="later backups are sealed to a new key; earlier ones still need the old")
    ] = False,
    home: Annotated[Path | None, typer.Option(help="where Linli keeps its state")] = None,
) -> None:
    """Make the recovery key, print its secret half once, and keep only the public half, to which backups are sealed.

    Write it down twice, for two people who both keep it away from this machine: whoever has it and an archive has
    everything, and without it no archive can ever be restored.
    """
    from linli.cli.runtime import set_up

    set_up(home=home)
    from django.conf import settings

    from linli.foundation.vault import recovery

    if recovery.public_path(settings.LINLI_HOME).exists() and not replace:
        typer.echo(
            "there is a recovery key already; --replace makes a new one for later backups, and the old one must be kept"
            " as long as the archives sealed to it",
            err=True,
        )
        raise typer.Exit(1)
    secret, public = recovery.new_pair()
    recovery.keep_public(settings.LINLI_HOME, public)
    typer.echo(secret)
    typer.echo(
        "This is the recovery key. It is kept nowhere on this machine: write it down now, twice, for two people. Without it"
        " no backup can be restored.",
        err=True,
    )


def read_key(file: Path | None) -> str | None:
    """The recovery key in a file, or on standard input for ``-``; None when no file is named. Exits with 1 on a bad one."""
    from linli.foundation.vault import recovery

    if file is None:
        return None
    try:
        return recovery.secret_in(sys.stdin.read() if str(file) == "-" else file.read_text())
    except (recovery.WrongKey, OSError, UnicodeDecodeError) as trouble:
        typer.echo(f"{file}: {trouble}", err=True)
        raise typer.Exit(1) from None
