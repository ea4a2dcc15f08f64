"""``linli admin verify-audit`` and ``audit-proof``: the audit log, checked by whoever doubts it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

SHOWN = 20


def verify_audit(
    root: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="roots posted elsewhere: lines of 'day size root'"),
    ] = None,
    home: Annotated[Path | None, typer.Option(help="where Linli keeps its state")] = None,
) -> None:
    """Recompute the whole audit log and name the first event that does not fit; exit code 1 when one does not.

    Always compared with the roots in LINLI_HOME/audit/roots.log. Whoever can write here can rewrite that file too: only
    roots that were posted elsewhere (--root) prove that nothing up to the last of them was rewritten or cut off.
    """
    from linli.cli.runtime import set_up

    set_up(home=home)
    from linli.foundation.events import audit

    ours = audit.roots_log()
    known = [path for path in (ours if ours.exists() else None, root) if path]
    findings = [audit.verify(_read(path)) for path in known] or [audit.verify(None)]
    report = next((found for found in findings if not found.sound), findings[-1])
    if waiting := audit.unplaced():
        typer.echo(f"{waiting} events are newer than the log and not covered yet", err=True)
    if report.sound:
        typer.echo(f"sound: {report.size} events, root {report.root}")
        return
    first = audit.first_bad_event(report)
    typer.echo(f"NOT sound: first bad event: {first}" if first else "NOT sound", err=True)
    for finding in report.findings[:SHOWN]:
        where = "log" if finding.position is None else f"position {finding.position}"
        typer.echo(f"  {where}: {finding.code} {finding.detail}".rstrip(), err=True)
    if len(report.findings) > SHOWN:
        typer.echo(f"  and {len(report.findings) - SHOWN} more", err=True)
    raise typer.Exit(1)


def _read(path: Path) -> dict[int, str]:
    from linli.foundation.events import audit

    try:
        return audit.read_roots(path)
    except ValueError as error:
        typer.echo(f"{path}: {error}", err=True)
        raise typer.Exit(2) from None


def audit_proof(
    event: Annotated[int, typer.Argument(help="id of the event")],
    home: Annotated[Path | None, typer.Option(help="where Linli keeps its state")] = None,
) -> None:
    """Print the inclusion proof of one event as JSON (RFC 6962)."""
    from linli.cli.runtime import set_up

    set_up(home=home)
    from linli.foundation.errors import NotFound
    from linli.foundation.events import audit

    try:
        proof = audit.prove(event)
    except NotFound:
        typer.echo(f"event {event} is not in the audit log (yet)", err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(asdict(proof), indent=2))
