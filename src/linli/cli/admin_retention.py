"""``linli admin retention`` and ``find-traces``: what is due to be erased, and whether anything of somebody is left."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.admin_recovery import Key, read_key

Home = Annotated[Path | None, typer.Option(help="where Linli keeps its state")]


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be erased now, change nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on stdout")] = False,
    home: Home = None,
) -> None:
    """Carry out what was announced and is due, and finish erasures; with --dry-run say what the rules would erase now.

    ``linli work`` does the same every night. Nothing is erased that was not announced the day before.
    """
    from linli.cli.runtime import set_up

    set_up(home=home)
    if dry_run:
        _print_lines(_due(), as_json)
        return
    from linli.foundation.privacy.retention import finishing
    from linli.foundation.privacy.retention.carrying_out import carry_out, due_plans

    for plan in list(due_plans()):
        carry_out(plan)
        plan.refresh_from_db()
        erased = sum(plan.lines.values_list("done", flat=True))
        typer.echo(f"plan {plan.pk} of {plan.made_on}: {plan.state}, {erased} erased")
    finished = finishing.finish_all(whatever_the_size=True)
    typer.echo(f"{finished} erasures finished, {_waiting()} waiting")


def find_traces(
    archive: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="look through this backup, not the home")
    ] = None,
    key: Key = None,
    home: Home = None,
) -> None:
    """Say where names, numbers or words still stand: read from standard input, one a line, and never repeated.

    Looks at every column of every table, sealed ones included, and at every byte of every file of the home: freed
    pages, logs, the lake, the message store. Exit code 1 when something is found.
    """
    from linli.cli.runtime import set_up

    set_up(home=home)
    from django.conf import settings

    from linli.cli.archive import BadArchive, reading
    from linli.foundation.privacy.retention.scanning import Texts, scan_home, scan_members, scan_rows

    if sys.stdin.isatty():
        typer.echo("one name, number or phrase a line, Ctrl-D ends:", err=True)
    texts = Texts(sys.stdin.read().splitlines())
    if not texts.texts:
        typer.echo("nothing to look for", err=True)
        raise typer.Exit(2)
    if archive is not None:
        secret = read_key(key)
        try:
            with reading(archive, secret) as tar:
                traces = list(scan_members(tar, archive.name, texts))
        except BadArchive as bad:
            typer.echo(f"{archive} is refused: {bad}", err=True)
            raise typer.Exit(2) from None
    else:
        traces = [*scan_rows(texts), *scan_home(settings.LINLI_HOME, texts)]
    for trace in traces:
        typer.echo(f"line {trace.number + 1}: {trace.where}")
    typer.echo(f"{len(traces)} traces of {len(texts.texts)} texts", err=True)
    if traces:
        raise typer.Exit(1)


def _due() -> list[dict[str, Any]]:
    from linli.foundation.privacy.retention.planning import dry_run
    from linli.foundation.privacy.retention.rules import rule_of
    from linli.foundation.privacy.retention_words import span_of
    from linli.foundation.registry.models import Community

    found = []
    for code, pk in [*Community.objects.order_by("pk").values_list("code", "pk"), ("", None)]:
        for line in dry_run(pk):
            facts = asdict(line.found)
            found.append(
                {
                    "community": code,
                    "rule": line.rule,
                    "then": line.then,
                    "term": span_of(rule_of(line.rule)),
                    "held": line.held,
                    "count": facts["count"],
                    "oldest": facts["oldest"].isoformat() if facts["oldest"] else None,
                    "newest": facts["newest"].isoformat() if facts["newest"] else None,
                    "details": facts["details"],
                }
            )
    return found


def _print_lines(lines: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(lines, ensure_ascii=False, indent=1))
        return
    for line in lines:
        where = line["community"] or "(all)"
        span = f"{line['oldest'] or '—':.10} to {line['newest'] or '—':.10}"
        held = "  ON HOLD" if line["held"] else ""
        typer.echo(f"{where:<10} {line['rule']:<34} {line['then']:<11} {line['count']:>9}  {span}{held}")
    typer.echo(f"{sum(line['count'] for line in lines)} due, by {len(lines)} rules", err=True)


def _waiting() -> int:
    from linli.foundation.privacy.retention.models import Erasure
    from linli.foundation.tenancy import every_community

    with every_community("erasures of all communities"):
        return Erasure.objects.unfinished().count()
