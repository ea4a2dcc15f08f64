"""``linli bench speed erase``: what it takes to erase one person everywhere, in a neighbourhood of 4,906 people.

A throw-away instance: two months of readings of every second home in the lake, two matters a person with their course and
messages, and one elder who asks. ``seconds`` is from the decision until nothing is left to do, ``seconds_database`` the
one transaction of it, ``places`` how many tables and stores held something. A process that goes on writing says how long it waited at
most. Then everything is looked through for what was known of the person: ``left`` must be 0.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from linli.cli.runtime import set_up

PEOPLE = 4_906
NAME, WORDS = "岑望舒", "阳台外面的晾衣架松了，刮风就撞墙"
DAY_MS = 86_400_000


def erase_speed(
    people: Annotated[int, typer.Option(help="residents of the neighbourhood")] = PEOPLE,
    days: Annotated[int, typer.Option(help="days of readings in the lake")] = 60,
) -> None:
    """Measure a full erasure of one person: seconds, places touched, and how long others waited meanwhile."""
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        home = Path(folder) / "home"
        set_up(home=home, mode="test")
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        print(json.dumps(_measure(home, people, days)))


def _measure(home: Path, people: int, days: int) -> dict[str, Any]:
    from django.db import connection

    from linli.foundation.accounts.actor import Actor
    from linli.foundation.events.dispatching import drain
    from linli.foundation.notices.actions import deliver_due
    from linli.foundation.privacy.retention import finishing
    from linli.foundation.privacy.retention.erasing import erase_resident
    from linli.foundation.privacy.retention.models import Erasure
    from linli.foundation.privacy.retention.scanning import Texts, scan_home, scan_rows
    from linli.testing import build_community

    _say(f"{people:,} people move in and have their matters")
    world = build_community("bench", serial=1)
    elder = _settle(world, people)
    _say(f"{days} days of readings")
    lake_rows = _fill_lake(home, world, elder, days)
    drain()
    deliver_due(limit=100_000)
    texts = Texts([NAME, *WORDS.split("，")])
    figures: dict[str, Any] = {"residents": people, "lake_rows": lake_rows, "found_before": _count(scan_rows(texts))}
    figures["database_mb"] = round((home / "linli.sqlite3").stat().st_size / 1e6, 1)
    connection.close()
    stop, longest = multiprocessing.Event(), multiprocessing.Value("d", 0.0)
    other = multiprocessing.Process(target=_write_on, args=(str(home / "linli.sqlite3"), stop, longest))
    other.start()
    _say("erasing one of them")
    actor = Actor.for_system("bench", world.community.pk)
    started = time.perf_counter()
    with world.scope():
        erase_resident(elder, reason="rights", about="rights:0", actor=actor)
    figures["seconds_database"] = round(time.perf_counter() - started, 2)
    drain()
    while not finishing.finish_all(whatever_the_size=True):
        drain()
    figures["seconds"] = round(time.perf_counter() - started, 2)
    stop.set()
    other.join()
    with world.scope():
        erasure = Erasure.objects.get()
    figures |= {
        "places": len(erasure.places),
        "things": sum(erasure.places.values()),
        "lake_rows_erased": erasure.places.get("lake", 0),
        "writer_waited_ms": round(longest.value * 1000),
    }
    _say("looking for what is left")
    started = time.perf_counter()
    figures["left"] = _count(scan_rows(texts)) + _count(scan_home(home, texts))
    figures["scan_seconds"] = round(time.perf_counter() - started, 1)
    return figures


def _settle(world: Any, people: int) -> Any:
    from datetime import date

    from linli.act.casework import actions
    from linli.act.casework.models import Case, CaseEntry, CaseRequest
    from linli.foundation import clock
    from linli.foundation.privacy.consents.actions import give_consent
    from linli.foundation.privacy.door import reveal
    from linli.foundation.registry.models import Home, Resident
    from linli.sense.requests.models import Request

    director, worker = world.actor("community_director"), world.actor("grid_worker")
    with world.scope():
        entrance = world.homes[0].entrance
        homes = Home.objects.bulk_create(
            Home(community=world.community, entrance=entrance, number=f"b{n}", floor=1) for n in range(people // 2)
        )
        Resident.objects.bulk_create(
            [
                Resident(
                    community=world.community, code=f"B{n}", name=f"居民{n}", sex="f", birth_date=date(1955, 1, 1),
                    phone=f"196{n:08d}", home=homes[n % len(homes)],
                )
                for n in range(people - 1)
            ],
            batch_size=500,
        )  # fmt: skip
        elder = world.residents["elder"]
        elder.name = NAME
        elder.save()
        now = clock.now()
        requests = Request.objects.bulk_create(
            [
                Request(
                    community=world.community, channel="portal", words=f"第 {n} 件：楼道灯不亮，请来看看",
                    said_at=now, received_at=now, building=world.buildings[0],
                )
                for n in range(people * 2)
            ],
            batch_size=500,
        )  # fmt: skip
        first = actions.receive("水管响", actor=director).case
        cases = Case.objects.bulk_create(
            [
                Case(
                    community=world.community, number=f"N{n}", title="楼道灯不亮", category=first.category, level="P2",
                    state="archived", rules_version=first.rules_version, opened_at=now, clock_from=now,
                    accept_by=now, contact_by=now, finish_by=now, closed_at=now, grid=world.grids[0],
                )
                for n in range(len(requests))
            ],
            batch_size=500,
        )  # fmt: skip
        CaseRequest.objects.bulk_create(
            [
                CaseRequest(community=world.community, case=case, request=said, joined_at=now)
                for case, said in zip(cases, requests, strict=True)
            ],
            batch_size=500,
        )
        CaseEntry.objects.bulk_create(
            [
                CaseEntry(
                    community=world.community, case=cases[n % len(cases)], verb="note", text="去看过，换了灯管。",
                    by_label="x", at=now,
                )
                for n in range(len(cases) * 4)
            ],
            batch_size=500,
        )  # fmt: skip
        for n in range(20):
            case = actions.receive(f"{WORDS} {n}", actor=world.actor("elder")).case
            actions.accept(case.pk, actor=director)
            actions.take(case.pk, actor=worker)
            actions.start(case.pk, actor=worker)
            actions.add_note(case.pk, text=f"{NAME}在家，看过了", actor=worker)
            if n < 15:
                reveal(elder, "phone", "case_contact", f"case:{case.pk}", actor=worker)
            actions.feed_back(case.pk, outcome="fixed", result="换了架子。", actor=worker)
            actions.rate(case.pk, solved=True, satisfaction=5, actor=world.actor("elder"))
        Case.objects.filter(state="evaluating").update(state="closed", closed_at=now)
        give_consent(elder, "water_care", channel="door", evidence=f"{NAME} 签字", actor=director)
        from linli.foundation.privacy.models import Consent

        Consent.objects.filter(resident=elder).update(given_at=now - timedelta(days=365))
    return elder


def _fill_lake(home: Path, world: Any, elder: Any, days: int) -> int:
    """A meter in every second home speaks each hour."""
    from linli.foundation.registry.models import Home
    from linli.sense.telemetry.lake import Lake, day_of
    from linli.sense.telemetry.models import Device, LakeFile

    lake = Lake(home / "lake")
    with world.scope():
        places = [
            elder.home_id,
            *Home.objects.exclude(pk=elder.home_id).order_by("pk").values_list("pk", flat=True)[::2],
        ]
        Device.objects.bulk_create(
            Device(
                community=world.community, code=f"w-{n}", type="water_meter", credential_digest="x", home_id=place,
                enrolled_at=datetime.now(UTC),
            )
            for n, place in enumerate(places)
        )  # fmt: skip
        codes = dict(Device.objects.values_list("pk", "code"))
    today = int(time.time() * 1000) // DAY_MS * DAY_MS
    rows = 0
    for day in range(1, days + 1):
        start = today - day * DAY_MS
        observations = [
            (device, "volume", start + hour * 3_600_000, float(hour)) for device in sorted(codes) for hour in range(24)
        ]
        lake.write(world.community.pk, day_of(start), observations, codes).save()
        rows += len(observations)
    assert LakeFile.objects.count() == days
    return rows


def _write_on(path: str, stop: Any, longest: Any) -> None:
    """Somebody else's writes, a hundred a second; how long the slowest took."""
    import sqlite3

    database = sqlite3.connect(path, timeout=60, isolation_level=None)
    number = 0
    while not stop.is_set():
        number += 1
        started = time.perf_counter()
        database.execute("INSERT INTO registry_street (code, name) VALUES (?, 'x')", (f"s{number}",))
        longest.value = max(longest.value, time.perf_counter() - started)
        time.sleep(0.01)
    database.close()


def _count(traces: Any) -> int:
    return sum(1 for _ in traces)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
