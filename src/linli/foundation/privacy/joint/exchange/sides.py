"""What the two halves of a run have in common."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from linli.foundation.privacy.joint.exchange.frames import POINTS_A_FRAME, Breach, Channel, Points
from linli.foundation.privacy.joint.keys import Card, PartyKeys
from linli.foundation.privacy.joint.rules import noise
from linli.foundation.privacy.joint.rules.group import POINT, SUITE, NotAnElement, filler, hash_to_group, raised
from linli.foundation.privacy.joint.rules.terms import Terms, canonical, padded

PEOPLE_TAG = f"LINLI-JOINT-V01-{SUITE}people".encode()
INVENTED_TAG = f"LINLI-JOINT-V01-{SUITE}invented".encode()
SHORTEST_GROUP = padded(1)
_random = secrets.SystemRandom()


@dataclass(frozen=True)
class Side:
    """One party in a run. ``note`` writes an entry of its log, ``spend`` records that something is about to be
    learnt: from then on the run counts against the limits, whatever happens. ``drawn`` says how many invented people."""

    keys: PartyKeys
    peer: Card
    proposed_by: str
    approved_by: str
    note: Callable[[str, dict[str, Any]], None]
    log_head: Callable[[], str]
    spend: Callable[[], None]
    progress: Callable[[int], None] = lambda percent: None
    drawn: Callable[[float], int] = noise.draw


@dataclass(frozen=True)
class Outcome:
    """The noisy count of each group, and what the run cost. ``people`` are both lengths, rounded up."""

    counts: tuple[int, ...]
    ours: int
    theirs: int
    sent: int
    received: int
    transcript: str


def points_of(numbers: Iterable[str]) -> list[bytes]:
    """Identity numbers as elements: never sent like this."""
    return [hash_to_group(number.encode(), PEOPLE_TAG) for number in numbers]


def invented(terms: Terms, group: int, whose: str) -> list[bytes]:
    """The pool of invented people of one side (``counter``, ``answerer``) in one group, which both can compute."""
    return [hash_to_group(f"{terms.run}/{group}/{whose}/{n}".encode(), INVENTED_TAG) for n in range(terms.pool)]


def chosen(pool: list[bytes], wanted: int) -> list[bytes]:
    """``wanted`` of the pool, and fillers in place of the others: the length tells nothing."""
    return _random.sample(pool, wanted) + [filler() for _ in range(len(pool) - wanted)]


def filled(points: list[bytes]) -> list[bytes]:
    """With fillers up to the rounded length."""
    return points + [filler() for _ in range(max(SHORTEST_GROUP, padded(len(points))) - len(points))]


def shuffled(points: list[bytes]) -> list[bytes]:
    """In an order from the operating system's randomness."""
    return _random.sample(points, len(points))


def send_points(channel: Channel, stage: str, group: int, points: list[bytes], scalar: bytes) -> str:
    """Raise the points, in an order that nobody knows, and send each frame as soon as it is reckoned, so that the other
    side reckons at the same time. Returns the digest of what was sent, for the log."""
    order = shuffled(points)
    sent = hashlib.sha256()
    for start in range(0, len(order), POINTS_A_FRAME):
        frame = b"".join(raised(order[start : start + POINTS_A_FRAME], scalar))
        sent.update(frame)
        channel.send(Points(stage, group, frame))
    return sent.hexdigest()


def receive_points(
    channel: Channel,
    stage: str,
    group: int,
    expected: int,
    each: Callable[[list[bytes]], object] = lambda part: None,
) -> list[bytes]:
    """Exactly ``expected`` different elements, handing each frame's to ``each`` as they come.

    Raises :class:`Breach`: an element sent twice would count twice.
    """
    found: list[bytes] = []
    while len(found) < expected:
        part = channel.receive(Points)
        if part.stage != stage or part.group != group or not part.points or len(part.points) % POINT:
            raise Breach("out_of_order")
        came = [part.points[start : start + POINT] for start in range(0, len(part.points), POINT)]
        found += came
        if len(found) > expected:
            raise Breach("too_many")
        try:
            each(came)
        except NotAnElement as error:
            raise Breach("not_an_element") from error
    if len(set(found)) != expected:
        raise Breach("repeated")
    return found


def digest_of(points: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(points)).hexdigest()


def what_is_signed(terms: Terms, transcript: str, counts: Iterable[int]) -> bytes:
    return canonical({"terms": terms.digest, "transcript": transcript, "counts": list(counts)})


def packed(counts: Iterable[int]) -> bytes:
    return b"".join(one.to_bytes(8, "big", signed=True) for one in counts)


def unpacked(raw: bytes, groups: int) -> list[int]:
    """Raises :class:`Breach` for another number of groups."""
    if len(raw) != 8 * groups:
        raise Breach("counts")
    return [int.from_bytes(raw[start : start + 8], "big", signed=True) for start in range(0, len(raw), 8)]
