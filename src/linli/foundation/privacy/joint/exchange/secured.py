"""The encrypted connection: TLS 1.3 in which each side accepts the other's certificate and no other."""

from __future__ import annotations

import socket
import ssl

from linli.foundation.privacy.joint.exchange.frames import Broken
from linli.foundation.privacy.joint.keys import Card, PartyKeys
from linli.foundation.security.outgoing import NotSent, judged

HANDSHAKE = 15.0
"""Seconds."""


def call(address: str, keys: PartyKeys, peer: Card, *, private: bool) -> ssl.SSLSocket:
    """Connect to ``host:port``; raises :class:`Broken`, also when whoever answers is not the partner.

    ``private`` as in :mod:`linli.foundation.security.outgoing`: whether the partner may lie in the own network.
    """
    host, port = parts(address)
    try:
        plain = socket.create_connection((str(judged(host, port, private=private)), port), timeout=HANDSHAKE)
    except NotSent as error:
        raise Broken(str(error)) from error
    except OSError as error:
        raise Broken("nobody answers there") from error
    wrapped = _wrapped(plain, _context(keys, [peer], server=False), server=False)
    if _whose(wrapped, [peer]) is None:
        wrapped.close()
        raise Broken("a stranger")
    return wrapped


def receive(plain: socket.socket, keys: PartyKeys, peers: list[Card]) -> tuple[ssl.SSLSocket, Card]:
    """Take one connection and say which partner it is; raises :class:`Broken` for anybody else."""
    plain.settimeout(HANDSHAKE)
    wrapped = _wrapped(plain, _context(keys, peers, server=True), server=True)
    peer = _whose(wrapped, peers)
    if peer is None:
        wrapped.close()
        raise Broken("a stranger")
    return wrapped, peer


def parts(address: str) -> tuple[str, int]:
    """Host and port; raises :class:`ValueError`."""
    host, _, port = address.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("an address is host:port")
    return host, int(port)


def _context(keys: PartyKeys, peers: list[Card], *, server: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # The certificate itself is pinned; the name of a machine says nothing about whose it is.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(keys.tls_file)
    for peer in peers:
        context.load_verify_locations(cadata=peer.certificate)
    return context


def _whose(wrapped: ssl.SSLSocket, peers: list[Card]) -> Card | None:
    shown = wrapped.getpeercert(binary_form=True)
    return next((peer for peer in peers if shown == ssl.PEM_cert_to_DER_cert(peer.certificate)), None)


def _wrapped(plain: socket.socket, context: ssl.SSLContext, *, server: bool) -> ssl.SSLSocket:
    try:
        return context.wrap_socket(plain, server_side=server)
    except OSError as error:
        plain.close()
        raise Broken("not the partner, or no encrypted connection") from error
