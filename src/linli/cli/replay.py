"""``linli replay``: real messages and real sensor series through the public doors."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

replay = typer.Typer(no_args_is_help=True, help="Replay real messages and sensor series; ends with a reconciliation.")

Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="files to replay")]
Ephemeral = Annotated[bool, typer.Option("--ephemeral", help="a throw-away instance on free ports; leaves nothing")]
Url = Annotated[str, typer.Option(help="of the running instance")]
Token = Annotated[str, typer.Option(envvar="LINLI_TOKEN", help="bearer token of community staff")]
Home = Annotated[Path, typer.Option(help="where progress (and, for series, the running instance) is kept")]


@replay.command()
def messages(
    files: Files,
    ephemeral: Ephemeral = False,
    url: Url = "http://127.0.0.1:8000",
    token: Token = "",
    home: Home = Path("var/demo"),
) -> None:
    """File each row of a message file (留言编号, 留言主题, 留言时间, 留言详情) as a request, once."""
    from linli.simulator import replay as replays

    with _door(ephemeral, url, token, home) as (staff, progress, _):
        _finish(replays.replay_messages(files, staff, progress), ephemeral)


@replay.command()
def series(
    files: Files,
    ephemeral: Ephemeral = False,
    url: Url = "http://127.0.0.1:8000",
    token: Token = "",
    home: Home = Path("var/demo"),
) -> None:
    """Send each sensor series (timestamp,value) over MQTT as a device of its own, with its own times."""
    from linli.simulator import replay as replays

    with _door(ephemeral, url, token, home) as (staff, progress, at):
        kept = at / "keys" / "replay-devices.json"
        secrets: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
        community = staff.get("/me")["community"]
        try:
            found = replays.replay_series(files, staff, _mqtt_of(at), community, secrets, progress)
        finally:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.touch(mode=0o600)
            kept.write_text(json.dumps(secrets))
        _finish(found, ephemeral)


@contextmanager
def _door(ephemeral: bool, url: str, token: str, home: Path) -> Iterator[tuple[Any, Any, Path]]:
    """The caller, where progress is kept, and the home of the instance."""
    from linli.simulator.doors.api import Api, Refused, Unreachable
    from linli.simulator.instance import CannotStart
    from linli.simulator.measuring import founded_instance
    from linli.simulator.replay import Progress

    try:
        if ephemeral:
            with founded_instance(seed=1, estates=1) as founded:
                yield founded.director, Progress(None), founded.instance.home
            return
        api = Api(url, home)
        if token:
            staff = api.with_token(token)
        else:
            passwords = home / "keys" / "demo-staff.json"
            if not passwords.exists():
                typer.echo("give --token, or --home of a running demo", err=True)
                raise typer.Exit(2)
            api = Api(url, home, passwords=json.loads(passwords.read_text()))
            staff = api.as_staff("demo-director")
        yield staff, Progress(home / "simulator" / "replay.json"), home
    except (Refused, Unreachable, CannotStart, TimeoutError) as trouble:
        typer.echo(str(trouble), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("stopped; the same command goes on from here", err=True)
        raise typer.Exit(130) from None


def _mqtt_of(home: Path) -> tuple[str, int]:
    from linli.sense.telemetry.broker import last_place

    given = os.environ.get("LINLI_MQTT", "")
    if given:
        host, _, port = given.rpartition(":")
        return host, int(port)
    where = last_place(home)
    if where is None:
        typer.echo(f"no message server has run in {home}: give --home, or set LINLI_MQTT=host:port", err=True)
        raise typer.Exit(2)
    return where.host, where.mqtt_port


def _finish(found: Any, ephemeral: bool) -> None:
    for problem in (found.malformed + found.shortened)[:50]:
        typer.echo(problem, err=True)
    if not ephemeral:
        typer.echo(
            f"sent {found.sent:,} = accepted {found.accepted:,} + repeated {found.repeated:,} + "
            f"quarantined {found.quarantined:,}; stored {found.stored:,}; malformed rows {len(found.malformed):,}: "
            f"{'the numbers agree' if found.agrees else 'THE NUMBERS DISAGREE'}",
            err=True,
        )
    sys.stdout.write(found.as_line() + "\n")
    if not found.agrees:
        raise typer.Exit(1)
