"""``linli bench speed joint``: counting 5,000 people against 20,000 in two processes, beside OpenMined PSI on the same lists."""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated

import typer


def joint_speed(
    ours: Annotated[int, typer.Option(help="people on the counter's list")] = 5000,
    theirs: Annotated[int, typer.Option(help="people on the partner's list")] = 20000,
    seed: Annotated[int, typer.Option(help="which invented people")] = 1,
) -> None:
    """Measure seconds and bytes of one run over an encrypted connection; the peer has no connection, noise or log."""
    dice = random.Random(seed)  # noqa: S311 (invented people, no secrets)
    everybody = [f"{number:018d}" for number in range(ours + theirs)]
    mine, other = dice.sample(everybody, ours), dice.sample(everybody, theirs)
    both = len({*mine} & {*other})
    print(f"{ours} × {theirs}, {both} on both lists …", file=sys.stderr)
    seconds, cpu, sent, received, counted = _ours(mine, other)
    print(f"linli: {seconds:.2f} s; openmined-psi …", file=sys.stderr)
    peer = _openmined(mine, other, both)
    figures: dict[str, object] = {
        "ours": ours,
        "theirs": theirs,
        "both": both,
        "counted": counted,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "bytes": sent + received,
        "bytes_sent": sent,
        "bytes_received": received,
    }
    if peer is not None:
        figures |= {"peer": "openmined-psi", "peer_seconds": round(peer[0], 2), "peer_cpu_seconds": round(peer[1], 2)}
        figures |= {"peer_bytes": peer[2], "ratio": round(seconds / peer[0], 2), "cpu_ratio": round(cpu / peer[1], 2)}
    print(json.dumps(figures))


def _ours(mine: list[str], other: list[str]) -> tuple[float, float, int, int, int]:
    """Seconds from the first byte to the receipt, CPU seconds of both sides, bytes each way, and the noisy count."""
    from linli.foundation.privacy.joint.exchange import secured
    from linli.foundation.privacy.joint.exchange.counting import count
    from linli.foundation.privacy.joint.exchange.frames import Channel
    from linli.foundation.privacy.joint.keys import PartyKeys

    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        community = PartyKeys.make(Path(folder) / "community", "community")
        PartyKeys.make(Path(folder) / "station", "station")
        here, there = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(target=_station, args=(there, folder, other))
        process.start()
        port = here.recv()
        side, terms = _side(folder, "community")
        started, cpu = time.monotonic(), time.process_time()
        channel = Channel(secured.call(f"127.0.0.1:{port}", community, side.peer, private=True))
        outcome = count(channel, side, terms, [mine])
        seconds, cpu = time.monotonic() - started, time.process_time() - cpu
        cpu += here.recv()
        process.join()
    return seconds, cpu, outcome.sent, outcome.received, outcome.counts[0]


def _station(to_parent: Connection, folder: str, members: list[str]) -> None:
    import socket

    from linli.foundation.privacy.joint.exchange import secured
    from linli.foundation.privacy.joint.exchange.answering import answer
    from linli.foundation.privacy.joint.exchange.frames import Channel

    side, terms = _side(folder, "station")
    with socket.create_server(("127.0.0.1", 0)) as server:
        to_parent.send(server.getsockname()[1])
        connection, _peer = secured.receive(server.accept()[0], side.keys, [side.peer])
        cpu = time.process_time()
        answer(Channel(connection), side, terms, members)
        to_parent.send(time.process_time() - cpu)


def _side(folder: str, who: str):
    from linli.foundation.privacy.joint.exchange.sides import Side
    from linli.foundation.privacy.joint.keys import PartyKeys
    from linli.foundation.privacy.joint.rules.terms import Terms

    keys = {name: PartyKeys.load(Path(folder) / name) for name in ("community", "station")}
    terms = Terms(
        "0" * 32, "speed", keys["community"].card.fingerprint, keys["station"].card.fingerprint, False, "2026-03-02"
    )
    peer = keys["station" if who == "community" else "community"].card
    nothing = (lambda kind, facts: None), (lambda: "0" * 64), (lambda: None)
    return Side(keys[who], peer, "a", "b", *nothing), terms


def _openmined(mine: list[str], other: list[str], both: int) -> tuple[float, float, int] | None:
    """Seconds, CPU seconds and bytes of the peer in one process; nothing where it has no wheel."""
    try:
        import private_set_intersection.python as psi
    except ImportError:
        return None
    started, cpu = time.monotonic(), time.process_time()
    client, server = psi.client.CreateWithNewKey(False), psi.server.CreateWithNewKey(False)
    setup = server.CreateSetupMessage(0.0, len(mine), other, psi.DataStructure.RAW)
    request = client.CreateRequest(mine)
    answer = server.ProcessRequest(request)
    if client.GetIntersectionSize(setup, answer) != both:
        raise RuntimeError("the peer counts another number")
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    return seconds, cpu, sum(one.ByteSize() for one in (setup, request, answer))
