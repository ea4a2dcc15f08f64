"""A request to another machine cannot be turned against our own network."""

import ipaddress
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.security import outgoing
from linli.foundation.security.outgoing import NotSent, may_reach, send

OURS = [
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1",
    "64:ff9b::a00:1", "2002:0a00:0001::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]  # fmt: skip
NEVER = ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "0.0.0.0", "::", "224.0.0.1", "ff02::1"]


class Echo(BaseHTTPRequestHandler):
    """Answers by the path: what it was asked, a redirect, a flood, or one byte a moment."""

    def do_GET(self):
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", f"http://{self.headers['Host']}/")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        try:
            if self.path == "/flood":
                for _chunk in range(64):
                    self.wfile.write(bytes(64 * 1024))
            elif self.path == "/drip":
                for _byte in range(100):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
            else:
                self.wfile.write(self.headers["Host"].encode())
        except OSError:
            pass

    do_POST = do_GET

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    running = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running.server_address[1]
    running.shutdown()
    running.server_close()


@pytest.mark.parametrize("address", OURS + NEVER)
def test_what_somebody_typed_in_never_reaches_our_own_network(address):
    assert not may_reach(ipaddress.ip_address(address), private=False)
    url = f"http://[{address}]/" if ":" in address else f"http://{address}/"
    with pytest.raises(NotSent, match="may not be reached"):
        send("GET", url)


@pytest.mark.parametrize("address", NEVER)
def test_even_the_operator_does_not_reach_where_clouds_keep_credentials(address):
    assert not may_reach(ipaddress.ip_address(address), private=True)


@given(st.ip_addresses())
def test_whatever_may_be_reached_is_public(address):
    assert not may_reach(address, private=False) or outgoing._plain(address).is_global


@pytest.mark.parametrize("written", ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://localhost/"])
def test_another_way_to_write_this_machine_is_this_machine(written):
    with pytest.raises(NotSent):
        send("GET", written)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "http://user@example.org/",
        "http:///",
        "http://x:y/",
    ],
)
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(NotSent):
        send("GET", url, operators=True)


def test_the_operators_own_server_answers_under_its_own_name(server):
    answer = send("GET", f"http://localhost:{server}/", operators=True)
    assert (answer.status, answer.body) == (200, f"localhost:{server}".encode())


def test_a_named_host_may_be_private(server, settings):
    with pytest.raises(NotSent):
        send("GET", f"http://localhost:{server}/")
    settings.LINLI_PRIVATE_HOSTS = frozenset({"localhost"})
    assert send("GET", f"http://localhost:{server}/").is_success


def test_a_redirect_is_an_answer_and_not_followed(server):
    assert send("POST", f"http://127.0.0.1:{server}/redirect", json={}, operators=True).status == 302


def test_a_flood_is_cut_off(server):
    with pytest.raises(NotSent, match="larger than"):
        send("GET", f"http://127.0.0.1:{server}/flood", operators=True)


def test_an_answer_that_drips_is_given_up(server):
    started = time.monotonic()
    with pytest.raises(NotSent, match="too long"):
        send("GET", f"http://127.0.0.1:{server}/drip", operators=True, seconds=0.4)
    assert time.monotonic() - started < 3


def test_a_name_that_means_two_machines_is_looked_up_once(server, monkeypatch):
    """First a public address while it is judged, then ours while it is called: the call goes where it was judged."""
    asked: list[str] = []
    plain = socket.getaddrinfo

    def resolver(host, port, *args, **kwargs):
        if host != "rebinding.example":
            return plain(host, port, *args, **kwargs)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1" if len(asked) > 1 else "127.0.0.1", port))]

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", resolver)
    answer = send("GET", f"http://rebinding.example:{server}/", operators=True)
    assert answer.body == f"rebinding.example:{server}".encode()
    assert len(asked) == 1


def test_one_bad_address_among_good_ones_is_enough_to_refuse(monkeypatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80)) for one in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *args, **kwargs: both)
    with pytest.raises(NotSent, match="may not be reached"):
        send("GET", "http://two.example/")
