"""The checks of ``linli doctor``: each a small function that looks at one thing and never changes it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db import DatabaseError, connection

from linli.cli import preflight
from linli.foundation import clock

State = Literal["ok", "warning", "failure"]

OLDEST_PYTHON = (3, 11)
ENOUGH_FREE = 2 * 1024**3
LAG_WORTH_WATCHING = 1_000
BACKLOG_WORTH_WATCHING = timedelta(minutes=2)
STUCK_AFTER = timedelta(days=2)
RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
"""No machine that runs this code can rightly believe that it is earlier."""


@dataclass(frozen=True)
class Finding:
    """``found`` is what is so, ``remedy`` what to do where something is wrong."""

    check: str
    state: State
    found: str
    remedy: str = ""


Check = Callable[[], Finding]
_checks: dict[str, Check] = {}


def check(name: str) -> Callable[[Callable[[], tuple[State, str, str] | str]], Check]:
    """Register a check; it returns what it found, or (state, found, remedy). What it raises is its finding."""

    def register(look: Callable[[], tuple[State, str, str] | str]) -> Check:
        def run() -> Finding:
            try:
                answer = look()
            except preflight.NotReady as trouble:
                return Finding(name, "failure", trouble.trouble, trouble.remedy)
            except DatabaseError as error:
                return Finding(name, "failure", _first_line(error), "Mend the database first (see 'database')")
            except Exception as error:
                found = f"{type(error).__name__}: {_first_line(error)}"
                return Finding(name, "failure", found, "This check could not run; report it with this line")
            return Finding(name, "ok", answer) if isinstance(answer, str) else Finding(name, *answer)

        _checks[name] = run
        return run

    return register


def run_all() -> list[Finding]:
    """Every check, in the order in which things depend on each other."""
    return [run() for run in _checks.values()]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@check("python")
def python():
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return "failure", version, "Install Python 3.11 or later and make the environment anew"
    return version


@check("home")
def home():
    preflight.require_writable(settings.LINLI_HOME)
    return f"{settings.LINLI_HOME} can be written"


@check("disk")
def disk():
    preflight.require_space(settings.LINLI_HOME)
    free = shutil.disk_usage(settings.LINLI_HOME).free
    found = f"{free / 1024**3:.1f} GB free"
    if free < ENOUGH_FREE:
        return "warning", found, "Free some space: below 200 MB nothing starts"
    return found


@check("keys")
def keys():
    folder = settings.LINLI_HOME / "keys"
    open_to_others = [p.name for p in folder.glob("*") if p.is_file() and p.stat().st_mode & 0o077]
    if open_to_others:
        return "failure", f"others can read {', '.join(open_to_others)}", f"chmod 600 {folder}/*"
    return f"{sum(1 for _ in folder.glob('*'))} keys, readable by their owner only"


@check("sealed fields")
def sealed_fields():
    from linli.foundation.vault.errors import KeysUnavailable
    from linli.foundation.vault.keyring import ring
    from linli.foundation.vault.resealing import waiting

    try:
        held = ring(fresh=True)
    except KeysUnavailable:
        return (
            "failure",
            "the keys cannot be reached, or are not ours: protected fields stay closed, what is written waits",
            "See LINLI_KEYS: bring back the file, or what the key service held; new keys are never made over lost ones",
        )
    found = f"keys {held.data.current} and {held.index.current}, {settings.LINLI_CIPHER}"
    if len(held.data.secrets) > 1:
        return "warning", f"{found}; a rotation was not finished", "Run  linli admin rotate-keys  again"
    if count := waiting():
        return "warning", f"{found}; {count} values wait to be sealed anew", "See that 'linli work' runs"
    return found


@check("database")
def database():
    preflight.unapplied_migrations()
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0]
            if int(version.split(".")[0]) < 15:
                return "failure", f"PostgreSQL {version}", "Move to PostgreSQL 15 or later"
            return f"PostgreSQL {version}"
        cursor.execute("PRAGMA integrity_check(3)")
        problems = [row[0] for row in cursor.fetchall()]
        cursor.execute("PRAGMA journal_mode")
        journal = cursor.fetchone()[0]
    if problems != ["ok"]:
        return (
            "failure",
            f"damaged: {problems[0]}",
            "Stop Linli and restore the last backup with 'linli restore'",
        )
    if journal != "wal":
        return (
            "failure",
            f"journal mode is {journal}",
            "Keep LINLI_HOME on a local disk: WAL does not work on network shares",
        )
    return "SQLite, integrity ok, WAL"


@check("migrations")
def migrations():
    waiting = preflight.unapplied_migrations()
    if waiting:
        return "failure", f"{len(waiting)} not applied, first {waiting[0]}", "Run 'linli admin migrate'"
    return "all applied"


@check("communities")
def communities():
    from linli.foundation.registry.models import Community

    count = Community.objects.count()
    if not count:
        return "warning", "none yet", "Run 'linli admin create-community' and 'linli admin create-director'"
    return str(count)


@check("call order")
def call_order():
    """Who is called about danger to life: rungs on which nobody stands."""
    from linli.foundation.registry.models import Community
    from linli.foundation.tenancy import community_scope
    from linli.understand.warnings.empty_rungs import empty_rungs

    empty = []
    for community in Community.objects.order_by("pk"):
        with community_scope(community):
            empty += [
                f"{community.code}: {gap.role.value}" + (f" in grid {gap.grid.number}" if gap.grid else "")
                for gap in empty_rungs()
            ]
    if not empty:
        return "somebody on every rung"
    more = f" and {len(empty) - 3} more" if len(empty) > 3 else ""
    return "warning", f"nobody holds {'; '.join(empty[:3])}{more}", "Give somebody the role: workbench, 账号 (accounts)"


@check("front end")
def front_end():
    preflight.require_front_end()
    return "built"


@check("fonts")
def fonts():
    found = shutil.which("fc-list")
    if not found:
        return (
            "warning",
            "fontconfig is not installed",
            "Only screenshots and PDF need it: apt install fontconfig fonts-noto-cjk",
        )
    listed = subprocess.run([found, ":lang=zh-cn", "family"], capture_output=True, text=True, timeout=20, check=False)
    if not listed.stdout.strip():
        return "warning", "no Chinese font", "Only screenshots and PDF need one: apt install fonts-noto-cjk"
    return "Chinese fonts found"


@check("clock")
def machine_clock():
    now = clock.real_now()
    if now < RELEASED:
        return (
            "failure",
            f"the machine believes that it is {now:%Y-%m-%d}",
            "Set the clock: timedatectl set-ntp true",
        )
    newest = newest_event_time()
    if not settings.LINLI_SIMULATED_CLOCK and newest and newest > now + timedelta(minutes=5):
        return (
            "failure",
            f"an event happened at {newest:%Y-%m-%d %H:%M}, which is in the future",
            "Set the clock: timedatectl set-ntp true",
        )
    return f"{now:%Y-%m-%d %H:%M} UTC"


def newest_event_time() -> datetime | None:
    from linli.foundation.events.models import Event

    return Event.objects.order_by("-pk").values_list("happened_at", flat=True).first()


@check("holiday calendar")
def holiday_calendar():
    from linli.foundation.lifecycle.official_calendar import OFFICIAL

    today = clock.today()
    remedy = "Upgrade the package chinesecalendar: deadlines count weekends only in a year without its notice"
    if not OFFICIAL.is_known(today):
        return "failure", f"{today.year} is not known", remedy
    if not OFFICIAL.is_known(today.replace(year=today.year + 1, month=1, day=4)):
        return "warning", f"{today.year} is known, {today.year + 1} not yet (published in November)", remedy
    return f"{today.year} and {today.year + 1} are known"


@check("message server binary")
def message_server_binary():
    from linli.sense.telemetry.broker import BrokerFailed, find_server

    try:
        return str(find_server())
    except BrokerFailed as missing:
        return "failure", "nats-server was not found", str(missing)


@check("message server")
def message_server():
    state = _stream_state()
    if isinstance(state, str):
        return "failure", state, "Start it with 'linli admin message-server'; its log is in LINLI_HOME/nats"
    return f"answers; stream holds messages {state.first} to {state.last}"


@check("ingest")
def ingest():
    from linli.sense.telemetry.models import IngestCursor
    from linli.sense.telemetry.stream import STREAM

    state = _stream_state()
    cursor = IngestCursor.objects.filter(stream=STREAM).first()
    if isinstance(state, str) or cursor is None:
        return "warning", "nothing to compare: no stream or nothing stored yet", "Start 'linli ingest'"
    lag = max(0, state.last - cursor.sequence)
    found = f"{lag} messages wait to be stored; {cursor.quarantined} quarantined so far"
    if lag > LAG_WORTH_WATCHING:
        return "failure", found, "See that 'linli ingest' runs, and its log"
    return found


def _stream_state():
    """The state of the stream, or why it cannot be known."""
    from linli.sense.telemetry import stream
    from linli.sense.telemetry.broker import service_address
    from linli.sense.telemetry.wire import Connection, WireError

    try:
        connection = Connection(service_address(settings.LINLI_HOME), name="doctor", timeout=2)
    except (WireError, OSError) as error:
        return _first_line(error)
    try:
        return stream.state(connection)
    except stream.StreamError as error:
        return f"the server answers, but: {_first_line(error)}"
    finally:
        connection.close()


@check("worker")
def worker():
    if not (settings.LINLI_HOME / "work.lock").exists():
        return "warning", "has not run yet", "Start 'linli work'"
    if not _is_locked(settings.LINLI_HOME / "work.lock"):
        return (
            "failure",
            "does not run: notices, deadlines and the audit log stand still",
            "Start 'linli work'",
        )
    return "runs"


def _is_locked(path) -> bool:
    """Whether a process holds the lock; a lock that we could take is given back at once."""
    import fcntl

    with path.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@check("event backlog")
def event_backlog():
    from linli.foundation.events.queries import backlog

    waiting = backlog()
    found = f"{waiting.unplaced} events unplaced, {waiting.pending} deliveries pending, {waiting.failing} failing"
    if waiting.failing:
        return "failure", found, "See the worker's log: each failing delivery names its handler and error"
    if waiting.oldest and clock.now() - waiting.oldest > BACKLOG_WORTH_WATCHING:
        return "warning", found, "See that 'linli work' runs"
    return found


@check("deletion")
def deletion():
    from linli.foundation.privacy.consents.models import Ending
    from linli.foundation.privacy.retention import register
    from linli.foundation.privacy.retention.models import Erasure, Plan
    from linli.foundation.tenancy import every_community

    now = clock.now()
    with every_community("the doctor looks at all"):
        stuck = Erasure.objects.unfinished().filter(begun_at__lt=now - STUCK_AFTER).order_by("begun_at").first()
        late = Ending.objects.filter(erased_at__isnull=True, delete_by__lt=clock.today()).count()
    if (broken := register.first_broken()) is not None:
        return (
            "failure",
            f"the register of deletions was changed at entry {broken}",
            "Keep a copy of everything and compare with the last sound backup",
        )
    if stuck is not None:
        return (
            "failure",
            f"an erasure has waited since {stuck.begun_at:%Y-%m-%d} for: {stuck.trouble or ', '.join(stuck.work)}",
            "See that the message server and 'linli work' run; then 'linli admin retention'",
        )
    if late:
        return (
            "failure",
            f"{late} consents have ended whose readings should be gone by now",
            "See that 'linli work' runs, and what is on hold on the page about deletion",
        )
    last = Plan.objects.order_by("-made_on").values_list("made_on", flat=True).first()
    held = Plan.objects.filter(state=Plan.State.HELD).count()
    found = f"last looked at what is due on {last}; {held} plans on hold" if last else "has not looked yet"
    if last is not None and clock.today() - last > STUCK_AFTER:
        return "failure", found, "See that 'linli work' runs at three in the night"
    return found


@check("backups")
def backups():
    from linli.foundation.privacy.retention import backups, tombstones
    from linli.foundation.vault import recovery

    try:
        if recovery.public_half(settings.LINLI_HOME) is None:
            return "warning", "there is no recovery key, so no backup can be made", "linli admin recovery-key"
    except recovery.WrongKey as damaged:
        return "failure", "the public half of the recovery key is damaged: no backup can be made", str(damaged)

    there = list(backups.archives())
    if away := tombstones.spread():
        return (
            "failure",
            f"the list of erasures cannot be laid beside the archives in {away[0]}",
            "Make the folder writable: a restore without the list would bring back who was erased",
        )
    if not there:
        return (
            "warning",
            "none was made from here, or they were moved",
            "Run 'linli backup' each day; see operations.md",
        )
    if old := backups.expired():
        return (
            "failure",
            f"{len(old)} archives are older than {settings.LINLI_BACKUP_DAYS} days, first {old[0].path}",
            "Delete them: who was erased since is still in them. 'linli work' does it where it may write",
        )
    if not settings.LINLI_BACKUP_DAYS:
        return "warning", f"{len(there)} archives that never expire", "Set LINLI_BACKUP_DAYS"
    return f"{len(there)} archives, the newest {there[-1].age.days} days old; kept {settings.LINLI_BACKUP_DAYS} days"


@check("calls read aloud")
def voice_calls():
    way = settings.LINLI_VOICE
    if not way:
        return "none set: who does not read a text message is not rung up"
    if way == "http_gateway" and not settings.LINLI_VOICE_URL:
        return "failure", "the gateway has no address", "Set LINLI_VOICE_URL and LINLI_VOICE_TOKEN"
    if way != "http_gateway" and settings.LINLI_MODE == "production":
        return (
            "failure",
            f"'{way}' rings nobody's phone, and its calls count as made",
            "Set LINLI_VOICE=http_gateway or none",
        )
    if not settings.LINLI_REPLY_TOKEN:
        return (
            "warning",
            "nobody can answer a call by a key: no LINLI_REPLY_TOKEN",
            "Set it, and give it to the gateway",
        )
    return way


@check("text messages")
def text_messages():
    way = settings.LINLI_SMS
    if not way:
        return (
            "failure",
            "no way is set: nobody can sign in by phone, and every message stays unsent",
            "Set LINLI_SMS=http_gateway, LINLI_SMS_URL and LINLI_SMS_TOKEN",
        )
    if way == "http_gateway" and not settings.LINLI_SMS_URL:
        return "failure", "the gateway has no address", "Set LINLI_SMS_URL and LINLI_SMS_TOKEN"
    if way != "http_gateway" and settings.LINLI_MODE == "production":
        return (
            "failure",
            f"'{way}' reaches nobody's phone, and its messages count as sent",
            "Set LINLI_SMS=http_gateway, LINLI_SMS_URL and LINLI_SMS_TOKEN",
        )
    return way
