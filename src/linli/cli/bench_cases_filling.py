"""A neighbourhood with two years of cases behind it, made in bulk for ``linli bench speed cases``.

About one in a hundred is still open, mostly of the last ten days; the kinds of matter and the buildings are as uneven as they are in
life; every second ended one was rated.
The events behind them and the photos are left out: no page that is measured reads them.
"""

from __future__ import annotations

import json
import random
from datetime import timedelta
from functools import cache
from typing import Any

GRIDS, BUILDINGS_A_GRID, PEOPLE, WRITERS = 11, 8, 4_906, 50
DAYS = 730
STEP = 2_000
MATTERS = (
    ("020100", "{place}厨房下水道漏水{days}了，楼下天花板都湿了，请派人来修"),
    ("020200", "{place}楼道灯不亮{days}，老人晚上上楼看不见"),
    ("020300", "{place}电梯又停了，{days}没人来看，八楼的老人下不去"),
    ("030100", "半夜{place}楼上有人跳舞唱歌，{days}都睡不好"),
    ("030200", "{place}门口垃圾{days}没有清，味道很大，苍蝇也多"),
    ("040100", "电动车在{place}楼道里充电，{days}了没人管，怕着火"),
    ("020400", "{place}单元门关不上，{days}了，外人随便进出"),
    ("050100", "{place}对面车位被占{days}，救护车都开不进来"),
    ("020500", "{place}水压小，{days}洗不了澡，是不是水泵坏了"),
    ("010100", "想问一下{place}的老人怎么办高龄津贴，跑了{days}"),
)
COURSE = (
    ("contact", True, "给居民打过电话，约好{when}上门"),
    ("note", False, "看了现场，问题在{what}，已经联系维修师傅"),
    ("feed_back", True, "{what}已经修好，试了{when}没有问题，请居民放心"),
)
WHAT = ("总管接口", "灯座", "门锁", "控制柜", "水泵", "排水弯头", "感应开关", "地漏")
WHEN = ("上午", "下午", "两天", "晚上七点", "周末")


def fill(count: int, say: Any) -> dict[str, Any]:
    """Make ``count`` cases; returns who signs in: session of director and worker, tokens of 50 residents, buildings."""
    from django.core.management import call_command

    from linli.testing import build_community

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    world = build_community("bench", serial=1)
    with world.scope():
        places = _places(world)
        tokens = _residents(world)
        _cases(world, places, count, say)
    _bare(count)
    _analyse()
    return {
        "director": _session(world.accounts["community_director"]),
        "worker": _session(world.accounts["grid_worker"]),
        "tokens": tokens,
        "building": places[0][0].pk,
        "grid": world.grids[0].pk,
    }


def _places(world: Any) -> list[tuple[Any, Any]]:
    from linli.foundation.registry.models import Building, Grid

    grids = list(world.grids)
    for n in range(len(grids), GRIDS):
        grids.append(Grid.objects.create(number=n + 1, name=f"第 {n + 1} 网格"))
    found = []
    for grid in grids:
        for n in range(BUILDINGS_A_GRID):
            building = Building.objects.create(
                estate=world.estate, grid=grid, number=f"{grid.number}0{n + 1}", storeys=7,
                footprint=world.buildings[0].footprint,
            )  # fmt: skip
            found.append((building, grid))
    return found


def _residents(world: Any) -> list[str]:
    from datetime import date

    from linli.foundation.accounts.models import Account
    from linli.foundation.accounts.sign_in import issue_token
    from linli.foundation.registry.models import Resident

    tokens = []
    for n in range(WRITERS):
        resident = Resident.objects.create(
            code=f"W{n}", name=f"甲乙{n}", sex="f", birth_date=date(1950, 1, 1), phone=f"1990001{n:04d}",
            home=world.homes[n % len(world.homes)],
        )  # fmt: skip
        account = Account.objects.create(
            username=f"bench-{n}", display_name=resident.name, community=world.community, resident=resident
        )
        tokens.append(issue_token(account, label="bench"))
    Resident.objects.bulk_create(
        [
            Resident(
                community=world.community, code=f"P{n}", name=f"丙丁{n}", sex="m", home=world.homes[n % len(world.homes)],
                birth_date=date(1930 + n % 90, 1 + n % 12, 1 + n % 28),
            )
            for n in range(PEOPLE - WRITERS)
        ],
        batch_size=500,
    )  # fmt: skip
    return tokens


def _cases(world: Any, places: list[tuple[Any, Any]], count: int, say: Any) -> None:
    from linli.act.casework.deadlines import rules_on
    from linli.act.casework.models import Case, CaseEntry, CaseRequest, CaseWords, Rating
    from linli.act.casework.rules.finding import column
    from linli.act.casework.rules.titles import title_of
    from linli.act.casework.searching import head
    from linli.foundation import clock
    from linli.foundation.registry.models import Resident
    from linli.sense.requests.models import Request
    from linli.understand.triage.taxonomy import categories

    cut, luck, now = cache(lambda text: column([text])), random.Random(5), clock.now()  # noqa: S311 (invented cases, no secrets)
    kinds, speakers = sorted(categories()), list(Resident.objects.values_list("pk", flat=True))
    handlers = [account.pk for who, account in world.accounts.items() if who.endswith("grid_worker")]
    community, rules = world.community, rules_on(clock.today()).base.version
    for start in range(0, count, STEP):
        rows: dict[str, list[Any]] = {
            "requests": [],
            "cases": [],
            "joined": [],
            "entries": [],
            "ratings": [],
            "words": [],
        }
        for n in range(start, min(start + STEP, count)):
            opened = now - timedelta(days=DAYS) * (1 - (n + luck.random()) / count)
            building, grid = places[min(int(luck.expovariate(1) * len(places) / 4), len(places) - 1)]
            code, pattern = MATTERS[min(int(luck.expovariate(1) * 3), len(MATTERS) - 1)]
            said = pattern.format(place=f"{building.number}幢", days=f"{luck.randint(2, 9)}天")
            took = timedelta(hours=luck.expovariate(1 / 30))
            ended = luck.random() > 0.003 and opened + took < now - timedelta(days=luck.random() * 10)
            request = Request(
                community=community, channel=luck.choice(("portal", "phone", "desk", "door")), words=said,
                speaker_id=luck.choice(speakers), building=building, said_at=opened, received_at=opened,
            )  # fmt: skip
            case = Case(
                community=community, number=f"EV-{opened:%y%m%d}-{n % 1000:03d}{n // 1000:02d}", title=title_of(said),
                category=code if code in kinds else luck.choice(kinds), level=luck.choices(("P1", "P2", "P3"), (1, 8, 2))[0],
                state=luck.choice(("closed", "archived")) if ended else luck.choice(("submitted", "dispatched", "in_progress")),
                grid=grid, building=building, handler_id=luck.choice(handlers) if luck.random() < 0.6 else None,
                outcome="fixed" if ended else "", rules_version=rules, opened_at=opened, clock_from=opened,
                accepted_at=opened, contacted_at=opened + took / 4 if ended else None,
                fed_back_at=opened + took if ended else None, closed_at=opened + took * 2 if ended else None,
                accept_by=opened + timedelta(hours=1), contact_by=opened + timedelta(hours=24),
                finish_by=opened + timedelta(days=5),
            )  # fmt: skip
            course = COURSE if ended else COURSE[: luck.randint(0, 2)]
            told = [
                (verb, public, text.format(what=luck.choice(WHAT), when=luck.choice(WHEN)))
                for verb, public, text in course
            ]
            if ended:
                case.result = told[-1][2]
            rows["requests"].append(request)
            rows["cases"].append(case)
            rows["joined"].append(CaseRequest(community=community, case=case, request=request, joined_at=opened))
            for verb, public, text in [("open", True, ""), *told]:
                rows["entries"].append(
                    CaseEntry(
                        community=community, case=case, verb=verb, text=text, public=public, by_label="x", at=opened
                    )
                )
            if ended and luck.random() < 0.5:
                happy = luck.random() < 0.85
                rows["ratings"].append(
                    Rating(
                        community=community, case=case, request=request, round=0, solved=happy,
                        satisfaction=luck.choice((4, 5) if happy else (1, 2, 3)), channel="link", at=opened + took,
                    )
                )  # fmt: skip
            shown = [*map(cut, head(case)), *(cut(text) for _verb, public, text in told if public)]
            rows["words"].append(
                CaseWords(
                    community=community, case=case, title=cut(case.title), said=column([said]), shown=" ".join(shown),
                    inside=" ".join(cut(text) for _verb, public, text in told if not public),
                )
            )  # fmt: skip
        _write(rows)
        if (start // STEP) % 5 == 4:
            say(f"{start + STEP:,} cases")


def _write(rows: dict[str, list[Any]]) -> None:
    from django.db import transaction

    with transaction.atomic():
        for name in ("requests", "cases"):
            type(rows[name][0])._base_manager.bulk_create(rows[name], batch_size=500)
        for name in ("joined", "entries", "ratings", "words"):
            for row in rows[name]:
                row.case = row.case
                if name in {"joined", "ratings"}:
                    row.request = row.request
            if rows[name]:
                type(rows[name][0])._base_manager.bulk_create(rows[name], batch_size=500)


def _bare(count: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from linli.cli.bench_cases_peer import Bare

    with connection.schema_editor() as editor:
        editor.create_model(Bare)
    now = timezone.now()
    for start in range(0, count, STEP):
        Bare._default_manager.bulk_create(
            [
                Bare(group=1, words=MATTERS[n % len(MATTERS)][1], at=now - timedelta(minutes=count - n))
                for n in range(start, min(start + STEP, count))
            ],
            batch_size=500,
        )


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _session(account: Any) -> str:
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def as_line(facts: dict[str, Any]) -> str:
    return json.dumps(facts)


def queries_of(session: str, url: str) -> int:
    """How often a page asks the database, when it has been asked for before."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "127.0.0.1"})
    client.cookies["sessionid"] = session
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    if answer.status_code != 200:
        raise SystemExit(f"{url} answered {answer.status_code}")
    return len(captured)
