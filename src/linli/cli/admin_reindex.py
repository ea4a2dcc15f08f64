"""``linli admin reindex``: the search over cases made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AT_ONCE = 2_000


def reindex(home: Annotated[Path | None, typer.Option(help="where Linli keeps its state")] = None) -> None:
    """Make everything that the search finds anew from the cases, in all communities. Linli may run meanwhile."""
    from linli.cli.runtime import set_up

    set_up(home=home)
    from linli.act.casework import searching
    from linli.act.casework.models import Case
    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope

    for community in Community.objects.order_by("pk"):
        with community_scope(community):
            pks = list(Case.objects.order_by("pk").values_list("pk", flat=True))
            made = 0
            for start in range(0, len(pks), AT_ONCE):
                made += searching.renew(pks[start : start + AT_ONCE])
                typer.echo(f"{community.code}: {made:,} of {len(pks):,} cases", err=True)
    searching.rebuild_index()
    searching.settle()
    typer.echo("every case can be found by its words")
