"""The cockpit, its state for the page that is open, and the rows behind each number."""

from __future__ import annotations

import json

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import content_disposition_header, parse_etags
from django.utils.translation import gettext as _

from linli.faces.cockpit import rows
from linli.faces.cockpit.access import cockpit_page, is_shared
from linli.faces.cockpit.state import state as state_of
from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.documents.spreadsheets import CSV, XLSX, as_csv, as_xlsx
from linli.foundation.errors import NotAllowed
from linli.foundation.privacy.exports.actions import note_export
from linli.foundation.privacy.exports.models import Kind

ROWS_A_PAGE = 50
EXPORTED_AT_MOST = 20_000


@cockpit_page
def cockpit(request: ActorRequest) -> HttpResponse:
    wall = is_shared(request.actor)
    served = state_of(wall=wall)
    return render(
        request,
        "cockpit/cockpit.html",
        {
            "panels": served.panels,
            "said": served.title,
            "wall": wall,
            "etag": served.etag,
            "alarm": json.dumps(served.alarm),
        },
    )


@cockpit_page
def state(request: ActorRequest) -> HttpResponse:
    """JSON of :class:`Served`; 304 while the page that asks already shows it."""
    served = state_of(wall=is_shared(request.actor))
    known = parse_etags(request.headers.get("If-None-Match", "")) if "If-None-Match" in request.headers else []
    same = any(tag.removeprefix("W/") == served.etag for tag in known)
    response = HttpResponse(status=304) if same else HttpResponse(served.body, content_type="application/json")
    response.headers["ETag"] = served.etag
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Cookie"])
    return response


@cockpit_page
def behind(request: ActorRequest, what: str) -> HttpResponse:
    """The rows of one number as a page, or as a file with ``?format=csv|xlsx``. Not on a shared screen, not for the street."""
    if is_shared(request.actor):
        raise NotAllowed(_("这里只看总数，明细请社区的工作人员用自己的账号看。"))
    table = rows.table(what, request.GET, actor=request.actor, now=clock.now())
    if request.GET.get("format") in {"csv", "xlsx"}:
        return _file(table, request.GET["format"], request.actor)
    page = Paginator(table.rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    lines = [
        {"cells": list(zip(table.columns, table.cells(row), strict=True)), "href": _link(table, row, what)}
        for row in page
    ]
    return render(
        request,
        "cockpit/rows.html",
        {"table": table, "page": page, "lines": lines, "hidden": max(0, table.counted - page.paginator.count)},
    )


def _link(table: rows.Table, row, what: str) -> str:
    href = table.href(row)
    return f"/cockpit/rows/cases{href}" if href.startswith("?") else href


def _file(table: rows.Table, kind: str, actor: Actor) -> HttpResponse:
    found = [table.cells(row) for row in table.rows[:EXPORTED_AT_MOST]]
    stamp = note_export(Kind.BEHIND, len(found), actor=actor)
    if kind == "csv":
        response = HttpResponse(as_csv(table.columns, found, stamp=stamp), content_type=CSV)
    else:
        response = HttpResponse(as_xlsx(table.title, table.columns, found, stamp=stamp), content_type=XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{table.title}.{kind}")
    return response
