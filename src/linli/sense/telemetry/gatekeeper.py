"""The gatekeeper: decides which device may connect and what it may publish (NATS auth callout).

The message server asks on ``$SYS.REQ.USER.AUTH`` for each connection; the answer is a signed grant to publish to the
device's own subject only, to every device's subject of its community for a gateway, or below its own branch for a bridge. A device of a sensitive kind gets
none while it is not declared where it stands, and is cut off within a second when its declaration goes, when it is revoked or
when its secret is replaced. Two devices with one secret are noticed (:mod:`~linli.sense.telemetry.sharing`). Nothing is
remembered between connections: each one is decided on the device's row as it is now. While the gatekeeper is down, nobody new
can connect; who is connected goes on.

Protocol: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_callout
"""

from __future__ import annotations

import base64
import json
import logging
import re
import secrets
import threading
import time
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import nkeys
from django.db import close_old_connections, connection, transaction

from linli.foundation import clock
from linli.foundation.accounts.actor import Actor
from linli.foundation.events.recording import record
from linli.foundation.privacy.sensing.grounds import grounds_of, last_ending
from linli.foundation.privacy.sensing.kinds import is_sensitive, kinds
from linli.foundation.tenancy import community_scope, every_community
from linli.sense.telemetry.broker import ACCOUNT, issuer_seed, service_address
from linli.sense.telemetry.credentials import fits
from linli.sense.telemetry.device_types import CATALOGUE
from linli.sense.telemetry.directory import spot_of
from linli.sense.telemetry.discovery.topics import BRANCH
from linli.sense.telemetry.faults import note_fault
from linli.sense.telemetry.models import Device, PublishViolation
from linli.sense.telemetry.sharing import Sharers, speaking_at_once
from linli.sense.telemetry.wire import Connection, Frame, WireError

log = logging.getLogger(__name__)

GRANT_SECONDS = 24 * 3600
LOOK_SECONDS = 1.0
REVOKED_LOOKED_AT = 500
REMEMBERED_CONNECTIONS = 20_000

_VIOLATION = re.compile(
    r'- [a-z]*id:(?P<cid>\d+) .*?(?:Publish Violation - .*?Subject "(?P<subject>[^"]+)"'
    r"|(?P<limit>maximum payload exceeded|Maximum Payload Violation))",
    re.IGNORECASE,
)


class Gatekeeper(threading.Thread):
    """Runs until :meth:`stop`; connects again whenever the message server comes back."""

    def __init__(self, home: Path) -> None:
        super().__init__(name="gatekeeper", daemon=True)
        self._home = home
        self._stopping = threading.Event()
        seed = issuer_seed(home)
        self._signer = nkeys.from_seed(bytearray(seed))
        public = self._signer.public_key
        self._issuer = public.decode() if isinstance(public, bytes) else public
        self._who: dict[str, str] = {}
        self._sharers = Sharers()
        self._log = LogTail(home / "nats" / "nats-server.log")

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._serve()
            except WireError as gone:
                log.info("the gatekeeper waits for the message server: %s", gone)
            except Exception:
                log.exception("the gatekeeper starts again")
            finally:
                connection.close()
            self._stopping.wait(0.2)

    def _serve(self) -> None:
        door = Connection(service_address(self._home), name="gatekeeper")
        system = Connection(service_address(self._home, system=True), name="gatekeeper-system")
        try:
            door.subscribe(b"$SYS.REQ.USER.AUTH")
            cut_off, renewed = _revoked_codes(), _renewed()
            ended = last_ending()
            looked_at = time.monotonic()
            while not self._stopping.is_set():
                for frame in door.read(LOOK_SECONDS / 4):
                    self._answer(door, frame)
                if time.monotonic() - looked_at < LOOK_SECONDS:
                    continue
                looked_at = time.monotonic()
                close_old_connections()
                system.read(0)
                revoked = _revoked_codes()
                for code in revoked - cut_off:
                    kick(system, code)
                cut_off = revoked
                fresh = _renewed()
                for code, since in fresh.items():
                    if renewed.get(code) != since:
                        kick(system, code)
                renewed = fresh
                self._notice_sharing(system)
                if (newest := last_ending()) != ended:
                    ended = newest
                    for code in undeclared_codes():
                        kick(system, code)
                self._note_violations()
        finally:
            door.close()
            system.close()

    def _answer(self, door: Connection, frame: Frame) -> None:
        asked = _claims(frame.payload)["nats"]
        options = asked.get("connect_opts", {})
        code, secret = str(options.get("user", "")), str(options.get("pass", ""))
        device = _device(code)
        if _may_connect(device, secret) and device is not None:
            self._remember(asked, code)
            self._sharers.came(code, str(asked.get("client_info", {}).get("host", "")), time.monotonic())
            reply: dict[str, Any] = {"jwt": self._grant(asked["user_nkey"], device)}
        else:
            reply = {"error": "unknown, revoked or undeclared device, or wrong secret"}
        signed = self._sign(
            {
                "aud": asked["server_id"]["id"],
                "sub": asked["user_nkey"],
                "nats": {"type": "authorization_response", "version": 2, **reply},
            }
        )
        door.publish(frame.reply, signed.encode())

    def _grant(self, user_nkey: str, device: Device) -> str:
        kind = CATALOGUE[device.type]
        whose = "*" if kind.gateway else device.code
        own = f"linli.{device.community.code}.{whose}.{f'{BRANCH}.>' if kind.bridge else 'up'}"
        return self._sign(
            {
                "aud": ACCOUNT,
                "sub": user_nkey,
                "name": device.code,
                "exp": int(time.time()) + GRANT_SECONDS + secrets.randbelow(GRANT_SECONDS // 4),
                "nats": {
                    "type": "user",
                    "version": 2,
                    "pub": {"allow": [own, "$MQTT.>"]},
                    "sub": {"allow": ["$MQTT.>"]},
                    "subs": -1,
                    "data": -1,
                    "payload": -1,
                },
            }
        )

    def _sign(self, claims: dict[str, Any]) -> str:
        claims |= {"iss": self._issuer, "iat": int(time.time())}
        claims["jti"] = base64.b32encode(sha256(json.dumps(claims).encode()).digest()).decode().rstrip("=")
        header = _b64(json.dumps({"typ": "JWT", "alg": "ed25519-nkey"}).encode())
        body = f"{header}.{_b64(json.dumps(claims).encode())}"
        return f"{body}.{_b64(self._signer.sign(body.encode()))}"

    def _remember(self, asked: dict[str, Any], code: str) -> None:
        if len(self._who) >= REMEMBERED_CONNECTIONS:
            self._who.pop(next(iter(self._who)))
        self._who[str(asked.get("client_info", {}).get("id", ""))] = code

    def _notice_sharing(self, system: Connection) -> None:
        """Ask the server about devices that came a second time: two that both go on speaking are two devices."""
        now = time.monotonic()
        for code in self._sharers.doubtful(now):
            live = connections_of(system, code)[1]
            if len(live) < 2:
                self._sharers.settled(code)
            peers = speaking_at_once(live)
            if peers or (peers := self._sharers.taking_turns(code, now)):
                self._sharers.told(code)
                _note_shared(code, peers)

    def _note_violations(self) -> None:
        for line in self._log.new_lines():
            found = _VIOLATION.search(line)
            if found:
                what = found["subject"] or "payload over the server's limit"
                note_violation(self._who.get(found["cid"], f"connection {found['cid']}"), what)


def kick(system: Connection, code: str) -> int:
    """Close every live connection of the device; returns how many there were."""
    server, connections = connections_of(system, code)
    for live in connections:
        system.request(f"$SYS.REQ.SERVER.{server}.KICK".encode(), json.dumps({"cid": live["cid"]}).encode())
    return len(connections)


def connections_of(system: Connection, code: str) -> tuple[str, list[dict[str, Any]]]:
    """The server's id, and the live connections of the device as its monitoring describes them."""
    asked = json.dumps({"auth": True, "user": code}).encode()
    told = json.loads(system.request(b"$SYS.REQ.SERVER.PING.CONNZ", asked))
    return told["server"]["id"], told["data"].get("connections") or []


def _note_shared(code: str, peers: list[str]) -> None:
    with every_community("whose device it is says its row"), transaction.atomic():
        device = Device.objects.get(code=code)
        note_fault(device, "shared", peers="、".join(peers))
        record("telemetry.credential_shared", device, actor=Actor.for_system("gatekeeper", device.community_id))


def note_violation(device_code: str, what: str) -> None:
    """Count that ``device_code`` tried ``what`` without being allowed to; nothing of it was stored."""
    now = clock.now()
    row, made = PublishViolation.objects.get_or_create(
        device_code=device_code[:64], what=what[:200], defaults={"first_at": now, "last_at": now}
    )
    if not made:
        row.times += 1
        row.last_at = now
        row.save(update_fields=["times", "last_at"])


class LogTail:
    """New lines of a log that may be rotated or not exist yet; starts at its present end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = path.stat().st_size if path.exists() else 0

    def new_lines(self) -> list[str]:
        try:
            size = self._path.stat().st_size
            if size < self._offset:
                self._offset = 0
            with self._path.open("rb") as file:
                file.seek(self._offset)
                text = file.read(1 << 20)
        except OSError:
            return []
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        return whole.decode(errors="replace").splitlines()


def _device(code: str) -> Device | None:
    with every_community("a connecting device names itself before its community is known"):
        return Device.objects.select_related("community", "building").filter(code=code).first()


def _may_connect(device: Device | None, secret: str) -> bool:
    if device is None or device.revoked_at is not None or not fits(secret, device.credential_digest):
        return False
    if not is_sensitive(device.type):
        return True
    spot = spot_of(device)
    with community_scope(device.community):
        return spot in grounds_of([spot])


def undeclared_codes() -> set[str]:
    """Codes of devices of sensitive kinds, of any community, that are not declared where they stand."""
    found: set[str] = set()
    with every_community("what any community took down is cut off here"):
        rows = Device.objects.filter(type__in=[kind.key for kind in kinds()], revoked_at__isnull=True)
        devices = list(rows.select_related("building"))
    by_community: dict[int, list[Device]] = {}
    for device in devices:
        by_community.setdefault(device.community_id, []).append(device)
    for community_id, some in by_community.items():
        with community_scope(community_id):
            declared = grounds_of({spot_of(device) for device in some})
        found |= {device.code for device in some if spot_of(device) not in declared}
    return found


def _revoked_codes() -> set[str]:
    with every_community("revocation of any community's device is carried out here"):
        revoked = Device.objects.filter(revoked_at__isnull=False).order_by("-revoked_at")
        return set(revoked.values_list("code", flat=True)[:REVOKED_LOOKED_AT])


def _renewed() -> dict[str, datetime | None]:
    """When the devices whose secrets were replaced lately got their new one."""
    with every_community("a new secret of any community's device is carried out here"):
        rows = Device.objects.filter(secret_at__isnull=False, revoked_at__isnull=True).order_by("-secret_at")
        return dict(rows.values_list("code", "secret_at")[:REVOKED_LOOKED_AT])


def _claims(token: bytes) -> dict[str, Any]:
    """The claims of the server's own token, which arrives over the authenticated service connection."""
    body = token.split(b".")[1]
    return json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
