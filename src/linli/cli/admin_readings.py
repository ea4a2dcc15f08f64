"""``linli admin import-readings``: readings from a file, through the same stream as those of devices."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

Home = Annotated[Path | None, typer.Option(help="where Linli keeps its state")]


def import_readings(
    community: Annotated[str, typer.Argument(help="code of the community")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, long or wide, UTF-8 or GB18030")],
    check_only: Annotated[bool, typer.Option("--check", help="check the file and send nothing")] = False,
    good_rows: Annotated[bool, typer.Option(help="send the good rows although there are bad ones")] = False,
    bad_rows: Annotated[
        Path | None, typer.Option(help="where the bad rows are written (default: beside the file, .bad.csv)")
    ] = None,
    zone: Annotated[str, typer.Option(help="zone of times without one")] = "Asia/Shanghai",
    home: Home = None,
) -> None:
    """Import readings from a CSV file: checked whole first, bad rows returned with their line and the reason.

    Long files have the columns device, metric, time, value; wide ones device, time and a column for each metric. The
    message server must run; `linli ingest` stores what it gets. Importing a file twice changes nothing.
    """
    from linli.cli.runtime import set_up

    set_up(home=home)
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.errors import Refusal
    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope
    from linli.sense.telemetry.importing.actions import import_readings as run

    place = Community.objects.filter(code=community).first()
    if place is None:
        _fail(f"there is no community {community}")
    try:
        in_zone = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        _fail(f"there is no time zone {zone}")
    returned = bad_rows or file.with_suffix(".bad.csv")
    with file.open("rb") as source, returned.open("w", encoding="utf-8-sig", newline="") as bad, community_scope(place):
        try:
            done = run(
                source, actor=Actor.for_system("admin", place.pk), bad_rows=bad, good_rows=good_rows,
                check_only=check_only, zone=in_zone, tell=_tell,
            )  # fmt: skip
        except Refusal as refusal:
            bad.close()
            returned.unlink()
            _fail(str(refusal))
    typer.echo("", err=True)
    typer.echo(
        f"{done.lines} lines ({done.encoding}), {done.readings} readings, {done.bad} bad lines, {done.sent} sent"
    )
    if not done.bad:
        returned.unlink()
        return
    typer.echo(f"the bad lines and why: {returned}", err=True)
    if not good_rows:
        typer.echo("nothing was sent; mend them, or send the others with --good-rows", err=True)
        raise typer.Exit(1)


def _tell(what: str, lines: int) -> None:
    sys.stderr.write(f"\r{'checked' if what == 'check' else 'sent'} {lines} lines")
    sys.stderr.flush()


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
