"""Reading what waits at the doors."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import NotFound
from linli.foundation.registry.importing.report import ImportReport
from linli.foundation.registry.importing.workbooks import rejected_rows
from linli.sense.intake.models import Arrival, Counter, HotlineFile, State
from linli.sense.intake.rules.hotline import TEMPLATE, check_orders, read_orders
from linli.sense.intake.store import Content, content_of, file_of


@dataclass(frozen=True)
class Line:
    """One arrival of a list, with what it holds; whoever shows it masks it."""

    arrival: Arrival
    content: Content


def arrivals(actor: Actor, state: str, door: str = "") -> QuerySet[Arrival]:
    """Oldest first, so that nobody waits behind those who came later."""
    rows = Arrival.objects.visible_to(actor).filter(state=state)
    rows = rows.filter(door=door) if door else rows
    return rows.select_related("building__estate").prefetch_related("photos").order_by("said_at", "pk")


def lines_of(rows) -> list[Line]:
    return [Line(one, content_of(one)) for one in rows]


def counts(actor: Actor) -> dict[str, int]:
    """How many lie in each state."""
    rows = Arrival.objects.visible_to(actor).values("state").annotate(n=Count("pk")).order_by()
    return {row["state"]: row["n"] for row in rows}


def arrival_for(actor: Actor, pk: int) -> Arrival:
    found = Arrival.objects.visible_to(actor).select_related("building__estate", "request").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def next_waiting(actor: Actor) -> Arrival | None:
    return arrivals(actor, State.WAITING).first()


def hotline_file(actor: Actor, pk: int) -> HotlineFile:
    found = HotlineFile.objects.visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def hotline_report(kept: HotlineFile) -> ImportReport:
    """The file checked again, with every row at fault; no row at all once the file is gone."""
    report = ImportReport(template=TEMPLATE.kind, file_name=kept.file_name, rows=kept.rows)
    if kept.content:
        table = read_orders(file_of(kept))
        rows, ignored = check_orders(table, today=clock.today())
        report.bad = [row for row in rows if row.faults]
        report.headings, report.ignored_columns = table.headings, ignored
    return report


def bad_orders_file(kept: HotlineFile) -> bytes:
    """The rows that were not taken, as Excel, with why; to be mended and imported again."""
    if not kept.content:
        raise NotFound
    return rejected_rows(hotline_report(kept))


def counters(actor: Actor) -> QuerySet[Counter]:
    if not actor.is_community_staff:
        return Counter.objects.none()
    return Counter.objects.select_related("estate").order_by("closed_at", "estate__name", "pk")
