"""The cockpit's state as pieces of HTML, computed at most once a second for all who look at it.

Panels are the same for everybody of one kind of viewer, so they are kept in the process: for a second while things
happen, and what only changes daily (people, rates, the drawing) for half a minute.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any, TypeVar

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from linli.faces.cockpit import queries, shared
from linli.faces.cockpit.drawing import Drawing, draw
from linli.faces.cockpit.standing import Standing
from linli.faces.cockpit.wording import named
from linli.foundation import clock
from linli.foundation.events.models import Event
from linli.foundation.privacy.publishing import gate
from linli.foundation.privacy.publishing.published import Published
from linli.foundation.registry.models import Building, Community, Estate
from linli.foundation.tenancy import active_community_id

PANELS = ("headline", "map", "needs", "matrix", "rates", "first", "sensing", "people")
LIVE_SECONDS = 1.0
SLOW_SECONDS = 30.0
LISTED_NEEDS = 3

T = TypeVar("T")
_kept: dict[tuple, tuple[float, Any]] = {}
_computing = Lock()


@dataclass(frozen=True)
class Served:
    """``body`` is JSON: ``{"title", "panels": {name: html}, "alarm"}``; ``etag`` names exactly this body. ``alarm`` is what
    is spoken: how many dangers there are and no word about where, since it is heard by everybody in the room."""

    body: bytes
    etag: str
    panels: dict[str, str]
    title: str
    alarm: dict[str, Any]


def state(*, wall: bool) -> Served:
    """The state of the active community; shared by all viewers of the same kind and language."""
    community_id = active_community_id()
    newest = Event.objects.filter(community_id=community_id).order_by("-pk").values_list("pk", flat=True).first()
    key = ("state", community_id, wall, get_language(), newest)
    return _kept_for(LIVE_SECONDS, key, lambda: _serve(wall))


def forget() -> None:
    """Compute everything afresh at the next look."""
    _kept.clear()


def gather(*, wall: bool) -> dict[str, Any]:
    """Everything that the panels show, as a template context; on a ``wall`` every number has passed the gate."""
    community_id = active_community_id()
    now = clock.now()
    today = timezone.localtime(now).date()
    matters = queries.open_matters(now)
    land = _kept_for(SLOW_SECONDS, ("land", community_id, today, get_language()), _land)
    newest_entry = queries.newest_entry()
    needs = [named(need, wall=wall, now=now) for need in matters.needs()]
    danger, attention = len(matters.of(Standing.DANGER)), len(matters.of(Standing.ATTENTION))
    context = {
        "wall": wall,
        "now": timezone.localtime(now),
        "community": land.community,
        "headline": headline(timezone.localtime(now).strftime("%H:%M"), danger, attention),
        "danger": danger,
        "alarm": _alarm(matters),
        "attention": attention,
        "needs": needs[:LISTED_NEEDS],
        "newest": max((m for m in (matters.newest, newest_entry) if m), default=None),
        "newest_warning": max((w.last_triggered_at for w in matters.warnings.values()), default=None),
        "map": _map(land, matters, needs),
        "matrix": _matrix(matters, queries.grids()),
    }
    return context | (_for_a_wall if wall else _for_staff)(context, needs, matters, now, today)


def _for_staff(context, needs, matters: queries.Matters, now: datetime, today: date) -> dict[str, Any]:
    """The numbers as they are."""
    slow = (active_community_id(), today, get_language())
    weeks = _kept_for(SLOW_SECONDS / 10, ("weeks", *slow), lambda: queries.who_was_first(today))
    people = _kept_for(SLOW_SECONDS, ("people", *slow), lambda: queries.people(today))
    health, newest_message = queries.sensing(now)
    return {
        "all_needs": len(needs),
        "ended_today": queries.warnings_ended_today(now),
        "rates": _kept_for(SLOW_SECONDS / 3, ("rates", *slow), lambda: queries.rates(now)),
        "weeks": weeks,
        "most_in_a_week": max(max(w.found, w.told) for w in weeks) or 1,
        "this_week": weeks[-1],
        "sensing": queries.in_few_lines(health),
        "silent": sum(kind.silent for kind in health),
        "awaited": sum(kind.awaited for kind in health),
        "newest_message": newest_message,
        "deaf": queries.deaf(),
        "people": people,
        "elders": _elders(people),
        "bands": _bands(people.bands),
    }


def _for_a_wall(context, needs, matters: queries.Matters, now: datetime, today: date) -> dict[str, Any]:
    """The same numbers through the gate."""
    slow = ("wall", active_community_id(), today, get_language())
    weeks = _kept_for(SLOW_SECONDS / 10, ("weeks", *slow), lambda: shared.who_was_first(today))
    people = _kept_for(SLOW_SECONDS, ("people", *slow), lambda: shared.people(today))
    drawn = context["map"]
    return {
        "all_needs": gate.listed(needs),
        "ended_today": shared.warnings_ended_today(now),
        "map": drawn | {"counts": {key: gate.listed(_drawn_as(key, drawn["blocks"])) for key in drawn["counts"]}},
        "matrix": shared.matrix(context["matrix"], matters.matrix_cases),
        "rates": _kept_for(SLOW_SECONDS / 3, ("rates", *slow), lambda: shared.rates(now)),
        "weeks": weeks,
        "most_in_a_week": max(max(float(w.found), float(w.told)) for w in weeks) or 1,
        "this_week": weeks[-1],
        **shared.sensing(now),
        "people": people,
        "elders": [{"age": age, "n": n, "percent": rate} for age, (n, rate) in people.over.items()],
        "bands": _bands(people.bands),
    }


def headline(clock_time: str, danger: int, attention: int) -> dict[str, Any]:
    """The state in one sentence, cut into what is said before, the number that opens, and what is said after."""
    today = _("今天 %(time)s，") % {"time": clock_time}
    if danger:
        after = (
            _("，要人马上到场") if not attention else _("，要人马上到场，另有 %(n)d 件今天要处理") % {"n": attention}
        )
        number = ngettext("%(n)d 件险情", "%(n)d 件险情", danger) % {"n": danger}
        return {"before": today, "number": number, "after": after, "standing": "danger"}
    if attention:
        before = today + _("没有险情：")
        return {
            "before": before,
            "number": _("%(n)d 件") % {"n": attention},
            "after": _("要人处理"),
            "standing": "attention",
        }
    return {"before": today + _("邻里平稳，没有等着人的急事"), "number": "", "after": "", "standing": "calm"}


def _serve(wall: bool) -> Served:
    context = gather(wall=wall)
    panels = {name: render_to_string(f"cockpit/panels/{name}.html", context).strip() for name in PANELS}
    said = context["headline"]
    title = f"{said['before']}{said['number']}{said['after']}"
    alarm = context["alarm"]
    body = json.dumps({"title": title, "panels": panels, "alarm": alarm}, ensure_ascii=False).encode()
    return Served(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', panels, title, alarm)


def _alarm(matters: queries.Matters) -> dict[str, Any]:
    """A name for each P0, the same before and after its case is opened, and those for which nobody is on the way."""
    dangers = [matter for matter, _standing in matters.of(Standing.DANGER) if matter.level == "P0"]
    names = {f"w{m.warning_id}" if m.warning_id else f"c{m.case_id}": _somebody_goes(m, matters) for m in dangers}
    waiting = sorted(name for name, goes in names.items() if not goes)
    n, alone = len(names), len(waiting)
    if 0 < alone < n:
        words = _("有险情：%(n)d 件，其中 %(alone)d 件还没有人去，请马上派人到场。") % {"n": n, "alone": alone}
    elif names:
        words = ngettext("有险情：%(n)d 件，请马上派人到场。", "有险情：%(n)d 件，请马上派人到场。", n) % {"n": n}
    else:
        words = ""
    return {"all": sorted(names), "waiting": waiting, "words": words}


def _somebody_goes(matter: queries.Matter, matters: queries.Matters) -> bool:
    """A case that was given to somebody does not say that they have heard of it; an acknowledged warning does."""
    warning = matters.warnings.get(matter.warning_id or 0)
    if warning is not None:
        return warning.state != warning.State.OPEN
    return matter.state not in {"submitted", "accepted", "dispatched"}


def _kept_for(seconds: float, key: tuple, make: Callable[[], T]) -> T:
    found = _kept.get(key)
    if found is not None and time.monotonic() - found[0] < seconds:
        return found[1]
    value = make()
    with _computing:
        for old in [k for k, (at, _value) in _kept.items() if time.monotonic() - at > SLOW_SECONDS]:
            del _kept[old]
        _kept[key] = (time.monotonic(), value)
    return value


@dataclass(frozen=True)
class Land:
    """What stands still: the community, its drawing, and the drawing's ground and street names as SVG."""

    community: Community
    drawing: Drawing
    ground: SafeString
    names: SafeString


def _land() -> Land:
    community = Community.objects.get(pk=active_community_id())
    buildings = Building.objects.select_related("estate", "grid").order_by("pk")
    drawing = draw(community, Estate.objects.order_by("pk"), buildings)
    ground, names = (
        render_to_string(f"cockpit/panels/{part}.html", {"drawing": drawing}) for part in ("ground", "names")
    )
    return Land(community, drawing, ground, names)


def _map(land: Land, matters: queries.Matters, needs: list[dict]) -> dict[str, Any]:
    worst = matters.worst
    counts = {standing.key: 0 for standing in Standing}
    blocks = []
    for block in land.drawing.blocks:
        standing = worst.get(block.building_id, Standing.CALM) if block.building_id else Standing.CALM
        if block.building_id:
            counts[standing.key] += 1
        blocks.append({"block": block, "standing": standing.key})
    places = {block.building_id: block for block in land.drawing.blocks if block.building_id}
    pins: dict[int, dict] = {}
    for need in needs:
        place = places.get(need["building_id"])
        if place and need["building_id"] not in pins:
            pins[need["building_id"]] = {"x": place.x, "y": place.y, "need": need}
    return {
        "drawing": land.drawing,
        "ground": land.ground,
        "names": land.names,
        "blocks": blocks,
        "pins": sorted(pins.values(), key=lambda p: p["y"]),
        "counts": counts,
    }


def _drawn_as(standing: str, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The residents' buildings that the map shows in one colour."""
    return [entry for entry in blocks if entry["standing"] == standing and entry["block"].building_id]


def _matrix(matters: queries.Matters, grids: list) -> list[dict[str, Any]]:
    names = {
        "waiting": _("待派单"),
        "working": _("处置中"),
        "paused": _("等回话"),
        "evaluating": _("待评价"),
        "overdue": _("已超期"),
    }
    unplaced = any(None in counts for counts in matters.matrix.values())
    columns = [(g.pk, str(g.number)) for g in grids] + ([(None, "?")] if unplaced else [])
    counts = matters.matrix
    most = max((n for row in counts.values() for n in row.values()), default=1)
    return [
        {
            "stage": stage,
            "name": names[stage],
            "total": sum(row.values()),
            "cells": [
                {"grid_id": pk, "grid": number, "n": row[pk], "height": round(100 * row[pk] / most)}
                for pk, number in columns
            ],
        }
        for stage, row in counts.items()
    ]


def _elders(people: queries.People) -> list[dict[str, Any]]:
    return [
        {"age": age, "n": n, "percent": round(100 * n / people.total) if people.total else 0}
        for age, n in people.over.items()
    ]


def _bands(bands: Sequence[queries.Band] | Sequence[shared.SharedBand]) -> list[dict[str, Any]]:
    """Oldest on top."""
    most = max((max(float(band.women), float(band.men)) for band in bands), default=0.0) or 1.0

    def bar(n: int | Published) -> dict[str, Any]:
        return {"n": n, "width": round(100 * float(n) / most, 1)}

    return [
        {
            "low": band.low,
            "high": queries.band_end(band.low),
            "elder": band.low >= 60,
            "women": bar(band.women),
            "men": bar(band.men),
        }
        for band in bands[::-1]
    ]
