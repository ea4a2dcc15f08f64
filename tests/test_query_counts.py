"""How many queries each list takes: exactly what ``query_counts.json`` says, and no more with three times the rows.

After a change that is meant:  ``RECORD_QUERY_COUNTS=1 .venv/bin/python -m pytest tests/test_query_counts.py``
"""

from __future__ import annotations

import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.act.care.actions import ask_for_round
from linli.act.casework.actions import (
    accept,
    add_note,
    feed_back,
    rate,
    receive,
    show_publicly,
    spend,
    start,
    take,
    watch,
    write_checklist,
    write_rule,
    write_unit,
)
from linli.act.casework.actions.deadline_rules import start_version
from linli.act.casework.actions.helping import write_template
from linli.act.casework.models import QualityCheck, QualitySample
from linli.foundation import clock
from linli.foundation.accounts.models import Account
from linli.foundation.notices.models import Notice
from linli.foundation.privacy.analysis.models import Study
from linli.foundation.privacy.charter import actions as charter
from linli.foundation.privacy.charter.models import CharterVersion
from linli.foundation.privacy.charter.register import shipped_document
from linli.foundation.privacy.charter.rules.document import digest
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.door import reveal
from linli.foundation.privacy.exports.actions import ask as ask_for_list
from linli.foundation.privacy.exports.actions import note_export
from linli.foundation.privacy.exports.models import Kind
from linli.foundation.privacy.exports.queries import Scope
from linli.foundation.privacy.joint import journal
from linli.foundation.privacy.joint.models import JointPartner, JointRun
from linli.foundation.privacy.publishing import releasing
from linli.foundation.privacy.publishing.models import Figure, Release
from linli.foundation.privacy.retention.holding_back import place_hold
from linli.foundation.privacy.retention.models import Erasure, Plan, PlanLine
from linli.foundation.privacy.retention.register import enter
from linli.foundation.privacy.rights.actions import ask
from linli.foundation.privacy.rights.actions.asking import Asked
from linli.foundation.registry.models import Building, Entrance, Facility, Home, Household, Resident
from linli.sense.open_sensors.models import OpenSensor, State
from linli.sense.requests.actions import Place
from linli.sense.requests.models import Request
from linli.sense.telemetry.discovery.announcing import Announcement, Offer
from linli.sense.telemetry.discovery.learning import learn
from linli.sense.telemetry.importing.keeping import keep_file
from linli.sense.telemetry.models import Device, LastValue, Quarantined
from linli.testing import SmallCommunity, box, gate_at
from linli.understand.topics.models import Topic, TopicFollow
from linli.understand.triage.models import Reading
from linli.understand.triage.taxonomy import categories
from linli.understand.warnings.models import Warning

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

RECORDED = Path(__file__).with_name("query_counts.json")
ROWS = 2

LISTS = {
    "elder": [
        "/portal/",
        "/portal/report/",
        "/portal/matters/",
        "/portal/me/",
        "/portal/me/devices/",
        "/portal/me/information/",
        "/portal/me/looks/",
        "/portal/me/rights/",
        "/portal/me/consents/",
        "/portal/me/sensing/",
        "/sensing/",
        "/around/mx/",
        "/sensorthings/mx/v1.1/Datastreams?$expand=Observations($top=1)",
        "/ngsi-ld/mx/v1/entities",
        "/charter/mx/",
        "/charter/mx/proposed/",
        "/charter/mx/for/case_contact/",
        "/portal/neighbours/",
        "/done/mx/",
        "/portal/family/",
        "/portal/proxy/",
        "/api/v1/requests",
        "/api/v1/my/information",
        "/api/v1/my/access-records",
        "/api/v1/rights-requests",
        "/api/v1/my/consents",
        "/api/v1/charter",
        "/api/v1/charter/versions",
    ],
    "grid_worker": [
        "/workbench/",
        "/workbench/today/list/",
        "/workbench/noted/",
        "/workbench/cases/",
        "/workbench/devices/",
        "/workbench/warnings/",
        "/workbench/map/",
        "/workbench/search/?q=楼道灯",
        "/workbench/visits/",
        "/api/v1/care/visits",
        "/api/v1/cases",
        "/api/v1/warnings",
    ],
    "community_director": [
        "/workbench/",
        "/workbench/cases/",
        "/workbench/cases/export.xlsx",
        "/workbench/callbacks/",
        "/workbench/rates/",
        "/workbench/rates/?by=age",
        "/workbench/workload/",
        "/workbench/quality/",
        "/workbench/costs/",
        "/workbench/costs/?by=grid",
        "/workbench/rules/checklists/",
        "/workbench/rules/dispatch/",
        "/workbench/rules/deadlines/",
        "/workbench/rules/templates/",
        "/workbench/rules/units/",
        "/workbench/warnings/",
        "/workbench/map/",
        "/workbench/search/?q=楼道灯",
        "/workbench/desk/",
        "/workbench/topics/",
        "/workbench/understanding/",
        "/workbench/understanding/categories/",
        "/workbench/desk/callers/?q=孟",
        "/workbench/arrivals/",
        "/workbench/hotline/",
        "/workbench/counters/",
        "/workbench/round/",
        "/workbench/quarantine/",
        "/workbench/devices/",
        "/workbench/devices/?how=silent",
        "/workbench/devices/found/",
        "/workbench/devices/readings/",
        "/workbench/privacy/consents/",
        "/workbench/privacy/open-sensors/",
        "/workbench/troubles/",
        "/workbench/accounts/",
        "/workbench/privacy/exports/",
        "/workbench/privacy/joint/",
        "/workbench/privacy/joint/log/",
        "/workbench/privacy/studies/",
        "/api/v1/joint/runs",
        "/api/v1/joint/log",
        "/workbench/registry/",
        "/cockpit/",
        "/cockpit/state",
        "/cockpit/rows/needs",
        "/cockpit/rows/cases",
        "/cockpit/rows/warnings",
        "/cockpit/rows/devices",
        "/cockpit/rows/residents",
        "/cockpit/rows/buildings",
        "/api/v1/requests",
        "/api/v1/cases",
        "/api/v1/warnings",
        "/api/v1/devices",
        "/api/v1/telemetry/quarantine",
        "/api/v1/registry/estates",
        "/api/v1/registry/grids",
        "/api/v1/registry/buildings",
        "/api/v1/registry/homes",
        "/api/v1/registry/residents",
        "/api/v1/registry/facilities",
        "/api/v1/registry/inventory",
    ],
    "dpo": [
        "/workbench/privacy/",
        "/workbench/privacy/rights/",
        "/workbench/privacy/looks/",
        "/workbench/privacy/exports/",
        "/workbench/privacy/log/",
        "/workbench/privacy/charter/",
        "/workbench/privacy/rights/",
        "/workbench/privacy/retention/",
        "/api/v1/retention/plans",
        "/api/v1/retention/register",
        "/workbench/privacy/looks/",
        "/workbench/privacy/numbers/",
        "/workbench/privacy/open-sensors/",
        "/numbers/compare/",
        "/numbers/mx/",
        "/numbers/mx/1/numbers.csv",
        "/api/v1/numbers/mx",
        "/api/v1/publishing/releases",
        "/workbench/privacy/sensing/",
        "/api/v1/sensing/declarations",
        "/api/v1/sensing/assessments",
    ],
    "analyst": ["/workbench/privacy/studies/", "/api/v1/studies"],
    "wall_display": ["/cockpit/", "/cockpit/state"],
}


def test_each_list_takes_the_recorded_queries_however_many_rows_it_has(world):
    fill(world, range(ROWS))
    few = counts(world)
    fill(world, range(ROWS, 3 * ROWS))
    many = counts(world)
    growing = {where: (few[where], many[where]) for where in few if few[where] != many[where]}
    assert growing == {}, "(queries with few rows, with three times as many)"
    if os.environ.get("RECORD_QUERY_COUNTS"):
        RECORDED.write_text(json.dumps(many, ensure_ascii=False, indent=1) + "\n")
    assert many == json.loads(RECORDED.read_text())


def counts(small: SmallCommunity) -> dict[str, int]:
    """Queries of each list at its second reading, when what is read once for all is known."""
    found = {}
    for who, addresses in LISTS.items():
        client = Client()
        client.force_login(small.accounts[who], backend="django.contrib.auth.backends.ModelBackend")
        for address in addresses:
            assert client.get(address).status_code == 200, address
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            found[f"{who} {address}"] = len(captured)
    return found


def _new_version(n: int, now: datetime) -> None:
    document = [dict(facts) for facts in shipped_document()]
    document[0]["keep_months"] = 12 + n
    CharterVersion.objects.create(
        number=n + 1, document=document, digest=digest(document), shipped=document, origin="people", since=now
    )


def fill(small: SmallCommunity, numbers: range) -> None:
    """One more row of each kind for each number, all of them where the elder and the first grid's worker see them."""
    elder, worker, director = small.actor("elder"), small.actor("grid_worker"), small.actor("community_director")
    now = clock.now()
    with small.scope():
        for n in numbers:
            building = Building.objects.create(
                estate=small.estate, grid=small.grids[0], number=f"1{n}", storeys=6, footprint=box(60, 20 * n)
            )
            entrance = Entrance.objects.create(building=building, number="1")
            home = Home.objects.create(entrance=entrance, number="101", floor=1)
            household = Household.objects.create(home=home, code=f"H-{n}")
            another = Resident.objects.create(
                code=f"N{n}", name=f"孟{n}", sex="f", birth_date=date(1950, 1, 1 + n), home=home, household=household
            )
            ask_for_round(another, "water_care", actor=director)
            lift = Facility.objects.create(
                code=f"L-{n}", name=f"电梯 {n}", kind="lift", grid=small.grids[0], building=building, x=n, y=n
            )
            device = Device.objects.create(
                code=f"mx-lift-{n}", type="lift", credential_digest="x", facility=lift, building=building,
                enrolled_at=now,
            )  # fmt: skip
            for state in State.values:
                another_lift = Device.objects.create(
                    code=f"mx-{state}-{n}", type="lift", credential_digest="x", building=building, enrolled_at=now
                )
                LastValue.objects.create(device=another_lift, metric="vibration", time=now, value=n)
                OpenSensor.objects.create(
                    device=another_lift, building=building, state=state, proposed_by=small.accounts["community_worker"],
                    proposed_at=now, decided_by=small.accounts["dpo"], decided_at=now,
                )  # fmt: skip
            keep_file(f"device,time,temperature\nx{n},2026-03-01,1\n".encode(), "x.csv", actor=director)
            offer = Offer("t", "sensor", "温度", "temperature", "°C", f"z/{n}", "")
            announced = Announcement(f"0x{n}", f"大厅 {n}", offers=(offer,))
            learn(device.pk, f"homeassistant/sensor/x{n}/config", announced, now, community_id=small.community.pk)
            open_case = receive(f"楼道灯不亮 {n}", actor=elder).case
            taken = receive(f"楼道灯坏了 {n}", actor=elder, place=Place(building_id=building.pk)).case
            for step in (accept, take, start):
                step(taken.pk, actor=director if step is accept else worker)
            watch(taken.pk, actor=worker, on=True)
            spend(taken.pk, kind="work", name="修灯", minutes=30, actor=worker)
            write_checklist(sorted(categories())[n], [("断电", True)], actor=director)
            add_note(taken.pk, text="@grid_worker 看看", actor=director)
            if n % 2:
                accept(open_case.pk, actor=director)
            topic = Topic.objects.create(
                span="week", keywords=["楼道灯"], trend="new", heat=n, people=2, messages=2, voices=["楼道灯不亮"],
                first_at=now, last_at=now, found_at=now, read_at=now, places=[[building.pk, 2]],
            )  # fmt: skip
            TopicFollow.objects.create(topic=topic, account=small.accounts["community_director"], since=now, seen=1)
            said = Request.objects.get(joined__case=open_case)
            Reading.objects.create(
                request=said, work=f"case:{open_case.pk}", suggested="050500", category="050500", by="words"
            )
            unit = write_unit(kind="contractor", name=f"维修 {n}", actor=director)
            write_rule(why="近", to_unit_id=unit.pk, building_id=building.pk, category="180000", actor=director)
            write_template(outcome="fixed", words="修好了。", actor=director)
            start_version(valid_from=clock.today() + timedelta(days=n + 1), why="会议", actor=director)
            show_publicly(taken.pk, title="灯不亮", actor=director)
            for again in range(2):
                done = receive(f"围墙裂了 {n} {again}", actor=elder, place=Place(building_id=building.pk)).case
                accept(done.pk, actor=director)
                start(done.pk, actor=worker)
                feed_back(done.pk, outcome="fixed", result="好了。", actor=worker)
                show_publicly(done.pk, title="围墙", did="砌好了", actor=director)
            sample = QualitySample.objects.create(
                week=now.date() - timedelta(days=7 * n), percent=10, seed="0" * 32, closed={}, drawn_at=now
            )
            for result in ("", "ok"):
                QualityCheck.objects.create(
                    sample=sample, case_id=taken.pk if result else open_case.pk, unit=f"grid:{small.grids[0].pk}",
                    result=result, checked_at=now if result else None, checker=small.accounts["community_director"],
                )  # fmt: skip
            rate(done.pk, solved=True, satisfaction=5, actor=elder)
            Warning.objects.create(
                kind="trapped", source=f"facility:{lift.pk}", level="P0", grid=small.grids[0], building=building,
                facility=lift, device=device, opened_at=now, last_triggered_at=now,
                evidence={"since": now.isoformat(), "seconds": 60, "floor": 3, "reason": "alarm"},
            )  # fmt: skip
            Quarantined.objects.create(
                community=small.community, subject="x", device_code=device.code, sequence=n, payload=b"{}",
                payload_size=2, code="bad_shape", received_at=now,
            )  # fmt: skip
            Notice.objects.create(
                community=small.community, key=f"n{n}", to="19900000000", text="x", about="case:1",
                last_error="no route", created_at=now, try_after=now,
            )  # fmt: skip
            ask_for_list("emergency", ["name"], Scope(), reason=f"台风 {n}", actor=worker)
            note_export(Kind.CASES, n, actor=worker)
            relative = Account.objects.create_user(f"r{n}", display_name=f"r{n}", community=small.community)
            for client in (Client(), Client()):
                client.force_login(relative, backend="django.contrib.auth.backends.ModelBackend")
            Client().force_login(small.accounts["elder"], backend="django.contrib.auth.backends.ModelBackend")
            release = Release.objects.create(
                number=n + 1, state="published", first_day=date(2020 + n, 1, 1), last_day=date(2020 + n, 6, 30), share=250,
                price=1250, proposed_by=small.accounts["community_worker"], proposed_at=now, published_at=now,
                codebook=releasing.codebook(250),
            )  # fmt: skip
            Figure.objects.create(release=release, key="residents", value=4900, error=40)
            small.put_in_force(gate_at(small.estate, name=f"门 {n}"))
            known = JointPartner.objects.create(
                name=f"卫生站 {n}", card="{}", fingerprint=f"{n:032x}", added_at=now, confirmed_at=now,
                added_by=small.accounts["dpo"], confirmed_by=small.accounts["community_director"],
            )  # fmt: skip
            JointRun.objects.create(
                run=f"{n:032x}", partner=known, question=f"多少人 {n}", people="65", on=clock.today(), epsilon=0.5,
                proposed_by=small.accounts["community_worker"], proposed_at=now, state="done", counts=[40],
            )  # fmt: skip
            journal.note(f"{n:032x}", "proposed", {"by": "account:1"})
            Study.objects.create(
                title=f"研究 {n}", why="想知道", views=["residents"], analyst=small.accounts["analyst"], proposed_at=now,
                ends_on=clock.today(), budget=5,
            )  # fmt: skip
            ask(small.residents["elder"], Asked("explanation", f"为什么 {n}"), actor=elder)
            for state in (Plan.State.PLANNED, Plan.State.DONE):
                plan = Plan.objects.create(
                    community=small.community, made_on=now.date() - timedelta(days=2 * n + (state == "done")),
                    due_on=now.date(), as_of=now, rules_version="1", state=state,
                )  # fmt: skip
                PlanLine.objects.create(plan=plan, rule="notices.Notice", then="erase", count=n)
            enter(
                "lake",
                n,
                then="erase",
                rule="consent",
                about=f"consent:{n}",
                community_id=small.community.pk,
                actor=director,
            )
            place_hold(resident=another, reason="诉讼", actor=director)
            Erasure.objects.create(reason="consent", about=f"consent:{n}", begun_at=now)
            reveal(small.residents["elder"], "phone", "case_contact", f"case:{taken.pk}", actor=worker)
            _new_version(n, now)
            charter.start_change(actor=director)
        for purpose in ("water_care", "door_care", "smoke_care")[: len(numbers)]:
            give_consent(small.residents["elder"], purpose, channel="door", evidence="x", actor=director)
