"""``linli admin retrain``: the category model, trained from what staff decided."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def retrain_models(
    community: Annotated[str, typer.Argument(help="code of the community")],
    home: Annotated[Path | None, typer.Option(help="where Linli keeps its state")] = None,
) -> None:
    """Train the category model from decided requests; it replaces the one in use only if it does better on newer ones.

    Prints both on the cases held back.
    """
    from linli.cli.runtime import set_up

    set_up(home=home)
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.errors import Refusal
    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope
    from linli.understand.triage.actions import retrain

    place = Community.objects.filter(code=community).first()
    if place is None:
        typer.echo(f"there is no community {community}", err=True)
        raise typer.Exit(1)
    typer.echo("learning from decided requests …", err=True)
    try:
        with community_scope(place):
            done = retrain(actor=Actor.for_system("admin", place.pk))
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(1) from refusal
    typer.echo(f"{done.labels} decided requests, tried on {done.held_back} that it had not seen")
    for name, trial in (("before", done.before), ("after", done.after)):
        off = "" if trial.calibration_error is None else f", calibration error {trial.calibration_error:.3f}"
        typer.echo(f"{name:>7}: macro-F1 {trial.macro_f1:.3f}, accuracy {trial.accuracy:.3f}{off}")
    typer.echo(f"version {done.version} " + ("is in use now" if done.replaced else "is not better and was put aside"))
