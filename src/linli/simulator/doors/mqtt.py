"""Devices at the message server: MQTT 3.1.1, QoS 1, one connection for each gateway or lone device."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping

import paho.mqtt.client as mqtt

IN_FLIGHT = 200


class NotConnected(Exception):
    """The message server refused or did not answer."""


class Line:
    """One connection. ``sent`` counts messages handed over, ``accepted`` those that the server has acknowledged."""

    def __init__(self, host: str, port: int, *, user: str, secret: str, community: str) -> None:
        self.community, self.user = community, user
        self.sent = self.accepted = 0
        self._entered = threading.Event()
        self._refusal = ""
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"sim-{user}", protocol=mqtt.MQTTv311)
        self._client.username_pw_set(user, secret)
        self._client.max_inflight_messages_set(IN_FLIGHT)
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(1, 10)
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        self._client.connect_async(host, port, keepalive=60)
        self._client.loop_start()

    def wait_connected(self, seconds: float = 15) -> None:
        """Raise :class:`NotConnected` unless the server lets the device in."""
        if not self._entered.wait(seconds):
            raise NotConnected(f"{self.user}: {self._refusal or 'no answer from the message server'}")

    def publish(self, device: str, payload: str) -> None:
        self._client.publish(f"linli/{self.community}/{device}/up", payload, qos=1)
        self.sent += 1

    @property
    def waiting(self) -> int:
        return self.sent - self.accepted

    def drain(self, seconds: float = 30) -> bool:
        """Wait until everything sent is acknowledged; whether it was."""
        until = time.monotonic() + seconds
        while self.waiting > 0 and time.monotonic() < until:
            time.sleep(0.005)
        return self.waiting <= 0

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client, userdata, flags, reason, properties) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
        else:
            self._entered.set()

    def _on_publish(self, client, userdata, mid, reason, properties) -> None:
        self.accepted += 1


class Fleet:
    """The devices of a neighbourhood, each speaking through its estate's gateway."""

    def __init__(self, host: str, port: int, community: str, secrets: Mapping[str, str], routes: Mapping[str, str]):
        """``secrets`` by gateway code, ``routes`` from device code to gateway code."""
        self._routes = routes
        self.lines = {
            code: Line(host, port, user=code, secret=secret, community=community) for code, secret in secrets.items()
        }

    def wait_connected(self) -> None:
        for line in self.lines.values():
            line.wait_connected()

    def say(self, device: str, messages: Iterable[tuple[int, dict[str, float]]]) -> int:
        """Send what a device has to say since it last spoke, as one message; returns how many readings."""
        readings = [{"t": at, "v": values} for at, values in messages]
        if readings:
            body = readings[0] if len(readings) == 1 else readings
            self.lines[self._routes[device]].publish(device, json.dumps(body, separators=(",", ":")))
        return len(readings)

    @property
    def sent(self) -> int:
        return sum(line.sent for line in self.lines.values())

    @property
    def waiting(self) -> int:
        return sum(line.waiting for line in self.lines.values())

    def drain(self, seconds: float = 30) -> bool:
        return all(line.drain(seconds) for line in self.lines.values())

    def close(self) -> None:
        for line in self.lines.values():
            line.close()
