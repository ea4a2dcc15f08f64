"""What a batch brings from bridges: announcements are written down, states of what was taken in become the device's own messages.

From there on a state is a message like any other: decoded, judged by consent and declaration, calibrated, set aside. A state
of anything else is counted and leaves the stream unread.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from linli.foundation.tenancy import community_scope
from linli.sense.telemetry.decoding import Fault, plain
from linli.sense.telemetry.directory import Directory, KnownDevice
from linli.sense.telemetry.discovery.announcing import Unreadable, announcement
from linli.sense.telemetry.discovery.learning import learn, note_heard, offer_of
from linli.sense.telemetry.discovery.mapping import Way, said, way_of
from linli.sense.telemetry.discovery.templates import Silent
from linli.sense.telemetry.discovery.topics import LONGEST_TOPIC, Place, announced, branch_of, place_of
from linli.sense.telemetry.models import Candidate, CandidateOffer
from linli.sense.telemetry.stream import Message, subject_of

FRESH_SECONDS = 1.0
"""How long what a person decided may be unknown here, as for revoked devices."""
NOT_TAKEN = "not_taken"
NOT_OFFERED = "not_offered"
TOO_FAST = "announced_too_fast"


class _Taker(NamedTuple):
    """Who takes a value from a topic: a candidate, its device's code, and the way; ``way`` is ``None`` for what nobody took."""

    candidate: int
    code: str
    way: Way | None


@dataclass
class _Routes:
    """By topic of the gateway."""

    by_topic: dict[str, list[_Taker]] = field(default_factory=dict)
    read_at: float = float("-inf")


@dataclass
class Brought:
    """``messages`` in the order of the stream, with those of bridges replaced by what their devices say.

    ``faults``: messages of bridges that are set aside. ``dropped``: sequences that leave the stream. ``unkept``: how many states
    were not kept, by bridge and reason. ``bridges``: who was heard.
    """

    messages: list[Message] = field(default_factory=list)
    faults: list[tuple[Message, Place, Fault]] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    unkept: Counter[tuple[int, str]] = field(default_factory=Counter)
    bridges: set[int] = field(default_factory=set)


class Router:
    """One for one store. :meth:`forget` after a failed transaction."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._routes: dict[int, _Routes] = {}

    def forget(self) -> None:
        self._routes.clear()

    def bring(self, messages: Sequence[Message], now: datetime, moment_of: Callable[[Message], int]) -> Brought:
        """Read the messages of bridges among ``messages``; inside the storing transaction.

        ``moment_of``: when a message arrived, UTC milliseconds; states carry no time of their own.
        """
        brought = Brought()
        places = [place_of(message.subject) for message in messages]
        self._directory.learn({place.bridge for place in places if place is not None})
        counts: dict[int, Counter[int]] = defaultdict(Counter)
        heard: dict[int, set[int]] = defaultdict(set)
        for message, place in zip(messages, places, strict=True):
            if place is None:
                brought.messages.append(message)
                continue
            if message.twin:
                brought.dropped.append(message.sequence)
                continue
            bridge = self._directory.get(place.bridge)
            if bridge is None or bridge.revoked or bridge.community_code != place.community or not bridge.type.bridge:
                brought.dropped.append(message.sequence)
                brought.faults.append((message._replace(payload=b""), place, _no_bridge(bridge, place)))
                continue
            brought.bridges.add(bridge.pk)
            with community_scope(bridge.community_id):
                if announced(place.topic) is not None:
                    self._announce(brought, message, place, bridge, now, moment_of)
                else:
                    self._state(brought, message, place, bridge, moment_of, counts, heard)
        for community_id in counts.keys() | heard.keys():
            with community_scope(community_id):
                note_heard(counts[community_id], heard[community_id], now)
        return brought

    def said_by_devices(self, messages: Sequence[Message], moment_of: Callable[[Message], int]) -> Iterator[Message]:
        """What the states among messages of bridges say of devices that were taken in. Notes nothing: :meth:`bring` follows."""
        places = [(message, place_of(message.subject)) for message in messages if not message.twin]
        self._directory.learn({place.bridge for _, place in places if place is not None})
        for message, place in places:
            bridge = self._directory.get(place.bridge) if place is not None else None
            if place is None or bridge is None or announced(place.topic) is not None:
                continue
            if bridge.revoked or bridge.community_code != place.community or not bridge.type.bridge:
                continue
            with community_scope(bridge.community_id):
                takers = self._fresh(bridge).by_topic.get(place.topic, [])
            yield from _as_devices(place, [(taker, taker.way) for taker in takers if taker.way], message, moment_of)

    def _announce(
        self, brought: Brought, message: Message, place: Place, bridge: KnownDevice, now: datetime,
        moment_of: Callable[[Message], int],
    ) -> None:  # fmt: skip
        where = announced(place.topic)
        assert where is not None
        if not bridge.flow.takes(moment_of(message), len(message.payload)):
            brought.dropped.append(message.sequence)
            brought.unkept[bridge.pk, TOO_FAST] += 1
            return
        try:
            if len(place.topic) > LONGEST_TOPIC:
                raise Unreadable("announced_topic", topic=plain(place.topic, 80))
            found = announcement(where, message.payload, branch=branch_of(place.community, place.bridge))
            ended = learn(bridge.pk, place.topic, found, now, community_id=bridge.community_id)
        except Unreadable as unreadable:
            brought.faults.append((message, place, unreadable.fault))
            return
        if ended:
            self._routes.pop(bridge.pk, None)

    def _state(
        self, brought: Brought, message: Message, place: Place, bridge: KnownDevice,
        moment_of: Callable[[Message], int], counts: dict[int, Counter[int]], heard: dict[int, set[int]],
    ) -> None:  # fmt: skip
        takers = self._fresh(bridge).by_topic.get(place.topic, [])
        ways = [(taker, taker.way) for taker in takers if taker.way is not None]
        if not ways:
            brought.dropped.append(message.sequence)
            brought.unkept[bridge.pk, NOT_TAKEN if takers else NOT_OFFERED] += 1
            counts[bridge.community_id].update({taker.candidate for taker in takers})
            return
        heard[bridge.community_id] |= {taker.candidate for taker, _ in ways}
        brought.messages += _as_devices(place, ways, message, moment_of)

    def _fresh(self, bridge: KnownDevice) -> _Routes:
        """The bridge's routes, read again when they are a second old; in the scope of its community."""
        routes = self._routes.get(bridge.pk)
        if routes is not None and time.monotonic() - routes.read_at < FRESH_SECONDS:
            return routes
        by_topic: dict[str, list[_Taker]] = defaultdict(list)
        rows = CandidateOffer.objects.filter(candidate__bridge=bridge.pk).select_related("candidate__device")
        for row in rows.order_by("pk"):
            candidate, device = row.candidate, row.candidate.device
            taken = (
                candidate.state == Candidate.State.TAKEN
                and row.metric
                and device is not None
                and device.revoked_at is None
            )
            way = way_of(offer_of(row), row.metric, device.type) if taken and device is not None else None
            by_topic[row.state_topic].append(_Taker(candidate.pk, device.code if way and device else "", way))
        self._routes[bridge.pk] = routes = _Routes(dict(by_topic), time.monotonic())
        return routes


def _as_devices(
    place: Place, ways: Sequence[tuple[_Taker, Way]], message: Message, moment_of: Callable[[Message], int]
) -> Iterator[Message]:
    for code, payload in _said_by(ways, message, moment_of(message)):
        yield message._replace(subject=subject_of(place.community, code), payload=payload)


def _said_by(ways: Sequence[tuple[_Taker, Way]], message: Message, moment: int) -> Iterator[tuple[str, bytes]]:
    """What each device says in the message, as it would say it itself. What cannot be read goes to it as it came, so that it is
    set aside only where the device may be heard."""
    try:
        text = message.payload.decode()
        parsed = json.loads(text) if text.strip() and any(way.template.wants_json for _, way in ways) else None
    except (ValueError, RecursionError):
        yield from ((code, message.payload) for code in sorted({taker.code for taker, _ in ways}))
        return
    values: dict[str, dict[str, Any]] = defaultdict(dict)
    for taker, way in ways:
        with contextlib.suppress(Silent):
            values[taker.code][way.metric] = said(way, parsed if way.template.wants_json else text)
    for code, metrics in values.items():
        yield code, json.dumps({"t": moment, "v": metrics}).encode()


def _no_bridge(bridge: KnownDevice | None, place: Place) -> Fault:
    if bridge is None:
        return Fault("", "unknown_device", {"device": place.bridge})
    if bridge.community_code != place.community:
        return Fault("", "wrong_community", {"device": place.bridge, "community": place.community})
    return Fault("", "revoked_device" if bridge.revoked else "unknown_device", {"device": place.bridge})
