"""Invented people of one small region, and two parties that count together."""

from __future__ import annotations

import csv
import random
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import msgspec

from linli.foundation.privacy.joint.exchange.answering import answer
from linli.foundation.privacy.joint.exchange.counting import count
from linli.foundation.privacy.joint.exchange.frames import Channel
from linli.foundation.privacy.joint.exchange.sides import Outcome, Side
from linli.foundation.privacy.joint.keys import PartyKeys
from linli.foundation.privacy.joint.rules.noise import centre_for
from linli.foundation.privacy.joint.rules.terms import Terms
from linli.foundation.registry.rules.identity import check_character

DIVISION = "990112"
FIRST_DAY, DAYS, SEQUENCES = date(1941, 1, 1), 365, 20
ON = "2026-03-02"


def number(day: date, sequence: int) -> str:
    first = f"{DIVISION}{day:%Y%m%d}{sequence:03d}"
    return first + check_character(first)


def whole_region() -> Iterator[str]:
    """Every identity number that anybody of the test region can have."""
    for day in range(DAYS):
        for sequence in range(1, SEQUENCES + 1):
            yield number(FIRST_DAY + timedelta(days=day), sequence)


def some(wanted: int, seed: int) -> list[str]:
    return random.Random(seed).sample(list(whole_region()), wanted)


def list_file(path: Path, numbers: list[str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["姓名", "身份证号"])
        writer.writerows(["某人", one] for one in numbers)
    return path


@dataclass
class Pair:
    """A community and a health station over a pair of sockets, inside any encryption: what an eavesdropper would see who
    had broken it. ``centred`` noise adds nothing, so that counts can be compared."""

    community: PartyKeys
    station: PartyKeys
    passed: dict[str, bytes] = field(default_factory=dict)
    logs: dict[str, list] = field(default_factory=dict)
    outcomes: dict[str, object] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, algorithm: str = "ed25519") -> Pair:
        return cls(
            PartyKeys.make(folder / "community", "社区", algorithm), PartyKeys.make(folder / "station", "卫生站")
        )

    @property
    def seen(self) -> bytes:
        return self.passed["out"] + self.passed["in"]

    @property
    def points(self) -> list[bytes]:
        """Every element that passed, either way."""
        found: list[bytes] = []
        for stream in self.passed.values():
            start = 0
            while start < len(stream):
                size = int.from_bytes(stream[start : start + 4], "big")
                message = msgspec.msgpack.decode(stream[start + 4 : start + 4 + size])
                raw = message["points"] if message["type"] == "Points" else b""
                found += [raw[n : n + 32] for n in range(0, len(raw), 32)]
                start += 4 + size
        return found

    def terms(self, run: int = 1, *, banded: bool = False) -> Terms:
        return Terms(
            f"{run:032x}", "两边都有多少人", self.community.card.fingerprint, self.station.card.fingerprint, banded, ON
        )

    def run(
        self,
        groups: list[list[str]],
        theirs: list[str],
        *,
        run: int = 1,
        centred: bool = False,
        meddle: Callable[[bytes, str], bytes] | None = None,
    ) -> tuple[Outcome, Outcome]:
        """Both outcomes; raises what either side raised. ``meddle`` may change what passes by."""
        terms = self.terms(run, banded=len(groups) > 1)
        ours_end, ours_wire = socket.socketpair()
        theirs_end, theirs_wire = socket.socketpair()
        self.passed, self.logs, self.outcomes = {"out": b"", "in": b""}, {"community": [], "station": []}, {}

        def pass_on(source: socket.socket, target: socket.socket, direction: str) -> None:
            while data := source.recv(1 << 16):
                data = meddle(data, direction) if meddle else data
                self.passed[direction] += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

        def half(who: str, work: Callable[[], Outcome], end: socket.socket) -> None:
            try:
                self.outcomes[who] = work()
            except Exception as trouble:
                self.outcomes[who] = trouble
            finally:
                end.close()

        ours, station = Channel(ours_end, 20), Channel(theirs_end, 20)
        threads = [
            threading.Thread(target=pass_on, args=(ours_wire, theirs_wire, "out"), daemon=True),
            threading.Thread(target=pass_on, args=(theirs_wire, ours_wire, "in"), daemon=True),
            threading.Thread(
                target=half,
                args=("community", lambda: count(ours, self._side("community", centred), terms, groups), ours_end),
            ),
            threading.Thread(
                target=half,
                args=("station", lambda: answer(station, self._side("station", centred), terms, theirs), theirs_end),
            ),
        ]
        for thread in threads:
            thread.start()
        for thread in threads[2:]:
            thread.join(60)
        for outcome in self.outcomes.values():
            if isinstance(outcome, Exception):
                raise outcome
        return self.outcomes["community"], self.outcomes["station"]  # type: ignore[return-value]

    def _side(self, who: str, centred: bool) -> Side:
        keys = {"community": self.community, "station": self.station}
        peer = self.station if who == "community" else self.community
        more = {"drawn": centre_for} if centred else {}
        return Side(
            keys=keys[who],
            peer=peer.card,
            proposed_by="甲",
            approved_by="乙",
            note=lambda kind, facts: self.logs[who].append((kind, facts)),
            log_head=lambda: "0" * 64,
            spend=lambda: self.logs[who].append(("spent", {})),
            **more,
        )
