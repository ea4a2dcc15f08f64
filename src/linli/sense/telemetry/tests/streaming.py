"""Messages as the stream holds them."""

import json

from linli.sense.telemetry.stream import Message, subject_of
from linli.testing import MONDAY_MORNING

NOW = int(MONDAY_MORNING.timestamp() * 1000)


def messages(*contents, device="lift-1", community="mx", since=1):
    return [
        Message(since + n, subject_of(community, device), c if isinstance(c, bytes) else json.dumps(c).encode(), b"")
        for n, c in enumerate(contents)
    ]  # fmt: skip
