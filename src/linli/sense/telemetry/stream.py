"""The stream of observations in JetStream: its shape, reading it in order, purging what is stored.

It is the message server's own MQTT stream, made by us before the server would make it: the server acknowledges a QoS 1
message only once it is in that stream, whereas a stream beside it is filled after the acknowledgement, and a kill in
between loses what was acknowledged (ADR 3 has the count). The stream keeps everything that is not yet stored and
refuses new messages when it is full, so that a publisher retransmits. Ingest purges what it has stored.

JetStream API: https://docs.nats.io/reference/reference-protocols/nats_api_reference
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from operator import itemgetter
from typing import Any, NamedTuple

from linli.sense.telemetry.wire import Connection, WireError

STREAM = "$MQTT_msgs"
PREFIX = "$MQTT.msgs."
"""What the message server puts before the subject of a QoS 1 message in its stream."""
OBSERVATIONS = f"{PREFIX}linli.*.*.up"
BRIDGED = "linli.*.*.ha.>"
"""What bridges publish at QoS 0, as many gateways do, is acknowledged by nobody: the stream takes it from the subject itself."""
READ = [OBSERVATIONS, f"{PREFIX}{BRIDGED}", BRIDGED]
RETAINED = "$MQTT_rmsgs"
RETAINED_PREFIX = "$MQTT.rmsgs."
CONSUMER = "ingest"
AHEAD_CONSUMER = "ingest-ahead"
MAX_STREAM_BYTES = 4 << 30
CREDIT_MESSAGES = 10_000
CREDIT_BYTES = 32 << 20
ASKED = b"Linli-Asked: 1"
"""The header of what Linli's own processes put into the stream because a person asked for it; no device may write one."""
KEEP_STORED = 100_000
PULL_EXPIRES_SECONDS = 20
_PREFIX = PREFIX.encode()
_QOS_ABOVE_0 = re.compile(rb"\bNmqtt-Pub:[12]")
GONE = frozenset({10037, 10043, 10057})
"""JetStream's codes for a message that is not there (any more)."""


class StreamError(WireError):
    """JetStream answered with an error; ``code`` is its ``err_code``."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("description", "JetStream refused"))
        self.code = error.get("err_code", 0)


class Message(NamedTuple):
    """``arrived``: when the message server took it, UTC milliseconds; 0 is not known. ``asked``: by a person who has a
    file put into the stream, however long it is. A ``twin`` stands in the stream once more, under the subject of its QoS."""

    sequence: int
    subject: bytes
    payload: bytes
    ack: bytes
    arrived: int = 0
    asked: bool = False
    twin: bool = False


class StreamState(NamedTuple):
    """``made`` identifies the stream: a new one of the same name starts its sequence again."""

    made: str
    first: int
    last: int


def subject_of(community_code: str, device_code: str) -> bytes:
    """Where ingest reads what this device says."""
    return f"{PREFIX}linli.{community_code}.{device_code}.up".encode()


def topic_of(community_code: str, device_code: str) -> str:
    """The MQTT topic on which the device says it."""
    return f"linli/{community_code}/{device_code}/up"


def call(connection: Connection, api: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Call ``$JS.API.<api>``; raises :class:`StreamError` on an error answer."""
    answer = json.loads(connection.request(b"$JS.API." + api.encode(), json.dumps(body or {}).encode()))
    if "error" in answer:
        raise StreamError(answer["error"])
    return answer


def ensure_stream(connection: Connection) -> StreamState:
    """Make the stream if it does not exist; must run before the first device connects. Returns its state."""
    subjects = [f"{PREFIX}>", BRIDGED]
    wanted = {
        "name": STREAM, "subjects": subjects, "storage": "file", "retention": "limits", "discard": "new",
        "max_bytes": MAX_STREAM_BYTES, "num_replicas": 1,
    }  # fmt: skip
    try:
        found = call(connection, f"STREAM.INFO.{STREAM}")["config"]
        if found["subjects"] != subjects:
            call(connection, f"STREAM.UPDATE.{STREAM}", found | {"subjects": subjects})
        return state(connection)
    except StreamError as missing:
        if missing.code != 10059:
            raise
    call(connection, f"STREAM.CREATE.{STREAM}", wanted)
    return state(connection)


def state(connection: Connection) -> StreamState:
    info = call(connection, f"STREAM.INFO.{STREAM}")
    if info["config"]["retention"] != "limits":
        raise WireError("a device connected before the stream was made: stop the message server and remove its store")
    return StreamState(info["created"], info["state"]["first_seq"], info["state"]["last_seq"])


def purge_stored(connection: Connection, stored_sequence: int) -> None:
    """Drop messages that are stored, keeping the last :data:`KEEP_STORED` so that a restored backup can catch up."""
    below = stored_sequence - KEEP_STORED
    if below > 0:
        call(connection, f"STREAM.PURGE.{STREAM}", {"seq": below})


def purge_retained(connection: Connection) -> None:
    """Drop what bridges asked the message server to retain: nobody subscribes to it, and it may tell of homes."""
    try:
        call(connection, f"STREAM.PURGE.{RETAINED}", {"filter": f"{RETAINED_PREFIX}{BRIDGED}"})
    except StreamError as missing:
        if missing.code != 10059:
            raise


def erase(connection: Connection, sequences: Iterable[int]) -> None:
    """Take single messages out of the stream for good: the server overwrites them, at some 6 ms each. One that is gone
    already is fine."""
    _delete(connection, sequences, overwrite=True)


def drop(connection: Connection, sequences: Iterable[int]) -> None:
    """Take single messages out of the stream without overwriting them, twenty times as fast: nobody can read them any
    more, and their bytes go with the file that they lie in."""
    _delete(connection, sequences, overwrite=False)


def _delete(connection: Connection, sequences: Iterable[int], *, overwrite: bool) -> None:
    for sequence in sequences:
        try:
            call(connection, f"STREAM.MSG.DELETE.{STREAM}", {"seq": sequence, "no_erase": not overwrite})
        except StreamError as gone:
            if gone.code not in GONE:
                raise


class Reader:
    """Reads the stream in order from ``after`` + 1, with a bounded amount in flight.

    The consumer is made afresh for each reader, because the place from which to read is kept by the database in the
    transaction that stores, never by the message server. ``waiting``: how many messages the server had yet to hand over when it
    handed over the last one.
    """

    def __init__(self, connection: Connection, *, after: int, consumer: str = CONSUMER) -> None:
        self._connection = connection
        self._consumer = consumer
        self._received = after
        self._pulls: dict[bytes, tuple[int, float]] = {}
        self.forget()
        config = {
            "durable_name": consumer, "deliver_policy": "by_start_sequence", "opt_start_seq": after + 1,
            "filter_subjects": READ, "ack_policy": "all", "ack_wait": 600_000_000_000, "max_ack_pending": 4 * CREDIT_MESSAGES,
        }  # fmt: skip
        made = call(connection, f"CONSUMER.CREATE.{STREAM}.{consumer}", {"stream_name": STREAM, "config": config})
        self.waiting: int = made["num_pending"]

    def forget(self) -> None:
        """Let the message server forget this reader."""
        try:
            call(self._connection, f"CONSUMER.DELETE.{STREAM}.{self._consumer}")
        except StreamError as missing:
            if missing.code != 10014:
                raise

    def batch(self, *, most: int, seconds: float, idle_seconds: float, gather: bool = True) -> list[Message]:
        """Up to about ``most`` messages gathered for at most ``seconds`` after the first; empty after a quiet spell.

        Without ``gather`` it ends as soon as the server has no more to hand over.
        """
        messages: list[Message] = []
        until = time.monotonic() + idle_seconds
        while len(messages) < most and (left := until - time.monotonic()) > 0:
            self._keep_asking()
            was_empty = not messages
            for frame in self._connection.read(left):
                if frame.reply.startswith(b"$JS.ACK."):
                    self._take(frame, messages)
                else:
                    self._pull_ended(frame.subject, frame.status)
            if was_empty and messages:
                until = time.monotonic() + seconds
            if messages and not gather and self.waiting == 0:
                break
        return messages

    def acknowledge(self, message: Message) -> None:
        """Tell the server that everything up to ``message`` is on disk."""
        self._connection.publish(message.ack, b"+ACK")

    def _take(self, frame, messages: list[Message]) -> None:
        words = frame.reply.split(b".")
        sequence, taken, waiting = itemgetter(5, 7, 8)(words) if len(words) == 9 else itemgetter(7, 9, 10)(words)
        sequence, self.waiting = int(sequence), int(waiting)
        pull, (left, expires) = next(iter(self._pulls.items()), (b"", (0, 0.0)))
        if left > 1:
            self._pulls[pull] = (left - 1, expires)
        elif pull:
            del self._pulls[pull]
        if sequence > self._received:
            self._received = sequence
            asked = ASKED in frame.header
            twin = _QOS_ABOVE_0.search(frame.header) is not None and not frame.subject.startswith(_PREFIX)
            messages.append(
                Message(sequence, frame.subject, frame.payload, frame.reply, int(taken) // 1_000_000, asked, twin)
            )

    def _pull_ended(self, inbox: bytes, status: int) -> None:
        """404 and 408: nothing more to send; 409: too many bytes, or the consumer is gone, which must not go unseen."""
        self._pulls.pop(inbox, None)
        if status == 409:
            call(self._connection, f"CONSUMER.INFO.{STREAM}.{self._consumer}")

    def _keep_asking(self) -> None:
        now = time.monotonic()
        self._pulls = {inbox: kept for inbox, kept in self._pulls.items() if kept[1] > now}
        if sum(left for left, _ in self._pulls.values()) >= CREDIT_MESSAGES:
            return
        inbox = self._connection.new_inbox()
        self._pulls[inbox] = (CREDIT_MESSAGES, now + PULL_EXPIRES_SECONDS + 2)
        ask = {"batch": CREDIT_MESSAGES, "max_bytes": CREDIT_BYTES, "expires": PULL_EXPIRES_SECONDS * 10**9}
        self._connection.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self._consumer}".encode(), json.dumps(ask).encode(), reply=inbox
        )
