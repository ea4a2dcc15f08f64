"""A gateway as the crash tests need it: it repeats what was not acknowledged and remembers what was."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence

import paho.mqtt.client as mqtt

Said = tuple[str, int, float]
"""Device, UTC milliseconds, value."""


class Publisher:
    """Says one new observation after the other until :meth:`finish`, each until it is acknowledged (MQTT QoS 1)."""

    def __init__(
        self, port: int, secret: str, *, community: str, devices: Sequence[str], since: int, a_second: int
    ) -> None:
        """Signs in as the device ``gw``; ``since`` is the moment of the first observation, 20 s before the second;
        twenty days ago leaves room for every message number there is.
        """
        self._community, self._devices, self._since, self._a_second = community, devices, since, a_second
        self._said: dict[int, Said] = {}
        self._acknowledged_ids: list[int] = []
        self._stopping = threading.Event()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="gw", clean_session=False)
        self.client.username_pw_set("gw", secret)
        self.client.reconnect_delay_set(0.1, 0.5)
        self.client.max_inflight_messages_set(200)
        self.client.on_publish = lambda client, userdata, mid, *_: self._acknowledged_ids.append(mid)
        self.client.connect_async("127.0.0.1", port)
        self.client.loop_start()
        self._thread = threading.Thread(target=self._publish)
        self._thread.start()

    def _publish(self) -> None:
        number = 0
        while not self._stopping.wait(0.02):
            for _ in range(max(1, self._a_second // 50)):
                said = (self._devices[number % len(self._devices)], self._since + number * 20_000, float(number))
                payload = json.dumps({"t": said[1], "v": {"value": said[2]}})
                sent = self.client.publish(f"linli/{self._community}/{said[0]}/up", payload, qos=1)
                assert sent.mid not in self._said, "message numbers have come round"
                self._said[sent.mid] = said
                number += 1

    @property
    def heard(self) -> int:
        return len(self._acknowledged_ids)

    def acknowledged(self) -> set[Said]:
        return {self._said[mid] for mid in self._acknowledged_ids}

    def finish(self, seconds: float) -> int:
        """Stop saying new things; returns how many are still not acknowledged after waiting for them."""
        self._stopping.set()
        self._thread.join()
        until = time.monotonic() + seconds
        while self.heard < len(self._said) and time.monotonic() < until:
            time.sleep(0.1)
        left = len(self._said) - self.heard
        self.client.disconnect()
        self.client.loop_stop()
        return left
