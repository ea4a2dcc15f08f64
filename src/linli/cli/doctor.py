"""``linli doctor``: what commonly goes wrong, each with how to mend it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

MARKS = {"ok": "ok  ", "warning": "WARN", "failure": "FAIL"}


def doctor(
    home: Annotated[Path | None, typer.Option(help="where Linli keeps its state")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
) -> None:
    """Check this instance; exit code 1 when something is broken, 0 when all is well or only worth watching."""
    from linli.cli.runtime import set_up

    set_up(home=home)
    from linli.cli.doctor_checks import run_all

    findings = run_all()
    if as_json:
        typer.echo(json.dumps([asdict(f) for f in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            typer.echo(f"{MARKS[finding.state]}  {finding.check}: {finding.found}")
            if finding.remedy:
                typer.echo(f"        → {finding.remedy}")
    if any(f.state == "failure" for f in findings):
        raise typer.Exit(1)
