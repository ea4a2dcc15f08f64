"""The demo: a whole instance with a neighbourhood living in it, in one process group, until interrupted."""

from __future__ import annotations

import json
import logging
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from linli.simulator import seeding
from linli.simulator.clockwork import PlatformClock, ms
from linli.simulator.doors.api import Api, Refused, Unreachable
from linli.simulator.doors.mqtt import Fleet, NotConnected
from linli.simulator.doors.pages import Pages
from linli.simulator.habits.days import HOUR
from linli.simulator.incidents.kinds import KINDS, NEAR_MISSES
from linli.simulator.incidents.orders import fulfil
from linli.simulator.incidents.planting import MINUTE, Planter
from linli.simulator.instance import CannotStart, Founding, Instance, free_port
from linli.simulator.instrumentation import Instrumentation
from linli.simulator.life import Life
from linli.simulator.memory import recall, remember
from linli.simulator.neighbourhood import DevicePlan, Neighbourhood, plan_neighbourhood
from linli.simulator.neighbourhood.equipment import gateway_of
from linli.simulator.office import Office
from linli.simulator.past_devices import PastDevices, heard_in_the_past
from linli.simulator.progress import Progress
from linli.simulator.script import Script
from linli.simulator.team import Team
from linli.simulator.truth import TruthFile

log = logging.getLogger(__name__)

LOCAL = ZoneInfo("Asia/Shanghai")
HISTORY = timedelta(days=21)
MORNING = timedelta(hours=8, minutes=30)
HISTORY_STEP, DANGER_STEP = 40 * MINUTE, 4 * MINUTE
LOOK_SECONDS, SPEAK_SECONDS, SAVE_SECONDS, ORDER_SECONDS, TEND_SECONDS = 3.0, 1.0, 5.0, 1.0, 0.4
HISTORY_SHARE = 0.55
"""Of the usual number of happenings: enough for rates and charts, few enough to be lived in under a minute."""
NOTICED_SHARES = {"fall": 1.0, "smoke": 1.5, "trapped": 0.8}
PUZZLING_SHARES = {"away": 0.9, "burnt_pan": 2.0, "sos_by_mistake": 0.8}
"""Of what devices show, and of what only looks like it: enough for a rule to have a record."""
LATE_MESSAGES = 3000
MEASURED_SECONDS = 30


def people_shown(page: str) -> int:
    """How many people the first page says live here; 0 when it says nothing yet."""
    said = re.search(r'data-people="(\d+)"', page)
    return int(said[1]) if said else 0


class Demo:
    """``run`` returns when ``stop`` is set. ``say`` prints a line for the person at the terminal."""

    def __init__(
        self,
        home: Path,
        *,
        port: int = 8000,
        speed: float = 60.0,
        seed: int = 1,
        estates: int = 13,
        say=print,
        history: timedelta = HISTORY,
    ) -> None:
        self.instance = Instance(home, port=port)
        self.home = self.instance.home
        self.stop = threading.Event()
        self.devices_on = threading.Event()
        self.say = say
        self.history = history
        self.started = time.monotonic()
        self.seconds_to_first_number = 0.0
        self.state_path = self.home / "simulator" / "state.json"
        self.state: dict[str, Any] = self._load_state(seed, speed, estates)
        self.n = plan_neighbourhood(
            self.state["seed"],
            as_of=datetime.fromisoformat(self.state["as_of"]).date(),
            estates=self.state["estates"],
        )

    @property
    def phase(self) -> str:
        """new, history or live."""
        return str(self.state["phase"])

    def run(self) -> None:
        """Start, move in on the first run, live the past, then live on."""
        try:
            self._open()
            self._live()
        finally:
            self._close()

    def _open(self) -> None:
        self.instance.check_room()
        passwords = seeding.staff_passwords(self.n, self.home)
        starts_at = datetime.fromisoformat(self.state["as_of"]) - self.history
        founding = Founding(self.instance, seeding.founding_task(self.n, passwords, starts_at.isoformat()))
        self.instance.start_messages()
        founding.wait_migrated()
        self.instance.start_web()
        founding.wait_founded()
        self.instance.wait_for_web()
        self.api = Api(self.instance.url, self.home, passwords=passwords)
        self.pages = Pages(self.instance.url, self.home, passwords=passwords)
        self.clock = PlatformClock(self.api)
        director = self.api.as_staff("demo-director")
        if self.state["phase"] == "new":
            seeding.import_registry(self.n, director)
        founding.settle()
        self._wait_for_first_number()
        self.seconds_to_first_number = round(time.monotonic() - self.started, 1)
        self.instance.start_background()
        self._welcome()
        self.watcher = threading.Thread(target=self._watch, name="watcher", daemon=True)
        self.watcher.start()
        self.places = seeding.Places(self.n, director)
        founding.wait_declared()
        if self.state["phase"] == "new":
            self._advance_phase("history")

    def _wait_for_first_number(self) -> None:
        """Until the first page shows how many people live here. On a later run that may be fewer than moved in: whoever
        was erased does not come back."""
        expected = len(self.n.people) if self.state["phase"] == "new" else 1
        with httpx.Client(trust_env=False, timeout=20) as http:
            for _ in range(200):
                answer = http.get(self.instance.url + "/")
                if answer.is_success and people_shown(answer.text) >= expected:
                    return
                time.sleep(0.05)
        raise CannotStart(f"the first page shows no number (log: {self.home / 'logs' / 'serve.log'})")

    def _welcome(self) -> None:
        self.say(f"\n  邻里 Linli  →  {self.instance.url}    ({self.seconds_to_first_number:g} s)\n")
        self.say(f"  {self.n.name}: {len(self.n.people):,} 人 residents, {len(self.n.estates)} 个小区 estates")
        self.say("  在首页点一下就能进去 One click each on the first page:")
        self.say("  居民 resident · 独居老人 elder · 女儿 daughter · 妈妈 mother · 网格员 grid worker · 主任 director")
        self.say("  信息保护负责人 data-protection lead · 分析员 analyst · 大屏 wall")
        if not self.state.get("told_passwords"):
            self.say(f"  工作人员口令 staff passwords: {self.home / 'keys' / 'demo-staff.json'}")
            self.state["told_passwords"] = True
        self.say("  Ctrl-C 停止 stops; 下次接着过 the next run goes on from here.\n")

    def _watch(self) -> None:
        """Restart whatever dies; lives as long as the process, because children end with the thread that made them."""
        while not self.stop.wait(0.5):
            for words in self.instance.mend():
                self.say(f"  ! {words}")

    def _close(self) -> None:
        self.stop.set()
        if hasattr(self, "watcher"):
            self.watcher.join(5)
        if hasattr(self, "clock"):
            try:
                self.clock.refresh()
                if self.clock.speed:
                    self.state["speed"] = self.clock.speed
                self.clock.run_at(0)
            except (Refused, Unreachable) as gone:
                log.info("the clock could not be paused: %s", gone)
        if hasattr(self, "life"):
            self._save()
            self.life.truth.close()
        if hasattr(self, "fleet"):
            self.fleet.close()
        if hasattr(self, "api"):
            self.api.close()
            self.pages.close()
        self.instance.stop()

    def _live(self) -> None:
        self.life = Life(self.n, self.api, self.places, TruthFile(self.home, self.n.seed), pages=self.pages)
        recall(self.life, self.state)
        self.team = Team(self.life)
        self.team.visitors = set(self.state.get("visitors", ()))
        self._ask_for_consents()
        self.office = Office(self.life, self.team, self.pages, self.state.get("office"))
        self.office.open()
        if self.state["phase"] == "history" and not self.stop.is_set():
            self._live_the_past()
        if self.stop.is_set():
            return
        self._switch_devices_on()
        self.team.visited = True
        if self.clock.speed == 0:
            self.clock.run_at(self.state["speed"])
        self.life.on_report = lambda at: self.life.agenda.put(at + MINUTE, self.team.look)
        self._go_on()

    def _ask_for_consents(self) -> None:
        """Before the past is lived, so that the numbers published at its end count whoever agreed."""
        if self.state.get("consents_given"):
            return
        director = self.api.as_staff("demo-director")
        for _ in seeding.give_consents(self.n, self.places, director, self.n.devices):
            if self.stop.is_set():
                return
        self.state["consents_given"] = True

    def _live_the_past(self) -> None:
        """Three weeks of people's lives, as fast as the platform takes them; the devices are switched on afterwards."""
        end = ms(self.state["as_of"])
        self.say("  正在补过去三周的日子… living the past three weeks…")
        shares = {**dict.fromkeys(KINDS, HISTORY_SHARE), **dict.fromkeys(NEAR_MISSES, 0.0)}
        self.life.planter = Planter(self.n, more={**shares, **NOTICED_SHARES, **PUZZLING_SHARES})
        began = time.monotonic()
        self.clock.refresh()
        now = self.clock.now()
        director = self.api.as_staff("demo-director")
        self._install([*self.n.devices_of("gateway"), *heard_in_the_past(self.life, now, end)])
        noticed = PastDevices(self.life, director, self.fleet, begin=now, end=end)
        script = Script(self.life, self.team, end)
        script.begin(now)
        self.office.keep_hours(now)
        self.life.advance(now)
        look = now
        while now < end and not self.stop.is_set():
            step = DANGER_STEP if self.team.danger_open else HISTORY_STEP
            now = min(end, max(self.life.next_at(), now + step), look, noticed.next_look() or end)
            self.clock.jump(now, catching_up=True)
            self.life.advance(now)
            if noticed.keep_up(now) or now >= look:
                self.office.look(now)
                self.team.look(now)
                look = now + (HOUR if self.team.urgent_open else 2 * HOUR)
        self.state["meters"] = noticed.over()
        script.over()
        if not self.stop.is_set():
            self.say(
                f"  三周过完了 the past is lived ({time.monotonic() - began:.0f} s); 时间 {self.state['speed']:g}×"
            )
            self._advance_phase("live")
        self.life.planter = Planter(self.n)
        self.api.save()

    def _install(self, devices: Sequence[DevicePlan]) -> None:
        """Enrol them, and connect the gateways through which they speak."""
        kept = self.home / "keys" / "simulator-devices.json"
        secrets = seeding.enrol_devices(self.places, self.api.as_staff("demo-director"), devices, kept)
        if not hasattr(self, "fleet"):
            self.fleet = fleet_of(self.n, self.instance, secrets)

    def _switch_devices_on(self) -> None:
        self._install(self.n.devices)
        director = self.api.as_staff("demo-director")
        if not self.state.get("numbers_published"):
            worker = next(member.username for member in self.n.staff if member.role == "community_worker")
            yesterday = datetime.fromtimestamp(self.clock.now() / 1000, LOCAL).date() - timedelta(days=1)
            seeding.publish_numbers(yesterday, director, self.api.as_staff(worker))
            self.state["numbers_published"] = True
        self.office.open_sensors()
        self.life.fleet = self.fleet
        self.clock.refresh()
        self.office.announce(self.clock.now())
        self.office.keep_hours(self.clock.now())
        self.life.instruments = Instrumentation(
            self.n, self.n.devices, self.life.spells, self.clock.now(), memory=self.state.get("meters")
        )
        self.progress = Progress(self.clock.now())
        self.devices_on.set()

    def _go_on(self) -> None:
        """Follow the platform's clock until stopped; trouble at a door is waited out."""
        due = {"look": 0.0, "speak": 0.0, "save": 0.0, "orders": 0.0, "tend": 0.0}
        while not self.stop.is_set():
            try:
                self._one_round(due)
            except (Unreachable, Refused, NotConnected, TimeoutError) as trouble:
                log.warning("a door is shut: %s", trouble)
                self.stop.wait(2)
            self.stop.wait(0.15)

    def _one_round(self, due: dict[str, float]) -> None:
        real = time.monotonic()
        if real >= due["tend"]:
            due["tend"] = real + TEND_SECONDS
            self._keep_the_clock_behind_the_devices()
        now = self.clock.now()
        if real >= due["orders"]:
            due["orders"] = real + ORDER_SECONDS
            for order in self.api.call("GET", "/demo/orders", params={"after": self.state["order"]}):
                self.state["order"] = order["id"]
                for incident in fulfil(order["what"], self.life.planter, now, order["id"]):
                    self.life.plant(incident)
        self.life.advance(now)
        if real >= due["speak"] and self.fleet.waiting < LATE_MESSAGES:
            due["speak"] = real + SPEAK_SECONDS
            self.life.speak(now)
            self.progress.spoke(now)
        if real >= due["look"]:
            due["look"] = real + LOOK_SECONDS
            self.office.look(now)
            self.team.look(now)
        if real >= due["save"]:
            due["save"] = real + SAVE_SECONDS
            self._save()

    def _keep_the_clock_behind_the_devices(self) -> None:
        unsent = self.fleet.waiting
        status = self.api.as_staff("demo-director").get("/telemetry/status")
        self.progress.see(unsent=unsent, stream_last=status["stream_last"], stored=status["stored"])
        self.clock.tend(not_beyond=self.progress.not_beyond)

    def _load_state(self, seed: int, speed: float, estates: int) -> dict[str, Any]:
        if self.state_path.exists():
            return json.loads(self.state_path.read_text())
        today = datetime.now(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            "seed": seed, "speed": speed, "estates": estates, "as_of": (today + MORNING).isoformat(), "phase": "new",
            "order": 0,
        }  # fmt: skip

    def _advance_phase(self, phase: str) -> None:
        self.state["phase"] = phase
        self._save()

    def _save(self) -> None:
        if hasattr(self, "life"):
            remember(self.life, self.state)
            self.state["visitors"] = sorted(self.team.visitors)
            if hasattr(self, "office"):
                self.state["office"] = self.office.memory()
        self.state_path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.state_path.with_suffix(".new")
        draft.write_text(json.dumps(self.state, ensure_ascii=False))
        draft.replace(self.state_path)
        if hasattr(self, "api"):
            self.api.save()


def fleet_of(n: Neighbourhood, instance: Instance, secrets: dict[str, str]) -> Fleet:
    """Connect the gateways; each device speaks through its estate's."""
    routes = {d.code: gateway_of(n.building_of[d.building].estate) for d in n.devices}
    gateways = {d.code: secrets[d.code] for d in n.devices_of("gateway")}
    fleet = Fleet(instance.broker.host, instance.broker.mqtt_port, n.code, gateways, routes)
    fleet.wait_connected()
    return fleet


def start_over(home: Path) -> None:
    """Remove an earlier demo; refuses a folder that is not one."""
    if not home.exists():
        return
    if any(home.iterdir()) and not (home / "simulator").exists() and not (home / "keys" / "demo-staff.json").exists():
        raise CannotStart(f"{home} 不是演示的目录，没有动它。{home} is not a demo's folder and was left alone.")
    shutil.rmtree(home)


@contextmanager
def living(home: Path, *, seed: int, speed: float, estates: int, history_days: int) -> Iterator[Instance]:
    """A demo beside the caller, in a thread of its own, until the caller is done with it."""
    demo = Demo(
        home, port=free_port(), speed=speed, seed=seed, estates=estates, say=log.info,
        history=timedelta(days=history_days),
    )  # fmt: skip
    failure: list[BaseException] = []

    def run() -> None:
        try:
            demo.run()
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, name="demo")
    thread.start()
    try:
        while not demo.devices_on.wait(0.1):
            if not thread.is_alive():
                raise CannotStart("the demo ended before it lived") from (failure[0] if failure else None)
        yield demo.instance
    finally:
        demo.stop.set()
        thread.join(60)


def measure(demo: Demo) -> None:
    """Let the demo live for :data:`MEASURED_SECONDS` with its devices on, print one JSON line, and end it."""
    while not demo.devices_on.wait(0.5):
        if demo.stop.is_set():
            return
    most, until = 0.0, time.monotonic() + MEASURED_SECONDS
    while time.monotonic() < until and not demo.stop.wait(2):
        most = max(most, demo.instance.memory_mb())
    figures = {"seconds_to_first_number": demo.seconds_to_first_number, "rss_mb": most}
    print(json.dumps(figures), file=sys.stdout, flush=True)
    demo.stop.set()


def watch_costs(demo: Demo) -> None:
    """Say every ten seconds what the demo costs and carries."""
    while not demo.stop.wait(10):
        sent = demo.fleet.sent if demo.devices_on.is_set() else 0
        demo.say(f"  {demo.instance.memory_mb():.0f} MB · {sent:,} messages · {demo.phase}")
