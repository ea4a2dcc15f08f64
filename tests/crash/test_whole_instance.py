"""Everything at once: people file requests, staff work on cases, devices speak, and anything is killed at any moment.

Afterwards the record holds what was acknowledged, once each, and fits together.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from linli.act.casework.actions.changing import KINDS
from linli.act.casework.models import WORKFLOW
from linli.simulator.doors.api import Caller, Refused, Unreachable
from linli.simulator.instance import LINLI, Instance
from linli.simulator.measuring import MEASURED_FROM, Founded, founded_instance
from tests.crash.publishing import Publisher

pytestmark = [pytest.mark.crash, pytest.mark.slow]

PROCESSES = ("serve", "ingest", "work", "messages")
KILLS = 10
RESIDENTS = 4
ENOUGH = 8
"""Answers that each person must have had, so that a slow machine proves as much as a quick one."""
DEVICES = 8
PUBLISHED_A_SECOND = 100
SPEED = 60.0
WORDS = ("楼道灯不亮了", "有人被困在电梯里了", "水管爆了，水漫到楼下了", "垃圾两天没人清", "楼上半夜装修太吵")
NEXT_STEP = {
    "submitted": ("accept", {}),
    "dispatched": ("start", {}),
    "in_progress": ("feed_back", {"outcome": "fixed", "result": "修好了", "finding": "true", "on_site": True}),
}


class Person(threading.Thread):
    """Somebody who does one thing after the other until told to stop, and finishes what was begun."""

    def __init__(self, caller: Caller, seed: int) -> None:
        super().__init__(daemon=True)
        self.caller = caller
        self.chance = random.Random(seed)
        self.stopping = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stopping.wait(self.chance.uniform(0.05, 0.4)):
                self.act()
        except BaseException as error:
            self.failure = error

    def act(self) -> None:
        raise NotImplementedError

    def answer_to(self, call: Callable[[], dict]) -> dict:
        """Ask again until there is an answer, as a telephone does that lost the network."""
        while True:
            try:
                return call()
            except Unreachable:
                pass
            except Refused as refused:
                if refused.status < 500:
                    raise
            time.sleep(0.2)

    def finish(self) -> None:
        self.stopping.set()
        self.join(30)
        assert not self.is_alive(), f"{self.caller.who} got no answer"
        if self.failure:
            raise self.failure


class Resident(Person):
    """``acknowledged``: the case number that each client key was answered with."""

    def __init__(self, caller: Caller, seed: int) -> None:
        super().__init__(caller, seed)
        self.acknowledged: dict[str, str] = {}

    def act(self) -> None:
        body = {
            "words": self.chance.choice(WORDS),
            "channel": "portal",
            "client_key": f"{self.caller.who}-{len(self.acknowledged)}",
        }
        answer = self.answer_to(lambda: self.caller.post("/requests", body))
        self.acknowledged[body["client_key"]] = answer["case_number"]


class Staff(Person):
    """Takes any unfinished case one step further. ``acknowledged``: (case, verb) of the steps that were answered."""

    def __init__(self, caller: Caller, seed: int) -> None:
        super().__init__(caller, seed)
        self.acknowledged: list[tuple[int, str]] = []

    def act(self) -> None:
        states = ",".join(NEXT_STEP)
        unfinished = self.answer_to(lambda: self.caller.get("/cases", state=states))["items"]
        if not unfinished:
            return
        case = self.chance.choice(unfinished)
        verb, fields = NEXT_STEP[case["state"]]
        body = {"version": case["version"], **fields}
        try:
            self.answer_to(lambda: self.caller.post(f"/cases/{case['id']}/{verb}", body))
        except Refused as refused:
            assert refused.status == 409, refused
            return
        self.acknowledged.append((case["id"], verb))


@pytest.fixture
def founded(tmp_path, own_database) -> Iterator[Founded]:
    with founded_instance(seed=1, estates=1, home=tmp_path / "home") as founded:
        founded.instance.children.pop("ingest").stop()
        founded.instance.run("ingest", "ingest", "--seal-seconds", "1")
        yield founded


def test_whatever_is_killed_everything_acknowledged_is_there_once(founded):
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    instance = founded.instance
    founded.api.call("POST", "/demo/clock", json={"speed": SPEED})
    callers = [founded.api.as_resident(p.phone) for p in founded.n.people if p.phone][:RESIDENTS]
    for caller in callers:
        caller.get("/me")
    residents = [Resident(caller, chance.random()) for caller in callers]
    staff = Staff(founded.director, chance.random())
    with publishing(founded) as publisher:
        for person in (*residents, staff):
            person.start()
        kill_one_after_the_other(instance, chance)
        until = time.monotonic() + 60
        while min(len(person.acknowledged) for person in (*residents, staff)) < ENOUGH:
            assert time.monotonic() < until, f"too little was answered, seed {seed}"
            mend_until(instance, time.monotonic() + 0.2)
        for person in (*residents, staff):
            person.finish()
        assert publisher.finish(30) == 0, f"observations without an acknowledgement, seed {seed}"
    founded.api.call("POST", "/demo/clock", json={"speed": 0})
    record = settled_record(founded)

    told = {key: number for resident in residents for key, number in resident.acknowledged.items()}
    for check in (
        lambda: each_request_has_its_one_case(record, told),
        lambda: each_case_fits_together(record),
        lambda: each_step_was_taken_once(record, staff.acknowledged),
        lambda: each_event_reached_each_handler_once(record),
        lambda: each_observation_is_stored_once(record, publisher.acknowledged()),
    ):
        try:
            check()
        except AssertionError as wrong:
            wrong.add_note(f"seed {seed}")
            raise
    audit = subprocess.run([*LINLI, "admin", "verify-audit"], env=instance.environment, capture_output=True, text=True)
    assert audit.returncode == 0, audit.stderr


def each_request_has_its_one_case(record: dict, told: dict[str, str]) -> None:
    numbers = {case["id"]: case["number"] for case in record["cases"]}
    filed = Counter(request["client_key"] for request in record["requests"])
    assert filed == Counter(told.keys())
    for request in record["requests"]:
        assert len(request["case_ids"]) == 1, request
        assert numbers[request["case_ids"][0]] == told[request["client_key"]]
        assert request["filed"] == 1, request
        assert request["told"] == 1, request
    assert len(set(numbers.values())) == len(record["cases"])
    assert [case for case in record["cases"] if not case["requests"] and not case["warning"]] == []


def each_case_fits_together(record: dict) -> None:
    for case in record["cases"]:
        state = ""
        for _, verb, before, after in case["entries"]:
            assert before == state, case
            if verb in KINDS:
                assert after == WORKFLOW.transition(before, verb).target(before), case
            state = after
        assert state == case["state"], case
        steps = [(pk, f"casework.{KINDS[verb]}") for pk, verb, _, _ in case["entries"] if verb in KINDS]
        assert case["version"] == len(steps), case
        recorded = [(pk, kind) for pk, kind in case["events"] if kind.removeprefix("casework.") in KINDS.values()]
        assert sorted(recorded) == sorted(steps), case
        assert [kind for _, kind in case["events"]].count("casework.case_opened") == 1, case


def each_step_was_taken_once(record: dict, acknowledged: list[tuple[int, str]]) -> None:
    taken = Counter((case["id"], verb) for case in record["cases"] for _, verb, _, _ in case["entries"])
    assert [step for step in acknowledged if taken[step] != 1] == []


def each_event_reached_each_handler_once(record: dict) -> None:
    log = record["log"]
    assert log["positions"] == list(range(len(log["positions"])))
    assert log["deliveries"] > 0
    assert log["undelivered"] == []
    assert log["twice"] == []


def each_observation_is_stored_once(record: dict, acknowledged: set[tuple[str, int, float]]) -> None:
    stored = {(device, at, value) for device, at, value, _ in record["observations"]}
    assert len(acknowledged) > 100
    assert acknowledged - stored == set(), "acknowledged but lost"
    assert stored - acknowledged == set(), "stored but never said"
    assert [row for row in record["observations"] if row[3] != 1] == []
    assert record["lake_files"] > 0
    assert record["quarantined"] == 0


def kill_one_after_the_other(instance: Instance, chance: random.Random) -> None:
    """Each process at least twice, in any order, also while another comes back."""
    victims = [*PROCESSES, *PROCESSES, *chance.sample(PROCESSES, KILLS - 2 * len(PROCESSES))]
    chance.shuffle(victims)
    for victim in victims:
        mend_until(instance, time.monotonic() + chance.uniform(0.5, 3))
        mend_until_alive(instance, (victim,))
        instance.kill(victim)
    mend_until_alive(instance, PROCESSES)
    instance.wait_for_web()


def mend_until(instance: Instance, moment: float) -> None:
    while time.monotonic() < moment:
        instance.mend()
        time.sleep(0.05)


def mend_until_alive(instance: Instance, names: tuple[str, ...]) -> None:
    until = time.monotonic() + 30
    while not all(instance.broker.alive if n == "messages" else instance.children[n].alive for n in names):
        assert time.monotonic() < until, f"{names} did not come back"
        mend_until(instance, time.monotonic() + 0.1)


@contextmanager
def publishing(founded: Founded) -> Iterator[Publisher]:
    codes = [f"series-{n}" for n in range(DEVICES)]
    wanted = [{"code": "gw", "type": "gateway"}, *({"code": code, "type": "series"} for code in codes)]
    secrets = {row["code"]: row["secret"] for row in founded.director.post("/devices", wanted)}
    publisher = Publisher(
        founded.instance.broker.mqtt_port,
        secrets["gw"],
        community=founded.n.code,
        devices=codes,
        since=int(MEASURED_FROM.timestamp() * 1000) - 20 * 86_400_000,
        a_second=PUBLISHED_A_SECOND,
    )
    try:
        yield publisher
    finally:
        publisher.finish(0)


def settled_record(founded: Founded) -> dict:
    """The record, once nothing is under way."""
    until = time.monotonic() + 45
    while time.monotonic() < until:
        founded.instance.mend()
        status = founded.director.get("/telemetry/status")
        record = whole_record(founded.instance)
        if status["lag"] == 0 and record["waiting"] == 0:
            return record
    raise AssertionError(f"not settled: {record['waiting']} waiting, stream {status}")


def whole_record(instance: Instance) -> dict:
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("whole_record.py")],
        env=instance.environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
