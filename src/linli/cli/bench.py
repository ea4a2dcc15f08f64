"""``linli bench``: figures, printed as one JSON line; never timed tests."""

from __future__ import annotations

import typer

from linli.cli.bench_cases import cases_speed
from linli.cli.bench_door import door_speed
from linli.cli.bench_erase import erase_speed
from linli.cli.bench_ingest import ingest_speed
from linli.cli.bench_joint import joint_speed
from linli.cli.bench_lake import lake_speed
from linli.cli.bench_pages import pages_speed
from linli.cli.bench_quality import quality

bench = typer.Typer(help="Measure speed and quality; each command ends with one JSON line.", no_args_is_help=True)
speed = typer.Typer(help="Speed, beside a named peer in the same run where there is one.", no_args_is_help=True)
speed.command("cases")(cases_speed)
speed.command("door")(door_speed)
speed.command("erase")(erase_speed)
speed.command("ingest")(ingest_speed)
speed.command("lake")(lake_speed)
speed.command("pages")(pages_speed)
speed.command("joint")(joint_speed)
bench.add_typer(speed, name="speed")
bench.add_typer(quality, name="quality")
