"""While a backlog waits to be stored, what calls for help is read first.

After an hour without ingest the press of an SOS button would otherwise wait behind an hour of water meters. So the stream is
looked through to its end, again and again while there is a backlog, only for devices whose kind may call for help
(:func:`~linli.sense.telemetry.taps.urgent_types`); what they said is stored and shown to the taps at once, in its order.
When its turn in the stream comes it is found stored: it is neither kept nor shown twice, and only then what is wrong with
a message is set aside.

How far was looked stands in the cursor, in the transaction that stores. Thus a crash changes nothing: what was read ahead is
known to be, and what was not is read ahead anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from django.conf import settings

from linli.foundation import clock
from linli.sense.telemetry import taps
from linli.sense.telemetry.discovery.topics import BRANCH_MARK
from linli.sense.telemetry.isolating import Isolator
from linli.sense.telemetry.lake import Lake
from linli.sense.telemetry.models import IngestCursor
from linli.sense.telemetry.storing import Counts, Store, device_named, utc_ms
from linli.sense.telemetry.stream import AHEAD_CONSUMER, Message, Reader
from linli.sense.telemetry.wire import Address, Connection, WireError

BACKLOG = 10_000
"""Messages that wait: from two batches on, which take a second or two, it is worth to look ahead."""
LOOKED_AT_ONCE = 20_000
LOOK_SECONDS, IDLE_SECONDS = 2.0, 0.05


class Urgent(Store):
    """Stores of the messages only what urgent devices say, and how far it has looked."""

    def _store(self, messages: Sequence[Message]) -> Counts:
        cursor, now = IngestCursor.objects.select_for_update().get(stream=self.stream), clock.now()
        last = messages[-1].sequence
        if cursor.sequence > self.sequence:
            # What was stored in the stream's own order meanwhile, a repeated message may say again.
            self._forget()
        messages = [message for message in messages if message.sequence > cursor.sequence]
        bridged = [message for message in messages if BRANCH_MARK in message.subject]
        direct = [message for message in messages if BRANCH_MARK not in message.subject]
        brought = self._router.said_by_devices(bridged, lambda message: message.arrived or utc_ms(now))
        work = self._read(self._of_urgent_devices([*direct, *brought]), now)
        self._write(cursor, work, now)
        cursor.ahead = last
        cursor.save()
        return Counts(accepted=work.counts.accepted, repeated=work.counts.repeated)

    def give_up(self, message: Message) -> Counts:
        """Leave a message that cannot be stored to its turn in the stream."""
        self.sequence = message.sequence
        return Counts()

    def _of_urgent_devices(self, messages: Sequence[Message]) -> list[Message]:
        named = [device_named(message.subject) for message in messages]
        self._directory.learn(code for _, code in named)
        urgent = taps.urgent_types()
        known = ((message, self._directory.get(code)) for message, (_, code) in zip(messages, named, strict=True))
        found = [message for message, device in known if device is not None and device.type.key in urgent]
        return sorted(found, key=lambda message: message.sequence)


class Ahead:
    """Looks ahead while there is a backlog. Over a connection of its own, so that neither reader takes the other's messages."""

    def __init__(self, lake: Lake, address: Address, *, backlog: int = BACKLOG) -> None:
        self._lake, self._address, self._backlog = lake, address, backlog
        self.unfinished = False
        self._link: Connection | None = None
        self._reader: Reader | None = None

    def look(self, store: Store, waiting: int) -> Counts:
        """Store some of what urgent devices have said, if ``waiting`` messages behind what ``store`` has stored are a backlog.

        Afterwards ``unfinished`` says whether there is more to look through. Raises what storing raises.
        """
        self.unfinished = False
        # A simulated clock gives what waits the time at which it is read, which differs from one reading to the next.
        if waiting < self._backlog or settings.LINLI_SIMULATED_CLOCK or not taps.urgent_types():
            self.close()
            return Counts()
        reader = self._reader or self._open(store)
        looked = reader.batch(most=LOOKED_AT_ONCE, seconds=LOOK_SECONDS, idle_seconds=IDLE_SECONDS, gather=False)
        if not looked:
            return Counts()
        counts = self._isolated.store(looked)
        reader.acknowledge(looked[-1])
        self.unfinished = reader.waiting > 0
        return counts

    def _open(self, store: Store) -> Reader:
        self._link = Connection(self._address, name="ingest-ahead")
        urgent = Urgent(self._lake)
        urgent.sequence = max(store.sequence, IngestCursor.objects.get(stream=urgent.stream).ahead)
        self._isolated = Isolator(urgent)
        self._reader = Reader(self._link, after=urgent.sequence, consumer=AHEAD_CONSUMER)
        return self._reader

    def close(self) -> None:
        """Stop looking; what was read ahead is known from the cursor."""
        link, reader = self._link, self._reader
        self._link = self._reader = None
        if link is None:
            return
        with contextlib.closing(link), contextlib.suppress(WireError):
            if reader is not None:
                reader.forget()
