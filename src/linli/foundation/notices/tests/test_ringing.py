"""A push message reaches the browsers of who is called, is read by nobody between, and a browser that is gone is let go."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation import clock
from linli.foundation.accounts.queries import actor_of
from linli.foundation.accounts.session_store import digest_of
from linli.foundation.accounts.sessions import end_all
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.foundation.notices import browsers
from linli.foundation.notices.actions import MAX_ATTEMPTS, deliver_due, ring
from linli.foundation.notices.models import Browser, Notice
from linli.foundation.notices.tests.push_service import PushService, subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(settings):
    service = PushService()
    settings.LINLI_PUSH_HOSTS = settings.LINLI_PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    yield service
    service.stop()


def added(world, service, name="one", who="grid_worker", session=""):
    return browsers.add(
        service.subscription(name), device="android.edge", session=session, actor=actor_of(world.accounts[who])
    )


def rung(world, key="call:1", who="grid_worker", text="P0 预警：求助按钮\n5幢。您去，请点开这里。"):
    return ring(world.accounts[who], text, key, community=world.community, link="/a/x")


def again():
    Notice.objects.update(try_after=clock.real_now() - timedelta(minutes=1))
    return deliver_due()


def bytes_of(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_every_browser_of_the_account_gets_the_words_and_nobody_else_s(world, service):
    for name, who in (("one", "grid_worker"), ("two", "grid_worker"), ("three", "grid_lead")):
        added(world, service, name, who)
    rung(world)
    rung(world)
    assert deliver_due() == (1, 0)
    told = {"title": "P0 预警：求助按钮", "body": "5幢。您去，请点开这里。", "link": "/a/x", "tag": "call:1"}
    assert service.got == [told, told]
    assert Browser.objects.filter(rang_at__isnull=False).count() == 2
    urgent = service.headers[0]
    assert (urgent["urgency"], urgent["content-encoding"], urgent["ttl"]) == ("high", "aes128gcm", "1800")
    assert len(urgent["topic"]) <= 32


def test_the_service_can_tell_that_it_is_this_installation(world, service):
    added(world, service)
    rung(world)
    deliver_due()
    scheme, token, key = service.headers[0]["authorization"].replace(",", " ").split()
    head, body, signature = token.removeprefix("t=").split(".")
    point = bytes_of(key.removeprefix("k="))
    assert (scheme, bytes_of(browsers.public_key())) == ("vapid", point)
    both = bytes_of(signature)
    der = encode_dss_signature(int.from_bytes(both[:32]), int.from_bytes(both[32:]))
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point).verify(
        der, f"{head}.{body}".encode(), ec.ECDSA(SHA256())
    )
    claims = json.loads(bytes_of(body))
    assert claims["aud"].startswith("http://127.0.0.1") and "@" in claims["sub"]


def test_a_browser_that_is_gone_is_let_go_and_another_still_rings(world, service):
    added(world, service, "one")
    added(world, service, "two")
    service.answers = [410, 201]
    rung(world)
    assert deliver_due() == (1, 0)
    assert Browser.objects.count() == 1
    service.answers = [404]
    rung(world, "call:2")
    assert deliver_due() == (0, 1)
    assert (Browser.objects.count(), Notice.objects.get(key="call:2").last_error) == (0, "push: the browser is gone")


def test_a_service_that_fails_is_asked_again_and_in_the_end_the_failure_is_seen(world, service):
    added(world, service)
    service.answers = [503, 201]
    notice = rung(world)
    assert deliver_due() == (0, 1)
    assert again() == (1, 0)
    service.answers = [503] * MAX_ATTEMPTS
    lost = rung(world, "call:2")
    for _ in range(MAX_ATTEMPTS):
        again()
    notice.refresh_from_db()
    lost.refresh_from_db()
    assert (notice.state, lost.state, lost.last_error) == ("sent", "failed", "push: HTTP 503")
    assert {headers["topic"] for headers in service.headers[:2]} == {service.headers[0]["topic"]}


def test_switched_off_nothing_leaves(world, service, settings):
    added(world, service)
    settings.LINLI_PUSH = ""
    rung(world)
    assert deliver_due() == (0, 1)
    assert service.got == []


@pytest.mark.parametrize(
    "given_",
    [
        "", "null", "[]", "{}", '{"endpoint": 1}',
        subscription("https://169.254.169.254/latest"),
        subscription("https://push.apple.com.example.org/x"),
        subscription("http://fcm.googleapis.com/wp/x"),
        subscription("https://fcm.googleapis.com/" + "x" * 700),
        json.dumps({"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "AAAA", "auth": "AAAA"}}),
        json.dumps({"endpoint": "https://fcm.googleapis.com/x", "keys": {"p256dh": "B" * 87, "auth": "A" * 22}}),
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_push_service_is_refused(world, given_):
    with pytest.raises(Invalid):
        browsers.add(given_, device="", session="", actor=actor_of(world.accounts["grid_worker"]))
    assert not Browser.objects.exists()


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["endpoint", "keys", "p256dh", "auth"]), x),
    )
)
def test_nothing_that_a_stranger_writes_breaks_it(given_):
    with pytest.raises(Invalid):
        browsers._read(json.dumps(given_))


def test_a_resident_is_never_called(world, service):
    with pytest.raises(NotAllowed):
        added(world, service, who="elder")


def test_only_its_owner_silences_a_browser_and_a_shared_one_rings_for_the_last(world, service):
    browser = added(world, service)
    with pytest.raises(NotFound):
        browsers.remove(browser.pk, actor=actor_of(world.accounts["grid_lead"]))
    assert added(world, service, who="grid_lead").pk == browser.pk
    rung(world)
    assert deliver_due() == (0, 1)
    browsers.remove(browser.pk, actor=actor_of(world.accounts["grid_lead"]))
    assert not Browser.objects.exists()


def test_of_more_than_ten_the_oldest_goes(world, service):
    for n in range(12):
        added(world, service, f"b{n}")
    assert Browser.objects.count() == browsers.MOST_BROWSERS
    assert not Browser.objects.filter(endpoint__endswith="/b0").exists()


def test_signing_out_ends_it_there_and_running_out_does_not(world, service):
    worker = world.accounts["grid_worker"]
    client = Client()
    client.force_login(worker, backend="django.contrib.auth.backends.ModelBackend")
    added(world, service, "here", session=digest_of(client.session.session_key))
    added(world, service, "there", session="0" * 64)
    client.post("/sign-out/")
    assert list(Browser.objects.values_list("session", flat=True)) == ["0" * 64]
    client.force_login(worker, backend="django.contrib.auth.backends.ModelBackend")
    Browser.objects.update(session=digest_of(client.session.session_key))
    worker.browser_sessions.update(expire_date=clock.real_now() - timedelta(hours=1))
    client.get("/workbench/")
    assert Browser.objects.exists()
    client.force_login(worker, backend="django.contrib.auth.backends.ModelBackend")
    Browser.objects.update(session=digest_of(client.session.session_key))
    end_all(worker, actor=actor_of(worker))
    assert not Browser.objects.exists()


def test_a_long_message_is_cut_to_what_every_service_takes(world, service):
    added(world, service)
    rung(world, text="标题\n" + "很长" * 2000)
    assert deliver_due() == (1, 0)
    assert int(service.headers[0]["content-length"]) <= 4096
    assert len(service.got[0]["body"]) > 500


def test_signing_out_ends_it_though_the_key_of_the_session_is_another_since(world, service, settings):
    worker = world.accounts["grid_worker"]
    client = Client()
    client.force_login(worker)
    session = client.session
    added(world, service, "here", session=digest_of(session.session_key))
    session.cycle_key()
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    client.post("/sign-out/")
    assert not Browser.objects.exists()
