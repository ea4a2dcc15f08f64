"""The ``linli`` command."""

import typer

from linli.cli.admin import admin
from linli.cli.backup import backup, restore
from linli.cli.bench import bench
from linli.cli.demo import demo
from linli.cli.doctor import doctor
from linli.cli.ingest import ingest
from linli.cli.joint import joint
from linli.cli.replay import replay
from linli.cli.serve import serve
from linli.cli.simulate import simulate
from linli.cli.work import work

app = typer.Typer(
    name="linli",
    help="Linli 邻里: hear every need, see it early, act on it, show that it helped.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.command()(demo)
app.command()(ingest)
app.command()(work)
app.command()(serve)
app.command()(doctor)
app.command()(backup)
app.command()(restore)
app.add_typer(simulate, name="simulate")
app.add_typer(replay, name="replay")
app.add_typer(bench, name="bench")
app.add_typer(admin, name="admin")
app.add_typer(joint, name="joint")

if __name__ == "__main__":
    app()
