"""A message leaves once, is tried again when it does not, and a failure stays to be seen."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings as conf
from django.core.exceptions import ImproperlyConfigured

from linli.foundation.lifecycle import ticks
from linli.foundation.notices import adapters
from linli.foundation.notices.actions import (
    MAX_ATTEMPTS,
    deliver,
    deliver_due,
    drop_stale_secrets,
    send,
    send_secret,
)
from linli.foundation.notices.models import Notice

pytestmark = pytest.mark.django_db


class Gateway:
    """A provider on a free port: ``answers`` are the next HTTP statuses, ``got`` what arrived."""

    def __init__(self):
        self.answers, self.got, self.headers = [], [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(json.loads(body))
                outer.headers.append(dict(self.headers))
                self.send_response(outer.answers.pop(0) if outer.answers else 202)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/sms"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def gateway(settings):
    gateway = Gateway()
    settings.LINLI_SMS, settings.LINLI_SMS_URL, settings.LINLI_SMS_TOKEN = (
        "http_gateway",
        gateway.url,
        "s3cret",
    )
    yield gateway
    gateway.server.shutdown()
    gateway.server.server_close()


def due_now():
    Notice.objects.filter(state="queued").update(try_after=Notice.objects.first().queued_at)


def outbox() -> list[dict]:
    path = conf.LINLI_HOME / "phones" / "outbox.ndjson"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_the_same_key_is_one_message_in_the_outbox(world, monday_morning):
    before = len(outbox())
    for _ in range(3):
        send("19900000001", "水管今天修好了。", "case:1:done", about="case:1", community=world.community)
    assert deliver_due() == (1, 0)
    assert deliver_due() == (0, 0)
    assert outbox()[before:] == [
        {
            "to": "19900000001",
            "text": "水管今天修好了。",
            "key": "case:1:done",
            "about": "case:1",
            "at": monday_morning.isoformat(),
        }
    ]


def test_the_background_process_delivers_what_waits(world):
    notice = send("19900000001", "好了。", "tick:1")
    ticks.run_due()
    notice.refresh_from_db()
    assert notice.state == "sent"


def test_the_gateway_gets_the_message_with_its_key_and_token(gateway, world):
    send("19900000001", "水来了。", "k1")
    assert deliver_due() == (1, 0)
    assert gateway.got == [{"to": "19900000001", "text": "水来了。", "key": "k1"}]
    assert gateway.headers[0]["Authorization"] == "Bearer s3cret"
    assert gateway.headers[0]["Idempotency-Key"] == "k1"


def test_a_refused_message_waits_longer_each_time_and_then_goes(gateway, world):
    gateway.answers = [503, 500]
    notice = send("19900000001", "水来了。", "k1")
    waits = []
    for _ in range(2):
        assert deliver_due() == (0, 1)
        assert deliver_due() == (0, 0)
        notice.refresh_from_db()
        waits.append(notice.try_after - notice.queued_at)
        due_now()
    assert waits[1] > waits[0] * 3
    assert notice.last_error == "gateway: HTTP 500"
    assert deliver_due() == (1, 0)
    notice.refresh_from_db()
    assert (notice.state, notice.attempts, notice.last_error) == ("sent", 3, "")


def test_after_the_last_attempt_the_failure_stays_visible(settings, world):
    settings.LINLI_SMS, settings.LINLI_SMS_URL = "http_gateway", "http://127.0.0.1:9/sms"
    notice = send("19900000001", "水来了。", "k1")
    for _ in range(MAX_ATTEMPTS):
        due_now()
        assert deliver_due() == (0, 1)
    notice.refresh_from_db()
    assert (notice.state, notice.text) == ("failed", "水来了。")
    assert notice.last_error == "gateway: 127.0.0.1: ConnectError"
    due_now()
    assert deliver_due() == (0, 0)


def test_without_a_way_to_send_nothing_counts_as_sent_and_no_code_is_promised(settings, world, client):
    settings.LINLI_SMS = ""
    notice = send("19900000001", "水来了。", "k1", community=world.community)
    assert deliver_due() == (0, 1)
    notice.refresh_from_db()
    assert (notice.state, notice.last_error) == ("queued", "no gateway is set (LINLI_SMS)")
    asked = {"phone": world.phones["elder"]}
    answer = client.post("/api/v1/sign-in/code", json.dumps(asked), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_text_messages")
    assert Notice.objects.count() == 1


def test_a_broken_adapter_holds_up_no_other_message_and_says_so(settings, world):
    settings.LINLI_SMS = "pigeon"
    send("19900000001", "水来了。", "k1")
    send("19900000002", "水来了。", "k2")
    assert deliver_due() == (0, 2)
    assert set(Notice.objects.values_list("last_error", flat=True)) == {"adapter: ImproperlyConfigured"}


def test_two_workers_do_not_send_one_message_twice(gateway, world):
    send("19900000001", "水来了。", "k1")
    first, second = Notice.objects.get(), Notice.objects.get()
    assert deliver(first)
    assert not deliver(second)
    assert len(gateway.got) == 1


def test_a_code_that_could_not_leave_in_time_is_blanked(gateway, world, django_capture_on_commit_callbacks):
    gateway.answers = [500] * 3
    notice = send_secret("19900000001", "验证码 123456", "code:1")
    assert drop_stale_secrets(older_than=timedelta(minutes=5)) == 0
    Notice.objects.update(queued_at=notice.queued_at - timedelta(minutes=6))
    assert drop_stale_secrets(older_than=timedelta(minutes=5)) == 1
    notice.refresh_from_db()
    assert (notice.state, notice.text, notice.last_error) == ("failed", "", "expired")


def test_the_console_shows_the_message(settings, world, capsys):
    settings.LINLI_SMS = "console"
    send("19900000001", "水来了。", "k1")
    deliver_due()
    assert "[19900000001] 水来了。" in capsys.readouterr().err


def test_an_unknown_or_incomplete_adapter_is_said_plainly(settings):
    settings.LINLI_SMS = "pigeon"
    with pytest.raises(ImproperlyConfigured, match="pigeon"):
        adapters.adapter()
    settings.LINLI_SMS, settings.LINLI_SMS_URL = "http_gateway", ""
    with pytest.raises(ImproperlyConfigured, match="LINLI_SMS_URL"):
        adapters.adapter()


def test_an_outbox_that_cannot_be_written_is_a_failure_not_a_loss(tmp_path, world):
    blocked = tmp_path / "file"
    blocked.write_text("")
    message = adapters.Message("19900000001", "x", "k", "", "")
    with pytest.raises(adapters.NotDelivered):
        adapters.Outbox(blocked / "outbox.ndjson").deliver(message)
