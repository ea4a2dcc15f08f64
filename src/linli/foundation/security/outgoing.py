"""The one way out: a request to another machine that cannot be turned against our own network.

The name is looked up once, every address that it has is judged, and the connection goes to that very address, so that a
name cannot mean one machine while it is judged and another while it is called (DNS rebinding). Nothing is followed
(a redirect leads wherever its sender likes), no proxy of the environment is used, and size and time have an end
(OWASP ASVS 5.0, 1.3.6, 15.3.2; CWE-918).
"""

from __future__ import annotations

import ipaddress
import json as json_module
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LARGEST_ANSWER = 1024 * 1024
LONGEST_SECONDS = 10.0
SCHEMES = {"https": 443, "http": 80}
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotSent(Exception):
    """The request did not leave, or its answer was not taken; the text says why in an operator's words."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Raises :class:`ValueError`."""
        return json_module.loads(self.body)


def send(
    method: str,
    url: str,
    *,
    json: Any = None,
    content: bytes | None = None,
    form: Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    headers: Mapping[str, str] | None = None,
    operators: bool = False,
    seconds: float = LONGEST_SECONDS,
    largest: int = LARGEST_ANSWER,
) -> Answer:
    """One request; ``seconds`` is for all of it, ``largest`` in bytes for the answer. ``form`` and ``files`` (name, content,
    type) go as ``multipart/form-data``, ``content`` as it is.

    ``operators`` says that whoever runs this machine wrote the address into its settings: it may then lie in the own
    network. Any other (a webhook that somebody typed in) must be public, unless ``LINLI_PRIVATE_HOSTS`` names its host.
    Nobody ever reaches link-local addresses, where clouds keep their credentials. Raises :class:`NotSent`.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname or parts.username is not None:
        raise NotSent("the address must be https:// or http:// with a host and no user name")
    try:
        port = parts.port or SCHEMES[parts.scheme]
    except ValueError as error:
        raise NotSent("the port is no number") from error
    private = operators or may_be_private(parts.hostname)
    address = judged(parts.hostname, port, private=private)
    host = f"[{address}]" if address.version == 6 else str(address)
    pinned = parts._replace(netloc=f"{host}:{port}").geturl()
    deadline = time.monotonic() + seconds
    try:
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=seconds) as client,
            client.stream(
                method,
                pinned,
                json=json,
                content=content,
                data=form,
                files=files,
                headers={**(headers or {}), "Host": parts.netloc.rpartition("@")[2]},
                extensions={"sni_hostname": parts.hostname},
            ) as response,
        ):
            return Answer(response.status_code, _read(response, largest, deadline))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotSent(f"{parts.hostname}: {type(error).__name__}") from error


def _read(response: httpx.Response, largest: int, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > largest:
            raise NotSent(f"the answer is larger than {largest} bytes")
        if time.monotonic() > deadline:
            raise NotSent("the answer took too long")
    return bytes(body)


def may_be_private(host: str) -> bool:
    """Whether the operator named this host as one of the own network that may be called."""
    return host in settings.LINLI_PRIVATE_HOSTS


def judged(host: str, port: int, *, private: bool) -> Address:
    """The address to connect to; raises :class:`NotSent` if any that the name has may not be reached."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise NotSent(f"{host} has no address") from error
    addresses = [_plain(ipaddress.ip_address(str(one).partition("%")[0])) for one in sorted(map(str, found))]
    for address in addresses:
        if not may_reach(address, private=private):
            raise NotSent(f"{host} lies at {address}, which may not be reached from here")
    return addresses[0]


def may_reach(address: Address, *, private: bool) -> bool:
    """Whether a request may go there; ``private`` opens the own network and this machine, and nothing else."""
    address = _plain(address)
    if address.is_multicast or address.is_unspecified or address.is_link_local or (address.is_reserved and not private):
        return False
    return address.is_global or (private and (address.is_private or address.is_loopback))


def _plain(address: Address) -> Address:
    """An IPv4 address that is written inside an IPv6 one counts as what it is."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address.teredo is not None:
            return address.teredo[1]
        if address in NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
