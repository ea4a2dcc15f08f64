"""Danger to life has one number and one name: on the cockpit, in today's list, above the warnings and behind the click."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from linli.act.casework.models import Case
from linli.act.casework.queries.danger import dangers
from linli.faces.cockpit import state as kept
from linli.faces.cockpit.rows import table
from linli.foundation import clock
from linli.foundation.accounts.roles import Role
from linli.sense.telemetry.models import Device
from linli.understand.warnings.models import Warning

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]


def case(world, number, **given):
    now = clock.now()
    usual = {
        "number": number, "title": "", "category": "070200", "level": "P0", "state": "in_progress",
        "grid": world.grids[0], "building": world.buildings[0], "rules_version": "2026.1", "opened_at": now,
        "clock_from": now, "accept_by": now + timedelta(days=1), "contact_by": now + timedelta(days=1),
        "finish_by": now + timedelta(days=5),
    }  # fmt: skip
    return Case.objects.create(**(usual | given))


def warning(world, source, **given):
    usual = {
        "kind": "trapped", "source": source, "level": "P0", "state": "open", "grid": world.grids[0],
        "building": world.buildings[0], "facility": world.lift, "evidence": {}, "opened_at": clock.now(),
        "last_triggered_at": clock.now(),
    }  # fmt: skip
    return Warning.objects.create(**(usual | given))


def lived_in(world) -> int:
    """Every sort of what is danger, and of what is not any more; returns how many dangers there are."""
    now = clock.now()
    warning(world, "alone")
    case(world, "EV-1", warning=warning(world, "with its case"))
    case(world, "EV-2", level="P2", warning=warning(world, "its case was called ordinary since", state="acknowledged"))
    warning(world, "handled, and it still sounds", state="handled")
    case(world, "EV-3", state="evaluating", warning=warning(world, "answered from a chair"))
    case(world, "EV-4")
    whole = case(world, "EV-5", grid=world.grids[1], building=world.buildings[1])
    case(world, "EV-6", state="merged", parent=whole, closed_at=now, warning=warning(world, "merged into another"))
    case(world, "EV-7", state="closed", closed_at=now, warning=warning(world, "its case has ended"))
    dangerous = 8
    warning(world, "handled and quiet", state="handled", condition_ended_at=now)
    warning(world, "worked on", state="held", held_for="maintenance")
    warning(world, "ended", state="cleared", ended_at=now)
    warning(world, "no danger to life", level="P1")
    case(world, "EV-8", state="evaluating", warning=warning(world, "over", state="cleared", ended_at=now))
    case(world, "EV-9", state="suspended", paused_at=now)
    case(world, "EV-10", state="closed", closed_at=now)
    return dangerous


def said(page: str) -> list[int]:
    return [int(n) for n in re.findall(r"(\d+) ?件险情", page)]


def test_every_place_says_the_same_number(world, other_world):
    kept.forget()
    with world.scope():
        n = lived_in(world)
    with other_world.scope():
        warning(other_world, "elsewhere")
    director = Client()
    director.force_login(world.accounts[Role.COMMUNITY_DIRECTOR.value])
    told = json.loads(director.get("/cockpit/state").content)
    assert said(told["title"]) == [n]
    assert (len(told["alarm"]["all"]) == n and f"{n} 件" in told["alarm"]["words"]) or told["alarm"]["waiting"]
    for page in ("/workbench/", "/workbench/warnings/"):
        assert said(director.get(page).content.decode()) == [n], page
    actor = world.actor(Role.COMMUNITY_DIRECTOR.value)
    with world.scope():
        assert len(dangers(actor)) == n
        assert table("needs", {"standing": "danger"}, actor=actor, now=clock.now()).counted == n


def test_a_worker_reads_of_the_dangers_of_the_own_grid_and_nobody_of_none(world):
    worker, other = Client(), Client()
    worker.force_login(world.accounts["grid_worker"])
    other.force_login(world.accounts["other_grid_worker"])
    assert said(worker.get("/workbench/").content.decode()) == []
    with world.scope():
        warning(world, "here")
    assert said(worker.get("/workbench/").content.decode()) == [1]
    assert said(other.get("/workbench/").content.decode()) == []


def test_a_new_device_that_is_only_awaited_is_drawn_as_nothing_late(world):
    kept.forget()
    with world.scope():
        Device.objects.create(
            code="new", type="lift", facility=world.lift, credential_digest="x", enrolled_at=clock.now()
        )
    director = Client()
    director.force_login(world.accounts[Role.COMMUNITY_DIRECTOR.value])
    panel = json.loads(director.get("/cockpit/state").content)["panels"]["sensing"]
    assert "1 台等第一次消息" in panel and 'class="sns"' in panel and 'class="wait part-100"' in panel
    kept.forget()
    with clock.frozen(clock.now() + timedelta(days=2)):
        panel = json.loads(director.get("/cockpit/state").content)["panels"]["sensing"]
    assert "台没消息" in panel and 'class="sns late"' in panel and "wait" not in panel
