"""The ``linli`` command."""

import typer

from linli.cli.work import work

app = typer.Typer(
    name="linli",
    help="Linli 邻里: hear every need, see it early, act on it, show that it helped.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.command()(work)

if __name__ == "__main__":
    app()
